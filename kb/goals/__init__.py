"""The goals package: what a text says about the 17 goals and their 169 targets, and what the catalogue does.

Vocabulary:
    term        a word or phrase of the lexicon, with a weight for a goal or target (`lexicon.py`, `terms/`)
    hit         a term found in a text
    mention     a goal or target named by its number: "SDG 4", "target 11.2" (`scoring.py`)
    evidence    what the hits and mentions for one goal or target add up to, and where they stand (`scoring.py`)
    confidence  the chance, 0 to 1, that an editor would tick this goal, given the evidence (`suggestions.py`)
    lift        how many times more often two things go together than if they were independent (`statistics.py`)

The lexicon is English: texts in other languages get few or no suggestions, never an error.

Neighbours: `kb.core.text` folds text; `queries` reads the catalogue's tables. Knows neither search nor any page.
"""
