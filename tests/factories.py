"""Plain builders of test rows. What they make up says so: its name begins with "Made-up"."""

import itertools
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from config import ROOT
from kb.accounts import passwords
from kb.accounts.models import User
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Place,
    Source,
    Technology,
    Vision,
    VisionGoal,
)
from kb.core.column_types import now
from kb.core.text import fold, slug
from kb.forum.models import Forum, ForumSession, Slot, Speaker
from kb.forum.rules import run_of_show
from kb.images.models import StoredImage
from kb.questions import actions as question_actions
from kb.questions.models import CityAnswer, CityQuestion
from kb.seeding.terms import seed_terms

_numbers = itertools.count(1)


PASSWORD = "a made-up violet tractor"
"""The password of everybody whom `make_user` makes."""


@cache
def _hash_of_password() -> str:
    return passwords.hash_password(PASSWORD)


def make_user(session: Session, role: str = "contributor", **fields: Any) -> User:
    """A person who can sign in with PASSWORD."""
    number = next(_numbers)
    values = {
        "email": f"made-up-{number}@city.example",
        "name": f"Made-up Person {number}",
        "password_hash": _hash_of_password(),
    }
    user = User(role=role, **values | fields)
    session.add(user)
    session.flush()
    return user


def make_terms(session: Session) -> None:
    """Countries, goals, targets, aims, challenges and technologies, as seeded."""
    seed_terms(session, ROOT / "seed_data")


def make_place(session: Session, name: str | None = None, country: str = "IN", **fields: Any) -> Place:
    """A place of 400,000 people in India, unless told otherwise."""
    number = next(_numbers)
    name = name or f"Made-up Place {number}"
    values = {
        "latitude": 20.0,
        "longitude": 75.0,
        "population": 400_000,
        "timezone": "Asia/Kolkata",
        "is_capital": False,
    }
    place = Place(id=900_000_000 + number, name=name, folded=fold(name), country_code=country, **values | fields)
    session.add(place)
    session.flush()
    return place


def make_city(
    session: Session, name: str | None = None, country: str = "IN", challenges: tuple[str, ...] = (), **fields: Any
) -> City:
    """A city at a place of its own; fields of its place may be given as place={...}."""
    name = name or f"Made-up City {next(_numbers)}"
    place = make_place(session, name, country, **fields.pop("place", {}))
    city = City(**{"name": name, "slug": _slug(name), "country_code": country, "place_id": place.id} | fields)
    city.challenges = [CityChallenge(challenge_code=code, position=n) for n, code in enumerate(challenges)]
    session.add(city)
    session.flush()
    return city


def make_city_answer(session: Session, city: City, **fields: Any) -> CityAnswer:
    """A public answer of a city to a reader's question; fields of the question may be given."""
    values = {"text": "A made-up question?", "language": "en", "stamp": "made-up", "may_publish": True}
    question = CityQuestion(**values | {"confirmed_at": now()} | fields)
    answer = CityAnswer(question=question, city=city, state="answered", stamp="made-up", text="A made-up answer.")
    answer.may_publish = answer.is_by_city = True
    answer.reached_at = answer.answered_at = now()
    session.add(question)
    session.flush()
    return answer


def ask_city(session: Session, city: City, **fields: Any) -> CityQuestion:
    """A question of a reader to a city, which nobody has confirmed."""
    values = {"email": "adviser@bay.example", "name": "Made-up Adviser", "own_city": None, "text": "How?"}
    values |= {"initiative_id": None, "may_publish": False, "shares_email": False, "language": "en"}
    return question_actions.ask(session, **values | {"city_ids": [city.id]} | fields)


def make_leader(session: Session, name: str | None = None, city: City | None = None, **term: Any) -> Leader:
    """A mayor, of a city where one is given."""
    name = name or f"Made-up Leader {next(_numbers)}"
    leader = Leader(name=name, slug=_slug(name))
    if city is not None:
        leader.terms = [LeaderTerm(**{"city": city, "title": "Mayor", "start_year": 2020} | term)]
    session.add(leader)
    session.flush()
    return leader


def make_vision(session: Session, city: City | None = None, goals: tuple[int, ...] = (), **fields: Any) -> Vision:
    """A vision of a city, of a new one unless given."""
    title = fields.pop("title", None) or f"Made-up Vision {next(_numbers)}"
    values = {"slug": _slug(title), "gist": "A made-up strategy for tests."} | fields
    vision = Vision(title=title, city=city or make_city(session), **values)
    vision.goals = [VisionGoal(goal_number=number) for number in goals]
    session.add(vision)
    session.flush()
    return vision


def make_source(session: Session, url: str | None = None, **fields: Any) -> Source:
    """A source at a made-up address."""
    source = Source(**{"url": url or f"https://example.org/{next(_numbers)}", "title": "A made-up source"} | fields)
    session.add(source)
    session.flush()
    return source


def make_image(session: Session, **fields: Any) -> StoredImage:
    """A stored image of a few made-up bytes."""
    key = f"{next(_numbers):064x}"
    sizes = {"width": 1280, "height": 960, "small_width": 480, "small_height": 360}
    image = StoredImage(**{"key": key, "large": b"Made-up large", "small": b"Made-up small"} | sizes | fields)
    session.add(image)
    session.flush()
    return image


def make_initiative(
    session: Session,
    title: str | None = None,
    cities: tuple[City, ...] = (),
    goals: tuple[int, ...] = (),
    targets: tuple[str, ...] = (),
    challenges: tuple[str, ...] = (),
    technologies: tuple[str, ...] = (),
    sources: tuple[Source, ...] = (),
    **fields: Any,
) -> Initiative:
    """An operational initiative of which nothing else is known, in a new city unless some are given."""
    title = title or f"Made-up Initiative {next(_numbers)}"
    values = {"slug": _slug(title), "summary": "A made-up initiative for tests.", "stage": "operational"} | fields
    initiative = Initiative(title=title, **values)
    initiative.places = [
        InitiativeCity(city=city, position=n) for n, city in enumerate(cities or (make_city(session),))
    ]
    initiative.goals = [InitiativeGoal(goal_number=number) for number in goals]
    initiative.targets = [InitiativeTarget(target_code=code, position=n) for n, code in enumerate(targets)]
    initiative.challenges = [session.get_one(Challenge, code) for code in challenges]
    initiative.technologies = [session.get_one(Technology, code) for code in technologies]
    initiative.citations = [InitiativeSource(source=source, position=n) for n, source in enumerate(sources)]
    session.add(initiative)
    session.flush()
    return initiative


def make_forum(session: Session, title: str | None = None, **fields: Any) -> Forum:
    """An event."""
    title = title or f"Made-up Forum {next(_numbers)}"
    forum = Forum(**{"title": title, "slug": _slug(title)} | fields)
    session.add(forum)
    session.flush()
    return forum


def make_session(
    session: Session, title: str | None = None, cities: tuple[City, ...] = (), forum: Forum | None = None, **fields: Any
) -> ForumSession:
    """An announced session of an hour in Geneva in 2027, with a chair, a speaker for each city, and the usual show."""
    title = title or f"Made-up Session {next(_numbers)}"
    values = {
        "slug": _slug(title),
        "starts_at": datetime(2027, 6, 1, 12, 0, tzinfo=UTC),
        "timezone": "Europe/Zurich",
        "planned_minutes": 60,
        "place": "A made-up room",
        "languages": ["en"],
        "state": "announced",
    } | fields
    forum_session = ForumSession(title=title, forum=forum or make_forum(session), **values)
    speakers = [
        Speaker(
            name=f"Made-up Speaker of {city.name}",
            title="Mayor",
            city=city,
            city_name=city.name,
            country_code=city.country_code,
            position=n,
        )
        for n, city in enumerate(cities, 1)
    ]
    forum_session.speakers = [Speaker(name="Made-up Chair", role="chair", organisation="Made-up Institute"), *speakers]
    forum_session.slots = [
        Slot(
            kind=planned.kind,
            minutes=planned.minutes,
            position=n,
            speaker=None if planned.speaker is None else speakers[planned.speaker],
        )
        for n, planned in enumerate(run_of_show(len(speakers), 60))
    ]
    session.add(forum_session)
    session.flush()
    return forum_session


def _slug(name: str) -> str:
    return f"{slug(name, 60)}-{next(_numbers)}"
