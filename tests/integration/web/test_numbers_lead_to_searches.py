"""Every number of entries on the pages of the goals leads to the search that finds just these."""

import html
import re
from urllib.parse import parse_qsl

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from kb.web.core.search_schema import SearchSchema
from tests.sampling import sampled

PAGES = [
    *(f"/goals/{number}" for number in range(1, 18)),
    *(f"/goals/counts?by={axis}" for axis in ("region", "income", "size", "decade")),
    "/goals/missing",
]

_BAR = re.compile(r'<tr data-count="(\d+)"[^>]*>.*?</tr>', re.DOTALL)
_LINK = re.compile(r'<a\s[^>]*?href="(/search[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def _numbers(text: str) -> dict[str, int]:
    """How many entries the page promises at each address of a search: the number of a bar, or that of the link."""
    promised = {}
    for bar in _BAR.finditer(text):
        for address, _label in _LINK.findall(bar[0]):
            promised[html.unescape(address)] = int(bar[1])
    for address, words in _LINK.findall(_BAR.sub("", text)):
        number = re.search(r"[\d,]+|None yet", re.sub(r"<[^>]+>", " ", words))
        if number:
            promised[html.unescape(address)] = 0 if number[0] == "None yet" else int(number[0].replace(",", ""))
    return promised


def test_each_number_leads_to_the_search_that_finds_just_these(seeded_app: Flask, visitor: FlaskClient) -> None:
    search = seeded_app.extensions["kb_search"]
    texts = {page: visitor.get(page).text for page in PAGES}
    promised = {page: _numbers(text) for page, text in texts.items()}
    for page, text in texts.items():
        assert len({address for address in promised[page] if "target=" in address}) == text.count('<li id="target-')
        assert re.findall(r"<td[^>]*>\s*[\d,]+\s*</td>", _BAR.sub("", text)) == [], f"{page} has numbers without links"
    addresses = {address: (count, page) for page, found in promised.items() for address, count in found.items()}
    assert len(addresses) > 800
    assert {re.search("&?([a-z_]+)=[^&]*$", address)[1] for address in addresses} >= {
        "target", "city", "challenge", "technology", "evidence", "year_to", "decade", "region", "income", "size",
    }  # fmt: skip
    with seeded_app.extensions["kb_database"].reading() as session:
        for address, (count, page) in sampled(addresses.items(), 900):
            question, refused = SearchSchema().read(MultiDict(parse_qsl(address.partition("?")[2])))
            matching = search.matching(session, question)
            assert (len(matching.keys), matching.unknown, refused) == (count, (), ()), f"{address} on {page}"
