"""The HTTP server of `kb serve`: gunicorn starts and watches worker processes, waitress speaks HTTP in each.

Waitress reads requests and sends responses in one loop, and gives a thread only requests that have arrived whole; so a
client that sends or reads slowly holds no thread. What waitress leaves open is added here: time limits, a limit on
connections that one client cannot use up alone, stricter parsing, and a record of workers that ended unexpectedly.

    parser          refuses what proxies and servers could understand differently, and bodies that are too large
    connections     time limits, and which connection makes room for another
    worker          the loop that runs in each process, for gunicorn
    supervisor      gunicorn's parent process, which notes why a worker ended
    worker_records  that record, and the workers that there are; `kb doctor` shows both

Above it stands `kb.cli`; it knows nothing of pages, only the application that it serves.
"""
