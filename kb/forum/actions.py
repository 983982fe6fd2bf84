"""What organisers do with sessions; these add, change and flush, and never commit.

Each takes the version from which its form was written, and raises Conflict when somebody was faster; each is noted in
the audit trail. Nothing is flushed before a row is filled, for a half-filled one must not be written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import note
from kb.accounts.models import User
from kb.catalogue.changes import take_turn
from kb.catalogue.models import City, Initiative, Leader, Source, Versioned, Vision
from kb.catalogue.rules import free_slug
from kb.columns import now
from kb.db import folded
from kb.folding import fold
from kb.problems import Conflict, NotFound, Refused
from kb.words import marked

from .models import BriefEdit, Forum, ForumSession, Slot, SlotInitiative, Speaker, Statement
from .rules import MOVES, moment, moved, run_of_show
from .terms import LEADING_ROLES

FASTER = marked("Somebody changed this meanwhile.")
_NO_MOVE = marked("From the state the session is in, this does not follow.")
_NOT_EMPTY = marked("There is a run of show already; take its slots out first.")
_NO_EVENT = marked("There is no such event.")
_NO_SPEAKER = marked("There is no such speaker in this session.")
_NO_SLOT = marked("There is no such slot in this session.")
_NO_LEADER = marked("There is no such leader.")
_NO_COUNTRY = marked("Please choose the country of the city.")
_NO_INITIATIVE = marked("No initiative has this title or address.")
_NO_VISION = marked("There is no such vision.")
_IN_USE = marked("Only a draft can be taken out; call off what was announced.")

Data = Mapping[str, Any]
Part = Speaker | Slot | Statement


def prepare_session(session: Session, actor: User, data: Data) -> ForumSession:
    """A new session, as a draft."""
    take_turn(session)
    slugs = set(session.scalars(select(ForumSession.slug)))
    held = ForumSession(slug=free_slug(data["title"], slugs), state="draft")
    _fill_session(session, held, data)
    session.add(held)
    session.flush()
    note(session, actor, "prepare-session", "session", held.slug)
    return held


def change_session(session: Session, actor: User, held: ForumSession, data: Data) -> None:
    """Change what is told of a session; its address stays."""
    take_turn(session)
    _same(held, data["version"])
    _fill_session(session, held, data)
    session.flush()
    note(session, actor, "change-session", "session", held.slug)


def move_on(session: Session, actor: User, held: ForumSession, state: str, version: int | None) -> None:
    """Announce a session, take the announcement back, call it off, or say that it is over. Raises Refused."""
    _same(held, version)
    if state not in MOVES[held.state]:
        raise Refused(_NO_MOVE)
    before, held.state = held.state, state
    session.flush()
    note(session, actor, "move-session", "session", held.slug, before=before, after=state)


def take_out_session(session: Session, actor: User, held: ForumSession, version: int | None) -> None:
    """Take a draft out, with all that was planned. Raises Refused for what was public."""
    _same(held, version)
    if held.state != "draft":
        raise Refused(_IN_USE)
    note(session, actor, "take-out-session", "session", held.slug, title=held.title)
    session.delete(held)
    session.flush()


def save_speaker(session: Session, actor: User, held: ForumSession, key: int | None, data: Data) -> Speaker:
    """Add somebody who leads or speaks, or change what is announced of them."""
    with session.no_autoflush:
        speaker = _part(held.speakers, key, data) or Speaker(position=len(held.speakers))
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
    _save(session, actor, held, held.speakers, speaker)
    return speaker


def save_slot(
    session: Session, actor: User, held: ForumSession, key: int | None, data: Data, presented: Iterable[str]
) -> Slot:
    """Add a slot at the end, or change one; `presented` are the slugs of the initiatives that were ticked."""
    with session.no_autoflush:
        slot = _part(held.slots, key, data) or Slot(position=len(held.slots))
        for name in ("kind", "title", "minutes", "abstract", "notes"):
            setattr(slot, name, data[name])
        slot.speaker = _of(held.speakers, data["speaker"], _NO_SPEAKER)
        slot.vision = None
        if data["vision"]:
            slot.vision = session.scalars(select(Vision).where(Vision.slug == data["vision"])).one_or_none()
            if slot.vision is None:
                raise Refused(_NO_VISION)
        _present(session, slot, list(presented), data["initiative"])
    _save(session, actor, held, held.slots, slot)
    return slot


def save_statement(session: Session, actor: User, held: ForumSession, key: int | None, data: Data) -> Statement:
    """Add what was said to the public record, or put it right."""
    with session.no_autoflush:
        statement = _part(held.statements, key, data) or Statement(position=len(held.statements))
        statement.kind, statement.text = data["kind"], data["text"]
        statement.speaker = _of(held.speakers, data["speaker"], _NO_SPEAKER)
        statement.slot = _of(held.slots, data["slot"], _NO_SLOT)
        statement.source = next(iter(_sources(session, data["source"][:1])), None)
    _save(session, actor, held, held.statements, statement)
    return statement


def take_out(
    session: Session, actor: User, held: ForumSession, part: Literal["speakers", "slots", "statements"], key: int
) -> None:
    """Take a speaker, a slot or a statement out; who is gone already is gone. Slots of a speaker stay, as nobody's."""
    rows: list[Any] = getattr(held, part)
    row = next((one for one in rows if one.id == key), None)
    if row is None:
        return
    rows.remove(row)
    _number(rows)
    note(session, actor, f"take-out-{part}", "session", held.slug, id=key)
    session.flush()


def move(
    session: Session,
    actor: User,
    held: ForumSession,
    part: Literal["speakers", "slots", "statements"],
    key: int,
    to: int | Literal["up", "down"],
    version: int | None,
) -> None:
    """Put a speaker, a slot or a statement at another place, counted from 0, or one up or down."""
    _same(held, version)
    rows: list[Any] = getattr(held, part)
    row = next((one for one in rows if one.id == key), None)
    if row is None:
        raise Conflict(FASTER)
    at = rows.index(row) + {"up": -1, "down": 1}[to] if isinstance(to, str) else to
    if at < 0:
        return
    _number(moved(rows, row, at))
    note(session, actor, f"move-{part}", "session", held.slug, id=key, to=at)
    session.flush()


def lay_out(session: Session, actor: User, held: ForumSession, version: int | None) -> None:
    """Write the usual run of show for the speakers there are. Raises Refused where there is a run of show already."""
    _same(held, version)
    if held.slots:
        raise Refused(_NOT_EMPTY)
    speaking = [one for one in held.speakers if one.role not in LEADING_ROLES and one.status != "did-not-come"]
    chair = next((one for one in held.speakers if one.role in LEADING_ROLES), None)
    for position, planned in enumerate(run_of_show(len(speaking), held.planned_minutes)):
        leads = chair if planned.kind in {"opening", "thematic-presentation", "flow"} else None
        speaker = leads if planned.speaker is None else speaking[planned.speaker]
        held.slots.append(Slot(kind=planned.kind, minutes=planned.minutes, position=position, speaker=speaker))
    session.flush()
    note(session, actor, "lay-out-session", "session", held.slug)


def write_brief(
    session: Session, actor: User | None, held: ForumSession, section: str, drawn: str, data: Data
) -> BriefEdit | None:
    """Keep the chair's own words for a section beside what the record says; none, and the record's stand again."""
    found = session.scalars(
        select(BriefEdit).where(BriefEdit.session_id == held.id, BriefEdit.section == section)
    ).one_or_none()
    if (found.version if found else None) != data["version"]:
        raise Conflict(FASTER)
    note(session, actor, "write-brief", "session", held.slug, section=section)
    if not data["text"] or data["text"] == drawn:
        if found is not None:
            session.delete(found)
        session.flush()
        return None
    if found is None:
        found = BriefEdit(session_id=held.id, section=section)
        session.add(found)
    found.text, found.drawn, found.updated_at = data["text"], drawn, now()
    session.flush()
    return found


def _same(row: Versioned, version: int | None) -> None:
    if row.version != version:
        raise Conflict(FASTER)


def _part(rows: Sequence[Any], key: int | None, data: Data) -> Any:
    """The row that a form changes, None for a new one. Raises Conflict where it is gone or was changed."""
    if key is None:
        return None
    row = next((one for one in rows if one.id == key), None)
    if row is None:
        raise NotFound(FASTER)
    _same(row, data["version"])
    return row


def _save(session: Session, actor: User, held: ForumSession, rows: list[Any], row: Any) -> None:
    if row not in rows:
        rows.append(row)
    session.flush()
    note(session, actor, f"save-{type(row).__name__.lower()}", "session", held.slug, id=row.id)


def _of(rows: Sequence[Any], key: int | None, message: str) -> Any:
    """The row of a session with an id, None for None. Raises Refused where the session has none with it."""
    if key is None:
        return None
    row = next((one for one in rows if one.id == key), None)
    if row is None:
        raise Refused(message)
    return row


def _number(rows: Iterable[Any]) -> None:
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position


def _fill_session(session: Session, held: ForumSession, data: Data) -> None:
    forum, sources = _forum(session, data["forum"], data["new_forum"]), _sources(session, data["sources"])
    held.forum, held.sources = forum, sources
    held.starts_at = moment(data["day"], data["time"], data["timezone"])
    for name in (
        "title", "theme", "timezone", "planned_minutes", "place",
        "languages", "organisers", "guiding_questions", "note",
    ):  # fmt: skip
        setattr(held, name, data[name])


def _forum(session: Session, slug: str | None, title: str | None) -> Forum:
    """The event of that slug; one of the title where none was chosen, made where there is none."""
    by = Forum.slug == slug if slug else folded(Forum.title) == fold(title or "")
    found = session.scalars(select(Forum).where(by).order_by(Forum.id)).first()
    if found is None and slug:
        raise Refused(_NO_EVENT)
    if found is None:
        found = Forum(title=title, slug=free_slug(title or "", set(session.scalars(select(Forum.slug)))))
        session.add(found)
    return found


def _sources(session: Session, urls: Sequence[str]) -> list[Source]:
    """The sources of those addresses, seen today where they are new."""
    known = {one.url: one for one in session.scalars(select(Source).where(Source.url.in_(urls)))}
    for url in urls:
        if url not in known:
            known[url] = Source(url=url, seen_on=now().date())
            session.add(known[url])
    return [known[url] for url in urls]


def _city(session: Session, name: str | None, country_code: str | None) -> City | None:
    """The city with a page whose name that is in the country, where there is exactly one."""
    if not name:
        return None
    cities = select(City).where(City.country_code == country_code)
    found = [city for city in session.scalars(cities) if fold(city.name) == fold(name)]
    return found[0] if len(found) == 1 else None


def _present(session: Session, slot: Slot, slugs: list[str], other: str | None) -> None:
    chosen = {one.slug: one for one in session.scalars(select(Initiative).where(Initiative.slug.in_(slugs)))}
    initiatives = [chosen[slug] for slug in slugs if slug in chosen]
    if other:
        initiatives.append(_initiative(session, other))
    held = {link.initiative_id: link for link in slot.presented}
    wanted = list({one.id: one for one in initiatives}.values())
    slot.presented = [held.get(one.id) or SlotInitiative(initiative=one) for one in wanted]
    _number(slot.presented)


def _initiative(session: Session, said: str) -> Initiative:
    """The initiative with that title, or whose page has that address. Raises Refused."""
    slug = said.rstrip("/").rsplit("/", 1)[-1]
    by_slug = session.scalars(select(Initiative).where(Initiative.slug == slug)).one_or_none()
    found = by_slug or session.scalars(select(Initiative).where(folded(Initiative.title) == fold(said))).first()
    if found is None:
        raise Refused(_NO_INITIATIVE)
    return found
