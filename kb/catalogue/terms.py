"""The closed lists: codes that never change, with labels for people, marked for translation.

Open lists (goals, challenges, technologies) are tables, since editors may add to them.
"""

from kb.words import marked

KINDS = {
    "initiative": marked("Initiative"),
    "city": marked("City"),
    "leader": marked("Leader"),
    "vision": marked("Vision"),
}

KINDS_TOGETHER = {
    "initiative": marked("Initiatives"),
    "city": marked("Cities"),
    "leader": marked("Leaders"),
    "vision": marked("Visions"),
}

STAGES = {
    "idea": marked("Idea"),
    "planning": marked("Planning"),
    "pilot": marked("Pilot"),
    "operational": marked("Operational"),
    "scaled": marked("Scaled up"),
    "completed": marked("Completed"),
    "discontinued": marked("Stopped"),
}

SCALES = {
    "pilot": marked("Pilot"),
    "district": marked("District"),
    "city-wide": marked("City-wide"),
    "several-cities": marked("Several cities"),
}

# After the Nesta Standards of Evidence (Puttick and Ludlow, 2013), with 0 for what nobody has shown.
EVIDENCE_LEVELS = {
    "0": marked("A claim only"),
    "1": marked("A theory of how it works"),
    "2": marked("Data that show a change"),
    "3": marked("Compared with a control group"),
    "4": marked("Repeated independently"),
    "5": marked("Documented so that others repeat it"),
}

EVIDENCE_DIRECTIONS = {
    "positive": marked("It got better"),
    "mixed": marked("Mixed"),
    "none": marked("No change"),
    "negative": marked("It got worse"),
}

# Share of the target that a city has met for a challenge.
SEVERITIES = {
    "under-a-third": marked("Under a third of the target met"),
    "under-two-thirds": marked("Under two thirds of the target met"),
    "under-95-percent": marked("Under 95% of the target met"),
    "met": marked("Target met"),
}

CHALLENGE_STATUSES = {"facing": marked("Still facing it"), "solved": marked("Has solved it")}

# Who linked a goal to an entry: an editor, or a suggestion that a person accepted.
ORIGINS = {"editor": marked("Linked by an editor"), "suggestion": marked("Suggested, and accepted by a person")}

DIMENSIONS = {
    "economy": marked("Economy"),
    "environment": marked("Environment"),
    "society": marked("Society and culture"),
}

TECHNOLOGY_GROUPS = {
    "connectivity": marked("Connectivity"),
    "sensing": marked("Sensing"),
    "data-and-analytics": marked("Data and analytics"),
    "services-to-people": marked("Services to people"),
    "transport-and-utilities": marked("Transport and utilities"),
    "safety": marked("Safety"),
}

FUNDING = {
    "own-budget": marked("Own budget"),
    "transfer": marked("National or regional transfer"),
    "ppp": marked("Public-private partnership"),
    "bond": marked("Bond"),
    "development-bank": marked("Development bank"),
    "bilateral-donor": marked("Bilateral donor"),
    "philanthropy": marked("Philanthropy"),
    "user-fees": marked("User fees"),
    "crowdfunding": marked("Crowdfunding"),
    "in-kind": marked("In kind"),
}

PROCUREMENT = {
    "open": marked("Open tender"),
    "selective": marked("Selective tender"),
    "limited": marked("Limited tender"),
    "direct": marked("Direct award"),
    "in-house": marked("In-house"),
    "innovation-challenge": marked("Innovation challenge"),
}

PARTNER_ROLES = {
    "lead": marked("Lead"),
    "public": marked("Public body"),
    "private": marked("Company"),
    "academic": marked("University or research"),
    "civil-society": marked("Civil society"),
    "funder": marked("Funder"),
    "international-organisation": marked("International organisation"),
}

# World Bank country classification by income.
INCOME_GROUPS = {
    "low": marked("Low income"),
    "lower-middle": marked("Lower-middle income"),
    "upper-middle": marked("Upper-middle income"),
    "high": marked("High income"),
}

# Bands of population; the upper bound is exclusive. Under 15,000 people the gazetteer knows no place.
CITY_SIZES = {
    "under-100k": marked("Under 100,000 people"),
    "100k-500k": marked("100,000 to 500,000"),
    "500k-1m": marked("500,000 to 1 million"),
    "1m-5m": marked("1 to 5 million"),
    "over-5m": marked("Over 5 million"),
}
SIZE_BOUNDS = {
    "under-100k": (0, 100_000),
    "100k-500k": (100_000, 500_000),
    "500k-1m": (500_000, 1_000_000),
    "1m-5m": (1_000_000, 5_000_000),
    "over-5m": (5_000_000, 1_000_000_000),
}

FRESHNESS = {
    "fresh": marked("Confirmed within a year"),
    "ageing": marked("Confirmed over a year ago"),
    "stale": marked("Confirmed over two years ago"),
}


NO_YEAR = "unknown"
"""What stands for the decade of an entry whose year is unknown, so that those can be found too."""


def city_size(population: int | None) -> str | None:
    """The band of CITY_SIZES that a population falls in; None where it is unknown."""
    if population is None:
        return None
    return next(code for code, (low, high) in SIZE_BOUNDS.items() if low <= population < high)


def decade(year: int | None) -> str | None:
    """The decade of a year, as in "2010s"; None where it is unknown."""
    return None if year is None else f"{year // 10 * 10}s"
