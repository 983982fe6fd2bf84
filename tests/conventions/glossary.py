"""Words that no page, mail, command or document uses any more, each with what to write instead.

The measure: a clerk whose third language is English reads it without stopping. Add what you retire here, and nowhere
else.
"""

import re
from collections.abc import Iterator

MESSAGES = {
    "Keep": "Save",
    "Kept": "Saved",
    "Keep all of these": "Save all of these",
    "Take away": "Remove",
    "Take out": "Remove",
    "Mentors": "Cities that report results",
    "The first page": "Home",
    "Standing": "Capital status",
    "People around": "Population of other places within 100 km",
    "Moved": "Changed",
    "At work": "In progress",
    "Gist": "Summary",
    "More exactly": "Exact or approximate",
}
"""Whole messages: short labels whose words are right elsewhere."""

PHRASES = {
    r"take (it |them |this |these |all |one )*away": "remove, or clear all",
    r"took (it |them |this |these )*away|taken away": "removed",
    r"take (this |these |it |a |the |its )*[\w ]{0,20}\bout\b": "remove",
    r"took (a |an |this )*[\w ]{1,12} out\b|taken out|taking out": "removed",
    r"take(n|s)? (it |this |that )?down": "save the note, or remove",
    r"take the last step back|took the last step back": "undo",
    r"take(s|n)? (\w+ )?back|took back|taking back": "undo, or withdraw",
    r"short ?list": "saved list",
    r"where it says so|page that says so": "source",
    r"up against": "challenges, or faces",
    r"where it wants to go|what they want and did": "strategy",
    r"fellow travell?ers?": "cities facing the same challenge",
    r"\bmentors? for\b|\ba mentor\b|mentors and": "cities that report results",
    r"never mixed silently": "shown separately",
    r"as usual": "default",
    r"words that no list knows|no list knows": "unrecognised terms",
    r"that cannot leaves the others": "if one fails, the rest are still published",
    r"by chance|how this is reckoned|reckoned": "no clear link, or calculated",
    r"gathers (cities|peers|entries)|lie close together": "numbers count …; zoom in to separate them",
    r"look(s|ing)? (ahead )?to (the year|\d|%)": "target year",
    r"touch(ed)? \w* ?\w* ?up\b": "edit",
    r"whose keys": "name of the data source",
    r"renewed|left as (it is|they are)": "updated, unchanged",
    r"somebody who was faster": "someone else saved first",
    r"not yet confirmed by anyone": "not verified by the city",
    r"a theory of how": "described, not measured",
    r"\bwhence\b|\bthence\b|\bwherein\b|\bthereof\b|\bhitherto\b|\bforthwith\b": "a plain word",
    r"\banew\b": "again",
    r"\bin vain\b": "without a result",
    r"\bnamesakes?\b": "places with the same name",
    r"lets nobody in": "does not work",
    r"bring(s|ing)? (it|them|a file|the file|this|\w+) in\b|brought (a file |it |\w+ )?in\b|bringing in": "import",
    r"what becomes? of|what became of": "what happens to, or result",
    r"whom to ask|whom the": "who to ask, or who the",
    r"tells? namesakes apart|tells? .{0,25} apart\b": "distinguishes",
    r"nobody wrote it down|wrote down|written down": "record",
    r"good to see you": "Desk",
    r"once more": "again",
    r"write (something|it|\w+ \w+) up\b|write up (a|an|the)\b": "add",
    r"write-ups?": "entry",
    r"hand(ed)? (a proposal |it )?in\b": "send for review",
    r"\bthe own (proposal|city)\b": "your own",
    r"broken off": "stopped",
    r"\bpieces? of paper\b|\bon paper\b": "printed",
    r"run out\b|has run out": "expired",
    r"\bheed\b|\bbeware\b|\bperhaps you meant\b": "did you mean",
    r"nothing was done twice": "nothing was changed twice",
    r"\bstill true\b": "still correct",
    r"\bsomebody\b": "someone",
    r"\bvisions?\b": "strategy, strategies",
    r"\bgazetteer\b": "list of places",
    r"\bwhoever (asked|has|holds|prepares|follows|second)": "who, or the person who",
    r"what came of": "the results of",
    r"\btakes? on\b": "addresses",
    r"\bon record\b": "recorded",
    r"\bby way of\b": "from",
    r"\bruns? of show\b": "programme",
    r"\bcall(ed)? off\b": "cancel",
    r"\bmeanwhile\b": "at the same time, or since then",
    r"\ba letter\b|letters (go|went) out|the letter (goes|went)": "e-mail",
    r"\bput right\b": "correct",
    r"\bfrom then on\b": "then",
    r"\btakes? (this|these|those|them) on\b": "addresses",
    r"\bfor whom\b|\bto whom\b|\bwith whom\b": "who benefits, or the name of the person",
    r"\bwho led\b": "leaders",
    r"\bneed not do\b": "do not have to do",
    r"must be there first": "prerequisites",
    r"\bheld[- ]back\b": "listed separately",
    r"\b(not|was it) held\b": "did (not) take place",
    r"\bholds? (no|html|json|plain|the error)\b": "contains, or has",
    r"\bstands now\b": "current state",
    r"\bwas faster\b": "was first",
    r"\bknows you\b": "confirmed who you are",
    r"\bwhatever (it|its|the)\b": "any, or even if",
}
"""Parts of messages, as regular expressions without regard to capitals."""

_PHRASES = {re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE): instead for pattern, instead in PHRASES.items()}


def retired(text: str) -> Iterator[tuple[str, str]]:
    """Each retired phrase in a text, with what to write instead."""
    plain = " ".join(re.sub(r"%\(\w+\)s", "%", text).replace("’", "'").split())
    if plain in MESSAGES:
        yield plain, MESSAGES[plain]
    for pattern, instead in _PHRASES.items():
        for match in pattern.finditer(plain):
            yield match[0], instead
