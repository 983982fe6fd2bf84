"""Countries, goals, targets, aims, challenges and technologies: small lists that the seed keeps up to date."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Aim, Challenge, ChallengeCategory, Country, Goal, Region, Target, Technology
from kb.core.db import Model
from kb.core.text import slug

from .files import Counts, read_csv, read_json
from .models import SeedRecord


def seed_terms(session: Session, folder: Path) -> dict[str, Counts]:
    """Bring the lists of terms up to the files; return the counts by kind."""
    countries = read_csv(folder / "countries.csv")
    goals = read_json(folder / "goals.json")
    regions = {row["region"]: row["continent"] for row in countries if row["region"]}
    counted = {
        "region": _keep(
            session,
            Region,
            ({"code": slug(label), "label": label, "continent": continent} for label, continent in regions.items()),
        ),
        "country": _keep(session, Country, map(_country, countries)),
        "goal": _keep(session, Goal, (_without(goal, "targets") for goal in goals)),
        "target": _keep(
            session,
            Target,
            (
                {**target, "goal_number": goal["number"], "position": position}
                for goal in goals
                for position, target in enumerate(goal["targets"])
            ),
        ),
        "aim": _keep(session, Aim, _in_order(read_json(folder / "aims.json"))),
        "technology": _keep(session, Technology, _in_order(read_json(folder / "technologies.json"))),
    }
    challenges = read_json(folder / "challenges.json")
    counted["challenge"] = _keep(
        session, Challenge, (_without(row, "aims", "categories") for row in _in_order(challenges))
    )
    for row in challenges:
        challenge = session.get_one(Challenge, row["code"])
        if {aim.code for aim in challenge.aims} != set(row["aims"]):
            challenge.aims = [session.get_one(Aim, code) for code in row["aims"]]
        if {category.label for category in challenge.categories} != set(row["categories"]):
            challenge.categories = [ChallengeCategory(label=label) for label in row["categories"]]
    session.flush()
    return counted


def _keep(session: Session, model: type[Model], rows: Iterable[dict[str, Any]]) -> Counts:
    """Make rows that are missing and renew those that nobody has changed since the seed wrote them.

    The first column of each is its key. A term that people took out does not come back.
    """
    counts = Counts()
    kind = model.__tablename__
    records = {record.key: record for record in session.scalars(select(SeedRecord).where(SeedRecord.kind == kind))}
    (key_column,) = model.__table__.primary_key
    rows_by_key = {getattr(row, key_column.name): row for row in session.scalars(select(model))}
    for values in rows:
        key = next(iter(values.values()))
        row, record, digest = rows_by_key.get(key), records.get(str(key)), _digest(values)
        if record is None:
            record = SeedRecord(kind=kind, key=str(key), entry_id=0, version=0, digest=digest)
            session.add(record)
            if row is None:
                session.add(model(**values))
                counts.made += 1
                continue
        present = {name: getattr(row, name) for name in values} if row else {}
        # A column that came later is empty in what the seed wrote before.
        earlier = {name: value for name, value in present.items() if value is not None}
        if _digest(present) == digest or record.digest not in {_digest(present), _digest(earlier)}:
            counts.left += 1
            continue
        for name, value in values.items():
            setattr(row, name, value)
        record.digest = digest
        counts.renewed += 1
    session.flush()
    return counts


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _country(row: dict[str, str | None]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "iso3": row["iso3"],
        "numeric": row["numeric"],
        "name": row["name"],
        "region_code": slug(row["region"]) if row["region"] else None,
        "income_group": row["income_group"],
    }


def _in_order(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return ({"code": row["code"], "position": position, **row} for position, row in enumerate(rows))


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
