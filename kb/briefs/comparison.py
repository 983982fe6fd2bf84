"""The table of a brief: a row for each peer with what it did, short enough for one page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.catalogue import choices
from kb.catalogue.models import City, Country, Initiative, Place
from kb.core.i18n import gettext_noop

from .brief import ComparedPeer, Text
from .facts import cost_line, evidence_line, outcome_line, results_of, stage_line
from .wording import Wording

COLUMNS = (
    gettext_noop("City"),
    gettext_noop("Context"),
    gettext_noop("Challenge"),
    gettext_noop("What they did"),
    gettext_noop("Cost"),
    gettext_noop("Evidence"),
    gettext_noop("Result"),
    gettext_noop("Lesson"),
)

_WORDS_OF_A_PAGE = 130
"""Words that a column may have for the table to fit one page beside its heading."""

_FEWEST_WORDS, _MOST_WORDS = 15, 40
_LETTERS_OF_A_WORD = 8
"""For texts in scripts that part no words with blanks."""

_CHALLENGES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """A city, and what it did: an initiative of the list, else the one that says most; None where none is on record."""

    city: City
    initiative: Initiative | None


def compared_of(
    entries: Iterable[City | Initiative], initiatives: Mapping[int, Initiative], own_place: int | None
) -> list[Compared]:
    """The rows: one for each initiative, with its leading city, and one for each city that none of them belongs to.

    `initiatives` are those that say most of cities, by the ids of the cities. The reader's own city is no peer.
    """
    listed = list(entries)
    covered = {city.id for entry in listed if isinstance(entry, Initiative) for city in entry.cities}
    rows = []
    for entry in listed:
        if isinstance(entry, Initiative):
            rows += [Compared(city, entry) for city in entry.cities[:1]]
        elif entry.id not in covered:
            rows.append(Compared(entry, initiatives.get(entry.id)))
    return [row for row in rows if row.city.place_id != own_place]


def compared_peers(rows: Sequence[Compared], asked_challenges: Iterable[str], wording: Wording) -> list[ComparedPeer]:
    """The rows in words; `asked_challenges` are codes of challenges, which come first among those of an initiative."""
    words = min(max(_WORDS_OF_A_PAGE // max(len(rows), 1), _FEWEST_WORDS), _MOST_WORDS)
    return [_peer(row, frozenset(asked_challenges), words, wording) for row in rows]


def context_lines(place: Place, country: Country, wording: Wording) -> Iterator[Text]:
    """People of a place, the income of its country, climate and elevation; a population that is not known is said."""
    population = place.population
    if population is None:
        yield Text(wording.text(gettext_noop("Population not known")), is_unknown=True)
    else:
        yield Text(wording.text(gettext_noop("%(people)s people"), people=population))
    for labels, code in ((choices.INCOME_GROUPS, country.income_group), (choices.CLIMATE_ZONES, place.climate_zone)):
        words = wording.code(labels, code)
        if words:
            yield Text(words)
    if place.elevation_m is not None:
        yield Text(wording.text(gettext_noop("%(number)s m above the sea"), number=place.elevation_m))


def shortened(text: str, words: int) -> str:
    """The text, cut after so many words, at the end of a sentence where there is one in the second half."""
    pieces = text.split()
    letters = words * _LETTERS_OF_A_WORD
    if len(pieces) <= words and len(text) <= letters:
        return text
    cut = " ".join(pieces[:words])[:letters]
    end = max(cut.rfind(stop) for stop in (". ", "! ", "? ", "。"))
    return cut[: end + 1] if end >= len(cut) // 2 else cut.rstrip(" ,;:.") + "…"


def _peer(row: Compared, asked_challenges: frozenset[str], words: int, wording: Wording) -> ComparedPeer:
    city, initiative = row.city, row.initiative
    heading = [
        Text(city.name, city.language, wording.address(city)),
        Text(wording.label(city.country.name) or ""),
    ]
    context = list(context_lines(city.place, city.country, wording))
    if initiative is None:
        none = gettext_noop("No initiative is recorded.")
        if asked_challenges:
            none = gettext_noop("No initiative on these challenges is recorded.")
        nothing = Text(wording.text(none), is_unknown=True)
        return ComparedPeer(
            heading, [context, _challenges_named(row, asked_challenges, wording), [nothing], [], [], [], []]
        )
    cells = (
        context,
        _challenges_named(row, asked_challenges, wording),
        _done(initiative, words, wording),
        [cost_line(initiative, wording)],
        [evidence_line(initiative, wording)],
        [_result(initiative, words, wording)],
        [_own(initiative, initiative.lessons, words)],
    )
    return ComparedPeer(heading, [[line or wording.not_known() for line in cell] for cell in cells])


def _challenges_named(row: Compared, asked_challenges: frozenset[str], wording: Wording) -> list[Text]:
    """Challenges of the initiative, else of the city, those of the question first."""
    if row.initiative is not None:
        codes = {challenge.code: challenge.label for challenge in row.initiative.challenges}
    else:
        codes = {named.challenge_code: named.challenge.label for named in row.city.challenges}
    ordered = sorted(codes, key=lambda code: code not in asked_challenges)[:_CHALLENGES_SHOWN]
    names = ", ".join(wording.label(codes[code]) or "" for code in ordered)
    return [Text(names)] if names else [wording.not_known()]


def _done(initiative: Initiative, words: int, wording: Wording) -> list[Text]:
    """Title, stage and years; and what was done, in more words than the other cells have, since it has more room."""
    title = Text(initiative.title, initiative.language, wording.address(initiative))
    action = Text(shortened(initiative.action or initiative.summary, round(1.5 * words)), initiative.language)
    return [title, stage_line(initiative, wording), action]


def _result(initiative: Initiative, words: int, wording: Wording) -> Text | None:
    measured = [outcome for outcome in results_of(initiative) if outcome.value is not None]
    if measured:
        line = outcome_line(measured[0], initiative, wording)
        return Text(shortened(line.words, words), line.language)
    return _own(initiative, initiative.results, words)


def _own(initiative: Initiative, words: str | None, most: int) -> Text | None:
    return Text(shortened(words, most), initiative.language) if words else None
