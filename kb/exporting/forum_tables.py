"""The tables of the forum: public sessions, what was answered there, and what cities answered to readers.

They hold what the API gives of the same, by the same conditions, but for names that people can have removed from pages:
of those who asked, and of those who answered with an account. A release or a file stays as it is.
"""

from collections.abc import Mapping, Sequence

from kb.core.i18n import gettext_noop
from kb.forum.choices import (
    ATTENDANCES,
    PUBLIC_STATES,
    SESSION_STATES,
    SLOT_KINDS,
    SLOT_STATES,
    SPEAKER_ROLES,
    SPEAKER_STATUSES,
    STATEMENT_KINDS,
)
from kb.forum.kinds import ForumKind
from kb.questions.choices import QuestionKind

from .releases.schemas import Field, ReleaseTable

_PUBLIC_STATES = {state: label for state, label in SESSION_STATES.items() if state in PUBLIC_STATES}

_NUMBER = Field(
    name="id",
    label=gettext_noop("Number"),
    explanation=gettext_noop("Other tables refer to the row by it."),
    type="integer",
)
_ADDRESS = Field(
    name="address",
    label=gettext_noop("Address of the page"),
    explanation=gettext_noop("Cite this address."),
    type="address",
)
_SESSION = Field(name="session", label=gettext_noop("Session"), type="code", refers=("sessions", "slug"))
_SPEAKER = Field(name="speaker", label=gettext_noop("Speaker"), type="integer", refers=("sessions-speakers", "id"))
_CITY = Field(name="city", label=gettext_noop("City"), type="code", refers=("cities", "slug"))
_INITIATIVE = Field(name="initiative", label=gettext_noop("Initiative"), type="code", refers=("initiatives", "slug"))
_NOTE = Field(name="note", label=gettext_noop("Note"))
_SOURCE = Field(name="source", label=gettext_noop("Source"), type="address")
_QUESTION = Field(name="text", label=gettext_noop("Question"))
_ANSWER = Field(name="answer", label=gettext_noop("Answer"))
_ANSWERED_AT = Field(name="answered_at", label=gettext_noop("Answered at"), type="datetime")

_POSITION = Field(
    name="position",
    label=gettext_noop("Position"),
    explanation=gettext_noop("The place of the row in its list, from 1."),
    type="integer",
)


def _coded(name: str, label: str, values: Mapping[str, str]) -> tuple[Field, Field]:
    """The column of a code, and the one of its labels beside it."""
    code = Field(name=name, label=label, type="code", values=values)
    return code, code.of_label()


def _title(explanation: str = "") -> Field:
    return Field(name="title", label=gettext_noop("Title"), explanation=explanation)


def _moment(name: str, label: str, explanation: str) -> Field:
    return Field(name=name, label=label, explanation=explanation, type="datetime")


def _list(name: str, label: str, item: Field) -> ReleaseTable:
    """A list of a session."""
    return ReleaseTable(
        name=f"sessions-{name}", label=label, fields=(_SESSION, _POSITION, item), key=("session", "position")
    )


SESSIONS = ReleaseTable(
    name="sessions",
    label=gettext_noop("Sessions of city leaders"),
    fields=(
        Field(
            name="slug",
            label=gettext_noop("Name in addresses"),
            explanation=gettext_noop(
                "The last part of the address of its page. Other tables refer to the session by it."
            ),
        ),
        _ADDRESS,
        _title(),
        Field(name="event", label=gettext_noop("Event"), explanation=gettext_noop("At which the session is held.")),
        Field(name="theme", label=gettext_noop("Theme")),
        _moment("starts_at", gettext_noop("Beginning"), gettext_noop("As planned, on the clocks of its time zone.")),
        _moment("ends_at", gettext_noop("End"), gettext_noop("As planned. Empty if it is not known.")),
        Field(
            name="time_zone", label=gettext_noop("Time zone"), explanation=gettext_noop("Such as Europe/Zurich (IANA).")
        ),
        Field(name="place", label=gettext_noop("Place")),
        Field(name="languages", label=gettext_noop("Languages"), explanation=gettext_noop("ISO 639-1."), type="codes"),
        *_coded("state", gettext_noop("State"), _PUBLIC_STATES),
        _NOTE,
    ),
    key=("slug",),
)
ORGANISERS = _list(
    "organisers",
    gettext_noop("Organisers of sessions"),
    Field(name="organiser", label=gettext_noop("Organiser")),
)
GUIDING_QUESTIONS = _list("guiding-questions", gettext_noop("Guiding questions of sessions"), _QUESTION)
SOURCES = _list("sources", gettext_noop("Sources of sessions"), _SOURCE)
SPEAKERS = ReleaseTable(
    name="sessions-speakers",
    label=gettext_noop("Speakers of sessions"),
    fields=(
        _NUMBER,
        _SESSION,
        _POSITION,
        Field(name="name", label=gettext_noop("Name")),
        _title(gettext_noop("The office on that day. It stays, whatever comes after.")),
        Field(
            name="former",
            label=gettext_noop("Former"),
            explanation=gettext_noop("Whether the person had left the office by then."),
            type="boolean",
        ),
        Field(name="organisation", label=gettext_noop("Organisation")),
        _CITY,
        Field(name="city_name", label=gettext_noop("Name of the city")),
        Field(name="country", label=gettext_noop("Country"), type="code", refers=("countries", "code")),
        Field(name="leader", label=gettext_noop("Leader"), type="code", refers=("leaders", "slug")),
        *_coded("role", gettext_noop("Role"), SPEAKER_ROLES),
        *_coded("status", gettext_noop("Status"), SPEAKER_STATUSES),
        *_coded("attendance", gettext_noop("Attendance"), ATTENDANCES),
        _NOTE,
    ),
    key=("id",),
)
PROGRAMME = ReleaseTable(
    name="sessions-programme",
    label=gettext_noop("Programme of sessions: talks and other items"),
    fields=(
        _NUMBER,
        _ADDRESS,
        _SESSION,
        _POSITION,
        *_coded("kind", gettext_noop("Kind"), SLOT_KINDS),
        _title(),
        *_coded("state", gettext_noop("State"), SLOT_STATES),
        _moment("starts_at", gettext_noop("Planned beginning"), gettext_noop("Empty if it is not known.")),
        Field(
            name="minutes",
            label=gettext_noop("Minutes"),
            explanation=gettext_noop("As planned. Empty if it is not known."),
            type="integer",
        ),
        _moment("began_at", gettext_noop("Began at"), gettext_noop("Empty if nobody kept the time.")),
        _moment("ended_at", gettext_noop("Ended at"), gettext_noop("Empty if nobody kept the time.")),
        Field(
            name="left_out",
            label=gettext_noop("Left out"),
            explanation=gettext_noop("Whether the item was skipped. Empty if nobody kept the time."),
            type="boolean",
        ),
        _SPEAKER,
        Field(name="abstract", label=gettext_noop("Abstract")),
        Field(name="vision", label=gettext_noop("Strategy"), type="code", refers=("visions", "slug")),
    ),
    key=("id",),
)
PRESENTED = ReleaseTable(
    name="sessions-programme-initiatives",
    label=gettext_noop("Initiatives that talks present"),
    fields=(
        Field(name="item", label=gettext_noop("Talk"), type="integer", refers=("sessions-programme", "id")),
        _POSITION,
        _INITIATIVE,
    ),
    key=("item", "position"),
)
STATEMENTS = ReleaseTable(
    name="sessions-statements",
    label=gettext_noop("What was said in sessions"),
    fields=(
        _SESSION,
        _POSITION,
        *_coded("kind", gettext_noop("Kind"), STATEMENT_KINDS),
        Field(name="text", label=gettext_noop("Text")),
        _SPEAKER,
        _SOURCE,
    ),
    key=("session", "position"),
)
ANSWERS = ReleaseTable(
    name="answers",
    label=gettext_noop("Questions from the audience of sessions, with answers"),
    fields=(
        _NUMBER,
        _ADDRESS,
        _SESSION,
        _QUESTION,
        Field(
            name="speaker",
            label=gettext_noop("Speaker"),
            explanation=gettext_noop("Who was asked. Empty if it was everybody."),
            type="integer",
            refers=("sessions-speakers", "id"),
        ),
        _INITIATIVE,
        _ANSWER,
        Field(
            name="answered_by",
            label=gettext_noop("Answered by"),
            explanation=gettext_noop("Empty if it was no speaker of the session, or is not known."),
            type="integer",
            refers=("sessions-speakers", "id"),
        ),
        _ANSWERED_AT,
    ),
    key=("id",),
)
CITY_ANSWERS = ReleaseTable(
    name="city-answers",
    label=gettext_noop("Questions from readers to cities, with answers"),
    fields=(
        _NUMBER,
        _ADDRESS,
        Field(
            name="city",
            label=gettext_noop("City"),
            explanation=gettext_noop("Which was asked. Empty if the editors answered."),
            type="code",
            refers=("cities", "slug"),
        ),
        _INITIATIVE,
        _QUESTION,
        Field(
            name="asked_from",
            label=gettext_noop("Asked from"),
            explanation=gettext_noop("The city of the reader, as the reader wrote it."),
        ),
        _ANSWER,
        _ANSWERED_AT,
    ),
    key=("id",),
)
FORUM_TABLES: Sequence[ReleaseTable] = (
    SESSIONS,
    ORGANISERS,
    GUIDING_QUESTIONS,
    SOURCES,
    SPEAKERS,
    PROGRAMME,
    PRESENTED,
    STATEMENTS,
    ANSWERS,
    CITY_ANSWERS,
)
TABLES_OF_KINDS: Mapping[str, ReleaseTable] = {
    ForumKind.SESSION: SESSIONS,
    ForumKind.TALK: PROGRAMME,
    ForumKind.ANSWER: ANSWERS,
    QuestionKind.CITY_ANSWER: CITY_ANSWERS,
}
"""The table that has a row for each of what the search finds of a kind."""
