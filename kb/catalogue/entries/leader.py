"""The declaration of a leader, with terms of office: everything but the slug."""

from kb.words import marked

from .fields import CityReference, Language, SourceLink, Text, Year
from .lists import Rows
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema


class TermRow(RowSchema):
    """A time in office; a last year that is unknown may also mean that the leader is still in office."""

    city = CityReference(marked("City"), needed=marked("Choose the city, or take this row out."), search=Weight.PASSAGE)
    title = Text(
        marked("Title"),
        200,
        input=Input(label=marked("Office"), hint=marked("For example: Mayor"), line="term"),
        needed=marked("Give the title of the office, or take this row out."),
        search=Weight.PASSAGE,
    )
    start_year = Year(marked("First year"), input=Input(label=marked("From"), line="term"))
    end_year = Year(marked("Last year"), not_before="start_year", input=Input(label=marked("To"), line="term"))
    source = SourceLink(marked("Source"), input=WHERE_IT_SAYS_SO)


class LeaderSchema(EntrySchema):
    """A person who led a city."""

    name = Text(
        marked("Name"),
        300,
        input=Input(step="leader"),
        needed=marked("A leader needs a name."),
        search=Weight.TITLE,
    )
    language = Language(
        marked("Language"),
        input=Input(
            step="leader",
            label=marked("Language of the texts"),
            hint=marked("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    terms = Rows(
        marked("Terms of office"),
        TermRow,
        key=("city", "start_year"),
        order=lambda row: -row["start_year"] if isinstance(row["start_year"], int) else 0,
        input=Input(
            step="leader",
            label=marked("Term of office"),
            hint=marked("Leave the last year empty while the term goes on, or where nobody knows."),
            add=marked("Add a term of office"),
        ),
        needed=marked("Name at least one term of office."),
        search=Weight.PASSAGE,
    )
