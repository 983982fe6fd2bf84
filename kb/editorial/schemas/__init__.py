"""The schemas of entries, a file a kind: what a whole entry holds, and what each field may be."""

from collections.abc import Mapping

from .city import CitySchema
from .entry import EntrySchema
from .initiative import InitiativeSchema
from .leader import LeaderSchema
from .term import ChallengeSchema, TechnologySchema
from .vision import VisionSchema

SCHEMAS: Mapping[str, type[EntrySchema]] = {
    "initiative": InitiativeSchema,
    "city": CitySchema,
    "leader": LeaderSchema,
    "vision": VisionSchema,
    "challenge": ChallengeSchema,
    "technology": TechnologySchema,
}
"""By kind; the last two are terms, which editors change directly and which have no proposals."""

__all__ = ["SCHEMAS", "EntrySchema"]
