"""Between talks: what leads from one speaker to the next, and questions worth asking."""

from kb.catalogue.models import City, Initiative
from kb.core.i18n import Message, gettext_noop

from ...models import Speaker
from ..material import Material
from .lines import MEASURE_WORDS, Line, as_label, figure, short


def bridge(material: Material, speaker: Speaker, other: Speaker) -> list[Line]:
    """What the cities of two speakers have in common; or that the record does not say."""
    mine, theirs = material.city(speaker), material.city(other)
    if mine is None or theirs is None:
        missing = speaker if mine is None else other
        message = Message(
            gettext_noop("Whom %(name)s speaks for has no page here, so the record names nothing in common."),
            {"name": missing.name},
        )
        return [Line(message)]
    both = {"one": mine.name, "other": theirs.name}
    lines = [
        Line(Message(gettext_noop("%(one)s and %(other)s: %(reason)s."), {**both, "reason": reason}), (mine, theirs))
        for reason in material.alike.get((mine.id, theirs.id), ())[:3]
    ]
    lines += [
        Line(
            Message(
                gettext_noop("%(one)s and %(other)s both name this challenge: %(challenge)s."),
                {**both, "challenge": name},
            ),
            (mine, theirs),
        )
        for name in _shared(mine, theirs)[:3]
    ]
    if not lines:
        message = Message(gettext_noop("The record names nothing that %(one)s and %(other)s have in common."), both)
        lines.append(Line(message, (mine, theirs)))
    return lines


def questions(material: Material, speaker: Speaker, following: Speaker | None) -> list[Line]:
    """Questions worth asking a speaker: where the record has a lesson, a gap, a promise, or a shared challenge."""
    lines: list[Line] = []
    initiatives = material.presented(speaker)
    others = [one for one in material.initiatives.get(speaker.city_id or 0, ()) if one not in initiatives]
    ended = [one for one in (*initiatives, *others) if one.stage == "discontinued"]
    repeat = gettext_noop("“%(title)s” was stopped: what should others not repeat?")
    lines += [Line(_about(one, repeat), (one,)) for one in ended]
    for one in initiatives[:2]:
        promised = [outcome for outcome in one.outcomes if outcome.is_target and outcome.value is not None]
        if promised:
            message = Message(
                gettext_noop("“%(title)s” promised this: %(measure)s, %(value)s %(unit)s. How far has it come?"),
                {
                    "title": one.title,
                    "measure": short(promised[0].measure, MEASURE_WORDS),
                    "value": figure(promised[0].value or 0),
                    "unit": promised[0].unit or "",
                },
            )
            lines.append(Line(message, (one,)))
        if one.cost_amount is None:
            lines.append(
                Line(
                    _about(one, gettext_noop("What did “%(title)s” cost, and who paid? The record does not say.")),
                    (one,),
                )
            )
        if (one.evidence_level or 0) < 2:
            lines.append(Line(_about(one, gettext_noop("How would one know that “%(title)s” works?")), (one,)))
    mine, theirs = material.city(speaker), material.city(following) if following else None
    if mine is not None and theirs is not None and mine is not theirs:
        what = gettext_noop("%(one)s and %(other)s both face this: %(challenge)s. What can one take from the other?")
        both = {"one": mine.name, "other": theirs.name}
        shared = _shared(mine, theirs)[:1]
        lines += [Line(Message(what, {**both, "challenge": name}), (mine, theirs)) for name in shared]
    return lines[:5]


def _about(initiative: Initiative, template: str) -> Message:
    return Message(template, {"title": initiative.title})


def _shared(mine: City, theirs: City) -> list[Message]:
    codes = {named.challenge_code for named in theirs.challenges}
    return [as_label(named.challenge.label) for named in mine.challenges if named.challenge_code in codes]
