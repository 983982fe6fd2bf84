"""OAI-PMH, harvested with the client that libraries use; what it asks goes to the application without a socket."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sickle import Sickle, oaiexceptions
from sqlalchemy import select

from kb.catalogue.change_log import log_position
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import City, Country, Initiative
from kb.core.db import Database
from kb.editorial import actions
from kb.exporting.harvesting import oai
from tests.factories import make_city, make_initiative, make_leader, make_source, make_user, make_vision

pytestmark = pytest.mark.one_database

AMERICA = "region:latin-america-and-the-caribbean"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"


MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
STRUCTURE = {
    "OAI-PMH": "responseDate request (error|Identify|List(MetadataFormats|Sets|Records|Identifiers)|GetRecord) ",
    "Identify": "repositoryName baseURL protocolVersion adminEmail earliestDatestamp deletedRecord granularity "
    "(description )?",
    "ListMetadataFormats": "(metadataFormat )+",
    "metadataFormat": "metadataPrefix schema metadataNamespace ",
    "ListSets": "(set )+",
    "set": "setSpec setName ",
    "GetRecord": "record ",
    "ListRecords": "(record )+(resumptionToken )?",
    "ListIdentifiers": "(header )+(resumptionToken )?",
    "record": "header (metadata )?",
    "header": "identifier datestamp (setSpec )*",
}
"""The children of each element, in their order, by the protocol's schema."""
TEXTS = {
    "responseDate": MOMENT,
    "datestamp": MOMENT,
    "earliestDatestamp": MOMENT,
    "adminEmail": r"\S+@(\S+\.)+\S+",
    "setSpec": r"[\w.!~*'()-]+(:[\w.!~*'()-]+)*",
    "identifier": r"oai:localhost:\w+/\d+",
}
ARGUMENTS = {
    "verb": r"\w+",
    "identifier": ".*",
    "metadataPrefix": r"[\w.!~*'()-]+",
    "from": rf"{MOMENT}|\d{{4}}-\d\d-\d\d",
    "until": rf"{MOMENT}|\d{{4}}-\d\d-\d\d",
    "set": TEXTS["setSpec"],
    "resumptionToken": ".*",
}
"""The attributes of a request by the protocol's schema, which wants them also beside an error."""

ANY_URI = etree.XMLSchema(
    etree.XML(
        """<schema xmlns="http://www.w3.org/2001/XMLSchema">
        <element name="is"><complexType><attribute name="identifier" type="anyURI"/></complexType></element>
        </schema>"""
    )
)
"""Takes what an identifier may be by the protocol's schema."""


def check_structure(page: bytes) -> None:
    """The page has the elements of the protocol, each where its schema wants it."""
    for element in etree.fromstring(page).iter(f"{OAI}*"):
        name = etree.QName(element).localname
        if name != "metadata":
            children = "".join(f"{etree.QName(child).localname} " for child in element)
            assert re.fullmatch(STRUCTURE.get(name, ""), children), (name, children)
            assert re.fullmatch(TEXTS.get(name, ".*"), element.text or ""), (name, element.text)
        for argument, value in element.attrib.items() if name == "request" else ():
            assert re.fullmatch(ARGUMENTS[argument], value, re.ASCII), (argument, value)
            assert argument != "identifier" or ANY_URI.validate(etree.Element("is", identifier=value)), value


class Harvester(Sickle):
    """A client whose requests go to a Flask client; it notes the pages that it was given."""

    def __init__(self, client: FlaskClient, **settings: Any) -> None:
        super().__init__("http://localhost/oai", **settings)
        self.client = client
        self.pages: list[bytes] = []

    def _request(self, kwargs: dict[str, str]) -> requests.Response:
        if self.http_method == "GET":
            answer = self.client.get("/oai", query_string=kwargs)
        else:
            answer = self.client.post("/oai", data=kwargs)
        self.pages.append(answer.data)
        if answer.status_code == 200:
            check_structure(answer.data)
        response = requests.Response()
        response.status_code, response._content = answer.status_code, answer.data
        response.headers.update(answer.headers.items())
        response.encoding = "utf-8"
        return response


@pytest.fixture
def harvester(client: FlaskClient) -> Harvester:
    return Harvester(client)


def day(number: float) -> dict[str, datetime]:
    moment = START + timedelta(days=number)
    return {"created_at": moment, "updated_at": moment}


@pytest.fixture
def entries(database: Database) -> dict[str, str]:
    """One of each kind and some initiatives, by name; each with the path by which its identifier ends."""
    with database.writing() as session:
        town = make_city(session, "Made-up Town", challenges=("flooding",), **day(0))
        far = make_city(session, "Made-up Far", "BR", **day(0))
        made = {
            "town": town,
            "far": far,
            "leader": make_leader(session, "Made-up Mayor", town),
            "plan": make_vision(session, town, goals=(13,), title="Made-up Plan", **day(1)),
            "pumps": make_initiative(
                session,
                "Made-up Pumps \x0b& <gauges>",
                (town,),
                (11, 13),
                targets=("11.5",),
                challenges=("flooding",),
                technologies=("early-warning",),
                sources=(make_source(session, "https://example.org/pumps?a=1&b=2"),),
                language="es",
                start_year=2019,
                cost_amount=5,
                cost_currency="INR",
                cost_is_citys_own=True,
                evidence_level=2,
                **day(2.5),
            ),
            "bikes": make_initiative(session, "Made-up Bikes", (far,), (11,), **day(4)),
            "lamps": make_initiative(session, "Made-up Lamps", (far, town), (7,), **day(5)),
        }
        kinds = {Initiative: "initiative", City: "city"}
        return {
            name: f"{kinds.get(type(entry), 'leader' if name == 'leader' else 'vision')}/{entry.id}"
            for name, entry in made.items()
        }


def identifiers(found: Iterator[Any]) -> list[str]:
    headers = [getattr(item, "header", item) for item in found]
    return [header.identifier.removeprefix("oai:localhost:") + "!" * header.deleted for header in headers]


def withdraw(database: Database, path: str) -> None:
    kind, _, key = path.partition("/")
    with database.writing() as session:
        actions.withdraw(session, make_user(session, "editor"), EntryKind(kind), int(key), "It was made up.")


def test_a_repository_tells_what_it_is(harvester: Harvester, entries: dict[str, str]) -> None:
    identify = harvester.Identify()
    assert identify.baseURL == "http://localhost/oai"
    assert (identify.protocolVersion, identify.deletedRecord) == ("2.0", "persistent")
    assert (identify.granularity, identify.earliestDatestamp) == ("YYYY-MM-DDThh:mm:ssZ", "2026-03-01T12:00:00Z")
    assert "@" in identify.adminEmail
    assert [made.metadataPrefix for made in harvester.ListMetadataFormats()] == ["oai_dc", "citypeers"]
    assert len(list(harvester.ListMetadataFormats(identifier=f"oai:localhost:{entries['plan']}"))) == 2
    names = {made.setSpec: made.setName for made in harvester.ListSets()}
    assert names["goal:11"] == "Goal: Sustainable cities and communities"
    assert {"goal", "challenge:flooding", "region:southern-asia", "kind:city"} <= names.keys()


def test_identifiers_are_explained_where_the_site_has_a_name_of_its_own(client: FlaskClient) -> None:
    root = etree.fromstring(client.get("/oai?verb=Identify", base_url="https://peers.example").data)
    described = {etree.QName(element).localname: element.text for element in root.find(f".//{OAI}description")[0]}
    assert described["repositoryIdentifier"] == "peers.example"
    assert described["sampleIdentifier"] == "oai:peers.example:initiative/1"
    assert b"<description" not in client.get("/oai?verb=Identify").data


def test_every_entry_is_listed_as_dublin_core(harvester: Harvester, entries: dict[str, str]) -> None:
    records = {
        identifiers(iter([record]))[0]: record.metadata for record in harvester.ListRecords(metadataPrefix="oai_dc")
    }
    assert records.keys() == set(entries.values())
    assert records[entries["pumps"]] == {
        "title": ["Made-up Pumps & <gauges>"],
        "creator": ["Made-up Town"],
        "subject": [
            "SDG 11: Sustainable cities and communities",
            "SDG 13: Climate action",
            "SDG target 11.5: Fewer lives and losses in disasters",
            "Flooding",
            "Early warning systems",
        ],
        "description": ["A made-up initiative for tests."],
        "publisher": ["CityPeers"],
        "date": ["2019"],
        "type": ["Initiative"],
        "format": ["text/html"],
        "identifier": records[entries["pumps"]]["identifier"],
        "source": ["https://example.org/pumps?a=1&b=2"],
        "language": ["es"],
        "coverage": ["Made-up Town, India"],
        "rights": ["https://creativecommons.org/licenses/by/4.0/"],
    }
    [address] = records[entries["pumps"]]["identifier"]
    assert harvester.client.get(address).status_code == 200


def test_the_format_of_our_own_has_every_field_and_keeps_its_schema(
    harvester: Harvester, client: FlaskClient, entries: dict[str, str]
) -> None:
    schema = etree.XMLSchema(etree.fromstring(client.get("/oai/citypeers.xsd").data))
    for record in harvester.ListRecords(metadataPrefix="citypeers"):
        [entry] = record.xml.find(f"{OAI}metadata")
        schema.assertValid(entry)
    pumps = harvester.GetRecord(identifier=f"oai:localhost:{entries['pumps']}", metadataPrefix="citypeers")
    [entry] = pumps.xml.find(f"{OAI}metadata")
    ours = f"{{{entry.nsmap[None]}}}"
    assert entry.tag == f"{ours}initiative"
    assert entry.findtext(f"{ours}cost_is_citys_own") == "true"
    assert entry.find(f"{ours}stage").attrib == {"label": "Operational"}
    assert [goal.text for goal in entry.iterfind(f"{ours}goals/{ours}row/{ours}goal")] == ["11", "13"]
    assert entry.find(f"{ours}challenges/{ours}code").attrib == {"label": "Flooding"}
    entry.append(etree.Element(f"{ours}invented"))
    assert not schema.validate(entry)
    assert harvester.client.get("/oai/citypeers.xsd").mimetype == "application/xml"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_entries_are_chosen_by_date_and_by_set(client: FlaskClient, entries: dict[str, str], method: str) -> None:
    harvester = Harvester(client, http_method=method)

    def listed(**chosen: str) -> list[str]:
        chosen = {name.removesuffix("_"): value for name, value in chosen.items()}
        found = identifiers(harvester.ListIdentifiers(metadataPrefix="oai_dc", **chosen))
        return [next(name for name, path in entries.items() if path == wanted) for wanted in found]

    assert listed(from_="2026-03-03", until="2026-03-05") == ["pumps", "bikes"]
    assert listed(from_="2026-03-04T00:00:00Z", until="2026-03-04T00:00:00Z") == ["pumps"]
    assert listed(until="2026-03-03T23:59:59Z") == ["town", "far", "plan"]
    assert listed(from_="2026-03-05", until="2026-03-06") == ["bikes", "lamps"]
    assert listed(set="goal:11") == ["pumps", "bikes"]
    assert listed(set="goal:13") == ["pumps", "plan"]
    assert listed(set="goal") == ["pumps", "bikes", "lamps", "plan"]
    assert listed(set="challenge:flooding") == listed(set="challenge") == ["pumps", "town"]
    assert listed(set="region:southern-asia") == ["pumps", "lamps", "town", "leader", "plan"]
    assert listed(set="region") == ["pumps", "bikes", "lamps", "town", "far", "leader", "plan"]
    assert listed(set="kind:city") == ["town", "far"]
    assert listed(set="goal:11", from_="2026-03-05") == ["bikes"]
    lamps = harvester.GetRecord(identifier=f"oai:localhost:{entries['lamps']}", metadataPrefix="oai_dc").header
    assert lamps.setSpecs == [
        "kind:initiative",
        "goal:7",
        AMERICA,
        "region:southern-asia",
    ]


def test_a_region_without_entries_has_none_of_those_whose_region_is_not_known(
    harvester: Harvester, database: Database, entries: dict[str, str]
) -> None:
    with database.writing() as session:
        session.get_one(Country, "BR").region_code = None
    with pytest.raises(oaiexceptions.NoRecordsMatch):
        harvester.ListIdentifiers(metadataPrefix="oai_dc", set="region:melanesia")
    assert entries["bikes"] not in identifiers(harvester.ListIdentifiers(metadataPrefix="oai_dc", set="region"))


def test_a_long_list_neither_skips_nor_repeats_while_entries_change(
    harvester: Harvester, database: Database, entries: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oai, "HEADERS_A_PAGE", 2)
    found = harvester.ListIdentifiers(metadataPrefix="oai_dc", set="goal")
    before = [found.next(), found.next()]
    with database.writing() as session:
        # One that was listed, and one that was not.
        for name in ("pumps", "lamps"):
            session.get_one(Initiative, int(entries[name].partition("/")[2])).summary = "It was changed meanwhile."
        make_initiative(session, "Made-up Late", goals=(11,), **day(9))
    listed = identifiers(iter([*before, *found]))
    assert listed[:3] == [entries[name] for name in ("pumps", "bikes", "lamps")]
    assert listed[-1] == entries["plan"]
    assert len(listed) == len(set(listed)) == 5
    tokens = [etree.fromstring(page).find(f".//{OAI}resumptionToken") for page in harvester.pages]
    assert [token.get("cursor") for token in tokens] == ["0", "2", "4"]
    assert tokens[-1].text is None
    assert tokens[0].get("expirationDate")


def test_what_was_withdrawn_or_merged_is_told_for_ever(
    harvester: Harvester, database: Database, entries: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw(database, entries["bikes"])
    ids = {name: int(path.partition("/")[2]) for name, path in entries.items()}
    with database.writing() as session:
        editor = make_user(session, "editor")
        actions.merge(session, editor, EntryKind.INITIATIVE, ids["lamps"], ids["pumps"])
    monkeypatch.setattr(oai, "RECORDS_A_PAGE", 1)
    listed = identifiers(harvester.ListRecords(metadataPrefix="citypeers", set="kind:initiative"))
    assert listed == [f"{entries['pumps']}!", f"{entries['bikes']}!", entries["lamps"]]
    assert identifiers(harvester.ListRecords(metadataPrefix="oai_dc", set=AMERICA)) == [
        f"{entries['bikes']}!",
        entries["lamps"],
        entries["far"],
    ]
    today = datetime.now(UTC).date()
    assert f"{entries['bikes']}!" in identifiers(
        harvester.ListIdentifiers(metadataPrefix="oai_dc", **{"from": str(today)})
    )
    with pytest.raises(oaiexceptions.NoRecordsMatch):
        harvester.ListIdentifiers(metadataPrefix="oai_dc", set="goal:7", until="2026-03-02")
    gone = harvester.GetRecord(identifier=f"oai:localhost:{entries['bikes']}", metadataPrefix="oai_dc")
    assert (gone.deleted, gone.header.setSpecs) == (
        True,
        ["kind:initiative", "goal:11", AMERICA],
    )
    assert gone.xml.find(f"{OAI}metadata") is None
    with database.writing() as session:
        actions.reinstate(session, make_user(session, "editor"), EntryKind.INITIATIVE, ids["bikes"])
    assert not harvester.GetRecord(identifier=f"oai:localhost:{entries['bikes']}", metadataPrefix="oai_dc").deleted


def test_a_withdrawn_city_keeps_its_sets(harvester: Harvester, database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Gone", "BR", challenges=("flooding",))
        path = f"city/{city.id}"
    withdraw(database, path)
    gone = harvester.GetRecord(identifier=f"oai:localhost:{path}", metadataPrefix="oai_dc")
    assert gone.header.setSpecs == ["kind:city", "challenge:flooding", AMERICA]


LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "badVerb", "Identify, ListMetadataFormats"),
    ({"verb": "Steal"}, "badVerb", "ListRecords"),
    ({"verb": ["Identify", "Identify"]}, "badVerb", "Identify"),
    ({"verb": "Identify", "colour": "red"}, "badArgument", "no argument colour"),
    ({"verb": "ListRecords"}, "badArgument", "needs the argument metadataPrefix"),
    ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument", "needs the argument identifier"),
    (LIST | {"from": "yesterday"}, "badArgument", "from must be a day"),
    (LIST | {"from": "2026-02-30"}, "badArgument", "from must be a day"),
    (LIST | {"until": "2026-03-01T12:00Z"}, "badArgument", "until must be a day"),
    (LIST | {"from": "2026-03-01", "until": "2026-03-01T00:00:00Z"}, "badArgument", "both be days"),
    (LIST | {"from": "2026-03-02", "until": "2026-03-01"}, "badArgument", "later than until"),
    (LIST | {"from": ["2026-03-02", "2026-03-02"]}, "badArgument", "more than once"),
    (LIST | {"set": "goal:18"}, "badArgument", "There is no set goal:18"),
    (LIST | {"resumptionToken": "x"}, "badArgument", "stands alone"),
    (LIST | {"from": "2030-01-01"}, "noRecordsMatch", ""),
    (LIST | {"until": "9999-12-31", "set": "goal:1"}, "noRecordsMatch", ""),
    (LIST | {"metadataPrefix": "marc21"}, "cannotDisseminateFormat", "oai_dc, citypeers"),
    (LIST | {"metadataPrefix": "marc:21"}, "badArgument", "metadataPrefix must be written as in"),
    (LIST | {"metadataPrefix": "marc 21"}, "badArgument", "metadataPrefix must be written as in"),
    (LIST | {"metadataPrefix": "marc21", "set": "São Paulo"}, "badArgument", "set must be written as in goal:11"),
    (LIST | {"metadataPrefix": "marc21", "until": "yesterday"}, "badArgument", "until must be a day"),
    ({"verb": "ListRecords", "resumptionToken": "yesterday"}, "badResumptionToken", "without a token"),
    ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken", "whole list"),
    ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "\x01<"}, "idDoesNotExist", "look like"),
    *(
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": wrong}, "idDoesNotExist", "look like")
        for wrong in (
            "oai:localhost:city/%zz",
            "a#b#c",
            ":1",
            "http://[::1",
            "http://x:y/",
            "oai:localhost:city/1 2",
            "São Paulo",
        )
    ),
    ({"verb": "ListMetadataFormats", "identifier": "oai:localhost:city/9999999999"}, "idDoesNotExist", "look like"),
    ({"verb": "ListMetadataFormats", "identifier": "oai:elsewhere:city/1"}, "idDoesNotExist", "oai:localhost:"),
]


def test_what_is_wrong_is_told_by_its_code_and_a_sentence(client: FlaskClient, entries: dict[str, str]) -> None:
    for asked, code, words in WRONG:
        for answer in (client.get("/oai", query_string=asked), client.post("/oai", data=asked)):
            assert (answer.status_code, answer.mimetype) == (200, "text/xml"), asked
            check_structure(answer.data)
            root = etree.fromstring(answer.data)
            [error] = root.iterfind(f"{OAI}error")
            assert (error.get("code"), words in error.text) == (code, True), (asked, error.text)
            request = root.find(f"{OAI}request")
            assert request.text == "http://localhost/oai"
            assert bool(request.attrib) == (code not in {"badVerb", "badArgument"})


def test_an_identifier_is_repeated_beside_an_error_if_it_is_a_uri(client: FlaskClient) -> None:
    for identifier, is_repeated in (("oai:x.example:city/1", True), ("nonsense", True), ("%zz", False), ("a b", False)):
        answer = client.get("/oai", query_string={"verb": "ListMetadataFormats", "identifier": identifier})
        request = etree.fromstring(answer.data).find(f"{OAI}request").attrib
        assert request == {"verb": "ListMetadataFormats"} | ({"identifier": identifier} if is_repeated else {})


def test_a_token_ends_after_a_day_and_with_its_database(
    harvester: Harvester,
    client: FlaskClient,
    database: Database,
    entries: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oai, "HEADERS_A_PAGE", 3)
    first = harvester.ListIdentifiers(metadataPrefix="oai_dc")
    token = first.resumption_token.token
    asked = {"verb": "ListIdentifiers", "resumptionToken": token}
    assert b"<header>" in client.get("/oai", query_string=asked).data
    assert b"badResumptionToken" in client.get("/oai", query_string=asked | {"verb": "ListRecords"}).data
    monkeypatch.setattr(oai, "TOKEN_SECONDS", -1)
    answer = client.get("/oai", query_string=asked)
    assert b'code="badResumptionToken"' in answer.data
    assert b"older than a day" in answer.data


def test_a_list_waits_until_the_newest_changes_are_known(
    app: Flask, client: FlaskClient, database: Database, entries: dict[str, str]
) -> None:
    assert client.get("/oai", query_string=LIST).status_code == 200
    arrays = app.extensions["kb_arrays"]
    arrays.follow()
    with database.writing() as session:
        town = session.scalars(select(City).where(City.name == "Made-up Town")).one()
        for _number in range(25):
            make_initiative(session, None, (town,), (11,))
    answer = client.get("/oai", query_string=LIST)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    arrays.follow()
    assert client.get("/oai", query_string=LIST).status_code == 200


def test_an_entry_that_goes_while_a_list_is_made_is_deleted_once(
    app: Flask, database: Database, entries: dict[str, str]
) -> None:
    arrays = app.extensions["kb_arrays"]
    with database.reading() as session:
        before = arrays.current(session)
    withdraw(database, entries["bikes"])
    with database.reading() as session:
        newest, _identity = log_position(session)
        # As PostgreSQL may have it: the arrays were read a moment before the entry went.
        repository = oai.Repository(
            session=session,
            catalogue=replace(before, newest=newest),
            site="http://localhost",
            email="a@b.c",
            secret="s",
        )
        page = etree.fromstring(oai.answer(repository, list(LIST.items())))
    status = {header.findtext(f"{OAI}identifier"): header.get("status") for header in page.iter(f"{OAI}header")}
    assert len(list(page.iter(f"{OAI}header"))) == len(status) == len(entries)
    assert [name for name, value in status.items() if value] == [f"oai:localhost:{entries['bikes']}"]


def test_every_kind_has_all_its_codes_in_the_schema(client: FlaskClient) -> None:
    schema = etree.fromstring(client.get("/oai/citypeers.xsd").data)
    elements = {element.get("name") for element in schema.iterfind("{*}element")}
    assert elements == {str(kind) for kind in ENTRIES}
