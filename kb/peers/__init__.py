"""The peers package: which cities are alike, which face the same challenges, why, and what they did about it.

Vocabulary:
    context score    how alike two places are: size, income, region, distance and the like (`context.py`)
    challenge score  how far two cities face the same challenges, the rare ones counting most (`challenges.py`)
    derived          of a challenge of a city: its page does not name it, and its initiatives address it
    place context    what is known of a place, in words, each fact with its source (`place_context.py`)
    step             a difference in one variable, where 1 is about as much as two places picked at random differ
    known share      how much of the weight rests on variables that both places have; nothing is imputed
    feature matrix   all places of the gazetteer as arrays (`feature_matrix.py`)
    profiles         what is published of cities and initiatives, as arrays (`profiles.py`), read and brought up to the
                     change log by `profile_reading.py`; an initiative holds the number of its set of challenges,
                     technologies and goals (`term_sets.py`)
    results          of a peer on a challenge: an initiative on it with evidence of level 2 or more
    message          a sentence marked for translation, with its values; the interface translates (`kb.core.i18n`)

Neighbours: reads the catalogue; knows nothing of search, imports or HTTP. Interfaces use `service.py`.
"""
