"""From a fact to a row: what each field of the seed files becomes in the catalogue."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Outcome,
    Partner,
    Source,
    Technology,
    Vision,
)
from kb.problems import Refused
from kb.words import marked

Fact = dict[str, Any]

SEEN_ON = date(2026, 11, 23)
"""The day on which the pages behind the facts were seen."""


class Known:
    """What facts refer to by name: sources by URL, and the entries that earlier facts made."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._sources = {source.url: source for source in session.scalars(select(Source))}
        self._entries: dict[tuple[str, str], Any] = {}
        self.challenges = {row.code: row for row in session.scalars(select(Challenge))}
        self.technologies = {row.code: row for row in session.scalars(select(Technology))}

    def remember(self, kind: str, name: str, entry: object) -> None:
        """Let later facts find the entry under this name."""
        self._entries[kind, name] = entry

    def entry(self, kind: str, name: str) -> Any:
        """The entry of that name; Refused where no fact made it, None where people have since taken it out."""
        try:
            return self._entries[kind, name]
        except KeyError:
            raise Refused(marked("Seed data: there is no %(kind)s called %(name)s."), kind=kind, name=name) from None

    def city(self, name: str | None, country_code: str | None) -> City | None:
        """The city of that name and country, None where no fact made it or people have since taken it out."""
        city: City | None = self._entries.get(("city", name)) if name else None
        return city if city and city.country_code == country_code else None

    def source(self, url: str, title: str | None = None) -> Source:
        """The source with that URL, made when new."""
        source = self._sources.get(url)
        if source is None:
            # Pages link to it, so nothing but a page of the web will do.
            if not url.startswith(("https://", "http://")):
                raise Refused(marked("Seed data: %(url)s is not the address of a page."), url=url)
            source = Source(url=url, title=title, seen_on=SEEN_ON)
            self.session.add(source)
            self._sources[url] = source
        source.title = source.title or title
        return source


def fill_city(known: Known, city: City, fact: Fact) -> None:
    """Fill a city; one source alone is the source of each challenge, of several it is not known which."""
    city.name = fact["name"]
    city.country_code = fact["country_code"]
    city.place_id = fact["geoname_id"]
    city.leader_title = fact["leader_title"]
    city.sources = [known.source(url) for url in fact["challenge_sources"]]
    only = city.sources[0] if len(city.sources) == 1 else None
    city.challenges = [
        CityChallenge(challenge_code=code, position=position, source=only)
        for position, code in enumerate(fact["challenges"])
    ]


def fill_leader(known: Known, leader: Leader, fact: Fact) -> None:
    """Fill a leader with the one term the fact tells of."""
    leader.name = fact["name"]
    city = known.entry("city", fact["city"])
    leader.terms = (
        []
        if city is None
        else [
            LeaderTerm(
                city=city,
                title=fact["title"],
                start_year=fact["term_start"],
                end_year=fact["term_end"],
                source=known.source(fact["source"]),
            )
        ]
    )


def fill_vision(known: Known, vision: Vision, fact: Fact) -> None:
    """Fill a vision."""
    vision.title = fact["title"]
    vision.city = known.entry("city", fact["city"])
    vision.adopted_year = fact["adopted_year"]
    vision.horizon_year = fact["horizon_year"]
    vision.gist = fact["gist"]
    vision.sources = [known.source(fact["source"])]


def fill_initiative(known: Known, initiative: Initiative, fact: Fact) -> None:
    """Fill an initiative with all its parts."""
    lead = fact["cities"][0]
    for name in (
        "title", "summary", "problem", "action", "results", "beneficiaries", "start_year", "end_year", "stage",
        "scale", "procurement", "lessons", "contact",
    ):  # fmt: skip
        setattr(initiative, name, fact[name])
    initiative.adapted_from_note = fact["adapted_from"]
    initiative.leader = known.entry("leader", f"{fact['leader']} | {lead}") if fact["leader"] else None
    initiative.vision = known.entry("vision", f"{fact['vision']} | {lead}") if fact["vision"] else None
    for group in ("evidence", "cost", "needs"):
        for name, value in fact[group].items():
            setattr(initiative, f"{group}_{name}", value)
    cities = [known.entry("city", name) for name in fact["cities"]]
    initiative.places = [InitiativeCity(city=city, position=n) for n, city in enumerate(cities) if city is not None]
    initiative.goals = [InitiativeGoal(goal_number=number) for number in sorted(fact["goals"])]
    initiative.targets = [InitiativeTarget(target_code=code, position=n) for n, code in enumerate(fact["targets"])]
    initiative.challenges = [known.challenges[code] for code in fact["challenges"]]
    initiative.technologies = [known.technologies[code] for code in fact["technologies"]]
    initiative.partners = [Partner(position=n, **partner) for n, partner in enumerate(fact["partners"])]
    initiative.funding = [InitiativeFunding(kind=kind) for kind in sorted(fact["funding"])]
    initiative.outcomes = [Outcome(position=n, **outcome) for n, outcome in enumerate(fact["outcomes"])]
    sources = {source["url"]: source["title"] for source in fact["sources"]}
    initiative.citations = [
        InitiativeSource(source=known.source(url, title), position=n, title=title)
        for n, (url, title) in enumerate(sources.items())
    ]
