"""Keeping entries true, their histories, duplicates and withdrawals; and what people searched for in vain."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.models import AuditEvent, User
from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.entries import EntryKind, snapshot
from kb.catalogue.models import City, Initiative, LeaderTerm
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.mail import Email
from kb.editorial import actions, worklists
from kb.editorial.models import FailedSearchCount, Proposal, Revision
from kb.search import indexing
from tests.at_once import meet
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_leader, make_source, make_vision
from tests.sign_in import send

from ..page_readers import counted_queries, words_of
from .desk_forms import fields_in, fill

Browsers = Callable[[str], FlaskClient]
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0"}


@pytest.fixture
def buses(session: Session, people: dict[str, User]) -> Initiative:
    """A public initiative of Ana's city."""
    city = session.get_one(City, people["ana"].city_id)
    entry = make_initiative(
        session,
        "Made-up Buses",
        cities=(city,),
        goals=(11,),
        challenges=("congestion",),
        sources=(make_source(session),),
        summary="The first words.",
        slug="made-up-buses",
    )
    session.commit()
    return entry


PAGE = "/desk/entries/initiative/made-up-buses"


def confirmed_on(database: Database):
    with database.reading() as session:
        return session.scalars(select(Initiative.confirmed_on)).one()


@pytest.mark.usefixtures("buses")
def test_a_person_of_the_city_confirms_with_one_press_and_others_may_not(
    browser_of: Browsers, database: Database, client: FlaskClient
) -> None:
    assert f'action="{PAGE}/still-true"' not in browser_of("bo").get(PAGE).text
    assert send(browser_of("bo"), f"{PAGE}/still-true", PAGE).status_code == 403
    assert confirmed_on(database) is None
    assert send(browser_of("ana"), f"{PAGE}/still-true", PAGE).status_code == 303
    assert confirmed_on(database) == now().date()
    assert "Confirmed within a year" in words_of(client.get("/initiatives/made-up-buses").text)
    with database.reading() as session:
        assert session.scalars(select(AuditEvent.actor_name).where(AuditEvent.verb == "confirm")).one() == "Ana Made-up"


@pytest.mark.usefixtures("buses")
def test_a_letter_confirms_by_a_button_once_and_opening_its_link_changes_nothing(
    browser_of: Browsers, database: Database, client: FlaskClient, letters: list[Email], people: dict[str, User]
) -> None:
    eva = browser_of("eva")
    assert "The e-mail was sent" in eva.get(send(eva, f"{PAGE}/ask", PAGE).location).text
    assert [letter.to for letter in letters] == [people["ana"].email]
    path = re.search(r"/still-true/\S+", letters[0].text)[0]
    assert client.get(path).status_code == 200
    assert confirmed_on(database) is None
    page = client.get(path).text
    assert client.post(path, data=fields_in(page, path)).status_code == 200
    assert confirmed_on(database) == now().date()
    assert client.get(path).status_code == 409
    assert client.get(path[:-3] + "abc").status_code == 409


@pytest.mark.usefixtures("buses")
def test_a_link_of_a_letter_is_worthless_when_its_persons_account_is_closed(
    browser_of: Browsers, database: Database, client: FlaskClient, letters: list[Email], people: dict[str, User]
) -> None:
    send(browser_of("eva"), f"{PAGE}/ask", PAGE)
    path = re.search(r"/still-true/\S+", letters[0].text)[0]
    with database.writing() as session:
        session.get_one(User, people["ana"].id).disabled_at = now()
    assert client.get(path).status_code == 409


def changed(browser: FlaskClient, summary: str) -> None:
    step = send(browser, f"{PAGE}/change", PAGE).location
    assert fill(browser, step, summary=summary).status_code == 303
    assert fill(browser, step.rpartition("/write")[0] + "/check", "publish").status_code == 303


@pytest.mark.usefixtures("buses")
@pytest.mark.both_databases
def test_a_history_tells_what_was_public_and_never_a_draft(browser_of: Browsers, client: FlaskClient) -> None:
    eva = browser_of("eva")
    changed(eva, "The second words, which are public.")
    step = send(browser_of("ana"), f"{PAGE}/change", PAGE).location
    fill(browser_of("ana"), step, summary="Words that nobody accepted.")
    answer = client.get("/initiatives/made-up-buses/history")
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert "The first words." in answer.text
    assert "The second words" in answer.text
    assert "nobody accepted" not in answer.text
    assert "Eva Made-up" not in answer.text
    assert "Eva Made-up" in eva.get("/initiatives/made-up-buses/history").text


def test_a_history_marks_the_rows_of_a_list_that_changed(
    client: FlaskClient, session: Session, buses: Initiative, people: dict[str, User]
) -> None:
    stays = {"url": "https://example.org/stays", "title": None, "seen_on": None}
    for url in ("https://example.org/first", "https://example.org/second"):
        data = snapshot(EntryKind.INITIATIVE, buses) | {"sources": [stays, {**stays, "url": url}]}
        publish(session, people["eva"], EntryKind.INITIATIVE, data, entry_id=buses.id)
    session.commit()
    page = html.document_fromstring(client.get("/initiatives/made-up-buses/history").text)
    marked = [(mark.tag, mark.text_content()) for mark in page.iter("del", "ins")]
    assert marked == [("del", "https://example.org/first"), ("ins", "https://example.org/second")]
    assert page.text_content().count("https://example.org/stays") == 2


@pytest.mark.usefixtures("buses")
def test_an_editor_brings_an_earlier_version_back(
    browser_of: Browsers, database: Database, client: FlaskClient
) -> None:
    eva = browser_of("eva")
    changed(eva, "The second words.")
    with database.reading() as session:
        first = session.scalars(select(Revision.id).order_by(Revision.id)).first()
    page = f"/initiatives/made-up-buses/history?after={first}"
    way = f"&amp;after={first}#restore"
    assert way in eva.get("/initiatives/made-up-buses/history").text
    assert way not in client.get("/initiatives/made-up-buses/history").text
    assert "Restore this version" not in client.get(page).text
    fields = fields_in(eva.get(page).text, f"/desk/revisions/{first}/restore")
    assert eva.post(f"/desk/revisions/{first}/restore", data=fields).status_code == 303
    assert "The first words." in client.get("/initiatives/made-up-buses").text
    late = eva.post(f"/desk/revisions/{first}/restore", data=fields | {"why": "Those were right."})
    assert late.status_code == 409
    assert "Someone else saved first." in late.text
    assert 'value="Those were right."' in late.text
    assert "What changed from" in late.text, "the version is compared with the newest, whoever made that"
    assert "The first version" not in late.text


def test_versions_of_another_entry_cannot_be_compared_here(
    session: Session, buses: Initiative, browser_of: Browsers, client: FlaskClient, database: Database
) -> None:
    other = make_initiative(session)
    session.commit()
    changed(browser_of("eva"), "The second words.")
    with database.reading() as reading:
        key = reading.scalars(select(Revision.id)).first()
    assert client.get(f"/initiatives/{other.slug}/history?after={key}").status_code == 404
    assert client.get(f"/initiatives/{other.slug}/history").status_code == 200
    assert client.get("/initiatives/made-up-nothing/history").status_code == 404


@pytest.mark.usefixtures("buses")
def test_a_withdrawn_entry_says_why_and_can_come_back(browser_of: Browsers, client: FlaskClient) -> None:
    eva = browser_of("eva")
    empty = send(eva, f"{PAGE}/withdraw", PAGE, reason=" ")
    assert empty.status_code == 422
    assert 'id="reason-error">Write why it is withdrawn. Its page will show this.</p>' in empty.text
    assert send(eva, f"{PAGE}/withdraw", PAGE, reason="It never ran.").status_code == 303
    gone = client.get("/initiatives/made-up-buses")
    assert gone.status_code == 410
    assert "It never ran." in gone.text
    assert send(eva, f"{PAGE}/bring-back", PAGE, why="It did.").status_code == 303
    assert client.get("/initiatives/made-up-buses").status_code == 200
    assert client.get("/initiatives/made-up-buses/history").status_code == 200


def test_what_a_withdrawn_entry_said_is_read_nowhere_but_by_editors(
    app: Flask, session: Session, buses: Initiative, browser_of: Browsers, client: FlaskClient, config: Config
) -> None:
    eva, ana, city = browser_of("eva"), browser_of("ana"), buses.cities[0]
    twin = make_initiative(session, "Made-up Twin", cities=(city,), challenges=("congestion",), goals=(11,))
    make_city(session, "Made-up Neighbour", challenges=("congestion",), slug="made-up-neighbour")
    buses.summary = buses.lessons = "Zqxwords on the buses."
    session.commit()
    fill(eva, send(eva, f"{PAGE}/change", PAGE).location, summary="Newer zqxwords on the buses.")
    assert fill(eva, "/desk/proposals/1/check", "publish").status_code == 303
    history, kept = "/initiatives/made-up-buses/history", f"initiative=made-up-buses&city={city.slug}"
    with app.extensions["kb_database"].reading() as reading:
        first, second = reading.scalars(select(Revision.id).where(Revision.kind == "initiative").order_by(Revision.id))
    own = [
        "/initiatives/made-up-buses", history, f"{history}?until={second}",
        f"{history}?before={first}&after={second}", f"{history}?after={first}",
    ]  # fmt: skip
    elsewhere = [
        "/search?q=zqxwords", "/suggest?q=made-up+bus", f"/initiatives/{twin.slug}", f"/cities/{city.slug}",
        "/cities/made-up-neighbour/peers", f"/shortlist?{kept}", f"/shortlist/brief.html?{kept}",
        "/sitemaps/initiative-0.xml", "/challenges/congestion", "/goals/11",
    ]  # fmt: skip
    plain = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    indexing.rebuild(app.extensions["kb_database"], config.search_index)
    for path in elsewhere:
        assert re.search("made-up.buses", client.get(path).text, re.IGNORECASE), (
            f"{path} tells nothing of it, and so proves nothing"
        )

    assert send(eva, f"{PAGE}/withdraw", PAGE, reason="It never ran.").status_code == 303
    indexing.rebuild(app.extensions["kb_database"], config.search_index)
    for reader in (client, ana):
        for path in own:
            gone = reader.get(path)
            assert (gone.status_code, "It never ran." in gone.text, "qxwords" in gone.text) == (410, True, False), path
            assert f'href="{history}"' not in gone.text
    for path in (*elsewhere, *plain):
        page = client.get(path)
        assert b"qxwords on" not in page.data, path
        assert b"Made-up Buses" not in page.data, path
        page.close()
    for path in own[1:]:
        assert eva.get(path).status_code == 200
    assert "qxwords" in eva.get(own[3]).text
    assert history in eva.get(PAGE).text


def test_of_a_withdrawn_city_the_page_of_its_peers_is_gone_too(
    session: Session, browser_of: Browsers, client: FlaskClient
) -> None:
    make_city(session, "Made-up Harbour", slug="made-up-harbour")
    session.commit()
    page = "/desk/entries/city/made-up-harbour"
    assert client.get("/cities/made-up-harbour/peers").status_code == 200
    assert send(browser_of("eva"), f"{page}/withdraw", page, reason="It is no city.").status_code == 303
    for path in ("/cities/made-up-harbour", "/cities/made-up-harbour/peers", "/cities/made-up-harbour/history"):
        gone = client.get(path)
        assert (gone.status_code, "It is no city." in gone.text) == (410, True), path
        assert 'rel="alternate"' not in gone.text, "nor are its files and its feed there"


@pytest.mark.postgresql
class TestAtOnce:
    """Somebody publishes a change of an entry at the moment at which another is merged into it."""

    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    def test_the_change_stays(
        self, session: Session, buses: Initiative, browser_of: Browsers, database: Database, people: dict[str, User]
    ) -> None:
        twin = make_initiative(session, "Made-up Busses", lessons="Ask the drivers.")
        session.commit()
        eva = browser_of("eva")
        page = eva.get(f"{PAGE}/merge?with={twin.slug}").text
        fields = {name: values[0] for name, values in fields_in(page, f"{PAGE}/merge").items()}
        answers = []

        def change_it(changing: Session) -> None:
            data = snapshot(EntryKind.INITIATIVE, changing.get_one(Initiative, buses.id)) | {"results": "Fewer cars."}
            publish(changing, people["eva"], EntryKind.INITIATIVE, data, buses.id)

        meet(database, lambda _: answers.append(eva.post(f"{PAGE}/merge", data=fields)), change_it)
        assert [answer.status_code for answer in answers] == [303]
        with database.reading() as reading:
            merged = reading.scalars(select(Initiative)).one()
            assert (merged.results, merged.lessons) == ("Fewer cars.", "Ask the drivers.")


@pytest.mark.both_databases
def test_two_entries_on_one_thing_become_one_and_the_old_address_leads_there(
    session: Session, buses: Initiative, browser_of: Browsers, client: FlaskClient
) -> None:
    twin = make_initiative(
        session, "Made-up Busses", goals=(13,), lessons="Ask the drivers.", summary="Twin words.", slug="made-up-busses"
    )
    session.commit()
    eva = browser_of("eva")
    page = eva.get(f"{PAGE}/merge?with=https://example.org/initiatives/{twin.slug}").text
    assert "Twin words." in page
    assert "The first words." in page
    fields = {name: values[0] for name, values in fields_in(page, f"{PAGE}/merge").items()}
    assert fields["choice-summary"] == "mine"
    assert fields["choice-lessons"] == "theirs"
    assert fields["choice-goals"] == "both"
    assert eva.post(f"{PAGE}/merge", data=fields).status_code == 303
    moved = client.get(f"/initiatives/{twin.slug}")
    assert (moved.status_code, moved.location) == (301, "/initiatives/made-up-buses")
    text = client.get("/initiatives/made-up-buses").text
    assert "The first words." in text
    assert "Ask the drivers." in text
    assert "Climate action" in text
    for typed, told in (("made-up-buses", "That is the same entry."), ("nowhere", "There is no other entry")):
        response = eva.get(f"{PAGE}/merge?with={typed}")
        assert response.status_code == 422
        assert re.search(f'id="with-error">{told}', response.text)
        assert f'value="{typed}"' in response.text


@pytest.mark.both_databases
def test_searches_in_vain_are_counted_without_anything_about_who_asked(
    session: Session, database: Database, config: Config, client: FlaskClient, browser_of: Browsers
) -> None:
    make_initiative(session, "Made-up Buses")
    session.commit()
    indexing.rebuild(database, config.search_index)
    for question in ("zeppelin mooring", "Zeppelin  mooring", "buses", "ana@city.example", "zeppelin&goal=11"):
        client.get(f"/search?q={question}", headers=PERSON).close()
    client.get("/search?q=zeppelin+hangars", headers={"User-Agent": "ExampleBot/1.0"}).close()
    with database.reading() as reading:
        rows = [(row.query, row.count) for row in reading.scalars(select(FailedSearchCount))]
    assert rows == [("zeppelin mooring", 2)]
    page = words_of(browser_of("eva").get("/desk/boards/demand").text)
    assert "zeppelin mooring" in page
    assert browser_of("ana").get("/desk/boards/demand").status_code == 403


@pytest.mark.both_databases
def test_worklists_hold_what_wants_attention(session: Session, buses: Initiative, browser_of: Browsers) -> None:
    bare = make_initiative(session, "Made-up Bare One", stage="operational", needs_verification=True)
    bare.created_at = buses.created_at = now() - timedelta(days=800)
    session.commit()
    eva = browser_of("eva")
    for worklist, there in (
        ("verify", True),
        ("stale", True),
        ("incomplete", True),
        ("unsourced", True),
        ("doubt", True),
    ):
        assert (bare.title in eva.get(f"/desk/boards/{worklist}").text) is there
    assert buses.title not in eva.get("/desk/boards/unsourced").text
    assert buses.title in eva.get("/desk/boards/stale").text
    send(eva, f"{PAGE}/still-true", PAGE)
    assert buses.title not in eva.get("/desk/boards/stale").text


def test_worklists_name_the_cities_of_entries_by_as_many_queries_for_one_as_for_three(
    session: Session, app: Flask, browser_of: Browsers
) -> None:
    north, south = make_city(session, "Made-up North"), make_city(session, "Made-up South")
    leader = make_leader(session, "Made-up Leader", north, start_year=2001)
    leader.terms.append(LeaderTerm(city=south, title="Mayor", start_year=2020))
    make_initiative(session, "Made-up Pumps", cities=(south, north))
    make_vision(session, north, title="Made-up Plan")
    session.commit()
    eva = browser_of("eva")
    eva.get("/desk/boards/unsourced")
    with counted_queries(app) as one:
        page = words_of(eva.get("/desk/boards/unsourced").text)
    assert "Made-up Pumps Initiative · Made-up South, Made-up North · " in page
    assert "Made-up Leader Leader · Made-up South, Made-up North · " in page
    assert "Made-up Plan Strategy · Made-up North · " in page
    for number in range(2):
        make_initiative(session, f"Made-up {number}", cities=(south,))
    session.commit()
    eva.get("/desk/boards/unsourced")
    with counted_queries(app) as three:
        assert eva.get("/desk/boards/unsourced").text.count("Made-up South") > 2
    assert len(three) == len(one)


@pytest.mark.both_databases
def test_stale_is_what_nobody_has_confirmed_for_two_years_and_nothing_on_the_first_day(
    session: Session, database: Database
) -> None:
    arrays = CatalogueArrays(database)
    before = worklists.how_many(arrays.current(session))["stale"]
    new, confirmed, old, forgotten = (
        make_initiative(session, f"Made-up {name}") for name in ("New", "Confirmed", "Old", "Forgotten")
    )
    session.flush()
    long_ago = now() - timedelta(days=800)
    confirmed.created_at = old.created_at = forgotten.created_at = long_ago
    confirmed.confirmed_on, old.confirmed_on = now().date(), long_ago.date()
    new.confirmed_on = forgotten.confirmed_on = None
    session.flush()
    catalogue = arrays.current(session)
    assert worklists.how_many(catalogue)["stale"] - before == 2
    titles = {entry.title for entry in worklists.waiting(session, catalogue, "stale", 0, 1000)}
    assert {title for title in titles if title.startswith("Made-up ")} == {"Made-up Old", "Made-up Forgotten"}


@pytest.mark.usefixtures("buses")
def test_only_people_who_are_signed_in_are_offered_to_change_an_entry(
    client: FlaskClient, browser_of: Browsers
) -> None:
    public = client.get("/initiatives/made-up-buses")
    assert "Suggest a change" not in public.text
    assert "private" not in public.headers["Cache-Control"]
    mine = browser_of("ana").get("/initiatives/made-up-buses")
    assert f'href="{PAGE}"' in mine.text
    assert "private" in mine.headers["Cache-Control"]


@pytest.mark.both_databases
def test_terms_and_sources_are_changed_by_editors_who_are_told_of_each_other(
    session: Session, browser_of: Browsers, database: Database
) -> None:
    source = make_source(session)
    session.commit()
    eva, edda = browser_of("eva"), browser_of("edda")
    page = "/desk/terms/challenge/flooding"
    stale = fields_in(edda.get(page).text, page)
    assert fill(eva, page, None, label="Floods", synonyms="high tide, soggy cellars").status_code == 303
    assert "Challenge: Floods" in eva.get("/search?q=cellars+that+are+soggy+cellars").text
    conflict = edda.post(page, data=stale | {"label": ["High water"]})
    assert conflict.status_code == 409
    assert "Floods" in conflict.text
    assert "High water" in conflict.text
    wrong = fill(eva, "/desk/terms/technology/new", None, code="Made up!", label="Made-up")
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    page = f"/desk/sources/{source.id}"
    assert fill(eva, page, None, title="A better title", seen_on="2026-11-01").status_code == 303
    assert "A better title" in eva.get("/desk/sources?q=better").text
    assert fill(eva, page, None, seen_on="the other day").status_code == 422


@pytest.mark.both_databases
def test_the_list_of_sources_says_how_often_each_is_cited_wherever_that_is(
    session: Session, browser_of: Browsers
) -> None:
    source = make_source(session, title="Made-up report")
    session.commit()
    eva = browser_of("eva")
    assert "not cited" in words_of(eva.get("/desk/sources?q=report").text)
    make_initiative(session, sources=(source,))
    session.commit()
    assert "cited once" in words_of(eva.get("/desk/sources?q=report").text)
    make_leader(session, "Made-up Leader", make_city(session), source=source)
    session.commit()
    assert "cited 2 times" in words_of(eva.get("/desk/sources?q=report").text)


def test_a_source_that_is_no_web_page_is_refused(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    answer = fill(ana, "/desk/proposals/1/write/sources", sources__0__url="javascript:alert(1)")
    assert answer.status_code == 422
    assert "This is not the address of a page" in answer.text
    assert 'href="javascript' not in ana.get("/desk/proposals/1/preview").text
    assert 'href="javascript' not in ana.get("/desk/proposals/1").text


def test_a_draft_that_was_thrown_away_stays_readable_and_is_never_public(
    browser_of: Browsers, database: Database, people: dict[str, User]
) -> None:
    ana = browser_of("ana")
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    assert send(ana, "/desk/proposals/1/take-back", "/desk/proposals/1/check").status_code == 303
    assert ana.get("/desk/proposals/1").status_code == 200
    assert ana.get("/desk/proposals/1/write/what").status_code == 409
    with database.reading() as session:
        assert session.get_one(Proposal, 1).state == "withdrawn"
    with pytest.raises(Refused, match="decided"), database.writing() as session:
        actions.publish(session, people["ana"], 1)
