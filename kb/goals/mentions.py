"""Goals and targets that a text names by their numbers, as in "SDG 4", "SDGs 3, 5 and 11" or "target 11.2"."""

import re
from typing import NamedTuple

_NUMBER = r"\d{1,2}(?:\.(?:\d{1,2}|[a-d]))?(?![\w%]|[.,]\d)"
_NAMED = re.compile(
    r"\b(?:SDGs?|(?:sustainable\s+development|global)\s+goals?|(?:SDG\s+)?targets?)\s*(?:no\.?\s*|number\s+|#)?"
    rf"(?P<numbers>{_NUMBER}(?:(?:\s*,\s*|\s*(?:,\s*)?(?:and|&|or)\s+){_NUMBER})*)",
    re.IGNORECASE,
)
_EACH = re.compile(_NUMBER)


class Mention(NamedTuple):
    """A goal or target named in a text: `text[start:end]` holds the name or, in a list, the number."""

    start: int
    end: int
    goal: int
    target: str | None


def mentions(text: str, targets: frozenset[str]) -> list[Mention]:
    """The goals (1 to 17) and those of the given targets that a text names, in order.

    A whole number after "target" is none of ours ("target 4 schools"), and so is a code that no target has.
    """
    found = []
    for named in _NAMED.finditer(text):
        after_target = named.group().lower().startswith("target")
        start = named.start()
        for match in _EACH.finditer(text, named.start("numbers"), named.end("numbers")):
            code = match.group().lower()
            goal, dot, _ = code.partition(".")
            if (dot and code in targets) or (not dot and not after_target and 1 <= int(goal) <= 17):
                found.append(
                    Mention(match.start() if start < 0 else start, match.end(), int(goal), code if dot else None)
                )
            start = -1
    return found
