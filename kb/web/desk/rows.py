"""The small forms that rows consist of: a city, an outcome, a partner, a source, a term of office, a challenge."""

from flask_babel import lazy_gettext as _
from wtforms import Form

from kb.catalogue.terms import CHALLENGE_STATUSES, EVIDENCE_DIRECTIONS, PARTNER_ROLES, SEVERITIES

from .fields import Choice, Chosen, Day, Line, Number, Tick


class CityRow(Form):
    """A city by what was typed, and the reference of what was chosen for it."""

    typed = Line(_("City"), description=_("Any of 34,000 places, by any of its names; add the country to narrow."))
    city = Chosen()


class OutcomeRow(Form):
    """A figure: what was measured, and how it was before."""

    measure = Line(_("What was measured"), description=_("For example: buses on time"))
    qualifier = Line(_("More exactly"), description=_("For example: about, at least"))
    value = Number(_("Value"))
    unit = Line(_("Unit"), description=_("For example: %, people"))
    year = Number(_("Year"))
    baseline_value = Number(_("Value before"))
    baseline_year = Number(_("Year before"))
    direction = Choice(_("Which way it went"), EVIDENCE_DIRECTIONS)
    is_target = Tick(_("This is a promise, not yet a result"))
    source = Line(_("Where it says so"), description=_("Address of the page or document"))


class PartnerRow(Form):
    """Who took part."""

    name = Line(_("Partner"))
    role = Choice(_("Role"), PARTNER_ROLES)


class SourceRow(Form):
    """A page or document, and when it was seen."""

    url = Line(_("Address"), description=_("Begins with https:// or http://"))
    title = Line(_("Title"))
    seen_on = Day(_("Day when you saw it"))


class TermRow(CityRow):
    """A term of office in a city."""

    title = Line(_("Office"), description=_("For example: Mayor"))
    start_year = Number(_("From"))
    end_year = Number(_("To"))
    source = Line(_("Where it says so"), description=_("Address of the page or document"))


class ChallengeRow(Form):
    """A challenge that a city has named."""

    challenge = Choice(_("Challenge"))
    severity = Choice(_("How far the target is met"), SEVERITIES)
    status = Choice(_("Facing it or solved"), CHALLENGE_STATUSES)
    source = Line(_("Where it says so"), description=_("Address of the page or document"))
