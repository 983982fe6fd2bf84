"""What the pages of organisers share: forms filled from rows, writes that may be refused, and lists to choose from."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kb.catalogue import queries as catalogue
from kb.catalogue.models import Initiative, Leader, Vision
from kb.core.text import fold, sort_key
from kb.forum import queries
from kb.forum.choices import OUTCOMES
from kb.forum.live.queries import session_to_change
from kb.forum.models import ForumSession, Slot, Speaker, Statement
from kb.forum.rules import OfficeHeld, office_on
from kb.forum.schemas import LANGUAGES

from ..core import forms
from ..core.context import session
from ..core.forms import Form
from ..core.language import translated
from ..core.timezones import language_name

SUGGESTED = 12
"""Leaders offered for a name, at most."""

NOBODY: dict[str, Any] = {"role": "speaker", "status": "announced"}
"""The form of a new speaker who is entered by hand."""

Act = Callable[[Session, ForumSession], Any]
"""Something to be done with a session that is loaded for it."""

Values = dict[str, Any]


def submit(form: Form, slug: str, act: Act) -> Form:
    """Do it in one transaction; the form comes back with what is wrong where it was refused."""
    return forms.submit(form, lambda session: act(session, _to_change(session, slug)))


def run_action(slug: str, act: Act) -> ResponseReturnValue:
    """Do what a button stands for, and show the session as it is then; what did not work is said there."""
    forms.run_action(lambda session: act(session, _to_change(session, slug)))
    return redirect(url_for("preparing.prepare", slug=slug), 303)


def _to_change(session: Session, slug: str) -> ForumSession:
    """A session with its parts, while nobody leads it on."""
    # Locked first, as the console does, so that no two wait for one another.
    session_to_change(session, slug=slug)
    return queries.any_session(session, slug)


def overtaken(form: Form, now: Values) -> tuple[Form, dict[str, Any]]:
    """A form that came too late, to be sent again over what is there now; and what is there now, where it differs."""
    if form.values.get("version") in (None, str(now["version"])):
        return form, {}
    differing = {
        name: value
        for name, value in now.items()
        if name not in {"version", "presented"}
        and str(value or "") != str(form.values.get(name) or "").replace("\r", "")
    }
    return replace(form, values={**form.values, "version": str(now["version"])}), differing


def of_session(forum_session: ForumSession) -> Values:
    """A session as its form has it."""
    plain = ("title", "theme", "timezone", "planned_minutes", "place", "note", "version")
    return {
        **{name: getattr(forum_session, name) for name in plain},
        "forum": forum_session.forum.slug,
        "day": forum_session.local_start.date().isoformat(),
        "time": forum_session.local_start.strftime("%H:%M"),
        "languages": ", ".join(forum_session.languages),
        "organisers": "\n".join(forum_session.organisers),
        "guiding_questions": "\n".join(forum_session.guiding_questions),
        "sources": "\n".join(source.url for source in forum_session.sources),
    }


def of_speaker(speaker: Speaker) -> Values:
    """A speaker as the form has it."""
    plain = (
        "name", "title", "is_former", "organisation", "city_name", "country_code", "role", "status", "attendance",
        "note", "version",
    )  # fmt: skip
    return {name: getattr(speaker, name) for name in plain} | {
        "leader": speaker.leader.slug if speaker.leader else None
    }


def of_leader(leader: Leader, forum_session: ForumSession) -> Values:
    """A new speaker's form, filled with a leader and the office on the day of the session."""
    office = office_on(leader, forum_session.local_start.date())
    term = office.term if office else None
    return {
        "leader": leader.slug,
        "name": leader.name,
        "title": term.title if term else None,
        "is_former": office.former if office else False,
        "city_name": term.city.name if term else None,
        "country_code": term.city.country_code if term else None,
        **NOBODY,
    }


def of_person(speaker: Speaker) -> Values:
    """A new speaker's form, filled with what was announced of somebody at another session."""
    plain = ("name", "title", "is_former", "organisation", "city_name", "country_code")
    return {name: getattr(speaker, name) for name in plain} | NOBODY


def of_slot(slot: Slot) -> Values:
    """A slot as the form has it; `presented` are slugs of initiatives."""
    outcome = next((code for code, was_held in OUTCOMES.items() if was_held is slot.was_held), None)
    return {
        "outcome": outcome,
        **{name: getattr(slot, name) for name in ("kind", "title", "minutes", "abstract", "notes", "version")},
        "speaker": slot.speaker_id,
        "vision": slot.vision.slug if slot.vision else None,
        "presented": [initiative.slug for initiative in slot.initiatives],
    }


def of_statement(statement: Statement) -> Values:
    """A statement as the form has it."""
    return {
        **{name: getattr(statement, name) for name in ("kind", "text", "version")},
        "speaker": statement.speaker_id,
        "slot": statement.slot_id,
        "source": statement.source.url if statement.source else None,
    }


def leaders_called(text: str, forum_session: ForumSession) -> list[tuple[Leader, OfficeHeld | None]]:
    """Leaders with the words in their name or the name of their city, with their office on the day of the session."""
    if not fold(text):
        return []
    leaders = session().scalars(catalogue.leaders_named(text).limit(SUGGESTED))
    return [(leader, office_on(leader, forum_session.local_start.date())) for leader in leaders]


def people_called(text: str, forum_session: ForumSession) -> list[Speaker]:
    """People without a page who spoke or led at other sessions, with the words in their name, each once."""
    if not fold(text):
        return []
    people: dict[str, Speaker] = {}
    for speaker in session().scalars(queries.speakers_named(text, forum_session).limit(5 * SUGGESTED)):
        people.setdefault(fold(speaker.name), speaker)
    return list(people.values())[:SUGGESTED]


def languages() -> list[tuple[str, str]]:
    """Every language by code and name in the reader's own."""
    named = ((code, language_name(code)) for code in LANGUAGES)
    return sorted(named, key=lambda pair: sort_key(pair[1]))


def details_sent() -> MultiDict[str, str]:
    """The form of a session as it was sent, its languages in one field."""
    sent = request.form.copy()
    sent["languages"] = ", ".join(filter(None, request.form.getlist("languages")))
    return sent


def countries() -> list[tuple[str, str]]:
    """Every country by code and name in the reader's language."""
    named = catalogue.country_names(session())
    return sorted(((code, translated(name)) for code, name in named.items()), key=lambda pair: sort_key(pair[1]))


def to_present(slot: Slot | None, speaker: Speaker | None) -> tuple[list[Initiative], list[Vision]]:
    """The initiatives and visions that a talk may present: of the speaker's city, and those it presents already."""
    city = speaker.city if speaker else None
    presented = slot.initiatives if slot else []
    of_city = session().scalars(catalogue.initiatives_of_city(city)).all() if city else []
    visions = session().scalars(catalogue.visions_of_city(city)).all() if city else []
    initiatives = list({initiative.id: initiative for initiative in (*presented, *of_city)}.values())
    others = [slot.vision] if slot and slot.vision and slot.vision not in visions else []
    return initiatives, [*visions, *others]
