"""What stands between the table and the entries: why these peers, what is not known, whom to ask, what to do next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kb.catalogue import choices
from kb.catalogue.models import City
from kb.core.i18n import Message, gettext_noop
from kb.peers.answers import Peer
from kb.peers.ranking import STRENGTH_LABELS

from .brief import EntryPart, Item, Question, Section, Text
from .comparison import Compared
from .facts import leader_line
from .wording import Wording

_REASONS_SHOWN, _DIFFERENCES_SHOWN = 5, 3
_RESULTS_LEVEL = 2


def why_these_peers(
    rows: Sequence[Compared], peers: Mapping[int, Peer], question: Question, wording: Wording
) -> Section:
    """Why each city is a peer of the reader's, and where it differs; `peers` are by the ids of their places."""
    heading = wording.text(gettext_noop("Why these peers"))
    if question.place is None:
        lead = gettext_noop("No city was chosen for this brief. So it cannot say how similar these cities are to it.")
        return Section("why", heading, [], wording.text(lead))
    items = []
    for city in _cities(rows):
        peer = peers.get(city.place_id)
        lines = list(_alike(peer, wording)) if peer else []
        label = Text(f"{city.name}, {wording.label(city.country.name)}")
        items.append(Item(label, lines or [wording.not_known()]))
    lead = gettext_noop("Compared with %(city)s. The reasons come from the data, with the default weights.")
    return Section("why", heading, items, wording.text(lead, city=question.place.name))


def what_is_not_known(rows: Sequence[Compared], parts: Mapping[int, EntryPart], wording: Wording) -> Section:
    """For each fact, the initiatives that do not have it; and what nobody verified. `parts` are by initiative ids."""
    names = _row_names(rows)
    done = [(row.initiative, name) for row, name in zip(rows, names, strict=True) if row.initiative is not None]
    items = []
    for code in choices.UNPUBLISHED:
        lacking = [name for initiative, name in done if code in parts[initiative.id].unpublished]
        if lacking:
            words = (
                wording.text(gettext_noop("Not published for any of these initiatives"))
                if len(lacking) == len(done) > 1
                else wording.text(gettext_noop("Not published: %(names)s"), names="; ".join(lacking))
            )
            items.append(Item(Text(_capital(wording.code(choices.UNPUBLISHED, code) or code)), [Text(words)]))
    without = [name for row, name in zip(rows, names, strict=True) if row.initiative is None]
    if without:
        label = gettext_noop("No initiative on these challenges is recorded")
        items.append(Item(Text(wording.text(label)), [Text("; ".join(without))]))
    unverified = [name for initiative, name in done if initiative.confirmed_on is None]
    if unverified:
        items.append(Item(Text(wording.text(gettext_noop("Not verified by the city"))), [Text("; ".join(unverified))]))
    unsure = [name for initiative, name in done if initiative.needs_verification]
    if unsure:
        items.append(Item(Text(wording.text(gettext_noop("Needs to be verified"))), [Text("; ".join(unsure))]))
    lead = gettext_noop("Nobody published this, or nobody has recorded it yet. It does not mean that there is none.")
    if not items:
        lead = gettext_noop("All facts that a brief shows are recorded.")
    return Section("unknown", wording.text(gettext_noop("What is not known")), items, wording.text(lead))


def whom_to_ask(rows: Sequence[Compared], wording: Wording) -> Section:
    """Contacts on record, else the office of the city's leader; and the form on which the city is asked."""
    items = []
    for row, name in zip(rows, _row_names(rows), strict=True):
        lines = list(_contacts(row, wording))
        address = wording.ask(row.initiative or row.city)
        if address:
            lines.append(Text(wording.text(gettext_noop("Ask this city on CityPeers")), url=address))
        items.append(Item(Text(name), lines))
    return Section("ask", wording.text(gettext_noop("Who to ask")), items)


def next_steps(rows: Sequence[Compared], parts: Mapping[int, EntryPart], wording: Wording) -> Section:
    """What to do after reading, as far as the entries give cause for it."""
    lines = [Text(wording.say(message)) for message in _steps(rows, parts)]
    return Section("next", wording.text(gettext_noop("Next steps")), [Item(None, [line]) for line in lines])


def _steps(rows: Sequence[Compared], parts: Mapping[int, EntryPart]) -> Iterator[Message]:
    names = _row_names(rows)
    done = [(row.initiative, name) for row, name in zip(rows, names, strict=True) if row.initiative is not None]
    if not done:
        yield Message(gettext_noop("Search for initiatives on the same challenge: none of these cities has one."))
        return
    strongest, name = max(done, key=lambda pair: pair[0].evidence_level or 0)
    if (strongest.evidence_level or 0) >= _RESULTS_LEVEL:
        yield Message(
            gettext_noop("Read first: “%(title)s” (%(city)s). It has the strongest evidence of these."),
            {"title": strongest.title, "city": name},
        )
    claimed = [name for initiative, name in done if (initiative.evidence_level or 0) < _RESULTS_LEVEL]
    if claimed:
        yield Message(
            gettext_noop("Ask how they know that it works. No data show a change yet: %(names)s."),
            {"names": "; ".join(claimed)},
        )
    for initiative, name in done:
        if initiative.stage == "discontinued":
            yield Message(
                gettext_noop("Find out why “%(title)s” (%(city)s) was stopped before you plan the same."),
                {"title": initiative.title, "city": name},
            )
    unpriced = [name for initiative, name in done if "cost" in parts[initiative.id].unpublished]
    if unpriced:
        yield Message(gettext_noop("Ask what it cost, and who paid: %(names)s."), {"names": "; ".join(unpriced)})
    if len(unpriced) < len(done):
        yield Message(
            gettext_noop("Convert the costs to your currency and to prices of this year before you compare them.")
        )
    if any(initiative.needs_mandate for initiative, _ in done):
        yield Message(gettext_noop("Check whether your city has the mandate that these initiatives needed."))
    yield Message(
        gettext_noop("Check the sources at the end of each entry before you quote it, and note what has changed since.")
    )
    yield Message(gettext_noop("Decide who writes to which city, and by when."))


def _contacts(row: Compared, wording: Wording) -> Iterator[Text]:
    city, initiative = row.city, row.initiative
    if initiative is not None and initiative.contact:
        yield Text(initiative.contact, initiative.language)
        return
    if initiative is not None and initiative.leader is not None:
        yield leader_line(initiative.leader, wording)
    if city.leader_title:
        office = gettext_noop("No contact is recorded. Write to the office of the leader (%(title)s).")
        yield Text(wording.text(office, title=city.leader_title))
    else:
        yield Text(wording.text(gettext_noop("Nobody is recorded.")), is_unknown=True)
    if city.website:
        yield Text(city.website, url=city.website)


def _alike(peer: Peer, wording: Wording) -> Iterator[Text]:
    not_close = gettext_noop("No close peer.")
    yield Text(wording.text(not_close) if peer.strength is None else f"{wording.code(STRENGTH_LABELS, peer.strength)}.")
    if peer.reasons:
        reasons = "; ".join(map(wording.say, peer.reasons[:_REASONS_SHOWN]))
        yield Text(wording.text(gettext_noop("Alike: %(reasons)s."), reasons=reasons))
    if peer.differences:
        differences = "; ".join(map(wording.say, peer.differences[:_DIFFERENCES_SHOWN]))
        yield Text(wording.text(gettext_noop("Different: %(differences)s."), differences=differences))


def _cities(rows: Iterable[Compared]) -> list[City]:
    return list({row.city.id: row.city for row in rows}.values())


def _row_names(rows: Sequence[Compared]) -> list[str]:
    """How rows are called: by the city, and by the title too where a city has several."""
    cities = [row.city.id for row in rows]
    return [
        f"{row.city.name}, “{row.initiative.title}”"
        if row.initiative is not None and cities.count(row.city.id) > 1
        else row.city.name
        for row in rows
    ]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
