"""The addresses of the interface, by what they give; importing these modules adds them to the blueprint."""

from . import changes, entries, forum, goals, peers, places, questions, search, terms

__all__ = ["changes", "entries", "forum", "goals", "peers", "places", "questions", "search", "terms"]
