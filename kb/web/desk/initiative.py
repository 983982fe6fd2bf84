"""The initiative's form, in short steps; each field bears the name that the schema gives it."""

from typing import Any

from flask_babel import lazy_gettext as _

from kb.catalogue.terms import EVIDENCE_DIRECTIONS, EVIDENCE_LEVELS, PROCUREMENT, SCALES, STAGES

from .fields import Choice, Line, Number, Prose, Rows, Several, Ticks
from .part import Entry, Part, city_fields, city_meant
from .places import Places
from .rows import CityRow, OutcomeRow, PartnerRow, SourceRow


class What(Part):
    """What it is and where."""

    title = Line(_("Title"), description=_("What people call it. Short, and without the city’s name."))
    cities = Rows(CityRow, _("City"))
    summary = Prose(_("Summary"), description=_("One or two sentences: what was done, and for whom."))
    stage = Choice(_("Stage"), STAGES)
    scale = Choice(_("Scale"), SCALES)
    start_year = Number(_("Year it began"))
    end_year = Number(_("Year it ended"), description=_("Empty while it goes on."))

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """Cities as rows of name and reference."""
        places.named(data.get("cities") or [])
        return {**data, "cities": [city_fields(one, places) for one in data.get("cities") or []]}

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """Cities as references; a name that is not clear yet stays in the form."""
        wanted = super().wanted(before, places)
        meant = [city_meant(row, places) for row in wanted["cities"]]
        return {**wanted, "cities": list(dict.fromkeys(one for one in meant if one))}


class Story(Part):
    """What the problem was, what was done and what came of it."""

    problem = Prose(_("The problem"), description=_("What was wrong, and for whom?"))
    action = Prose(_("What was done"), description=_("Step by step, in plain words."))
    beneficiaries = Prose(_("For whom"), description=_("Who is better off, and how many are they?"))
    results = Prose(_("Results"), description=_("What changed, and how do you know?"))
    evidence_level = Choice(_("Strength of the evidence"), EVIDENCE_LEVELS)
    evidence_direction = Choice(_("Which way it went"), EVIDENCE_DIRECTIONS)
    evidence_note = Prose(_("About the evidence"), description=_("Who measured it, and what speaks against it?"))


class Aims(Part):
    """Which challenges it takes on, with which technologies, for which goals."""

    challenges = Ticks(_("Challenges it takes on"))
    technologies = Ticks(_("Technologies it uses"))
    goals = Ticks(_("Goals it works for"))
    targets = Ticks(_("Targets"))
    accepted = Several(_("Suggestions that were accepted"))

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """Goals and targets as codes, and which of them were suggested."""
        del places
        goals, targets = data.get("goals") or [], data.get("targets") or []
        accepted = [
            *(str(row["goal"]) for row in goals if row.get("origin") == "suggestion"),
            *(row["target"] for row in targets if row.get("origin") == "suggestion"),
        ]
        return {
            **data,
            "goals": [str(row["goal"]) for row in goals],
            "targets": [row["target"] for row in targets],
            "accepted": accepted,
        }

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """Goals and targets as rows that say who linked them."""
        wanted = super().wanted(before, places)
        accepted = set(wanted.pop("accepted"))
        return {
            **wanted,
            "goals": [{"goal": one, "origin": _origin(one, accepted)} for one in wanted["goals"]],
            "targets": [{"target": one, "origin": _origin(one, accepted)} for one in wanted["targets"]],
        }

    def accept(self, code: str) -> None:
        """Take a suggestion: a goal by number, or a target by code, and with it the goal that it is part of."""
        goal = code.partition(".")[0]
        for ticks, one in [(self.goals, goal)] + ([(self.targets, code)] if code != goal else []):
            if one not in ticks.data:
                ticks.data = [*ticks.data, one]
                self.accepted.data = [*self.accepted.data, one]


def _origin(code: str, accepted: set[str]) -> str:
    return "suggestion" if code in accepted else "editor"


class Figures(Part):
    """What was measured, what it cost and who paid."""

    outcomes = Rows(OutcomeRow, _("Outcome"))
    cost_amount = Number(_("Cost"), description=_("A whole number, such as 1,200,000"))
    cost_currency = Line(_("Currency"), description=_("Three letters, such as INR, EUR or USD"))
    cost_year = Number(_("In prices of the year"))
    cost_is_citys_own = Choice(_("Is it the city’s own money?"), {"yes": _("Yes"), "no": _("No")})
    cost_note = Prose(_("What the cost covers"))
    funding = Ticks(_("Who paid"))
    procurement = Choice(_("How it was bought"), PROCUREMENT)


class People(Part):
    """Who leads it, whose plan it belongs to, and with whom it was done."""

    leader = Choice(_("Leader"))
    vision = Choice(_("Part of the vision"))
    partners = Rows(PartnerRow, _("Partner"))
    contact = Prose(_("Who to ask"), description=_("An office and how to reach it. This will be public."))
    adapted_from = Line(_("Adapted from"), description=_("The address here of the initiative that it follows, if any."))
    adapted_from_note = Prose(_("What was adapted"))

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """The initiative that it was adapted from by the last piece of its address."""
        wanted = super().wanted(before, places)
        return {**wanted, "adapted_from": _last_piece(wanted["adapted_from"])}


def _last_piece(address: str | None) -> str | None:
    if address is None or "/initiatives/" not in address:
        return address
    return address.partition("/initiatives/")[2].partition("?")[0].partition("#")[0].strip("/")


class Reuse(Part):
    """What another city would need, and what was learned."""

    needs_mandate = Prose(_("Mandate"), description=_("Which law, decision or authority made it possible?"))
    needs_staff = Prose(_("Staff"), description=_("How many people, with which skills?"))
    needs_months = Number(_("Months"), description=_("From the decision until it worked."))
    needs_prerequisites = Prose(_("Prerequisites"), description=_("What has to be there first?"))
    lessons = Prose(
        _("What went wrong, and what was learned"),
        description=_("Other cities learn most from this. It is no mark against yours."),
    )


class Sources(Part):
    """Where it says so."""

    sources = Rows(SourceRow, _("Source"))
