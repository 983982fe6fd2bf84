"""What of the forum the change log watches: sessions and talks are entries too, which the search finds.

A session draws on its speakers, slots and statements; a talk on its speaker, its session and what it presents.
"""

from sqlalchemy import Select, select

from kb.catalogue import changes
from kb.catalogue.models import Initiative, Vision
from kb.db import Model

from .models import Forum, ForumSession, Slot, SlotInitiative, Speaker, Statement

ENTRIES: dict[str, type[ForumSession | Slot]] = {"session": ForumSession, "talk": Slot}
"""The kinds of entry that the forum adds to those of the catalogue, with their tables."""

_PARTS: dict[type[Model], tuple[str, str]] = {
    Speaker: ("session_id", "session"),
    Slot: ("session_id", "session"),
    SlotInitiative: ("slot_id", "talk"),
    Statement: ("session_id", "session"),
}


def _of_cities(cities: Select[int]) -> changes.Ids:
    speakers = select(Speaker.id).where(Speaker.city_id.in_(cities))
    return {
        "session": select(Speaker.session_id).where(Speaker.city_id.in_(cities)),
        "talk": select(Slot.id).where(Slot.speaker_id.in_(speakers)),
    }


changes.watch(
    ENTRIES,
    _PARTS,
    {
        Forum: lambda key: {
            "session": select(ForumSession.id).where(ForumSession.forum_id == key),
            "talk": select(Slot.id).join(Slot.session).where(ForumSession.forum_id == key),
        },
        ForumSession: lambda key: {"talk": select(Slot.id).where(Slot.session_id == key)},
        Speaker: lambda key: {"talk": select(Slot.id).where(Slot.speaker_id == key)},
        Initiative: lambda key: {
            "talk": select(SlotInitiative.slot_id).where(SlotInitiative.initiative_id == key),
        },
        Vision: lambda key: {"talk": select(Slot.id).where(Slot.vision_id == key)},
    },
    _of_cities,
)
