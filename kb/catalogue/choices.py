"""The closed lists: codes that never change, with labels for people, marked for translation.

Open lists (goals, challenges, technologies) are tables, since editors may add to them.
"""

from kb.core.i18n import gettext_noop

STAGES = {
    "idea": gettext_noop("Idea"),
    "planning": gettext_noop("Planning"),
    "pilot": gettext_noop("Pilot"),
    "operational": gettext_noop("Operational"),
    "scaled": gettext_noop("Scaled up"),
    "completed": gettext_noop("Completed"),
    "discontinued": gettext_noop("Stopped"),
}

SCALES = {
    "pilot": gettext_noop("Pilot"),
    "district": gettext_noop("District"),
    "city-wide": gettext_noop("City-wide"),
    "several-cities": gettext_noop("Several cities"),
}

REACHED_BY_SCALING = ("city-wide", "several-cities")
"""Scales without which an initiative is not called scaled up."""

# After the Nesta Standards of Evidence (Puttick and Ludlow, 2013), with 0 for what nobody has shown.
EVIDENCE_LEVELS = {
    "0": gettext_noop("A claim only"),
    "1": gettext_noop("Described, not measured"),
    "2": gettext_noop("Data that show a change"),
    "3": gettext_noop("Compared with a control group"),
    "4": gettext_noop("Repeated independently"),
    "5": gettext_noop("Documented so that others repeat it"),
}

EVIDENCE_DIRECTIONS = {
    "positive": gettext_noop("It got better"),
    "mixed": gettext_noop("Mixed"),
    "none": gettext_noop("No change"),
    "negative": gettext_noop("It got worse"),
}

# Share of the target that a city has met for a challenge.
SEVERITIES = {
    "under-a-third": gettext_noop("Critical: under a third of the target met"),
    "under-two-thirds": gettext_noop("Serious: under two thirds of the target met"),
    "under-95-percent": gettext_noop("Nearly solved: under 95% of the target met"),
    "met": gettext_noop("Solved: target met"),
}

CHALLENGE_STATUSES = {"facing": gettext_noop("Not solved yet"), "solved": gettext_noop("Solved")}

# Who linked a goal to an entry: an editor, or a suggestion that a person accepted.
ORIGINS = {
    "editor": gettext_noop("Linked by an editor"),
    "suggestion": gettext_noop("Suggested, and accepted by a person"),
}

DIMENSIONS = {
    "economy": gettext_noop("Economy"),
    "environment": gettext_noop("Environment"),
    "society": gettext_noop("Society and culture"),
}

TECHNOLOGY_GROUPS = {
    "connectivity": gettext_noop("Connectivity"),
    "sensing": gettext_noop("Sensing"),
    "data-and-analytics": gettext_noop("Data and analytics"),
    "services-to-people": gettext_noop("Services to people"),
    "transport-and-utilities": gettext_noop("Transport and utilities"),
    "safety": gettext_noop("Safety"),
}

FUNDING = {
    "own-budget": gettext_noop("Own budget"),
    "transfer": gettext_noop("National or regional transfer"),
    "ppp": gettext_noop("Public-private partnership"),
    "bond": gettext_noop("Bond"),
    "development-bank": gettext_noop("Development bank"),
    "bilateral-donor": gettext_noop("Bilateral donor"),
    "philanthropy": gettext_noop("Philanthropy"),
    "user-fees": gettext_noop("User fees"),
    "crowdfunding": gettext_noop("Crowdfunding"),
    "in-kind": gettext_noop("In kind"),
}

PROCUREMENT = {
    "open": gettext_noop("Open tender"),
    "selective": gettext_noop("Selective tender"),
    "limited": gettext_noop("Limited tender"),
    "direct": gettext_noop("Direct award"),
    "in-house": gettext_noop("In-house"),
    "innovation-challenge": gettext_noop("Innovation challenge"),
}

PARTNER_ROLES = {
    "lead": gettext_noop("Lead"),
    "public": gettext_noop("Public body"),
    "private": gettext_noop("Company"),
    "academic": gettext_noop("University or research"),
    "civil-society": gettext_noop("Civil society"),
    "funder": gettext_noop("Funder"),
    "international-organisation": gettext_noop("International organisation"),
}

# Licences under which pictures may be shown, and the page of each; "permission" has none.
LICENCES = {
    "cc-by-4.0": gettext_noop("CC BY 4.0"),
    "cc-by-sa-4.0": gettext_noop("CC BY-SA 4.0"),
    "cc-by-3.0": gettext_noop("CC BY 3.0"),
    "cc-by-sa-3.0": gettext_noop("CC BY-SA 3.0"),
    "cc-by-2.0": gettext_noop("CC BY 2.0"),
    "cc-by-sa-2.0": gettext_noop("CC BY-SA 2.0"),
    "cc0": gettext_noop("CC0 (no rights reserved)"),
    "public-domain": gettext_noop("Public domain"),
    "permission": gettext_noop("Used with permission"),
}
LICENCE_PAGES = {
    code: f"https://creativecommons.org/{path}/"
    for code, path in (
        ("cc-by-4.0", "licenses/by/4.0"),
        ("cc-by-sa-4.0", "licenses/by-sa/4.0"),
        ("cc-by-3.0", "licenses/by/3.0"),
        ("cc-by-sa-3.0", "licenses/by-sa/3.0"),
        ("cc-by-2.0", "licenses/by/2.0"),
        ("cc-by-sa-2.0", "licenses/by-sa/2.0"),
        ("cc0", "publicdomain/zero/1.0"),
        ("public-domain", "publicdomain/mark/1.0"),
    )
}

# World Bank country classification by income.
INCOME_GROUPS = {
    "low": gettext_noop("Low income"),
    "lower-middle": gettext_noop("Lower-middle income"),
    "upper-middle": gettext_noop("Upper-middle income"),
    "high": gettext_noop("High income"),
}

# Bands of population; the upper bound is exclusive. Under 5,000 people the gazetteer knows no place.
CITY_SIZES = {
    "under-100k": gettext_noop("Under 100,000 people"),
    "100k-500k": gettext_noop("100,000 to 500,000"),
    "500k-1m": gettext_noop("500,000 to 1 million"),
    "1m-5m": gettext_noop("1 to 5 million"),
    "over-5m": gettext_noop("Over 5 million"),
}
SIZE_BOUNDS = {
    "under-100k": (0, 100_000),
    "100k-500k": (100_000, 500_000),
    "500k-1m": (500_000, 1_000_000),
    "1m-5m": (1_000_000, 5_000_000),
    "over-5m": (5_000_000, 1_000_000_000),
}

CLIMATE_ZONES = {
    "Af": gettext_noop("Tropical, rain all year"),
    "Am": gettext_noop("Tropical, monsoon"),
    "As": gettext_noop("Tropical, dry summer"),
    "Aw": gettext_noop("Tropical, dry winter"),
    "BSh": gettext_noop("Steppe, hot"),
    "BSk": gettext_noop("Steppe, cold"),
    "BWh": gettext_noop("Desert, hot"),
    "BWk": gettext_noop("Desert, cold"),
    "Cfa": gettext_noop("Warm temperate, rain all year, hot summer"),
    "Cfb": gettext_noop("Warm temperate, rain all year, warm summer"),
    "Cfc": gettext_noop("Warm temperate, rain all year, cool summer"),
    "Csa": gettext_noop("Warm temperate, dry summer, hot summer"),
    "Csb": gettext_noop("Warm temperate, dry summer, warm summer"),
    "Csc": gettext_noop("Warm temperate, dry summer, cool summer"),
    "Cwa": gettext_noop("Warm temperate, dry winter, hot summer"),
    "Cwb": gettext_noop("Warm temperate, dry winter, warm summer"),
    "Cwc": gettext_noop("Warm temperate, dry winter, cool summer"),
    "Dfa": gettext_noop("Snow climate, rain or snow all year, hot summer"),
    "Dfb": gettext_noop("Snow climate, rain or snow all year, warm summer"),
    "Dfc": gettext_noop("Snow climate, rain or snow all year, cool summer"),
    "Dfd": gettext_noop("Snow climate, rain or snow all year, very cold winter"),
    "Dsa": gettext_noop("Snow climate, dry summer, hot summer"),
    "Dsb": gettext_noop("Snow climate, dry summer, warm summer"),
    "Dsc": gettext_noop("Snow climate, dry summer, cool summer"),
    "Dsd": gettext_noop("Snow climate, dry summer, very cold winter"),
    "Dwa": gettext_noop("Snow climate, dry winter, hot summer"),
    "Dwb": gettext_noop("Snow climate, dry winter, warm summer"),
    "Dwc": gettext_noop("Snow climate, dry winter, cool summer"),
    "Dwd": gettext_noop("Snow climate, dry winter, very cold winter"),
    "EF": gettext_noop("Polar, frost all year"),
    "ET": gettext_noop("Polar, tundra"),
}
"""Zones of Köppen and Geiger by their codes."""

FRESHNESS = {
    "fresh": gettext_noop("Confirmed within a year"),
    "ageing": gettext_noop("Confirmed over a year ago"),
    "stale": gettext_noop("Confirmed over two years ago"),
    "doubtful": gettext_noop("Needs to be verified"),
}


UNKNOWN = "unknown"
"""What stands for a decade, region or income group that is unknown, so that such entries are counted and found too."""


def city_size(population: int | None) -> str | None:
    """The band of CITY_SIZES that a population falls in; None where it is unknown."""
    if population is None:
        return None
    return next(code for code, (low, high) in SIZE_BOUNDS.items() if low <= population < high)


def decade(year: int | None) -> str | None:
    """The decade of a year, as in "2010s"; None where it is unknown."""
    return None if year is None else f"{year // 10 * 10}s"


# What a page says in one line is not on record, by the name of the fact.
UNPUBLISHED = {
    "start_year": gettext_noop("year it began"),
    "end_year": gettext_noop("year it ended"),
    "scale": gettext_noop("scale"),
    "leader": gettext_noop("leader"),
    "vision": gettext_noop("strategy it belongs to"),
    "problem": gettext_noop("the problem"),
    "action": gettext_noop("what was done"),
    "beneficiaries": gettext_noop("who benefits"),
    "partners": gettext_noop("partners"),
    "technologies": gettext_noop("technologies"),
    "results": gettext_noop("results"),
    "evidence": gettext_noop("strength of the evidence"),
    "cost": gettext_noop("cost"),
    "funding": gettext_noop("who paid"),
    "procurement": gettext_noop("how it was bought"),
    "mandate": gettext_noop("legal basis"),
    "staff": gettext_noop("staff"),
    "time": gettext_noop("time"),
    "prerequisites": gettext_noop("prerequisites"),
    "lessons": gettext_noop("what was learned"),
    "contact": gettext_noop("contact"),
    "sources": gettext_noop("sources"),
    "population": gettext_noop("population"),
    "timezone": gettext_noop("time zone"),
    "leader_title": gettext_noop("title of its leader"),
    "website": gettext_noop("website"),
    "challenges": gettext_noop("challenges named by the city"),
    "leaders": gettext_noop("leaders"),
    "visions": gettext_noop("strategy"),
    "terms": gettext_noop("terms of office"),
    "term_starts": gettext_noop("first year in office"),
    "adopted_year": gettext_noop("year of adoption"),
    "horizon_year": gettext_noop("target year"),
    "goals": gettext_noop("goals"),
}
