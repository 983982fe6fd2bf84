"""What of the forum the change log watches: sessions, talks and answers are entries too, which the search finds.

A session draws on its speakers, slots and statements; a talk on its speaker, its session and what it presents; an
answer on its question, the session, whoever was asked or answered, and the initiative it is about.
"""

from sqlalchemy import Select, inspect, select

from kb.catalogue import change_log
from kb.catalogue.models import Initiative, InitiativeCity, Vision
from kb.core.db import Model

from .models import Forum, ForumSession, Question, Slot, SlotInitiative, Speaker, Statement

ENTRIES: dict[str, type[ForumSession | Slot | Question]] = {"session": ForumSession, "talk": Slot, "answer": Question}
"""The kinds of entry that the forum adds to those of the catalogue, with their tables."""

_PARTS: dict[type[Model], tuple[str, str]] = {
    Speaker: ("session_id", "session"),
    Slot: ("session_id", "session"),
    SlotInitiative: ("slot_id", "talk"),
    Statement: ("session_id", "session"),
}


def _of_cities(cities: Select[int]) -> change_log.Ids:
    speakers = select(Speaker.id).where(Speaker.city_id.in_(cities))
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    return {
        "session": select(Speaker.session_id).where(Speaker.city_id.in_(cities)),
        "talk": select(Slot.id).where(Slot.speaker_id.in_(speakers)),
        "answer": select(Question.id).where(
            Question.speaker_id.in_(speakers)
            | Question.answered_by_id.in_(speakers)
            | Question.initiative_id.in_(initiatives)
        ),
    }


def _of_speaker(key: int) -> change_log.Ids:
    boolean_clause_list = (Question.speaker_id == key) | (Question.answered_by_id == key)
    return {
        "talk": select(Slot.id).where(Slot.speaker_id == key),
        "answer": select(Question.id).where(boolean_clause_list),
    }


def _is_or_was_answered(question: Question) -> bool:
    history = inspect(question).attrs.state.history
    return "answered" in (*history.added, *history.unchanged, *history.deleted)


change_log.watch(
    {"session": ForumSession, "talk": Slot},
    _PARTS,
    {
        Forum: lambda key: {
            "session": select(ForumSession.id).where(ForumSession.forum_id == key),
            "talk": select(Slot.id).join(Slot.session).where(ForumSession.forum_id == key),
        },
        ForumSession: lambda key: {
            "talk": select(Slot.id).where(Slot.session_id == key),
            "answer": select(Question.id).where(Question.session_id == key),
        },
        Speaker: _of_speaker,
        Initiative: lambda key: {
            "talk": select(SlotInitiative.slot_id).where(SlotInitiative.initiative_id == key),
            "answer": select(Question.id).where(Question.initiative_id == key),
        },
        Vision: lambda key: {"talk": select(Slot.id).where(Slot.vision_id == key)},
        Question: lambda key: {"answer": select(Question.id).where(Question.id == key)},
    },
    _of_cities,
    {Question: _is_or_was_answered},
)
