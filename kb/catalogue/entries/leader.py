"""The declaration of a leader, with terms of office: everything but the slug."""

from kb.core.i18n import gettext_noop

from .fields import CityReference, Language, SourceLink, Text, Year
from .lists import Rows
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema


class TermRow(RowSchema):
    """A time in office; a last year that is unknown may also mean that the leader is still in office."""

    city = CityReference(
        gettext_noop("City"), needed=gettext_noop("Choose the city, or take this row out."), search=Weight.PASSAGE
    )
    title = Text(
        gettext_noop("Title"),
        200,
        input=Input(label=gettext_noop("Office"), hint=gettext_noop("For example: Mayor"), line="term"),
        needed=gettext_noop("Give the title of the office, or take this row out."),
        search=Weight.PASSAGE,
    )
    start_year = Year(gettext_noop("First year"), input=Input(label=gettext_noop("From"), line="term"))
    end_year = Year(
        gettext_noop("Last year"), not_before="start_year", input=Input(label=gettext_noop("To"), line="term")
    )
    source = SourceLink(gettext_noop("Source"), input=WHERE_IT_SAYS_SO)


class LeaderSchema(EntrySchema):
    """A person who led a city."""

    name = Text(
        gettext_noop("Name"),
        300,
        input=Input(step="leader"),
        needed=gettext_noop("A leader needs a name."),
        search=Weight.TITLE,
    )
    language = Language(
        gettext_noop("Language"),
        input=Input(
            step="leader",
            label=gettext_noop("Language of the texts"),
            hint=gettext_noop("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    terms = Rows(
        gettext_noop("Terms of office"),
        TermRow,
        key=("city", "start_year"),
        order=lambda row: -row["start_year"] if isinstance(row["start_year"], int) else 0,
        input=Input(
            step="leader",
            label=gettext_noop("Term of office"),
            hint=gettext_noop("Leave the last year empty while the term goes on, or where nobody knows."),
            add=gettext_noop("Add a term of office"),
        ),
        needed=gettext_noop("Name at least one term of office."),
        search=Weight.PASSAGE,
    )
