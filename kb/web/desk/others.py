"""The forms of cities, leaders and visions: shorter than an initiative's, so one or two steps each."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FormField

from kb.catalogue.entries.fields import place_of

from .fields import Line, Number, Prose, Rows, Ticks
from .part import Entry, Part, city_fields, city_meant
from .places import Places
from .rows import ChallengeRow, CityRow, SourceRow, TermRow


class City(Part):
    """Which city it is, and who speaks for it."""

    place = FormField(CityRow, _("Place"))
    name = Line(_("Name"), description=_("As the city writes it itself."))
    leader_title = Line(_("Title of its leader"), description=_("For example: Mayor, Governor, Chief Executive"))
    website = Line(_("Website"), description=_("Begins with https:// or http://"))

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """The place by its name."""
        return {**data, "place": city_fields(f"place:{data['place']}" if data.get("place") else None, places)}

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """The place by its number; a new city is called as its place is, until somebody writes otherwise."""
        wanted = super().wanted(before, places)
        reference = city_meant(wanted["place"], places)
        wanted["place"] = places.place_id(reference) if reference else None
        if reference and wanted["name"] is None and place_of(reference) is not None:
            wanted["name"] = places.typed(reference)
        return wanted


class Challenges(Part):
    """What the city suffers, and where it says so."""

    challenges = Rows(ChallengeRow, _("Challenge"))
    sources = Rows(SourceRow, _("Source"))


class Leader(Part):
    """A leader, with the terms of office."""

    name = Line(_("Name"))
    terms = Rows(TermRow, _("Term of office"))

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """Each term's city by its name."""
        terms = data.get("terms") or []
        places.named(term["city"] for term in terms if term.get("city"))
        return {**data, "terms": [{**term, **city_fields(term.get("city"), places)} for term in terms]}

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """Each term's city by its reference."""
        wanted = super().wanted(before, places)
        terms = [{**term, "city": city_meant(term, places)} for term in wanted["terms"]]
        return {**wanted, "terms": [{name: term[name] for name in term if name != "typed"} for term in terms]}


class Vision(Part):
    """A city's strategy."""

    title = Line(_("Title"), description=_("As the strategy calls itself."))
    city = FormField(CityRow, _("City"))
    adopted_year = Number(_("Adopted in"))
    horizon_year = Number(_("Looks ahead to"))
    gist = Prose(_("What it says"), description=_("A few sentences, in your own words."))
    goals = Ticks(_("Goals it works for"))
    sources = Rows(SourceRow, _("Source"))

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """The city by its name, goals by their numbers."""
        goals = [str(row["goal"]) for row in data.get("goals") or []]
        return {**data, "city": city_fields(data.get("city"), places), "goals": goals}

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """The city by its reference; goals as rows, those that were there before with their origin."""
        wanted = super().wanted(before, places)
        origins = {str(row["goal"]): row["origin"] for row in before.get("goals") or []}
        goals = [{"goal": one, "origin": origins.get(one, "editor")} for one in wanted["goals"]]
        return {**wanted, "city": city_meant(wanted["city"], places), "goals": goals}
