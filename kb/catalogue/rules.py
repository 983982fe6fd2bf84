"""Rules across rows of the catalogue."""

from collections.abc import Container

from kb.folding import slug


def free_slug(name: str, taken: Container[str]) -> str:
    """A slug of the name that is not taken: the plain one, or with the first number from 2 that is free."""
    plain = slug(name)
    candidate, number = plain, 2
    while candidate in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate
