"""CityPeers: a catalogue of what cities do with technology to become sustainable, so that leaders find their peers.

The map of the house. Rooms know the field and nothing of HTTP; doors know HTTP or the terminal and hold no rules.

Rooms, from the ground up:
    db, pdf, columns, problems, words, folding, journal, memory, mail
                            the ground: sessions, column types, exceptions, marked strings, folded text, notes
    database_errors, fair_lock, retrying, client_networks
                            errors of a database by class, a queue for its lock, retries, who counts as one client
    accounts/               the people who work here, what each may do, who did what
    catalogue/              cities, leaders, visions, initiatives, goals, terms, sources; the change log
    search/                 the full-text index that follows the change log
    exchange/               what comes in: the seed
    peers/                  which cities are alike and why, and what they did; places by name
    goals/                  goals and targets: suggestions for a text, and what the catalogue does for each
    editorial/              proposals, their review, revisions, and what keeps entries fresh
    forum/                  sessions of leaders: prepared, led live, kept
    backup/                 the whole database into one file and back

Doors:
    web/                    pages for people
    cli/                    the `kb` command
    server/                 the HTTP server that `kb serve` runs

app.py puts them together.
"""
