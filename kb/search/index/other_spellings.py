"""The other spellings of a compound: "startups", "start-ups" and "start ups"; "PM2.5", "PM 2.5" and "pm25".

A text that joins words by hyphens is indexed by its joined form as well (`analysis.compounds`). What is left is known
only with the index at hand: into which two words of it a joined one comes apart, and whether two typed side by side
also occur as one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ..analysis import Token, compounds, form, joined_stem
from ..parsing import Clause, Compound, Group, ParsedQuery, Phrase, Word
from .snapshot import Snapshot

_HYPHENS = frozenset("-\u2010\u2011.")
_LETTERS_AND_NUMBER = re.compile(r"([a-z]+)(\d[\d.]*)")

SHORT = 2
"""Letters of a word that is looked up as an acronym or code only where it is typed in capitals: "de" is no Germany."""

_MOST_PARTS = 2
"""Words that a compound has; more are a name."""

Run = tuple[Token, ...]


def with_other_spellings(snapshot: Snapshot, parsed: ParsedQuery) -> ParsedQuery:
    """The query with the spellings that the index holds as alternatives, what was typed coming first."""
    groups, excluded = list(parsed.groups), list(parsed.excluded)
    if parsed.only_stop_words and len(snapshot.titled(parsed.title)):
        # A city, as Of in Turkey, and what belongs to it.
        groups.append(Group((Compound(joined_stem(parsed.title)),)))
    for run in _runs(parsed):
        others = _others(snapshot, run, parsed.text)
        if not others:
            groups = _as_phrase(groups, run, parsed.text)
            continue
        is_hyphened = len(run) > 1 and parsed.text[run[0].end : run[1].start] in _HYPHENS
        typed = [(place, token.stem) for place, token in enumerate(run) if token.stem]
        if not typed:
            groups.append(Group(others, first=others[0]))
            continue
        is_whole = len(typed) == len(run)
        phrase = Phrase(tuple((place - typed[0][0], stem) for place, stem in typed))
        own: set[Clause] = {*(Word(stem) for _, stem in typed), phrase}
        first = Word(typed[0][1]) if len(run) == 1 else phrase if is_whole and not is_hyphened else others[0]
        # A hyphened word with a part that is not searched, as "e-mail", is asked for as a whole.
        kept = is_whole or not is_hyphened
        out = own if len(run) == 1 else {phrase} if is_hyphened else set()
        if not out.isdisjoint(excluded):
            excluded = [clause for clause in excluded if kept or clause not in out] + list(others)
            continue
        groups = [
            _widened(group, others, first, kept)
            if not group.required and not own.isdisjoint(group.alternatives)
            else group
            for group in groups
        ]
    return replace(
        parsed,
        groups=tuple(groups),
        excluded=tuple(dict.fromkeys(excluded)),
        only_stop_words=parsed.only_stop_words and not groups,
    )


def _as_phrase(groups: list[Group], run: Run, text: str) -> list[Group]:
    """Letters and a number with a dot in it ("PM2.5") side by side only: its last digits alone would be any number."""
    written = text[run[0].start : run[-1].end].lower()
    if len(run) == 1 or " " in written or not _LETTERS_AND_NUMBER.fullmatch(written):
        return groups
    before, *after = (Group((Word(token.stem),)) for token in run)
    phrase = Group((Phrase(tuple((place, token.stem) for place, token in enumerate(run))),))
    return [phrase if group == before else group for group in groups if group not in after]


def _widened(group: Group, others: tuple[Clause, ...], first: Clause, kept: bool) -> Group:
    alternatives = (*group.alternatives, *others) if kept or len(group.alternatives) > 1 else others
    return Group(tuple(dict.fromkeys(alternatives)), first=group.first or first)


def _runs(parsed: ParsedQuery) -> Iterator[Run]:
    """Typed words one by one, by twos with a space or hyphen between, letters with dots between together; `_names`."""
    typed = [token for token, _ in parsed.words]
    letters: list[Token] = []
    for before, token in zip([None, *typed], typed, strict=False):
        if (token.stem and len(token.surface) > SHORT) or _is_acronym(token, parsed.text):
            yield (token,)
        between = parsed.text[before.end : token.start] if before else None
        if before and between == "." and len(before.surface) == len(token.surface) == 1:
            letters = [*(letters or [before]), token]
            continue
        if letters:
            yield tuple(letters)
            letters = []
        if before and (between == " " or between in _HYPHENS):
            yield before, token
    if letters:
        yield tuple(letters)
    yield from _names(typed, parsed.text)


def _names(typed: Sequence[Token], text: str) -> Iterator[Run]:
    """Typed words that may be a name: by threes with spaces between, and signs of a script without spaces."""
    for run in zip(typed, typed[1:], typed[2:], strict=False):
        if all(text[one.end : other.start] == " " for one, other in pairwise(run)):
            yield run
    unspaced: list[Token] = []
    for token in typed:
        if unspaced and unspaced[-1].end == token.start:
            unspaced.append(token)
            continue
        if len(unspaced) > 1:
            yield tuple(unspaced)
        unspaced = [token]
    if len(unspaced) > 1:
        yield tuple(unspaced)


def _is_acronym(token: Token, text: str) -> bool:
    """Whether a word is typed in capitals among others that are not, as "IT"; then it may be one, however short."""
    written = text[token.start : token.end]
    return len(written) > 1 and written.isupper() and (text.strip() == written or not text.isupper())


def _others(snapshot: Snapshot, run: Run, text: str) -> tuple[Clause, ...]:
    """The other spellings of a run that the index holds."""
    written = text[run[0].start : run[-1].end]
    if " " in written and not all(token.stem for token in run) and not any(compounds(written)):
        return ()
    typed = "".join(
        token.surface + ("." if text[token.end : token.end + 1] == "." and token is not run[-1] else "")
        for token in run
    )
    joined = typed.replace(".", "")
    stem = form(joined).stem or joined
    others: list[Clause] = []
    if len(snapshot.compound(stem).rows):
        others.append(Compound(stem))
    if len(run) > _MOST_PARTS or not typed.isascii():
        return tuple(others)
    if len(run) > 1 and snapshot.holds(stem):
        others.append(Word(stem))
    stems = tuple(token.stem for token in run)
    others += _in_two_words(snapshot, typed, joined, stems)
    return tuple(others)


def _in_two_words(snapshot: Snapshot, typed: str, joined: str, stems: tuple[str, ...]) -> list[Clause]:
    """The two words side by side, other than those typed, into which a word comes apart somewhere in the index."""
    if match := _LETTERS_AND_NUMBER.fullmatch(typed):
        letters, number = match.groups()
        head, dot, tail = number.partition(".")
        cuts = [(letters, number), *([(letters + head, tail)] if dot and tail else [])]
        found = _phrases_found(snapshot, cuts, stems)
        if found or dot or len(stems) > 1:
            return found
        cuts = [
            cut
            for at in range(1, len(number))
            for cut in ((letters, f"{number[:at]}.{number[at:]}"), (letters + number[:at], number[at:]))
        ]
        return _phrases_found(snapshot, cuts, stems)
    if not joined.isalpha():
        return []
    return _phrases_found(snapshot, [(joined[:at], joined[at:]) for at in range(2, min(len(joined), 32) - 1)], stems)


def _phrases_found(snapshot: Snapshot, cuts: list[tuple[str, str]], stems: tuple[str, ...]) -> list[Clause]:
    found: list[Clause] = []
    for cut in cuts:
        # The longer half first: it is rarely a word, and then the shorter, which may be a frequent one, is not read.
        longer = form(max(cut, key=len)).stem
        if not longer or not snapshot.holds(longer):
            continue
        before, after = (form(half).stem for half in cut)
        terms = ((0, before), (1, after))
        if before and after and (before, after) != stems and len(snapshot.phrase(terms).rows):
            found.append(Phrase(terms))
    return found
