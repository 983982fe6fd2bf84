"""`/llms.txt`: what the site is and how a language model searches, reads and cites it (llmstxt.org)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response

from kb.catalogue import queries
from kb.catalogue.entries import ENTRIES, EntryDefinition, EntryKind
from kb.catalogue.queries import Statistics
from kb.exporting.export import LICENCE
from kb.exporting.formats import FORMATS, Format
from kb.search.facets import FILTERS
from kb.search.field_definitions import FilterDefinition

from ..core import context
from ..core.headers import open_to_other_sites
from ..core.links import site_address
from ..core.pages import Page

blueprint = Blueprint("llms", __name__)


@dataclass(frozen=True, kw_only=True)
class LanguageModelsPage(Page):
    """The text; kinds, filters and formats are those of the site."""

    template = "site/llms.txt"
    site: str
    statistics: Statistics
    kinds: Mapping[EntryKind, EntryDefinition]
    filters: Mapping[str, FilterDefinition]
    formats: Sequence[Format]
    licence: str


@blueprint.get("/llms.txt")
def llms() -> Response:
    """What the site is, in English and plain text, whoever asks."""
    page = LanguageModelsPage(
        site=site_address(),
        statistics=queries.statistics(context.counts()),
        kinds=ENTRIES,
        filters=FILTERS,
        formats=list(FORMATS.values()),
        licence=LICENCE,
    )
    return open_to_other_sites(Response(page.render(), content_type="text/markdown; charset=utf-8"))
