"""Pictures as they are stored and served: read once by a process of their own, encoded anew, in two sizes.

Vocabulary: an uploaded file is read by `reading`, which starts `reading_process`; what comes of it is a StoredImage,
known by a hash of its content. Who made a picture, under which licence, and what it shows, the entry says that has it.
The bytes are in the database: so every backup has them, every machine serves them, and a transaction removes them.

Neighbours: imports only the core. The catalogue's entries refer to images by their keys.
"""
