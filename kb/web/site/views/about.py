"""About the data: where it comes from, what it covers and what it does not, and under which licences."""

from flask import Blueprint, render_template

from kb.catalogue import queries
from kb.catalogue.choices import EVIDENCE_LEVELS, INCOME_GROUPS

from ...core import jsonld
from ...core.context import session

blueprint = Blueprint("about", __name__)


@blueprint.get("/about")
def about() -> str:
    """Coverage by region, income, decade and evidence, with its bias in words."""
    coverage = queries.coverage(session())
    return render_template(
        "site/about.html",
        coverage=coverage,
        incomes=[*INCOME_GROUPS, None],
        levels=EVIDENCE_LEVELS,
        jsonld=jsonld.dataset(coverage),
    )
