"""Cities as people type them: which place is meant, what it is called, and what tells it from its namesakes."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries.fields import place_of
from kb.catalogue.models import City, Place
from kb.peers.place_resolution import resolve, suggested
from kb.peers.places import Gazetteer, PlaceMatch

from ..core import context
from ..core.formatting import how_many_people
from ..core.language import translated
from ..peers.pages import told_apart

OFFERED = 8


@dataclass(frozen=True, slots=True)
class PlaceOption:
    """A place that may be meant, with what tells it from its namesakes."""

    reference: str
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """The reference of the one place that a name means; or None, and the places that it may mean, if any."""

    reference: str | None
    offered: tuple[PlaceOption, ...] = ()


class Places:
    """The gazetteer and the cities with a page, as the forms of one request ask for them."""

    def __init__(self, session: Session, gazetteer: Gazetteer) -> None:
        self._session, self._gazetteer = session, gazetteer
        self._known: dict[str, PlaceOption] = {}

    def meant_by(self, typed: str) -> TypedPlace:
        """What a name means, perhaps with its country behind a comma: "Cordoba, Argentina"."""
        resolved = resolve(self._gazetteer, typed)
        if resolved.place is not None and resolved.how != "slip":
            return TypedPlace(self.reference(resolved.place.id))
        near = resolved.several or suggested(self._gazetteer, typed, OFFERED) or self._gazetteer.near(typed, OFFERED)
        return TypedPlace(None, tuple(self._offer(place, near) for place in near[:OFFERED]))

    def reference(self, place_id: int) -> str:
        """How entries refer to the city at a place: by the slug of its page, or by the place where it has none."""
        slug = self._session.scalar(queries.city_slug_at(place_id))
        return slug or f"place:{place_id}"

    def settled(self, reference: str) -> str:
        """A reference that somebody chose, as entries keep it."""
        place_id = place_of(reference)
        return reference if place_id is None else self.reference(place_id)

    def place_id(self, reference: str) -> int | None:
        """The place that a reference leads to, or None where it leads nowhere."""
        named = place_of(reference)
        return named or self._session.scalar(queries.place_id_at(reference))

    def named(self, references: Iterable[str]) -> dict[str, PlaceOption]:
        """What cities are called, by their references; in two queries, however many."""
        wanted = {reference for reference in references if reference not in self._known}
        ids = {place_of(reference): reference for reference in wanted if place_of(reference) is not None}
        slugs = wanted - set(ids.values())
        if slugs:
            for city in queries.city_cards(self._session, queries.cities().where(City.slug.in_(slugs))):
                self._known[city.slug] = PlaceOption(city.slug, city.name, _where(city.place, city.country.name))
        if ids:
            for place in queries.places_by_ids(self._session, ids):
                reference = ids[place.id]
                self._known[reference] = PlaceOption(reference, place.name, _where(place, place.country.name))
        return self._known

    def typed(self, reference: str | None) -> str | None:
        """What stands in a field whose city was chosen."""
        place_option = self.named([reference]).get(reference) if reference else None
        return place_option.name if place_option else reference

    def _offer(self, place: PlaceMatch, offered: Iterable[PlaceMatch]) -> PlaceOption:
        return PlaceOption(f"place:{place.id}", place.name, told_apart(place, offered))


def places_now() -> Places:
    """The gazetteer and the cities, for this request."""
    return Places(context.session(), context.peers().gazetteer)


def _where(place: Place, country: str) -> str:
    return f"{translated(country)}, {how_many_people(place.population)}"
