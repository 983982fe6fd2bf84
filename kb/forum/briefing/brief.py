"""The chair's brief: sections with what the record says and, beside it, what the chair wrote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.i18n import Message, gettext_noop
from kb.peers.service import Peers

from ..models import BriefEdit, ForumSession, Speaker
from . import overview, turns
from .lines import Line
from .material import Material, material

Say = Callable[[Message], str]
"""Renders a message in a reader's language."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the brief under its own key: lines as drawn, and the chair's own words where there are any."""

    key: str
    lines: Sequence[Line]
    edit: BriefEdit | None = None

    @property
    def cites(self) -> list[Any]:
        """All that its lines rest on, each once."""
        return list({id(thing): thing for line in self.lines for thing in line.cites}.values())

    def drawn(self, say: Say = str) -> str:
        """What the record says, a sentence a line."""
        return "\n".join(say(line.message) for line in self.lines)

    def text(self, say: Say = str) -> str:
        """What the chair reads: the own words, else the record's."""
        return self.edit.text if self.edit else self.drawn(say)

    def has_moved_on(self, say: Say = str) -> bool:
        """Whether the record says something else than when the chair wrote."""
        return self.edit is not None and self.edit.drawn != self.drawn(say)


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's turn: the introduction, questions worth asking, and the bridge to whoever follows, if anybody."""

    speaker: Speaker
    introduction: Section
    questions: Section
    bridge: Section | None
    following: Speaker | None


@dataclass(frozen=True, slots=True)
class Brief:
    """The thematic overview, by heading (marked), and each speaker's turn in the order of the talks."""

    overview: Mapping[str, Section]
    turns: Sequence[Turn]
    material: Material

    @property
    def sections(self) -> dict[str, Section]:
        """Every section by its key."""
        every = list(self.overview.values())
        for turn in self.turns:
            every += [turn.introduction, turn.questions, *([turn.bridge] if turn.bridge else [])]
        return {section.key: section for section in every}


_OVERVIEW: tuple[tuple[str, str, Callable[[Material], list[Line]]], ...] = (
    ("cities", gettext_noop("The cities"), overview.cities_represented),
    ("shared", gettext_noop("Challenges they share"), overview.shared_challenges),
    ("alone", gettext_noop("Challenges they do not share"), overview.challenges_not_shared),
    ("goals", gettext_noop("Goals covered"), overview.goals_covered),
    ("missing", gettext_noop("Goals not covered"), overview.goals_not_covered),
    ("evidence", gettext_noop("Initiatives with evidence"), overview.evidence),
    ("stopped", gettext_noop("What failed, and the lessons"), overview.stopped),
)


def make_brief(session: Session, forum_session: ForumSession, peers: Peers | None = None) -> Brief:
    """Make the brief of a session anew, with the chair's own words beside it."""
    read = material(session, forum_session, peers)
    edits = {
        brief_edit.section: brief_edit
        for brief_edit in session.scalars(select(BriefEdit).where(BriefEdit.session_id == forum_session.id))
    }

    def section(key: str, lines: list[Line]) -> Section:
        return Section(key, lines, edits.get(key))

    sections = {heading: section(f"overview-{key}", lines(read)) for key, heading, lines in _OVERVIEW}
    speaker_turns = []
    for speaker, following in pairwise([*read.speakers, None]):
        if speaker is None:
            continue
        bridge = None
        if following is not None:
            bridge = section(f"bridge-{speaker.id}-{following.id}", turns.bridge(read, speaker, following))
        speaker_turns.append(
            Turn(
                speaker,
                section(f"introduction-{speaker.id}", turns.introduction(read, speaker)),
                section(f"questions-{speaker.id}", turns.questions(read, speaker, following)),
                bridge,
                following,
            )
        )
    return Brief(sections, speaker_turns, read)


def texts_by_slot(
    session: Session, forum_session: ForumSession, say: Say = str, peers: Peers | None = None
) -> dict[int, str]:
    """What the chair reads in each slot, by its id: the overview, who comes now, what leads from a talk to the next."""
    brief = make_brief(session, forum_session, peers)
    by_speaker = {turn.speaker.id: turn for turn in brief.turns}
    texts = {}
    for slot in forum_session.slots:
        turn = by_speaker.get(slot.speaker_id) if slot.speaker_id else None
        if slot.kind == "thematic-presentation":
            texts[slot.id] = "\n\n".join(section.text(say) for section in brief.overview.values() if section.text(say))
        elif turn and slot.kind == "remark":
            texts[slot.id] = " ".join(turn.bridge.text(say).split("\n")) if turn.bridge else ""
        elif turn:
            texts[slot.id] = " ".join(turn.introduction.text(say).split("\n"))
    return texts
