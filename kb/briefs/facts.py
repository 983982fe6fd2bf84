"""An entry as a brief has it: its facts, one line on what is not published, and its sources."""

from collections.abc import Iterable, Iterator, Sequence

from kb.catalogue import choices
from kb.catalogue.models import City, Initiative, Leader, Outcome, Source
from kb.core.i18n import gettext_noop

from .brief import EntryPart, Item, SourceLine, Text
from .wording import Wording

Fact = tuple[str, str, Sequence[Text]]
"""Its code in `choices.UNPUBLISHED` or "", its label, and its lines; none where it is not on record."""

_KINDS = {"initiative": gettext_noop("Initiative"), "city": gettext_noop("City")}
_MISSING = gettext_noop("Not published: %(names)s.")
_NOT_VERIFIED = gettext_noop("Not verified by the city")


def initiative_part(initiative: Initiative, wording: Wording) -> EntryPart:
    """An initiative; facts that nobody published are named in one line."""
    cities = [f"{city.name}, {wording.label(city.country.name)}" for city in initiative.cities]
    facts = list(_initiative_facts(initiative, wording))
    return EntryPart(
        kind=wording.text(_KINDS["initiative"]),
        title=Text(initiative.title, initiative.language),
        url=wording.address(initiative),
        place="; ".join(cities),
        lead=Text(initiative.summary, initiative.language),
        facts=_known(facts, wording),
        missing=_missing(facts, wording),
        unpublished=_codes_missing(facts),
        sources=[source_line(citation.source, citation.title, wording) for citation in initiative.citations],
    )


def city_part(city: City, wording: Wording) -> EntryPart:
    """A city."""
    facts = list(_city_facts(city, wording))
    return EntryPart(
        kind=wording.text(_KINDS["city"]),
        title=Text(city.name, city.language),
        url=wording.address(city),
        place=wording.label(city.country.name) or "",
        lead=None,
        facts=_known(facts, wording),
        missing=_missing(facts, wording),
        unpublished=_codes_missing(facts),
        sources=[source_line(source, None, wording) for source in city.sources],
    )


def results_of(initiative: Initiative) -> list[Outcome]:
    """Outcomes that were measured or reported, which targets are not."""
    return [outcome for outcome in initiative.outcomes if not outcome.is_target]


def outcome_line(outcome: Outcome, initiative: Initiative, wording: Wording) -> Text:
    """A figure in one line: what was measured, the value, its year, and what it was before."""
    value = wording.not_known().words if outcome.value is None else wording.measured(outcome.value, outcome, True)
    line = f"{outcome.measure}: {value}"
    if outcome.year:
        line += f" ({outcome.year})"
    if outcome.baseline_value is not None:
        before = wording.measured(outcome.baseline_value, outcome, outcome.value is None)
        line += "; " + wording.text(gettext_noop("before: %(value)s"), value=before)
    return Text(line, initiative.language)


def leader_line(leader: Leader, wording: Wording) -> Text:
    """The leader of an initiative, whom its entry names for the time when it was done."""
    named = gettext_noop("Leader named in the entry, who may have left office: %(name)s")
    return Text(wording.text(named, name=leader.name), url=wording.address(leader))


def evidence_line(initiative: Initiative, wording: Wording) -> Text | None:
    """Level and meaning of the evidence, and which way it points; None where nobody rated it."""
    if initiative.evidence_level is None:
        return None
    words = wording.text(gettext_noop("%(level)s of 5"), level=initiative.evidence_level)
    words += f": {wording.code(choices.EVIDENCE_LEVELS, initiative.evidence_level)}"
    if initiative.evidence_direction:
        direction = wording.code(choices.EVIDENCE_DIRECTIONS, initiative.evidence_direction)
        words += ". " + wording.text(gettext_noop("Reported result: %(direction)s"), direction=direction)
    return Text(words)


def cost_line(initiative: Initiative, wording: Wording) -> Text | None:
    """The cost with the year of its prices; None where it is not published."""
    if initiative.cost_amount is None or initiative.cost_currency is None:
        return None
    words = wording.money(initiative.cost_amount, initiative.cost_currency)
    if initiative.cost_year:
        words += ", " + wording.text(gettext_noop("prices of %(year)s"), year=str(initiative.cost_year))
    if initiative.cost_is_citys_own is False:
        words += ", " + wording.text(gettext_noop("not the city's own money"))
    return Text(words)


def stage_line(initiative: Initiative, wording: Wording) -> Text:
    """Stage and years."""
    if initiative.start_year or initiative.end_year:
        years = wording.years(initiative)
    else:
        years = wording.text(gettext_noop("years not known"))
    return Text(f"{wording.code(choices.STAGES, initiative.shown_stage)}, {years}")


def source_line(source: Source, title: str | None, wording: Wording) -> SourceLine:
    """A source with the day when somebody saw it."""
    seen = (
        wording.text(gettext_noop("seen %(day)s"), day=wording.day(source.seen_on))
        if source.seen_on
        else wording.text(gettext_noop("day seen not known"))
    )
    return SourceLine(title or source.title, source.url, seen)


def _known(facts: Iterable[Fact], wording: Wording) -> list[Item]:
    return [Item(Text(wording.text(label)), lines) for _, label, lines in facts if lines]


def _missing(facts: Iterable[Fact], wording: Wording) -> str | None:
    """One line that names the facts without lines."""
    codes = _codes_missing(facts)
    return wording.text(_MISSING, names=names_of(codes, wording)) if codes else None


def _codes_missing(facts: Iterable[Fact]) -> list[str]:
    """The codes of facts without lines; facts without a code are not missed."""
    return [code for code, _, lines in facts if code and not lines]


def names_of(codes: Iterable[str], wording: Wording) -> str:
    """What is not on record, one after the other."""
    return ", ".join(wording.code(choices.UNPUBLISHED, code) or code for code in codes)


def _initiative_facts(initiative: Initiative, wording: Wording) -> Iterator[Fact]:
    def own(words: str | None) -> list[Text]:
        return [Text(words, initiative.language)] if words else []

    def plain(words: str | None) -> list[Text]:
        return [Text(words)] if words else []

    challenges = ", ".join(wording.label(challenge.label) or "" for challenge in initiative.challenges)
    results = [outcome_line(outcome, initiative, wording) for outcome in results_of(initiative)]
    evidence, cost = evidence_line(initiative, wording), cost_line(initiative, wording)
    people = own(initiative.contact)
    if initiative.leader:
        people.append(leader_line(initiative.leader, wording))
    goals = ", ".join(f"{link.goal.number} {wording.label(link.goal.label)}" for link in initiative.goals)
    months = initiative.needs_months
    yield "", gettext_noop("Stage and years"), [stage_line(initiative, wording)]
    yield "", gettext_noop("Challenges"), plain(challenges)
    yield "action", gettext_noop("What was done"), own(initiative.action)
    yield "results", gettext_noop("Results"), [*own(initiative.results), *results]
    yield "evidence", gettext_noop("Evidence"), [evidence] if evidence else []
    yield "cost", gettext_noop("Cost"), [cost] if cost else []
    yield "mandate", gettext_noop("Mandate needed"), own(initiative.needs_mandate)
    yield "staff", gettext_noop("Staff needed"), own(initiative.needs_staff)
    yield "time", gettext_noop("Months needed"), plain(None if months is None else wording.number(months))
    yield "prerequisites", gettext_noop("Prerequisites"), own(initiative.needs_prerequisites)
    yield "lessons", gettext_noop("Lessons"), own(initiative.lessons)
    yield ("" if people else "contact"), gettext_noop("Who to ask"), people
    if people and not initiative.contact:
        yield "contact", gettext_noop("Contact"), []
    yield "", gettext_noop("Goals"), plain(goals)
    yield "", gettext_noop("Last verified"), plain(_verified(initiative, wording))


def _city_facts(city: City, wording: Wording) -> Iterator[Fact]:
    def plain(words: str | None) -> list[Text]:
        return [Text(words)] if words else []

    population = city.place.population
    people = "" if population is None else wording.number(population)
    income = wording.code(choices.INCOME_GROUPS, city.country.income_group)
    region = city.country.region
    geonames, bank = gettext_noop("GeoNames, year not given"), gettext_noop("World Bank, fiscal year 2024")
    yield "population", gettext_noop("Population"), plain(people and f"{people} ({wording.text(geonames)})")
    yield "", gettext_noop("Region"), plain(wording.label(region.label) if region else None)
    yield "", gettext_noop("Income of the country"), plain(income and f"{income} ({wording.text(bank)})")
    climate = wording.code(choices.CLIMATE_ZONES, city.place.climate_zone)
    elevation = None if city.place.elevation_m is None else wording.number(city.place.elevation_m)
    rubel, dem = gettext_noop("Köppen-Geiger, 1986–2010"), gettext_noop("GeoNames, 2023")
    yield "", gettext_noop("Climate zone"), plain(climate and f"{climate} ({wording.text(rubel)})")
    yield "", gettext_noop("Metres above the sea"), plain(elevation and f"{elevation} ({wording.text(dem)})")
    yield "challenges", gettext_noop("Challenges it has named"), plain("; ".join(_named(city, wording)))
    yield "leader_title", gettext_noop("Title of its leader"), plain(city.leader_title)
    yield "website", gettext_noop("Website"), [Text(city.website, url=city.website)] if city.website else []
    yield "", gettext_noop("Last verified"), plain(_verified(city, wording))


def _named(city: City, wording: Wording) -> Iterator[str]:
    for named in city.challenges:
        words = wording.label(named.challenge.label) or ""
        if named.severity:
            words += f" ({wording.code(choices.SEVERITIES, named.severity)})"
        if named.status:
            words += f", {wording.code(choices.CHALLENGE_STATUSES, named.status)}"
        yield words


def _verified(entry: City | Initiative, wording: Wording) -> str:
    return wording.day(entry.confirmed_on) if entry.confirmed_on else wording.text(_NOT_VERIFIED)
