"""The addresses of peers, comparisons and saved lists, read into what they ask; no address is an error."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load
from werkzeug.datastructures import MultiDict

from kb.core.column_types import LARGEST_ID
from kb.core.i18n import Message, gettext_noop
from kb.core.text import clean_line
from kb.peers.answers import MOST_PEERS, PeerQuestion, Pool
from kb.peers.notes import LEFT_OUT, Note
from kb.peers.weights import DEFAULTS

from ..core.search_schema import unknown_names

PEERS_ON_A_PAGE = 12
MORE_PEERS = 60
SHOWN_BESIDE = 6
"""Cities with results and with the same challenge on a page, and initiatives of each kind."""

NO_CHALLENGE = "none"
"""What stands for "no challenge is ticked", since nothing at all means those of the city's page."""

MAX_SHORTLIST = 30
"""Entries of a saved list; a brief of more is no brief."""

LONGEST_QUESTION = 300
"""Characters of the question at the head of a brief; what is longer is cut."""

_LONGEST = 100
_MOST_VALUES = 60
_MOST_LOOKED_UP = 120
_WEIGHT, _SEVERITY = "weight.", "severity."

_YES = "yes"
_LISTS = ("without", "without_income", "without_language")
_SWITCHES = ("without_own_country", "same_language")

FILTER_NAMES = (*_LISTS, *_SWITCHES, "pool", "show")
"""What says whom to compare with, and how many to show."""

_NAMES = ("place", "q", "city", "challenge", *FILTER_NAMES)
"""What an address of peers may have, beside weights and severities."""

_UNKNOWN_POOL = gettext_noop("“%(given)s” is not a group of cities.")
_CITIES_USED = gettext_noop("Cities with a page were used.")
_UNKNOWN_SWITCH = gettext_noop("“%(given)s” is not a value of %(name)s. The only value is “yes”.")
_LONG_QUESTION = gettext_noop("The question is longer than %(most)s characters. The rest was left out.")
_UNREADABLE_NUMBER = gettext_noop("“%(given)s” is not a number of cities.")
_DEFAULT_SHOWN = gettext_noop("%(default)s are shown.")


@dataclass(frozen=True, slots=True)
class PeersQuery:
    """What an address of peers asks for. `typed` is a city's name, where no place was chosen yet.

    `challenges` None means those of the city's page. `loose` tells an address as a plain form makes it, which has a
    shorter one that says the same.
    """

    place_id: int | None = None
    typed: str = ""
    challenges: Mapping[str, str | None] | None = None
    weights: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    without_income: tuple[str, ...] = ()
    without_language: tuple[str, ...] = ()
    without_own_country: bool = False
    same_language: bool = False
    pool: Pool = "cities"
    show: int = PEERS_ON_A_PAGE
    notes: tuple[Note, ...] = ()
    loose: bool = False

    def question(self, place_id: int) -> PeerQuestion:
        """The question to the package, about a place."""
        return PeerQuestion(
            place_id=place_id,
            challenges=self.challenges,
            weights=self.weights,
            excluded_regions=frozenset(self.without),
            excluded_income_groups=frozenset(self.without_income),
            excluded_languages=frozenset(self.without_language),
            is_abroad=self.without_own_country,
            has_same_language=self.same_language,
            pool=self.pool,
            limit=self.show,
            beside=SHOWN_BESIDE,
        )

    @property
    def left_out(self) -> int:
        """How many choices of whom to leave out are made."""
        return sum(len(getattr(self, name)) for name in _LISTS) + sum(bool(getattr(self, name)) for name in _SWITCHES)

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the shortest address that asks the same, but for the place."""
        pairs: list[tuple[str, str]] = []
        if self.challenges is not None:
            named = [f"{code}:{severity}" if severity else code for code, severity in self.challenges.items()]
            pairs += [("challenge", value) for value in named or [NO_CHALLENGE]]
        pairs += [(_WEIGHT + name, value) for name, value in self.weights.items()]
        pairs += [(name, code) for name in _LISTS for code in getattr(self, name)]
        pairs += [(name, _YES) for name in _SWITCHES if getattr(self, name)]
        if self.pool != "cities":
            pairs.append(("pool", self.pool))
        if self.show != PEERS_ON_A_PAGE:
            pairs.append(("show", str(self.show)))
        return pairs


def unknown_parameters(address: MultiDict[str, str]) -> list[str]:
    """Names that an address of peers does not have, such as a filter of the search."""
    return [name for name in unknown_names(address, _NAMES) if not name.startswith((_WEIGHT, _SEVERITY))]


class PeersSchema(Schema):
    """`place` or `q`, `challenge` (CODE or CODE:SEVERITY), `weight.NAME`, `pool` and `show`, and whom to leave out.

    Left out are regions (`without`), income groups (`without_income`), languages (`without_language`), the own country
    (`without_own_country=yes`), and whoever shares no language (`same_language=yes`).
    `city` stands for `q`, with the hyphens of an address.
    A plain form also sends `severity.CODE`, and weights that are left as they were.
    """

    class Meta:
        """Names that nobody knows are left out."""

        unknown = EXCLUDE

    place_id = fields.Integer(load_default=None, allow_none=True)
    typed = fields.String(load_default="")
    challenges = fields.Dict(load_default=None, allow_none=True)
    weights = fields.Dict(load_default=dict)
    without = fields.List(fields.String(), load_default=list)
    without_income = fields.List(fields.String(), load_default=list)
    without_language = fields.List(fields.String(), load_default=list)
    without_own_country = fields.Boolean(load_default=False)
    same_language = fields.Boolean(load_default=False)
    pool = fields.String(load_default="cities")
    show = fields.Integer(load_default=PEERS_ON_A_PAGE)
    notes = fields.List(fields.Raw(), load_default=list)
    loose = fields.Boolean(load_default=False)

    @pre_load
    def _read(self, address: MultiDict[str, str], **_settings: Any) -> dict[str, Any]:
        """Gather repeated names, join each challenge with its severity, and note what cannot be read."""
        notes: list[Note] = []
        place = _number(address.get("place", ""))
        typed = _clean(address.get("q", ""))
        if not typed and place is None:
            typed = _clean(address.get("place", "")) or _clean(address.get("city", "").replace("-", " "))
        given = {
            name.removeprefix(_WEIGHT): _clean(value) for name, value in address.items() if name.startswith(_WEIGHT)
        }
        weights = {name: value for name, value in given.items() if value and not _is_default(name, value)}
        return {
            "place_id": place,
            "typed": typed,
            "challenges": _challenges(address),
            "weights": dict(list(weights.items())[:_MOST_VALUES]),
            **{name: _values(address.getlist(name)) for name in _LISTS},
            **{name: _switch(name, _clean(address.get(name, "")), notes) for name in _SWITCHES},
            "pool": _pool(_clean(address.get("pool", "")), notes),
            "show": _show(_clean(address.get("show", "")), notes),
            "notes": notes,
            "loose": len(weights) < len(given) or any(name.startswith(_SEVERITY) for name in address),
        }

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> PeersQuery:
        return PeersQuery(**{**loaded, **{name: tuple(loaded[name]) for name in (*_LISTS, "notes")}})


@cache
def peers_schema() -> PeersSchema:
    """The schema, made once, as that of the search is."""
    return PeersSchema()


@dataclass(frozen=True, slots=True)
class CompareQuery:
    """Slugs of cities to set side by side, each once, and the name of one to add."""

    slugs: tuple[str, ...]
    typed: str


class CompareSchema(Schema):
    """`city`, repeated, and `add`: a name as someone typed it."""

    class Meta:
        """Names that nobody knows are left out."""

        unknown = EXCLUDE

    slugs = fields.List(fields.String(), load_default=list)
    typed = fields.String(load_default="")

    @pre_load
    def _read(self, address: MultiDict[str, str], **_settings: Any) -> dict[str, Any]:
        return {"slugs": _values(address.getlist("city")), "typed": _clean(address.get("add", ""))}

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> CompareQuery:
        return CompareQuery(tuple(loaded["slugs"]), loaded["typed"])


ShortlistItem = tuple[str, str]
"""An entry of a saved list: its kind, initiative or city, and its slug."""

SHORTLIST_KINDS = ("initiative", "city")


@dataclass(frozen=True, slots=True)
class ShortlistQuery:
    """Entries of a saved list in the order of the address, words to look for more, and whose brief it is for what.

    They may be more than MAX_SHORTLIST, of which the list counts only those that are there. `place` is the number of a
    place, the slug of a city or a name as typed; `challenges` None means those of the city's page.
    """

    kept: tuple[ShortlistItem, ...]
    typed: str = ""
    place: str = ""
    challenges: Sequence[str] | None = None
    question: str = ""
    notes: tuple[Message, ...] = ()

    def slugs(self, kind: str) -> list[str]:
        """The slugs of one kind."""
        return [slug for its_kind, slug in self.kept if its_kind == kind]

    def pairs(
        self, *, without: ShortlistItem | None = None, also: ShortlistItem | None = None
    ) -> list[tuple[str, str]]:
        """Names and values of the list's address; of the list without one entry, or with one more."""
        added = [also] if also else []
        return [*(item for item in (*self.kept, *added) if item != without), *self.question_pairs()]

    def question_pairs(self) -> list[tuple[str, str]]:
        """Names and values that say whose brief it is, and for what question."""
        pairs = [("for", self.place)] if self.place else []
        if self.challenges is not None:
            pairs += [("challenge", code) for code in self.challenges or [NO_CHALLENGE]]
        return [*pairs, ("question", self.question)] if self.question else pairs


class ShortlistSchema(Schema):
    """`initiative` and `city`, each repeated; `for`, `challenge` and `question`; and `add`: words to look for more."""

    class Meta:
        """Names that nobody knows are left out."""

        unknown = EXCLUDE

    kept = fields.List(fields.Raw(), load_default=list)
    typed = fields.String(load_default="")
    place = fields.String(load_default="")
    challenges = fields.List(fields.String(), load_default=None, allow_none=True)
    question = fields.String(load_default="")
    notes = fields.List(fields.Raw(), load_default=list)

    @pre_load
    def _read(self, address: MultiDict[str, str], **_settings: Any) -> dict[str, Any]:
        named = [(kind, _clean(slug)) for kind, slug in address.items(multi=True) if kind in SHORTLIST_KINDS]
        challenges = _challenges(address)
        question = clean_line(address.get("question", ""))
        is_long = len(question) > LONGEST_QUESTION
        return {
            "kept": [(kind, slug) for kind, slug in dict.fromkeys(named) if slug],
            "typed": _clean(address.get("add", "")),
            "place": clean_line(address.get("for", ""))[:_LONGEST],
            "challenges": None if challenges is None else list(challenges),
            "question": question[:LONGEST_QUESTION],
            "notes": [Message(_LONG_QUESTION, {"most": LONGEST_QUESTION})] if is_long else [],
        }

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> ShortlistQuery:
        kept, notes = tuple(loaded["kept"][:_MOST_LOOKED_UP]), tuple(loaded["notes"])
        return ShortlistQuery(**{**loaded, "kept": kept, "notes": notes})


def _clean(text: str) -> str:
    """Text without NUL, which PostgreSQL refuses, without white space around it, and no longer than any name."""
    return text.replace("\0", " ").strip()[:_LONGEST]


def _values(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in map(_clean, given) if value))[:_MOST_VALUES]


def _number(text: str) -> int | None:
    """A whole number that a place's id may be; None for anything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST_ID))):
        return None
    number = int(digits)
    return number if number <= LARGEST_ID else None


def _challenges(address: MultiDict[str, str]) -> dict[str, str | None] | None:
    """Challenges by code with severity or None; None where the address says nothing of challenges."""
    if "challenge" not in address:
        return None
    severities: dict[str, str | None] = {}
    for value in _values(address.getlist("challenge")):
        code, _, severity = value.partition(":")
        if code and code != NO_CHALLENGE:
            severities[code] = severity or _clean(address.get(_SEVERITY + code, "")) or None
    return severities


def _is_default(name: str, value: str) -> bool:
    try:
        return float(value.replace(",", ".")) == DEFAULTS.get(name)
    except ValueError:
        return False


def _switch(name: str, given: str, notes: list[Note]) -> bool:
    if given and given != _YES:
        notes.append(Note(Message(_UNKNOWN_SWITCH, {"given": given[:40], "name": name}), LEFT_OUT))
    return given == _YES


def _pool(given: str, notes: list[Note]) -> str:
    if given and given not in get_args(Pool):
        notes.append(Note(Message(_UNKNOWN_POOL, {"given": given[:40]}), Message(_CITIES_USED)))
    return given if given in get_args(Pool) else "cities"


def _show(given: str, notes: list[Note]) -> int:
    if not given:
        return PEERS_ON_A_PAGE
    number = _number(given)
    if not number:
        default_shown = Message(_DEFAULT_SHOWN, {"default": PEERS_ON_A_PAGE})
        notes.append(Note(Message(_UNREADABLE_NUMBER, {"given": given[:40]}), default_shown))
        return PEERS_ON_A_PAGE
    return min(number, MOST_PEERS)
