"""What a row may double: an entry of the catalogue, an open proposal, or an earlier row, of the same city."""

from collections.abc import Iterable

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Initiative, InitiativeCity
from kb.core.i18n import Message, gettext_noop
from kb.core.text import fold
from kb.editorial.choices import OPEN_STATES
from kb.editorial.models import Proposal

_ALIKE = 92
_ENTRY = gettext_noop("This may exist already: %(title)s.")
_ROW = gettext_noop("This says the same title and city as row %(row)s.")


class Duplicates:
    """Titles by city; read once, and added to as rows are read."""

    def __init__(self, session: Session) -> None:
        self._titles: dict[str, list[tuple[str, str]]] = {}
        self._rows: dict[tuple[str, str], int] = {}
        entries = (
            select(City.place_id, Initiative.title)
            .join(InitiativeCity, InitiativeCity.city_id == City.id)
            .join(Initiative, Initiative.id == InitiativeCity.initiative_id)
        )
        proposals = select(Proposal.place_id, Proposal.title).where(
            Proposal.kind == "initiative", Proposal.state.in_(OPEN_STATES), Proposal.entry_id.is_(None)
        )
        for place_id, title in (*session.execute(entries), *session.execute(proposals)):
            if place_id is not None and title:
                self._titles.setdefault(f"place:{place_id}", []).append((fold(title), title))

    def of_new(self, title: str, cities: Iterable[str]) -> Message | None:
        """What a new entry of that title may double, of those that stand here."""
        folded = fold(title)
        for city in cities:
            for other, shown in self._titles.get(city, ()):
                if fuzz.token_sort_ratio(folded, other) >= _ALIKE:
                    return Message(_ENTRY, {"title": shown})
        return None

    def in_file(self, number: int, title: str, cities: Iterable[str]) -> Message | None:
        """The earlier row of the same title and city, which is remembered from now on."""
        for city in cities:
            first = self._rows.setdefault((fold(title), city), number)
            if first != number:
                return Message(_ROW, {"row": str(first)})
        return None
