"""An initiative as a whole."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.models import (
    City,
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Outcome,
    Partner,
)

from ..known import Known
from .city import page_of
from .parts import Data, keep, matched, put
from .sourcing import cited, linked

_PLAIN = (
    "title", "summary", "stage", "scale", "start_year", "end_year", "problem", "action", "results", "beneficiaries",
    "evidence_level", "evidence_direction", "evidence_note", "cost_amount", "cost_currency", "cost_year",
    "cost_is_citys_own", "cost_note", "procurement", "lessons", "needs_mandate", "needs_staff", "needs_months",
    "needs_prerequisites", "adapted_from_note", "contact",
)  # fmt: skip
_OUTCOME = (
    "measure", "value", "unit", "qualifier", "year", "baseline_value", "baseline_year", "is_target", "direction",
)  # fmt: skip


def snapshot(entry: Initiative) -> Data:
    """The whole initiative; links by slug, terms by code."""
    return {name: getattr(entry, name) for name in _PLAIN} | {
        "cities": [link.city.slug for link in sorted(entry.places, key=lambda link: (link.position, link.city_id))],
        "leader": entry.leader.slug if entry.leader else None,
        "vision": entry.vision.slug if entry.vision else None,
        "adapted_from": entry.adapted_from.slug if entry.adapted_from else None,
        "challenges": [term.code for term in sorted(entry.challenges, key=lambda term: term.position)],
        "technologies": [term.code for term in sorted(entry.technologies, key=lambda term: term.position)],
        "goals": [
            {"goal": link.goal_number, "origin": link.origin}
            for link in sorted(entry.goals, key=lambda link: link.goal_number)
        ],
        "targets": [
            {"target": link.target_code, "origin": link.origin}
            for link in sorted(entry.targets, key=lambda link: (link.position, link.target_code))
        ],
        "outcomes": [_outcome(outcome) for outcome in _in_order(entry.outcomes)],
        "funding": sorted(link.kind for link in entry.funding),
        "partners": [_partner(partner) for partner in _in_order(entry.partners)],
        "sources": [
            {
                "url": link.source.url,
                "title": link.title,
                "seen_on": link.source.seen_on.isoformat() if link.source.seen_on else None,
            }
            for link in sorted(entry.citations, key=lambda link: (link.position, link.source_id))
        ],
    }


def _in_order(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.position, row.id))


def _outcome(outcome: Outcome) -> Data:
    return {name: getattr(outcome, name) for name in _OUTCOME} | {
        "source": outcome.source.url if outcome.source else None
    }


def _partner(partner: Partner) -> Data:
    return {"name": partner.name, "role": partner.role}


def fill(known: Known, entry: Initiative, data: Mapping[str, Any]) -> None:
    """Make the rows of an initiative say what the data say."""
    cities = [page_of(known, reference) for reference in data["cities"]]
    put(entry, {name: data[name] for name in _PLAIN})
    put(
        entry,
        {
            "leader": known.entry("leader", data["leader"]) if data["leader"] else None,
            "vision": known.entry("vision", data["vision"]) if data["vision"] else None,
            "adapted_from": known.entry("initiative", data["adapted_from"]) if data["adapted_from"] else None,
        },
    )
    keep(entry.challenges, [known.terms("challenge")[code] for code in data["challenges"]])
    keep(entry.technologies, [known.terms("technology")[code] for code in data["technologies"]])
    _link_cities(entry, cities)
    _link_goals(entry, data)
    funding = {link.kind: link for link in entry.funding}
    keep(entry.funding, [funding.get(code) or InitiativeFunding(kind=code) for code in data["funding"]])
    _fill_rows(known, entry, data)
    _cite(known, entry, data["sources"])


def _link_cities(entry: Initiative, cities: list[City]) -> None:
    held = {link.city: link for link in entry.places}
    links = []
    for position, city in enumerate(cities):
        link = held.get(city) or InitiativeCity(city=city)
        put(link, {"position": position})
        links.append(link)
    keep(entry.places, links)


def _link_goals(entry: Initiative, data: Mapping[str, Any]) -> None:
    goals = {link.goal_number: link for link in entry.goals}
    wanted = []
    for row in data["goals"]:
        link = goals.get(row["goal"]) or InitiativeGoal(goal_number=row["goal"])
        put(link, {"origin": row["origin"]})
        wanted.append(link)
    keep(entry.goals, wanted)
    targets = {link.target_code: link for link in entry.targets}
    linked_targets = []
    for position, row in enumerate(data["targets"]):
        target = targets.get(row["target"]) or InitiativeTarget(target_code=row["target"])
        put(target, {"origin": row["origin"], "position": position})
        linked_targets.append(target)
    keep(entry.targets, linked_targets)


def _fill_rows(known: Known, entry: Initiative, data: Mapping[str, Any]) -> None:
    partners = matched(entry.partners, data["partners"], _partner, lambda row: row["name"])
    kept_partners = []
    for position, (partner, row) in enumerate(zip(partners, data["partners"], strict=True)):
        kept = partner or Partner()
        put(kept, {**row, "position": position})
        kept_partners.append(kept)
    keep(entry.partners, kept_partners)
    outcomes = matched(
        entry.outcomes, data["outcomes"], _outcome, lambda row: (row["measure"], row["year"], row["is_target"])
    )
    kept_outcomes = []
    for position, (outcome, row) in enumerate(zip(outcomes, data["outcomes"], strict=True)):
        figure = outcome or Outcome()
        values = {name: row[name] for name in _OUTCOME}
        put(figure, {**values, "source": linked(known, row["source"]), "position": position})
        kept_outcomes.append(figure)
    keep(entry.outcomes, kept_outcomes)


def _cite(known: Known, entry: Initiative, rows: list[Data]) -> None:
    held = {link.source: link for link in entry.citations}
    links = []
    for position, row in enumerate(rows):
        source = cited(known, row, own_title=True)
        link = held.get(source) or InitiativeSource(source=source)
        put(link, {"position": position, "title": row["title"]})
        links.append(link)
    keep(entry.citations, links)
