"""Makes a forum session of a fact; words, times and presence that no source has are left out."""

from datetime import date, datetime, time
from itertools import pairwise

from sqlalchemy import select

from kb.catalogue.entries import EntryKind
from kb.catalogue.rules import free_slug
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.forum.models import Forum, ForumSession, Slot, Speaker, Statement
from kb.forum.rules import moment

from .models import SeedRecord
from .rows import Fact, SeededEntries

# Kinds that agendas use beside ours, and what they are here; the word itself stays in the title of the slot.
_KINDS = {"keynote": ("talk", "Keynote"), "panel-opening": ("panel", "Opening of the panel")}
# Announcements in the words of the sources: our status, how they attended, and a note.
_NO_STATUS = gettext_noop("forum_sessions.json: %(name)s: there is no status called %(status)s.")
_STATUSES: dict[str | None, tuple[str, str | None, str | None]] = {
    None: ("announced", None, None),
    "announced": ("announced", None, None),
    "announced, to be confirmed": ("announced", None, "To be confirmed"),
    "spoke": ("spoke", None, None),
    "spoke by video": ("spoke", "video", None),
}


def fill_session(seeded: SeededEntries, forum_session: ForumSession, fact: Fact) -> None:
    """Fill a session that is over with its speakers, its run of show and what was reported of it."""
    day, start = date.fromisoformat(fact["date"]), time.fromisoformat(fact["start"])
    forum_session.title = fact["title"]
    forum_session.forum = forum_session.forum or _forum(seeded, fact["event"])
    forum_session.starts_at = moment(day, start, fact["timezone"])
    forum_session.timezone = fact["timezone"]
    forum_session.planned_minutes = _minutes(fact["start"], fact["end"])
    forum_session.place = fact["place"]
    forum_session.organisers = fact["organizers"]
    forum_session.languages = fact.get("languages", [])
    forum_session.guiding_questions = fact.get("guiding_questions", [])
    forum_session.note = fact.get("note")
    forum_session.state = "ended"
    forum_session.sources = [seeded.source(url) for url in fact["sources"]]
    show = fact.get("run_of_show", [])
    points = fact.get("reported_points", [])
    reported = {point["who"] for point in points}
    people = [{"role": "moderator", **moderator} for moderator in fact["moderators"]]
    people += [item | {"name": item["who"]} for item in show if "title" in item]
    people += fact.get("announced_speakers", [])
    forum_session.speakers = [
        _speaker(seeded, position, person, person["name"] in reported) for position, person in enumerate(people)
    ]
    by_name = {speaker.name: speaker for speaker in forum_session.speakers}
    lengths = [*(_minutes(item["at"], following["at"]) for item, following in pairwise(show)), None]
    forum_session.slots = [
        _slot(position, item, by_name.get(item["who"]), minutes)
        for position, (item, minutes) in enumerate(zip(show, lengths, strict=bool(show)))
    ]
    forum_session.statements = [
        Statement(kind="point", text=point["point"], position=position, speaker=by_name[point["who"]])
        for position, point in enumerate(points)
    ]


def link_speakers(seeded: SeededEntries) -> None:
    """Link speakers to cities that were not here yet when their session was seeded, where nobody has changed it since.

    As for a new session, a city is the one of that name and country that facts have made.
    """
    of_session = (SeedRecord.kind == "session") & (SeedRecord.entry_id == ForumSession.id)
    untouched = select(SeedRecord, ForumSession).join(ForumSession, of_session)
    pairs = seeded.session.execute(untouched.where(ForumSession.version == SeedRecord.version)).all()
    for _, forum_session in pairs:
        for speaker in forum_session.speakers:
            if speaker.city is None:
                speaker.city = seeded.city(speaker.city_name, speaker.country_code)
    seeded.session.flush()
    for record, forum_session in pairs:
        # It stays the version that the seed wrote.
        record.version = forum_session.version
    seeded.session.flush()


def _forum(seeded: SeededEntries, title: str) -> Forum:
    """The event of that title, made where there is none; its days and place are in no fact."""
    forum = seeded.session.scalars(select(Forum).where(Forum.title == title)).first()
    if forum is None:
        forum = Forum(title=title, slug=free_slug(title, set(seeded.session.scalars(select(Forum.slug)))))
        seeded.session.add(forum)
    return forum


def _speaker(seeded: SeededEntries, position: int, fact: Fact, reported: bool) -> Speaker:
    status, attendance, note = _status(fact)
    leader = seeded.entry(EntryKind.LEADER, fact["leader"]) if "leader" in fact else None
    city = seeded.city(fact.get("city"), fact.get("country_iso2"))
    return Speaker(
        position=position,
        name=fact["name"],
        title=fact.get("title"),
        organisation=fact.get("organisation"),
        leader=leader,
        city=city,
        city_name=fact.get("city"),
        country_code=fact.get("country_iso2"),
        role=fact.get("role", "speaker"),
        # Whoever made a reported point has spoken.
        status="spoke" if reported else status,
        attendance="remote" if fact.get("remote") else attendance,
        note=note,
    )


def _status(fact: Fact) -> tuple[str, str | None, str | None]:
    try:
        return _STATUSES[fact.get("status")]
    except KeyError:
        raise Refused(_NO_STATUS, name=fact["name"], status=str(fact["status"])) from None


def _slot(position: int, fact: Fact, speaker: Speaker | None, minutes: int | None) -> Slot:
    kind, word = _KINDS.get(fact["kind"], (fact["kind"], None))
    who = None if speaker else fact["who"]
    return Slot(
        position=position,
        kind=kind,
        title=": ".join(part for part in (word, who) if part) or None,
        minutes=minutes,
        speaker=speaker,
        abstract=fact.get("note"),
    )


def _minutes(start: str, end: str | None) -> int | None:
    """From one clock time to another of the same day; None where the other is not known."""
    if end is None:
        return None
    moment, other = (datetime.combine(date.min, time.fromisoformat(clock)) for clock in (start, end))
    return int((other - moment).total_seconds() // 60)
