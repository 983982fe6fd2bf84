"""A search and its filters in the reader's words, the same wherever they are told."""

from collections.abc import Iterator

from flask_babel import gettext

from kb.core.languages import language_name
from kb.search.facets import NUMBERED
from kb.search.results import Results

from .labels import FILTER_LABELS
from .language import language, translated


def value_in_words(name: str, code: str, label: str) -> str:
    """A value of a filter by its label (English), with its number where it has one."""
    if name == "language":
        return language_name(code, language()) or code
    words = label if name == "city" else translated(label)
    return f"{code} {words}" if name in NUMBERED else words


def chosen_in_words(answer: Results) -> Iterator[tuple[str, str, str]]:
    """What was chosen, but for what no list knows: the filter, the code, and the value in words."""
    facets = {facet.field: facet for facet in (*answer.facets, *answer.uncounted)}
    for name, codes in answer.question.chosen.items():
        labels = {value.code: value.label for value in facets[name].values} if name in facets else {}
        for code in codes:
            if (name, code) not in answer.unknown:
                yield name, code, value_in_words(name, code, labels.get(code, code))


def search_words(answer: Results) -> str:
    """What a search is called where its page is not shown: its words, and its filters by their labels."""
    chosen: dict[str, list[str]] = {}
    for name, _code, value in chosen_in_words(answer):
        chosen.setdefault(name, []).append(value)
    parts = [f"“{answer.question.text}”"] if answer.question.text else []
    parts += [f"{translated(FILTER_LABELS[name])}: {', '.join(values)}" for name, values in chosen.items()]
    return " · ".join(parts) or str(gettext("All entries"))
