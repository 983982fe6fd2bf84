"""What an assistant may ask of the catalogue, answered in plain data of bounded size, without the protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import ENTRIES, Data, EntryKind, TermKind, schema_of
from kb.catalogue.entries.bulk import read_many
from kb.catalogue.models import Leader, LeaderTerm
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.text import clean_text
from kb.editorial.queries import merged_into, withdrawal_at
from kb.exporting.export import Links
from kb.exporting.labels import labelled
from kb.exporting.names import read_names, read_terms
from kb.goals.suggestions import suggest
from kb.peers.answers import Peer, PeerInitiative, PeerQuestion, PlaceSummary
from kb.peers.place_resolution import resolve
from kb.peers.service import Peers
from kb.search.engine_types import Sort
from kb.search.facets import FILTERS
from kb.search.results import PAGE_SIZE, SearchQuery
from kb.search.service import Search

LONGEST_TEXT = 4_000
"""Signs of a text of an entry; the page of the entry has the rest."""

MOST_LISTED = 20
"""Initiatives, leaders or strategies of a city, and items of a list of an entry."""

MOST_PEERS = 20
MOST_CHOICES = 60
"""Values of a filter that an error names."""

LONGEST_QUESTION = 1_000
LONGEST_SUGGESTED = 20_000

DATA_LICENCE = "CC BY 4.0: name CityPeers and the address of the entry."


class CannotAnswer(Exception):
    """What was asked cannot be answered; the message says what would be right, in English, as all tools speak."""


@dataclass(frozen=True, slots=True)
class CatalogueTools:
    """Answers from one database; threads may share it. `links` knows the addresses of pages."""

    database: Database
    search_service: Search
    peers_service: Peers
    links: Links

    def search(self, text: str, filters: Mapping[str, Sequence[str]], sort: Sort = "relevance", page: int = 1) -> Data:
        """A page of what a search finds, with the number of all. Raises CannotAnswer."""
        asked = {name: tuple(str(value) for value in values) for name, values in filters.items() if values}
        kinds = {"kind": tuple(ENTRIES)} | asked
        question = SearchQuery(text=clean_text(text)[:LONGEST_QUESTION], chosen=kinds, sort=sort, page=page)
        with self.database.reading(after=0) as session:
            answer = self.search_service.answer(session, question)
            if answer.unknown:
                raise CannotAnswer(self._unknown(session, *answer.unknown[0]))
            hits = [(EntryKind(hit.kind), hit) for hit in answer.hits]
            changed = {
                kind: self._changed(session, kind, [hit.entry.id for of, hit in hits if of is kind])
                for kind in {kind for kind, _hit in hits}
            }
            return {
                "total": answer.total,
                "page": page,
                "pages": answer.pages,
                "page_size": PAGE_SIZE,
                "results": [
                    {
                        **self._reference(kind, slug, at, "".join(piece for piece, _matched in hit.title)),
                        "passage": "".join(piece for piece, _matched in hit.snippet),
                    }
                    for kind, hit in hits
                    if (found := changed[kind].get(hit.entry.id)) is not None
                    for slug, at in [found]
                ],
                "some_words_only": answer.loosened,
                "did_you_mean": answer.corrected,
                "licence": DATA_LICENCE,
            }

    def initiative(self, slug: str) -> Data:
        """An initiative with all that is known. Raises CannotAnswer."""
        with self.database.reading(after=0) as session:
            return self._entry(session, EntryKind.INITIATIVE, slug)

    def city(self, slug: str) -> Data:
        """A city with what is known of it, its initiatives, leaders and strategies. Raises CannotAnswer."""
        with self.database.reading(after=0) as session:
            entry = self._entry(session, EntryKind.CITY, slug)
            row = queries.city_by_slug(session, entry["slug"])
            initiatives = session.scalars(queries.initiatives_of_city(row).limit(MOST_LISTED))
            leaders = session.scalars(
                select(Leader)
                .where(Leader.terms.any((LeaderTerm.city_id == row.id) & ~LeaderTerm.leads_no_city))
                .order_by(Leader.sort_key, Leader.id)
                .limit(MOST_LISTED)
            )
            visions = session.scalars(queries.visions_of_city(row).limit(MOST_LISTED))
            return entry | {
                "country": row.country.name,
                "region": row.country.region.label if row.country.region else None,
                "income_group": row.country.income_group,
                "population": row.place.population,
                "latitude": row.place.latitude,
                "longitude": row.place.longitude,
                "initiatives": [
                    self._reference(EntryKind.INITIATIVE, found.slug, found.updated_at, found.title)
                    | {"summary": _cut(found.summary), "stage": found.stage, "start_year": found.start_year}
                    for found in initiatives
                ],
                "leaders": [self._reference(EntryKind.LEADER, one.slug, one.updated_at, one.name) for one in leaders],
                "strategies": [
                    self._reference(EntryKind.VISION, one.slug, one.updated_at, one.title) for one in visions
                ],
                "peers_address": f"{self.links.entry(EntryKind.CITY, row.slug)}/peers",
            }

    def peers(
        self, city: str, country: str | None = None, challenges: Sequence[str] | None = None, limit: int = 10
    ) -> Data:
        """Cities like a place, with the reasons, and what they did. Raises CannotAnswer."""
        with self.database.reading(after=0) as session:
            if challenges:
                known = queries.labels(session, TermKind.CHALLENGE)
                unknown = next((code for code in challenges if code not in known), None)
                if unknown is not None:
                    raise CannotAnswer(self._unknown(session, "challenge", unknown))
            place_id = self._place(session, city, country)
            answer = self.peers_service.find(
                session,
                PeerQuestion(
                    place_id,
                    challenges=None if challenges is None else dict.fromkeys(challenges),
                    limit=min(max(limit, 1), MOST_PEERS),
                    beside=6,
                ),
            )
            address, title = f"{self.links.site}/peers?place={place_id}", f"Cities like {answer.place.name}"
            return {
                "place": self._place_data(answer.place),
                "challenges": list(answer.challenges),
                "compared_with": answer.candidates,
                "peers": [self._peer(peer) for peer in answer.peers],
                "no_close_peer_but_nearest": [self._peer(peer) for peer in answer.nearest],
                "what_they_did": self._initiatives(session, (*answer.did, *answer.stopped)),
                "notes": [str(note) for note in answer.notes],
                "address": address,
                "citation": f"CityPeers ({now().year}). {title}. Retrieved {_day(now())} from {address}",
                "method": f"{self.links.site}/peers/method",
                "licence": DATA_LICENCE,
            }

    def suggest_goals(self, text: str) -> Data:
        """Goals and targets that a text speaks of, with the words that led to them. Raises CannotAnswer."""
        if not text.strip():
            raise CannotAnswer("Give the text of a project or a strategy, in English.")
        if len(text) > LONGEST_SUGGESTED:
            raise CannotAnswer(f"The text has {len(text):,} characters; at most {LONGEST_SUGGESTED:,} are read.")
        suggestions = suggest(text)
        if not suggestions.is_english and not suggestions.goals:
            raise CannotAnswer("The text does not seem to be in English. Translate it into English first.")
        with self.database.reading(after=0) as session:
            goals, targets = (queries.labels(session, kind) for kind in (TermKind.GOAL, TermKind.TARGET))
        return {
            "goals": [
                {
                    "goal": goal.number,
                    "label": goals.get(goal.number),
                    "confidence": goal.confidence,
                    "words": _words(span.text for span in goal.words),
                    "address": self.links.term(TermKind.GOAL, goal.number),
                }
                for goal in suggestions.goals
            ],
            "targets": [
                {
                    "target": target.code,
                    "label": targets.get(target.code),
                    "confidence": target.confidence,
                    "words": _words(span.text for span in target.words),
                }
                for target in suggestions.targets
            ],
            "address": f"{self.links.site}/goals/suggest",
        }

    def _entry(self, session: Session, kind: EntryKind, slug: str) -> Data:
        """An entry with labels beside codes, without what is not known, its texts and lists cut."""
        given = slug.strip().rstrip("/").rpartition("/")[2]
        model = ENTRIES[kind].model
        entry_id = session.scalar(select(model.id).where(model.slug == given))
        if entry_id is None:
            entry_id = session.scalar(select(model.id).where(model.slug == merged_into(session, kind, given)))
        if entry_id is None:
            withdrawal = withdrawal_at(session, kind, given)
            if withdrawal is not None:
                raise CannotAnswer(f"{withdrawal.title} was withdrawn on {_day(withdrawal.at)}: {withdrawal.reason}")
            folder = self.links.entry(kind, "")
            raise CannotAnswer(
                f"There is no {kind} {given[:100]}. Give the last part of the address of its page below {folder}, "
                "as search finds it."
            )
        [entry] = read_many(session, kind, [entry_id])
        names = read_names(session, kind, [entry], read_terms(session))
        data = labelled(kind, entry, names, self.links)
        declared = schema_of(kind).declared
        cities = [names.cities[city].name for city in entry.get("cities", ()) if city in names.cities]
        title = entry[ENTRIES[kind].title]
        return {
            **self._reference(kind, entry["slug"], datetime.fromisoformat(entry["updated_at"]), title, cities),
            **{
                name: _bounded(value)
                for name, value in data.items()
                if value not in (None, [], "") and name not in {"kind", "slug", "address", "pictures"}
                if name in declared or name.endswith("_label") or name == "confirmed_on"
            },
            "licence": DATA_LICENCE,
        }

    def _reference(self, kind: EntryKind, slug: str, changed: datetime, title: str, cities: Sequence[str] = ()) -> Data:
        """What every entry comes with: what it is, its page, and how to cite it."""
        address = self.links.entry(kind, slug)
        of = f" ({', '.join(cities)})" if cities else ""
        return {
            "kind": str(kind),
            "slug": slug,
            "title": title,
            "address": address,
            "citation": f"CityPeers ({changed.year}). {title}{of}. Last changed {_day(changed)}. {address}",
        }

    def _changed(self, session: Session, kind: EntryKind, ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
        model = ENTRIES[kind].model
        rows = session.execute(select(model.id, model.slug, model.updated_at).where(model.id.in_(ids)))
        return {entry_id: (slug, updated_at) for entry_id, slug, updated_at in rows}

    def _unknown(self, session: Session, name: str, value: str) -> str:
        """The sentence for a value that a filter does not have."""
        codes = list(FILTERS[name].labels(session))
        if not codes:
            return f"No {name} is called {value[:100]}. Use the name in the address of its page."
        more = "" if len(codes) <= MOST_CHOICES else f", and {len(codes) - MOST_CHOICES} more"
        return f"No {name} is called {value[:100]}. Use one of these codes: {', '.join(codes[:MOST_CHOICES])}{more}."

    def _place(self, session: Session, city: str, country: str | None) -> int:
        slug = city.strip().rstrip("/").rpartition("/")[2]
        place_id = session.scalar(queries.place_id_at(slug))
        if place_id is not None:
            return place_id
        gazetteer = self.peers_service.gazetteer
        resolution = resolve(gazetteer, city, country)
        if resolution.unknown_country:
            raise CannotAnswer(
                f"There is no country {(country or '')[:100]}. Give its name or its code, as Kenya or KE."
            )
        if (place := resolution.likeliest) is not None:
            return place.id
        near = [f"{place.name}, {place.country}" for place in gazetteer.near(city)]
        hint = f" Did you mean: {'; '.join(near)}?" if near else " Give its name as people write it, and its country."
        raise CannotAnswer(f"There is no place called {city[:100]}.{hint}")

    def _peer(self, peer: Peer) -> Data:
        return self._place_data(peer.place) | {
            "strength": peer.strength,
            "context_score": round(peer.context, 3),
            "challenge_score": None if peer.challenge is None else round(peer.challenge, 3),
            "reasons": [str(reason) for reason in peer.reasons],
            "differences": [str(difference) for difference in peer.differences],
            "same_challenges": [challenge.label for challenge in peer.same_challenge_for],
            "results_for": [challenge.label for challenge in peer.results_for],
        }

    def _initiatives(self, session: Session, listed: Sequence[PeerInitiative]) -> list[Data]:
        """What peers did, without what was withdrawn a moment ago."""
        changed = self._changed(session, EntryKind.INITIATIVE, [found.initiative.id for found in listed])
        return [
            {
                **self._reference(
                    EntryKind.INITIATIVE, *changed[found.initiative.id], found.initiative.title, [found.city.name]
                ),
                "city": found.city.name,
                "challenges": [shared.label for shared in found.shared],
                "has_results": found.has_results,
            }
            for found in listed
            if found.initiative.id in changed
        ]

    def _place_data(self, place: PlaceSummary) -> Data:
        return {
            "name": place.name,
            "country": place.country,
            "population": place.population,
            "slug": place.slug,
            "address": self.links.entry(EntryKind.CITY, place.slug) if place.slug else None,
        }


def _bounded(value: Any) -> Any:
    """A value of an entry, its texts and lists cut, without what is not known."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, list):
        return [_bounded(item) for item in value[:MOST_LISTED]]
    if isinstance(value, Mapping):
        return {name: _bounded(inner) for name, inner in value.items() if inner is not None}
    return value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _words(words: Any) -> list[str]:
    return list(dict.fromkeys(words))[:MOST_LISTED]


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
