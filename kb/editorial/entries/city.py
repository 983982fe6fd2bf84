"""A city as a whole, and the page that a place gets when an entry first needs it."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.models import City, CityChallenge
from kb.problems import NotFound
from kb.words import marked

from ..known import Known
from ..schemas.fields import place_of
from .parts import Data, keep, put, source_rows
from .slugs import unused_slug
from .sourcing import cited, linked

_PLAIN = ("name", "leader_title", "website")


def snapshot(entry: City) -> Data:
    """The whole city."""
    return {name: getattr(entry, name) for name in _PLAIN} | {
        "place": entry.place_id,
        "challenges": [
            {
                "challenge": link.challenge_code,
                "severity": link.severity,
                "status": link.status,
                "source": link.source.url if link.source else None,
            }
            for link in sorted(entry.challenges, key=lambda link: (link.position, link.challenge_code))
        ],
        "sources": source_rows(sorted(entry.sources, key=lambda source: source.id)),
    }


def fill(known: Known, entry: City, data: Mapping[str, Any]) -> None:
    """Make the rows of a city say what the data say; its country is that of its place."""
    put(entry, {name: data[name] for name in _PLAIN})
    if entry.place_id != data["place"]:
        place = known.place(data["place"])
        put(entry, {"place": place, "place_id": data["place"], "country_code": place.country_code if place else None})
    held = {link.challenge_code: link for link in entry.challenges}
    links = []
    for position, row in enumerate(data["challenges"]):
        link = held.get(row["challenge"]) or CityChallenge(challenge_code=row["challenge"])
        source = linked(known, row["source"])
        put(link, {"position": position, "severity": row["severity"], "status": row["status"], "source": source})
        links.append(link)
    keep(entry.challenges, links)
    keep(entry.sources, [cited(known, row, own_title=False) for row in data["sources"]])


def page_of(known: Known, reference: str) -> City:
    """The page of a city; a place without one gets it. NotFound where there is no such city or place."""
    city = known.city(reference)
    if city is not None:
        return city
    place_id = place_of(reference)
    place = known.place(place_id) if place_id is not None else None
    if place is None:
        raise NotFound(marked("There is no city called %(name)s."), name=reference)
    made = City(slug=unused_slug(known.session, "city", place.name))
    fill(known, made, {**dict.fromkeys(_PLAIN), "name": place.name, "place": place.id, "challenges": [], "sources": []})
    known.session.add(made)
    known.session.flush()
    known.made.append(made)
    return made
