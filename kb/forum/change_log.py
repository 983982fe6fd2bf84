"""Adds the forum's sessions, talks and answers to the change log, as entries that the search finds.

A session draws on its speakers, slots and statements; a talk on its speaker, its session and what it presents; an
answer on its question, the session, whoever was asked or answered, and the initiative it is about.
"""

from sqlalchemy import Select, inspect, select

from kb.catalogue import change_log
from kb.catalogue.models import Initiative, InitiativeCity, Vision
from kb.core.db import Model

from .kinds import ForumKind
from .models import Forum, ForumSession, Question, Slot, SlotInitiative, Speaker, Statement
from .queries import answered, public_sessions

_PARTS: dict[type[Model], tuple[str, str]] = {
    Speaker: ("session_id", ForumKind.SESSION),
    Slot: ("session_id", ForumKind.SESSION),
    SlotInitiative: ("slot_id", ForumKind.TALK),
    Statement: ("session_id", ForumKind.SESSION),
}


def _of_cities(cities: Select[int]) -> change_log.Ids:
    speakers = select(Speaker.id).where(Speaker.city_id.in_(cities))
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    return {
        ForumKind.SESSION: select(Speaker.session_id).where(Speaker.city_id.in_(cities)),
        ForumKind.TALK: select(Slot.id).where(Slot.speaker_id.in_(speakers)),
        ForumKind.ANSWER: select(Question.id).where(
            Question.speaker_id.in_(speakers)
            | Question.answered_by_id.in_(speakers)
            | Question.initiative_id.in_(initiatives)
        ),
    }


def _of_speaker(key: int) -> change_log.Ids:
    to_or_by_speaker = (Question.speaker_id == key) | (Question.answered_by_id == key)
    return {
        ForumKind.TALK: select(Slot.id).where(Slot.speaker_id == key),
        ForumKind.ANSWER: select(Question.id).where(to_or_by_speaker),
    }


def _is_or_was_answered(question: Question) -> bool:
    history = inspect(question).attrs.state.history
    return "answered" in (*history.added, *history.unchanged, *history.deleted)


change_log.watch(
    entries={ForumKind.SESSION: ForumSession, ForumKind.TALK: Slot},
    parts=_PARTS,
    mentions={
        Forum: lambda key: {
            ForumKind.SESSION: select(ForumSession.id).where(ForumSession.forum_id == key),
            ForumKind.TALK: select(Slot.id).join(Slot.session).where(ForumSession.forum_id == key),
        },
        ForumSession: lambda key: {
            ForumKind.TALK: select(Slot.id).where(Slot.session_id == key),
            ForumKind.ANSWER: select(Question.id).where(Question.session_id == key),
        },
        Speaker: _of_speaker,
        Initiative: lambda key: {
            ForumKind.TALK: select(SlotInitiative.slot_id).where(SlotInitiative.initiative_id == key),
            ForumKind.ANSWER: select(Question.id).where(Question.initiative_id == key),
        },
        Vision: lambda key: {ForumKind.TALK: select(Slot.id).where(Slot.vision_id == key)},
        Question: lambda key: {ForumKind.ANSWER: select(Question.id).where(Question.id == key)},
    },
    of_cities=_of_cities,
    tracked={Question: _is_or_was_answered},
    public={
        ForumKind.SESSION: public_sessions().order_by(None).with_only_columns(ForumSession.id),
        ForumKind.ANSWER: answered().with_only_columns(Question.id),
    },
)
