"""Changes the parts of a session: speakers, slots of the run of show, statements."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.catalogue.models import City, Initiative, Leader, Vision
from kb.core.errors import Conflict, NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.core.text import fold, sort_key

from ..choices import OUTCOMES
from ..live.queries import session_to_change
from ..models import BriefEdit, ForumSession, Question, Slot, SlotInitiative, Speaker, Statement
from ..queries import initiatives_titled, speaker_removal
from ..rules import reordered
from .sessions import ROW_CONFLICT, Data, refuse_stale, renumber, sources_of

_NO_SPEAKER = gettext_noop("There is no such speaker in this session.")
_NO_SLOT = gettext_noop("There is no such item in this session.")
_NO_LEADER = gettext_noop("There is no such leader.")
_NO_COUNTRY = gettext_noop("Please choose the country of the city.")
_NO_INITIATIVE = gettext_noop("No initiative has this title.")
_SEVERAL_INITIATIVES = gettext_noop("Several initiatives have these words in their title. Please type more: %(titles)s")
_ALIKE = 6
_NO_VISION = gettext_noop("There is no such strategy.")


def save_speaker(session: Session, actor: User, forum_session: ForumSession, key: int | None, data: Data) -> Speaker:
    """Add somebody who leads or speaks, or change what is announced of them."""
    with session.no_autoflush:
        speaker = _part(forum_session.speakers, key, data) or Speaker(position=len(forum_session.speakers))
        leader = None
        if data["leader"]:
            leader = session.scalars(select(Leader).where(Leader.slug == data["leader"])).one_or_none()
            if leader is None:
                raise Refused(_NO_LEADER)
        if data["city_name"] and not data["country_code"]:
            raise Refused(_NO_COUNTRY)
        for name in ("name", "title", "is_former", "organisation", "city_name", "role", "status", "attendance", "note"):
            setattr(speaker, name, data[name])
        speaker.leader = leader
        speaker.country_code = data["country_code"] if data["city_name"] else None
        speaker.city = _city(session, data["city_name"], data["country_code"])
    _save(session, actor, forum_session, forum_session.speakers, speaker)
    return speaker


def save_slot(
    session: Session, actor: User, forum_session: ForumSession, key: int | None, data: Data, presented: Iterable[str]
) -> Slot:
    """Add a slot at the end, or change one; `presented` are the slugs of the initiatives that were ticked."""
    with session.no_autoflush:
        slot = _part(forum_session.slots, key, data) or Slot(position=len(forum_session.slots))
        for name in ("kind", "title", "minutes", "abstract", "notes"):
            setattr(slot, name, data[name])
        if data["outcome"] and forum_session.state == "ended":
            slot.was_held = OUTCOMES[data["outcome"]]
        slot.speaker = _of(forum_session.speakers, data["speaker"], _NO_SPEAKER)
        slot.vision = None
        if data["vision"]:
            slot.vision = session.scalars(select(Vision).where(Vision.slug == data["vision"])).one_or_none()
            if slot.vision is None:
                raise Refused(_NO_VISION)
        _present(session, slot, list(presented), data["initiative"])
    _save(session, actor, forum_session, forum_session.slots, slot)
    return slot


def save_minutes(session: Session, actor: User, forum_session: ForumSession, key: int, data: Data) -> None:
    """Change how long a slot is, and nothing else of it."""
    slot = _part(forum_session.slots, key, data)
    slot.minutes = data["minutes"]
    _save(session, actor, forum_session, forum_session.slots, slot)


def save_statement(
    session: Session, actor: User, forum_session: ForumSession, key: int | None, data: Data
) -> Statement:
    """Add what was said to the public record, or put it right."""
    with session.no_autoflush:
        statement = _part(forum_session.statements, key, data) or Statement(position=len(forum_session.statements))
        statement.kind, statement.text = data["kind"], data["text"]
        statement.speaker = _of(forum_session.speakers, data["speaker"], _NO_SPEAKER)
        statement.slot = _of(forum_session.slots, data["slot"], _NO_SLOT)
        statement.source = next(iter(sources_of(session, data["source"][:1])), None)
    _save(session, actor, forum_session, forum_session.statements, statement)
    return statement


def delete_part(
    session: Session, actor: User, forum_session: ForumSession, part: Literal["slots", "statements"], key: int
) -> None:
    """Take a slot or a statement out; what is gone already is gone."""
    rows: list[Any] = getattr(forum_session, part)
    row = _row(rows, key)
    if row is None:
        return
    rows.remove(row)
    renumber(rows)
    record_audit_event(session, actor, f"take-out-{part}", "session", forum_session.slug, id=key)
    session.flush()


def move(
    session: Session,
    actor: User,
    forum_session: ForumSession,
    part: Literal["speakers", "slots", "statements"],
    key: int,
    to: int | Literal["up", "down"],
    version: int | None,
) -> None:
    """Put a speaker, a slot or a statement at another place, counted from 0, or one up or down."""
    refuse_stale(forum_session, version)
    rows: list[Any] = getattr(forum_session, part)
    row = _row(rows, key)
    if row is None:
        raise Conflict(ROW_CONFLICT)
    at = rows.index(row) + {"up": -1, "down": 1}[to] if isinstance(to, str) else to
    if at < 0:
        return
    renumber(reordered(rows, row, at))
    record_audit_event(session, actor, f"move-{part}", "session", forum_session.slug, id=key, to=at)
    session.flush()


def _row(rows: Sequence[Any], key: int) -> Any:
    return next((row for row in rows if row.id == key), None)


def _part(rows: Sequence[Any], key: int | None, data: Data) -> Any:
    """The row that a form changes, None for a new one. Raises Conflict where it is gone or was changed."""
    if key is None:
        return None
    row = _row(rows, key)
    if row is None:
        raise NotFound(ROW_CONFLICT)
    refuse_stale(row, data["version"])
    return row


def _save(session: Session, actor: User, forum_session: ForumSession, rows: list[Any], row: Any) -> None:
    if row not in rows:
        rows.append(row)
    session.flush()
    record_audit_event(session, actor, f"save-{type(row).__name__.lower()}", "session", forum_session.slug, id=row.id)


def _of(rows: Sequence[Any], key: int | None, message: str) -> Any:
    """The row of a session with an id, None for None. Raises Refused where the session has none with it."""
    if key is None:
        return None
    row = _row(rows, key)
    if row is None:
        raise Refused(message)
    return row


def _city(session: Session, name: str | None, country_code: str | None) -> City | None:
    """The city with a page whose name that is in the country, where there is exactly one."""
    if not name:
        return None
    cities = select(City).where(City.country_code == country_code)
    matching = [city for city in session.scalars(cities) if fold(city.name) == fold(name)]
    return matching[0] if len(matching) == 1 else None


def _present(session: Session, slot: Slot, slugs: list[str], other: str | None) -> None:
    by_slug = {
        initiative.slug: initiative
        for initiative in session.scalars(select(Initiative).where(Initiative.slug.in_(slugs)))
    }
    initiatives = [by_slug[slug] for slug in slugs if slug in by_slug]
    if other:
        initiatives.append(_initiative(session, other))
    links = {link.initiative_id: link for link in slot.presented}
    unique = list({initiative.id: initiative for initiative in initiatives}.values())
    slot.presented = [links.get(initiative.id) or SlotInitiative(initiative=initiative) for initiative in unique]
    renumber(slot.presented)


def _initiative(session: Session, title_or_address: str) -> Initiative:
    """The initiative with that title, or the only one with these words in it, or of that address. Raises Refused."""
    slug = title_or_address.rstrip("/").rsplit("/", 1)[-1]
    by_slug = session.scalars(select(Initiative).where(Initiative.slug == slug)).one_or_none()
    # By its sort key, which has an index: titles that differ in accents, capitals and marks alone have the same.
    titled = select(Initiative).where(Initiative.sort_key == sort_key(title_or_address)).order_by(Initiative.id)
    initiative = by_slug or session.scalars(titled.limit(1)).first()
    if initiative is not None:
        return initiative
    alike = session.scalars(initiatives_titled(title_or_address).limit(_ALIKE)).all()
    if len(alike) > 1:
        raise Refused(_SEVERAL_INITIATIVES, titles="; ".join(row.title for row in alike))
    if not alike:
        raise Refused(_NO_INITIATIVE)
    return alike[0]


SPOKE = gettext_noop("This person has spoken in the session, so the record keeps the name. Nothing was removed.")


def remove_speaker(session: Session, actor: User, forum_session: ForumSession, key: int, version: int | None) -> None:
    """Take a speaker out, with what only they stand for in the run of show; who is gone already is gone.

    See `queries.speaker_removal` for what goes and what stays. Questions that were put to them go to all, and the
    chair's own words about them go. Raises Conflict, and Refused where they have spoken.
    """
    # Nobody takes a step of the clock meanwhile: what begins now has begun.
    session_to_change(session, id=forum_session.id)
    speaker = _row(forum_session.speakers, key)
    if speaker is None:
        return
    refuse_stale(forum_session, version)
    removal = speaker_removal(session, forum_session, speaker)
    if removal.has_spoken:
        raise Refused(SPOKE)
    for question in session.scalars(select(Question).where(Question.speaker_id == key)):
        question.speaker_id = None
    for slot in removal.slots:
        forum_session.slots.remove(slot)
    forum_session.speakers.remove(speaker)
    renumber(forum_session.slots)
    renumber(forum_session.speakers)
    session.execute(
        delete(BriefEdit).where(
            BriefEdit.session_id == forum_session.id,
            BriefEdit.section.in_((f"introduction-{key}", f"questions-{key}"))
            | BriefEdit.section.like(f"bridge-{key}-%")
            | BriefEdit.section.like(f"bridge-%-{key}"),
        )
    )
    record_audit_event(
        session,
        actor,
        "take-out-speakers",
        "session",
        forum_session.slug,
        id=key,
        name=speaker.name,
        slots=len(removal.slots),
    )
    session.flush()
