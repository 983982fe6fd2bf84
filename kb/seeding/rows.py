"""Makes a whole entry of a fact of the seed files, as `kb.catalogue.entries` declares it."""

from datetime import date
from typing import Any, Literal

from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Source
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.editorial.lookup import lookup

Fact = dict[str, Any]
Data = dict[str, Any]
SeedKind = EntryKind | Literal["session"]

SEEN_ON = date(2026, 11, 28)
"""The last of the days on which the pages behind the facts were seen."""


class SeededEntries:
    """What facts refer to by name: sources by URL, and the entries that earlier facts made."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._entries: dict[tuple[SeedKind, str], Any] = {}
        self._lookup = lookup(session)
        self._lookup.read_all_sources()

    def remember(self, kind: SeedKind, name: str, entry: object) -> None:
        """Let later facts find the entry under this name."""
        self._entries[kind, name] = entry

    def entry(self, kind: EntryKind, name: str) -> Any:
        """The entry of that name; Refused where no fact made it, None where people have since taken it out."""
        try:
            return self._entries[kind, name]
        except KeyError:
            raise Refused(
                gettext_noop("Seed data: there is no %(kind)s called %(name)s."), kind=kind, name=name
            ) from None

    def slug(self, kind: EntryKind, name: str) -> str | None:
        """The slug of the entry of that name; None where people have since taken it out."""
        entry = self.entry(kind, name)
        return entry.slug if entry is not None else None

    def city(self, name: str | None, country_code: str | None) -> City | None:
        """The city of that name and country, None where no fact made it or people have since taken it out."""
        city: City | None = self._entries.get((EntryKind.CITY, name)) if name else None
        return city if city and city.country_code == country_code else None

    def source(self, url: str, title: str | None = None) -> Source:
        """The source with that URL, made when new."""
        source = self._lookup.source(url)
        if source is None:
            # Pages link to it, so nothing but a page of the web will do.
            if not url.startswith(("https://", "http://")):
                raise Refused(gettext_noop("Seed data: %(url)s is not the address of a page."), url=url)
            source = self._lookup.source_or_new(url)
            source.seen_on = SEEN_ON
        source.title = source.title or title
        return source

    def url(self, url: str, title: str | None = None) -> str:
        """The address of a source that is there from now on."""
        return self.source(url, title).url

    def citation(self, url: str, title: str | None = None) -> Data:
        """A source as entries have it."""
        source = self.source(url, title)
        seen_on = source.seen_on.isoformat() if source.seen_on else None
        return {"url": source.url, "title": title or source.title, "seen_on": seen_on}


def cities_of(seeded: SeededEntries, fact: Fact) -> list[City]:
    """The cities that a fact names, without those that people have since taken out."""
    names = fact["cities"] if "cities" in fact else [fact["city"]]
    cities = (seeded.entry(EntryKind.CITY, name) for name in names)
    return [city for city in cities if city is not None]


def city_data(seeded: SeededEntries, fact: Fact) -> Data:
    """A city; one source alone is the source of each challenge, of several it is not known which."""
    urls = [seeded.url(url) for url in fact["challenge_sources"]]
    only = urls[0] if len(urls) == 1 else None
    return {
        "name": fact["name"],
        "place": fact["geoname_id"],
        "leader_title": fact["leader_title"],
        "challenges": [{"challenge": code, "source": only} for code in fact["challenges"]],
        "sources": [seeded.citation(url) for url in urls],
    }


def leader_data(seeded: SeededEntries, *facts: Fact) -> Data:
    """A leader, with a term of office in the same city for each fact."""
    city = seeded.slug(EntryKind.CITY, facts[0]["city"])
    terms = [
        {
            "city": city,
            "title": fact["title"],
            "start_year": fact["term_start"],
            "end_year": fact["term_end"],
            "in_office_on": fact.get("in_office_on"),
            "end_source": seeded.url(fact["end_source"]) if "end_source" in fact else None,
            "note": fact.get("note"),
            "leads_no_city": fact.get("leads_no_city", False),
            "source": seeded.url(fact["source"]),
        }
        for fact in facts
    ]
    return {"name": facts[0]["name"], "terms": terms if city else []}


def vision_data(seeded: SeededEntries, fact: Fact) -> Data:
    """A vision of a city."""
    return {
        **{name: fact[name] for name in ("title", "adopted_year", "horizon_year", "gist")},
        "city": seeded.slug(EntryKind.CITY, fact["city"]),
        "sources": [seeded.citation(fact["source"])],
    }


def initiative_data(seeded: SeededEntries, fact: Fact) -> Data:
    """An initiative with all its parts."""
    lead = fact["cities"][0]
    cities = [seeded.slug(EntryKind.CITY, name) for name in fact["cities"]]
    sources = {source["url"]: source["title"] for source in fact["sources"]}
    named = {name: fact[name] for name in fact if name not in _ELSEWHERE}
    grouped = {f"{group}_{name}": value for group in _GROUPS for name, value in fact[group].items()}
    return {
        **named,
        **grouped,
        "adapted_from_note": fact["adapted_from"],
        "leader": seeded.slug(EntryKind.LEADER, f"{fact['leader']} | {lead}") if fact["leader"] else None,
        "vision": seeded.slug(EntryKind.VISION, f"{fact['vision']} | {lead}") if fact["vision"] else None,
        "cities": [city for city in cities if city],
        "goals": [{"goal": number} for number in fact["goals"]],
        "targets": [{"target": code} for code in fact["targets"]],
        "sources": [{**seeded.citation(url, title), "title": title} for url, title in sources.items()],
    }


_GROUPS = ("evidence", "cost", "needs")
_ELSEWHERE = {*_GROUPS, "adapted_from", "leader", "vision", "cities", "goals", "targets", "sources"}
