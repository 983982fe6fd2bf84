"""Challenges and technologies as wholes."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.models import Challenge, ChallengeCategory, Technology

from ..known import Known
from .parts import Data, keep, put


class challenge:  # noqa: N801 - it stands where the other kinds have a module
    """A challenge with its aims and categories."""

    @staticmethod
    def snapshot(entry: Challenge) -> Data:
        """The whole challenge."""
        return {
            "code": entry.code,
            "label": entry.label,
            "gist": entry.gist,
            "dimension": entry.dimension,
            "aims": [aim.code for aim in sorted(entry.aims, key=lambda aim: aim.position)],
            "categories": sorted(category.label for category in entry.categories),
        }

    @staticmethod
    def write(known: Known, data: Mapping[str, Any], row: Challenge | None) -> Challenge:
        """Make a challenge at the end of the list, or change one."""
        entry = row or Challenge(code=data["code"], position=_next(known, "challenge"))
        put(entry, {name: data[name] for name in ("label", "gist", "dimension")})
        keep(entry.aims, [known.terms("aim")[code] for code in data["aims"]])
        held = {category.label: category for category in entry.categories}
        keep(entry.categories, [held.get(label) or ChallengeCategory(label=label) for label in data["categories"]])
        known.session.add(entry)
        return entry


class technology:  # noqa: N801 - it stands where the other kinds have a module
    """A technology in its group."""

    @staticmethod
    def snapshot(entry: Technology) -> Data:
        """The whole technology."""
        return {"code": entry.code, "label": entry.label, "gist": entry.gist, "group": entry.group}

    @staticmethod
    def write(known: Known, data: Mapping[str, Any], row: Technology | None) -> Technology:
        """Make a technology at the end of the list, or change one."""
        entry = row or Technology(code=data["code"], position=_next(known, "technology"))
        put(entry, {name: data[name] for name in ("label", "gist", "group")})
        known.session.add(entry)
        return entry


def _next(known: Known, kind: str) -> int:
    return max((row.position for row in known.terms(kind).values()), default=-1) + 1
