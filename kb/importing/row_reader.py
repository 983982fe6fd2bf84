"""Reads a row of text into the values of an initiative, as editorial takes them; and what is wrong, by column."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import Locale
from babel.numbers import get_territory_currencies
from sqlalchemy.orm import Session

from kb.catalogue.entries.fields import Number, Whole, Year
from kb.catalogue.models import Leader
from kb.core.i18n import Message, gettext_noop
from kb.core.text import fold, web_address
from kb.peers.places import Gazetteer

from . import cells
from .cells import AmbiguousValue, ColumnFormat
from .city_matching import CityMatcher, PagesByName, Point
from .columns import FIELDS, MOST_OUTCOMES, NEEDED, Kind, Mapped
from .readers import Column, Row, Table
from .serialization import RowMessage
from .vocabulary import Choices, ValueMapping, Vocabulary, vocabularies

Data = dict[str, Any]

EXAMPLE = "example"
"""A row whose key begins so is the template's example, and is never taken."""


@dataclass(slots=True)
class ReadRow:
    """What a row says: its key, or one made of title and city; the fields that the file speaks of; and what is wrong.

    With `problems` the row is refused; `warnings` are shown, and the row is taken.
    """

    number: int
    key: str
    title: str
    values: Data
    problems: list[RowMessage] = field(default_factory=list)
    warnings: list[RowMessage] = field(default_factory=list)


_WRONG: Mapping[str, tuple[str, str]] = {
    "number": (
        Number.not_one,
        gettext_noop("It is not clear which number %(given)s is: the comma or point may mark thousands or decimals."),
    ),
    "money": (
        gettext_noop("%(given)s is not an amount. Write figures and the code of the currency, such as 1200000 JPY."),
        gettext_noop("It is not clear which amount %(given)s is: the comma or point may mark thousands or decimals."),
    ),
    "whole": (Whole.not_one,) * 2,
    "year": (
        Year.not_one,
        gettext_noop("It is not clear which year %(given)s means. Write four figures, such as 2019."),
    ),
    "point": (gettext_noop("%(given)s is not a point such as POINT(72.8 21.2)."),) * 2,
    "degrees": (gettext_noop("%(given)s is not a latitude or longitude."),) * 2,
    "yesno": (gettext_noop("%(given)s should be yes or no."),) * 2,
}
"""By the kind of a column: what is said of a cell that is no such value, and of one that may be two."""

_NOT_ON_EARTH = gettext_noop("%(latitude)s and %(longitude)s are not a latitude and a longitude.")
_NOT_ONE = gettext_noop("%(given)s is not one of the choices.")
_NOT_ONE_BUT = gettext_noop("%(given)s is not one of the choices. Do you mean %(near)s?")
_NO_ENTRY = gettext_noop("The row has neither a title nor a city. If it is a total or a note, you need not correct it.")
_NO_KEY = gettext_noop("The row has no external key, but the file has a column for it.")
_NO_LEADER = gettext_noop("There is no leader called %(given)s here. The name was left out.")
_TARGET = gettext_noop("%(target)s was read as target %(target)s and its goal %(goal)s.")
_TWO_CURRENCIES = gettext_noop("The cell and the currency column name different currencies.")


class RowReader:
    """Reads the rows of one table by one mapping. Makes a few queries when it is made, and two for many rows.

    `choices` are what words mean that no list knows.
    """

    def __init__(
        self, session: Session, table: Table, mapped: Mapped, gazetteer: Gazetteer, choices: Choices | None = None
    ) -> None:
        by_place = {column.place: column for column in table.columns}
        self.columns: dict[str, list[Column]] = {}
        for place, code in sorted(mapped.items()):
            self.columns.setdefault(code, []).append(by_place[place])
        self.codes = {column.place: code for code, columns in self.columns.items() for column in columns}
        self.city_matcher = CityMatcher(gazetteer)
        self.words: dict[str, Vocabulary] = vocabularies(session)
        self.value_mapping = ValueMapping(self.words, choices or {})
        self.currencies = frozenset(Locale("en").currencies)
        self.leaders = PagesByName(Leader, Leader.slug)
        self.column_formats = {
            column.place: cells.column_format(row.cell(column) for row in table.rows)
            for code, columns in self.columns.items()
            for column in columns
            if FIELDS[code].kind in {"number", "money", "year"}
        }

    def is_example(self, row: Row) -> bool:
        """Whether the row is the template's example."""
        return any(fold(row.cell(column)).startswith(EXAMPLE) for column in self.columns.get("key", ()))

    def read(self, session: Session, rows: Collection[Row]) -> list[ReadRow]:
        """What rows say; nothing is raised for what is wrong with them."""
        pieces = {piece for text in self._texts(rows, "city") for piece in cells.pieces(text)}
        self.city_matcher.read(session, pieces | {part for piece in pieces for part in cells.slashed(piece)})
        self.leaders.read(session, self._texts(rows, "leader"))
        return [_RowReading(self, row).read() for row in rows]

    def _texts(self, rows: Collection[Row], code: str) -> set[str]:
        """What stands in the columns of a field."""
        return {text for column in self.columns.get(code, ()) for row in rows if (text := row.cell(column))}


class _RowReading:
    """One row being read: messages about it are gathered as they come."""

    def __init__(self, reader: RowReader, row: Row) -> None:
        self._reader, self._row = reader, row
        self._last_year: int | None = None
        self._targets_among_goals: list[str] = []
        self._problems: list[RowMessage] = []
        self._warnings: list[RowMessage] = []
        for cell_error in row.errors:
            # An error in a column that nobody reads does no harm.
            if cell_error.place in reader.codes:
                letter = next(
                    c.letter for c in reader.columns[reader.codes[cell_error.place]] if c.place == cell_error.place
                )
                self._problems.append(RowMessage(letter, cell_error.problem))

    def read(self) -> ReadRow:
        data: Data = {}
        needed = [column for code in NEEDED for column in self._reader.columns.get(code, ())]
        if needed and not any(map(self._row.cell, needed)):
            return ReadRow(self._row.number, "", "", {"cities": []}, [RowMessage(needed[0].letter, Message(_NO_ENTRY))])
        for code, columns in self._reader.columns.items():
            if code in _READ_TOGETHER or code.startswith("outcome_"):
                continue
            values = [self._value(code, column) for column in columns]
            data[code] = [part for value in values for part in value or ()] if FIELDS[code].several else values[0]
        if self._last_year is not None and data.get("end_year") is None:
            data["end_year"] = self._last_year
        self._add_targets(data)
        self._add_source_titles(data)
        if "cost_amount" in data:
            data |= self._cost(data)
        data["cities"] = self._cities()
        if any(code.startswith("outcome_") for code in self._reader.columns):
            data["outcomes"] = self._outcomes()
        title = str(data.get("title") or "")
        return ReadRow(self._row.number, self._key(title, data["cities"]), title, data, self._problems, self._warnings)

    def _text(self, column: Column) -> str | None:
        return cells.has_value(self._row.cell(column))

    def _problem(self, column: Column | None, template: str, **values: str | Message) -> None:
        self._problems.append(RowMessage(column.letter if column else None, Message(template, values)))

    def _value(self, code: str, column: Column) -> Any:
        text = self._row.cell(column) if code == "title" else self._text(column)
        if not text:
            return None
        kind = FIELDS[code].kind
        if kind in {"text", "prose", "titles"}:
            return cells.pieces(text) if kind == "titles" else text
        lists = {
            "codes": self._several,
            "numbers": self._numbers,
            "partners": self._partners,
            "links": self._links,
        }
        if kind in lists:
            return lists[kind](code, column, text)
        if kind == "leader":
            return self._leader(column, text)
        if kind in {"code", "currency"}:
            return self._one(code, column, text) if kind == "code" else self._currency(column, text)
        return self._measured(kind, column, text)

    def _year(self, column: Column, text: str, column_format: ColumnFormat) -> int | None:
        """A year; of "2018 - 2020" the one that the field takes. The first of a row brings the last with it."""
        code = self._reader.codes[column.place]
        if financial := cells.financial_year(text):
            first, last = financial
            return last if code == "end_year" else first
        span = cells.year_span(text) if code in {"start_year", "end_year"} else None
        if span is None:
            return cells.year(text, column_format)
        if code == "end_year":
            return span[1]
        self._last_year = span[1]
        return span[0]

    def _measured(self, kind: Kind, column: Column, text: str) -> Any:
        column_format = self._reader.column_formats.get(column.place, ColumnFormat())
        read: Mapping[str, Callable[[], Any]] = {
            "number": lambda: float(cells.number(text, column_format)),
            "whole": lambda: str(cells.number(text, ColumnFormat(decimal="."))),
            "year": lambda: self._year(column, text, column_format),
            "point": lambda: cells.point(text),
            "degrees": lambda: cells.degrees(text),
            "yesno": lambda: cells.yes_or_no(text),
            "money": lambda: cells.money(text, column_format, self._reader.currencies, self._currency_of_country()),
        }
        try:
            return read[kind]()
        except AmbiguousValue as unclear:
            not_one, may_be_two = _WRONG[kind]
            self._problem(column, may_be_two if unclear.why == "two" else not_one, given=_shortly(text))
            return None

    def _one(self, code: str, column: Column, text: str) -> str | None:
        name = code if code in self._reader.words else "direction"
        return self._code(name, column, text) or None

    def _code(self, name: str, column: Column, text: str) -> str | None:
        """The code of a word in a list, or LEFT_OUT; what nobody has said the meaning of is noted as wrong."""
        code = self._reader.value_mapping.code(name, text, self._row.number)
        if code is None:
            self._not_one(column, self._reader.words[name], text)
        return code

    def _not_one(self, column: Column, words: Vocabulary, text: str) -> None:
        near = words.near(text)
        if near:
            self._problem(column, _NOT_ONE_BUT, given=_shortly(text), near=near)
        else:
            self._problem(column, _NOT_ONE, given=_shortly(text))

    def _several(self, code: str, column: Column, text: str) -> list[str]:
        """The codes of a cell, each once: two words may mean one term."""
        named = (self._code(code, column, part) for part in self._words(code, text) if cells.has_value(part))
        return list(dict.fromkeys(filter(None, named)))

    def _words(self, name: str, text: str) -> Iterator[str]:
        """The words of a list in a cell; a label may hold a comma or a slash itself."""
        knows = self._reader.value_mapping.knows
        for piece in cells.pieces(text):
            for part in [piece] if knows(name, piece) else cells.pieces(piece, commas=True):
                if knows(name, part):
                    yield part
                    continue
                for word in cells.slashed(part):
                    words = cells.slashed(word, spaced=False)
                    yield from words if all(knows(name, each) for each in words) else [word]

    def _numbers(self, code: str, column: Column, text: str) -> list[Data]:
        """Goals or targets, by number, by "SDG 11", or by label."""
        words, name = self._reader.words[code], code.removesuffix("s")
        if name == "target":
            text = cells.with_points(text)
        rows: list[Data] = []
        for part in self._words(code, text):
            number = cells.goal_number(part)
            matched = number if number in words.labels and words.code(part) is None else None
            if name == "goal" and number in self._reader.words["targets"].labels:
                # Many lists of goals name targets.
                matched = self._goal_of(column, number)
            matched = matched or (self._code(code, column, part) if cells.has_value(part) else None)
            row = {name: int(matched) if matched and name == "goal" else matched}
            if matched and row not in rows:
                rows.append(row)
        return rows

    def _goal_of(self, column: Column, target: str) -> str:
        """The goal of a target among goals. The target is kept, and a note says so: Excel may have made it of "3,1"."""
        goal = target.partition(".")[0]
        self._targets_among_goals.append(target)
        self._warnings.append(RowMessage(column.letter, Message(_TARGET, {"target": target, "goal": goal})))
        return goal

    def _add_targets(self, data: Data) -> None:
        """Add those that stood among the goals to the targets, each once."""
        there = [row["target"] for row in data.get("targets") or ()]
        more = [target for target in dict.fromkeys(self._targets_among_goals) if target not in there]
        if more:
            data["targets"] = [{"target": target} for target in there + more]

    def _partners(self, _code: str, _column: Column, text: str) -> list[Data]:
        partners = []
        for piece in (part for listed in cells.pieces(text) for part in cells.slashed(listed)):
            name, bracket, role = piece.removesuffix(")").rpartition("(")
            code = self._reader.words["role"].code(role) if bracket and piece.endswith(")") else None
            partners.append({"name": name.strip() if code else piece, "role": code})
        return partners

    def _links(self, _code: str, column: Column, text: str) -> list[Data]:
        link = self._row.link(column)
        if link and not any(begin in text.lower() for begin in ("http://", "https://", "www.")):
            # The cell shows words, and leads to the page.
            return [{"url": link, "title": text}]
        pieces = [part for piece in cells.pieces(text) for part in piece.replace(",http", " http").split()]
        return [{"url": web_address(piece)} for piece in pieces]

    def _add_source_titles(self, data: Data) -> None:
        titles = data.pop("source_titles", None)
        for number, source in enumerate(data.get("sources") or ()):
            source["title"] = titles[number] if titles and number < len(titles) else source.get("title")

    def _leader(self, column: Column, text: str) -> str | None:
        leaders = self._reader.leaders.named(text)
        if len(leaders) == 1:
            slug: str = leaders[0][0]
            return slug
        self._warnings.append(RowMessage(column.letter, Message(_NO_LEADER, {"given": _shortly(text)})))
        return None

    def _currency(self, column: Column, text: str) -> str | None:
        code = text.strip().upper()
        if code in self._reader.currencies:
            return code
        try:
            of_country = self._currency_of_country()
            _, named = cells.money(f"1 {text.strip()}", ColumnFormat(), self._reader.currencies, of_country)
        except AmbiguousValue:
            named = None
        if named is None:
            self._problem(
                column,
                gettext_noop("%(given)s is not the code of a currency, such as INR, USD or EUR."),
                given=_shortly(text),
            )
        return named

    def _currency_of_country(self) -> str | None:
        """The currency of the country that the row names; None where it names none or several."""
        countries = [name for column in self._reader.columns.get("country", ()) for name in self._named(column)]
        code = self._reader.city_matcher.country_code(countries[0]) if len(countries) == 1 else None
        currencies = get_territory_currencies(code) if code else []
        return currencies[-1] if currencies else None

    def _cost(self, data: Data) -> Data:
        """Amount and currency: from the cell, the column of currencies, or the column's name, as in "Cost (USD)"."""
        (column,) = self._reader.columns["cost_amount"]
        amount, named = data["cost_amount"] or (None, None)
        column_currency = data.get("cost_currency")
        if amount is not None and named and column_currency and named != column_currency:
            self._problem(column, _TWO_CURRENCIES)
        heading = next((word for word in _capitals(column.name) if word in self._reader.currencies), None)
        currency = named or column_currency or heading
        return {"cost_amount": amount, "cost_currency": currency if amount is not None else column_currency}

    def _cities(self) -> list[str]:
        countries = [name for column in self._reader.columns.get("country", ()) for name in self._named(column)]
        names = [
            (column, name)
            for column in self._reader.columns.get("city", ())
            for name in self._city_names(column, countries)
        ]
        provinces = [name for column in self._reader.columns.get("province", ()) for name in self._named(column)]
        point = self._point()
        references = []
        for number, (column, name) in enumerate(names):
            country = _of(countries, number, len(names))
            # Coordinates of a row with several cities are those of the first.
            city_match = self._reader.city_matcher.place(
                name, country, _of(provinces, number, len(names)), point if not number else None
            )
            if city_match.reference:
                references.append(city_match.reference)
            if city_match.problem:
                where = self._columns_of_point() if city_match.is_of_point else [column]
                self._problems += [RowMessage(each.letter, city_match.problem) for each in where]
            if city_match.warning:
                self._warnings.append(RowMessage(column.letter, city_match.warning))
        return list(dict.fromkeys(references))

    def _named(self, column: Column) -> list[str]:
        text = self._text(column)
        return cells.pieces(text) if text else []

    def _city_names(self, column: Column, countries: Sequence[str]) -> Iterator[str]:
        """The cities in a cell: "A / B" are two where each is one, and one with two names otherwise."""
        country = countries[0] if len(countries) == 1 else None
        for piece in self._named(column):
            parts = cells.slashed(piece)
            place = self._reader.city_matcher.place
            are_cities = len(parts) > 1 and all(place(part, country, None, None).reference for part in parts)
            yield from parts if are_cities else [piece]

    def _columns_of_point(self) -> list[Column]:
        """The columns that `_point` reads, each of which may be corrected."""
        columns = self._reader.columns
        names = ("location",) if "location" in columns else ("latitude", "longitude")
        return [columns[name][0] for name in names]

    def _point(self) -> Point | None:
        columns = self._reader.columns
        if "location" in columns and (text := self._text(columns["location"][0])):
            point: Point | None = self._measured("point", columns["location"][0], text)
            return point
        if "latitude" in columns and "longitude" in columns:
            pair = [self._value(code, columns[code][0]) for code in ("latitude", "longitude")]
            if None not in pair:
                try:
                    return cells.both_degrees(*pair)
                except AmbiguousValue:
                    self._problem(columns["latitude"][0], _NOT_ON_EARTH, latitude=str(pair[0]), longitude=str(pair[1]))
        return None

    def _outcomes(self) -> list[Data]:
        outcomes = []
        for number in range(1, MOST_OUTCOMES + 1):
            outcome: Data = {}
            for code, columns in self._reader.columns.items():
                if code.startswith(f"outcome_{number}_"):
                    outcome[code.removeprefix(f"outcome_{number}_")] = self._value(code, columns[0])
                    if code.endswith("_value") and (self._text(columns[0]) or "").endswith("%"):
                        outcome.setdefault("unit", "%")
            if any(value is not None for name, value in outcome.items() if name != "unit"):
                outcomes.append({**outcome, "is_target": bool(outcome.get("is_target"))})
        return outcomes

    def _key(self, title: str, cities: Sequence[str]) -> str:
        columns = self._reader.columns.get("key")
        if not columns:
            # Without a title or a city no row is known again, and two such rows are not the same one.
            return f"{fold(title)} | {cities[0]}"[:400] if title and cities else ""
        key = self._row.cell(columns[0])[:400]
        if not key:
            self._problem(columns[0], _NO_KEY)
        return key


_READ_TOGETHER = frozenset({"key", "city", "country", "province", "location", "latitude", "longitude"})


def _of(values: Sequence[str], number: int, count: int) -> str | None:
    """The value beside the city of that number: its own, or the one that holds for all."""
    if not values:
        return None
    return values[number] if len(values) == count else values[0] if len(values) == 1 else None


def _capitals(name: str) -> list[str]:
    return [
        word for word in "".join(sign if sign.isalpha() else " " for sign in name).upper().split() if len(word) == 3
    ]


def _shortly(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
