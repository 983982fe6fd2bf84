"""The declaration of a leader, with terms of office: everything but the slug."""

from kb.core.i18n import gettext_noop as _

from .fields import CityReference, Language, SourceLink, Text, Year
from .lists import Rows
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema


class TermRow(RowSchema):
    """A time in office; a last year that is unknown may also mean that the leader is still in office."""

    city = CityReference(_("City"), needed=_("Choose the city, or take this row out."), search=Weight.PASSAGE)
    title = Text(
        _("Title"),
        200,
        input=Input(label=_("Office"), hint=_("For example: Mayor"), line="term"),
        needed=_("Give the title of the office, or take this row out."),
        search=Weight.PASSAGE,
    )
    start_year = Year(_("First year"), input=Input(label=_("From"), line="term"))
    end_year = Year(_("Last year"), not_before="start_year", input=Input(label=_("To"), line="term"))
    source = SourceLink(_("Source"), input=WHERE_IT_SAYS_SO)


class LeaderSchema(EntrySchema):
    """A person who led a city."""

    name = Text(
        _("Name"),
        300,
        input=Input(step="leader"),
        needed=_("A leader needs a name."),
        search=Weight.TITLE,
    )
    language = Language(
        _("Language"),
        input=Input(
            step="leader",
            label=_("Language of the texts"),
            hint=_("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    terms = Rows(
        _("Terms of office"),
        TermRow,
        key=("city", "start_year"),
        order=lambda row: -row["start_year"] if isinstance(row["start_year"], int) else 0,
        input=Input(
            step="leader",
            label=_("Term of office"),
            hint=_("Leave the last year empty while the term goes on, or where nobody knows."),
            add=_("Add a term of office"),
        ),
        needed=_("Name at least one term of office."),
        search=Weight.PASSAGE,
    )
