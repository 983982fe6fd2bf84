"""The editorial room: how an entry comes to be published, and how it stays true.

Vocabulary: a Proposal is a whole entry as a form would send it, with the version it started from and its state; a
Revision is the whole entry as it was published at one version, by whom and why; a Remark is said on one field.

Neighbours: writes the catalogue through its sessions; takes people from accounts; knows nothing of HTTP or search.
"""
