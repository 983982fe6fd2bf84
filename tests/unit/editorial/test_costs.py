"""What a save costs does not grow with the catalogue."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.models import (
    Challenge,
    City,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativePicture,
    InitiativeSource,
    Place,
    Source,
    initiative_challenges,
)
from kb.core.db import Database
from kb.editorial import actions, entries
from kb.editorial.models import Proposal, Redirect, Revision, Withdrawal
from tests.factories import make_image, make_place

from .editorial_factories import initiative_data, make_user

STEP = 20


class Steps:
    """Instructions that SQLite has worked through, in steps of so many: what it reads, also of what it throws away."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> int:
        """One step more; the work goes on."""
        self.count += 1
        return 0


@contextmanager
def counted(session: Session) -> Iterator[Steps]:
    """The steps of SQLite while the block lasts."""
    steps = Steps()
    raw: Any = session.connection().connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(steps.note, STEP)
    try:
        yield steps
    finally:
        raw.set_progress_handler(None, STEP)


def _grow(database: Database, first: int, last: int) -> None:
    """Initiatives of those numbers, each with a city, a goal, a challenge, a source, a picture and a history.

    For each there is one that was withdrawn, one that was merged, and an open proposal. All have the same title.
    """
    now = datetime.now(UTC)
    common = {"version": 1, "created_at": now, "updated_at": now}
    with database.writing() as session:
        image = session.scalar(select(InitiativePicture.image_key).limit(1)) or make_image(session).key
        country = (session.scalar(select(Place.country_code).limit(1))) or make_place(session).country_code
        challenge = session.scalars(select(Challenge.code).limit(1)).one()
        author = session.scalars(select(User.id).limit(1)).one()
        rows: dict[Any, list[dict[str, Any]]] = {}
        for number in range(first, last):
            key, slug = 1_000 + number, f"made-up-{number}"
            data = initiative_data(cities=[slug], title="Made-up", pictures=[{"image": image}])
            entry = {"title": "Made-up", "sort_key": "made-up", "summary": "Made-up", "stage": "pilot"}
            place = {"name": f"Made-up {number}", "folded": f"made-up {number}", "country_code": country}
            rows |= {model: rows.get(model, []) for model in _MODELS}
            rows[Place].append({"id": 10**6 + key, **place, "latitude": 1, "longitude": 1, "is_capital": False})
            rows[City].append({"id": key, "slug": slug, "name": place["name"], "sort_key": place["folded"],
                               "country_code": country, "place_id": 10**6 + key, **common})  # fmt: skip
            rows[Initiative].append({"id": key, "slug": slug, **entry, **common})
            rows[InitiativeCity].append({"initiative_id": key, "city_id": key, "position": 0})
            rows[InitiativeGoal].append({"initiative_id": key, "goal_number": 11, "origin": "editor"})
            rows[initiative_challenges].append({"initiative_id": key, "challenge_code": challenge})
            rows[Source].append({"id": key, "url": f"https://example.org/{number}"})
            rows[InitiativeSource].append({"initiative_id": key, "source_id": key, "position": 0})
            rows[InitiativePicture].append({"id": key, "initiative_id": key, "position": 0, "image_key": image,
                                            "alt": "Made-up", "author": "Made-up", "licence": "cc-by-4.0",
                                            "source_url": "https://example.org"})  # fmt: skip
            revision = {"kind": "initiative", "version": 1, "made_from": "seed", "data": data}
            rows[Revision] += [{**revision, "entry_id": key}, {**revision, "entry_id": 10**6 + key}]
            withdrawn = {"kind": "initiative", "version": 1, "created_at": now, "title": "Made-up", "reason": "Made-up"}
            rows[Withdrawal].append({**withdrawn, "slug": f"gone-{number}", "entry_id": 10**6 + key})
            rows[Redirect].append(
                {"kind": "initiative", "slug": f"moved-{number}", "entry_id": key, "former_id": 2 * 10**6 + key}
            )
            rows[Proposal].append({"kind": "initiative", "data": data, "title": "Made-up", "state": "submitted",
                                   "place_id": 10**6 + key, "author_id": author, "author_name": "Made-up",
                                   **common})  # fmt: skip
        for model, values in rows.items():
            session.execute(insert(model), values, execution_options={"unlogged": True})


_MODELS = (
    Place,
    City,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    initiative_challenges,
    Source,
    InitiativeSource,
    InitiativePicture,
    Revision,
    Withdrawal,
    Redirect,
    Proposal,
)


def _costs(database: Database, adviser: User, editor: User) -> dict[str, int]:
    """The steps of everything that people do with an initiative, each in a transaction that is not kept."""
    costs: dict[str, int] = {}
    with database.session() as session:

        @contextmanager
        def of(what: str) -> Iterator[None]:
            session.expire_all()
            session.info.pop("editorial", None)
            with counted(session) as steps:
                yield
            costs[what] = steps.count

        pictures = [{"image": make_image(session).key, "alt": "Made-up", "author": "Made-up",
                     "licence": "cc-by-4.0", "source": "https://example.org"}]  # fmt: skip
        data = initiative_data(cities=["place:1001001"], title="Made-up new", pictures=pictures)
        with of("a draft is started"):
            proposal = actions.start(session, adviser, "initiative", data)
        with of("a draft is saved without its picture"):
            changed = {**data, "summary": "Other words.", "pictures": []}
            proposal = actions.save_draft(session, adviser, proposal.id, changed, seen=proposal.version)
        with of("a draft is submitted"):
            proposal = actions.submit(session, adviser, proposal.id, seen=proposal.version)
        with of("a proposal is accepted"):
            revision = actions.accept(session, editor, proposal.id, seen=proposal.version)
        entry = session.get_one(Initiative, revision.entry_id)
        with of("changes are started"):
            proposal = actions.start(session, editor, "initiative", entry_id=entry.id)
        with of("changes are saved"):
            changed = {**proposal.data, "title": "Made-up changed", "cities": ["made-up-2"]}
            proposal = actions.save_draft(session, editor, proposal.id, changed, seen=proposal.version)
        with of("changes are published"):
            revision = actions.publish(session, editor, proposal.id, seen=proposal.version)
        with of("an entry is confirmed"):
            actions.confirm(session, editor, "initiative", entry.id)
        with of("an earlier version is restored"):
            actions.restore(session, editor, revision.id - 1)
        with of("an entry is withdrawn"):
            actions.withdraw(session, editor, "initiative", entry.id, "Made-up")
        with of("an entry is reinstated"):
            actions.reinstate(session, editor, "initiative", entry.id)
        with of("two entries are merged"):
            actions.merge(session, editor, "initiative", entry.id, 1003)
        with of("two cities are merged"):
            actions.merge(session, editor, "city", 1004, 1005)
        with of("a city is renamed"):
            city = entries.snapshot("city", session.get_one(City, 1004))
            proposal = actions.start(session, editor, "city", {**city, "name": "Made-up other"}, entry_id=1004)
            actions.publish(session, editor, proposal.id, seen=proposal.version)
        session.rollback()
    return costs


def test_a_save_costs_the_same_with_60_and_with_600_entries(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        adviser, editor = make_user(session), make_user(session, "editor")
    _grow(sqlite_database, 0, 60)
    few = _costs(sqlite_database, adviser, editor)
    _grow(sqlite_database, 60, 600)
    many = _costs(sqlite_database, adviser, editor)
    # A page of an index more or less is all that may differ.
    grown = {what: (few[what], many[what]) for what in few if many[what] > 1.2 * few[what] + 5}
    assert not grown
