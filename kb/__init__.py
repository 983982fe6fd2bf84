"""CityPeers: a catalogue of what cities do with technology to become sustainable, so that leaders find their peers.

The packages and their layers. Packages know the field and nothing of HTTP; interfaces know HTTP or the terminal and
hold no rules.

Packages, from the lowest layer up:
    core/                   sessions, column types, errors, marked messages, clean text, caches, mail, logs, retries
    pdf/                    PDFs of HTML, made in a process of their own
    migrations/             the database's versions: which programs run on it, how it is brought to a newer one
    accounts/               the people who work here, what each may do, who did what
    catalogue/              cities, leaders, strategies, initiatives, goals, terms, sources; the change log
    peers/                  which cities are alike and why, and what they did; places by name
    goals/                  goals and targets: suggestions for a text, and what the catalogue does for each
    editorial/              proposals, their review, revisions, and what keeps entries fresh
    forum/                  sessions of leaders: prepared, led live, kept
    search/                 the full-text index that follows the change log
    seeding/                the seed that a fresh catalogue is made from
    importing/              spreadsheets that people bring
    backup/                 database and kept files into one file and back

Interfaces:
    web/                    pages for people
    cli/                    the `kb` command
    server/                 the HTTP server that `kb serve` runs

app.py puts them together.
"""
