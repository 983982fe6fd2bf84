"""PDFs, made one at a time by a process of their own with low priority, and kept by content for a day.

`maker` holds the queue of what is to be made, for which few page threads wait, and briefly, and the folder of PDFs that
were made; `child` is the process that runs WeasyPrint.
"""
