"""Reads numbers as people type them, in groups of thousands."""

import re


def as_whole(value: object) -> int | None:
    """A whole number, as a number or as a person types it; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = without_groups(str(value))
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def without_groups(text: str) -> str:
    """A number without the spaces or commas that set thousands apart: "1,200,000" is "1200000"; "1,5" stays."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    has_groups = re.fullmatch(r"[+-]?\d{1,3}([ ,])\d{3}(?:\1\d{3})*(?:\.\d+)?", plain)
    return re.sub(r"[ ,]", "", plain) if has_groups else plain
