"""An editor reviews what a contributor wrote; what is accepted is public, and nothing else."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.models import User
from kb.catalogue.models import Change, City, Initiative
from kb.core.db import Database
from kb.core.mail import Email
from kb.editorial import actions
from kb.editorial.models import Proposal, Revision
from kb.privacy.erasure import erase_person
from kb.search import indexing
from tests.factories import make_initiative
from tests.sign_in import send

from ..page_readers import counted_queries, words_of
from .desk_forms import fields_in, fill, write_up

Browsers = Callable[[str], FlaskClient]


def state(database: Database, key: int = 1) -> str:
    with database.reading() as session:
        return session.get_one(Proposal, key).state


def sent_by(browser: FlaskClient, title: str = "Made-up Flood Sensors") -> int:
    key = write_up(browser, title)
    assert fill(browser, f"/desk/proposals/{key}/check", "send").status_code == 303
    return key


def press(browser: FlaskClient, key: int, button: str, **typed: str):
    page = browser.get(f"/desk/proposals/{key}").text
    path = f"/desk/proposals/{key}/{button}"
    fields = {name: values[0] for name, values in fields_in(page, path).items()}
    return browser.post(path, data=fields | typed)


@pytest.mark.both_databases
def test_a_proposal_goes_back_once_and_then_becomes_public_and_is_found(
    browser_of: Browsers, database: Database, config: Config, letters: list[Email], client: FlaskClient
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = sent_by(ana)
    assert {letter.subject for letter in letters} == {"Waiting for review: Made-up Flood Sensors"}
    assert "Made-up Flood Sensors" in words_of(eva.get("/desk/queue").text)
    letters.clear()

    assert press(eva, key, "ask", go="ask", reason="Which river is it?").status_code == 303
    assert state(database) == "changes-requested"
    assert [letter.subject for letter in letters] == ["Changes requested: Made-up Flood Sensors"]
    assert "Which river is it?" in letters[0].text
    assert "Which river is it?" in words_of(ana.get("/desk").text)
    assert client.get("/initiatives/made-up-flood-sensors").status_code == 404

    fill(ana, f"/desk/proposals/{key}/write/what", summary="Sensors on bridges over the Tapi warn of floods.")
    assert fill(ana, f"/desk/proposals/{key}/check", "send").status_code == 303
    letters.clear()
    assert press(eva, key, "accept").status_code == 303
    assert state(database) == "accepted"
    assert [letter.subject for letter in letters] == ["Published: Made-up Flood Sensors"]
    assert letters[0].text.rstrip().endswith("/initiatives/made-up-flood-sensors"), "who wrote it wants to see the page"

    page = words_of(client.get("/initiatives/made-up-flood-sensors").text)
    assert "over the Tapi" in page
    with database.reading() as session:
        entry = session.scalars(select(Initiative)).one()
        assert session.scalars(select(Revision).where(Revision.kind == "initiative")).one().entry_id == entry.id
        assert session.scalar(select(func.count()).where(Change.kind == "initiative", Change.entry_id == entry.id))
    indexing.rebuild(database, config.search_index)
    assert "Made-up Flood Sensors" in words_of(client.get("/search?q=Tapi").text)


def test_what_an_erased_person_proposed_is_reviewed_as_before(browser_of: Browsers, database: Database) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = sent_by(ana)
    with database.writing() as session:
        proposal = session.get_one(Proposal, key)
        assert proposal.author is not None
        name, number = proposal.author_name, erase_person(session, proposal.author.email).number
    assert ana.get(f"/desk/proposals/{key}").status_code == 302
    for page in (eva.get("/desk/queue").text, eva.get(f"/desk/proposals/{key}").text):
        assert f"former account {number}" in page
        assert name not in page
    assert press(eva, key, "accept").status_code == 303
    assert state(database, key) == "accepted"


def test_what_is_declined_stays_with_its_author_who_is_told_why(
    browser_of: Browsers, database: Database, letters: list[Email]
) -> None:
    key = sent_by(browser_of("ana"))
    letters.clear()
    assert press(browser_of("eva"), key, "ask", go="decline", reason="It is here already.").status_code == 303
    assert state(database) == "declined"
    assert "It is here already." in letters[0].text
    page = words_of(browser_of("ana").get(f"/desk/proposals/{key}").text)
    assert "It is here already." in page
    assert "Sensors on bridges" in page


@pytest.mark.parametrize("go", ["decline", "ask"])
def test_a_decision_needs_a_reason_which_is_told_beside_its_field(
    browser_of: Browsers, database: Database, go: str
) -> None:
    key = sent_by(browser_of("ana"))
    answer = press(browser_of("eva"), key, "ask", go=go, reason=" \u200b ")
    assert answer.status_code == 422
    assert '<p class="field-error" id="reason-error">Please tell the author why.</p>' in answer.text
    assert '<a href="#reason">Please tell the author why.</a>' in answer.text
    assert state(database) == "submitted"
    long = "Why not. " * 600
    answer = press(browser_of("eva"), key, "ask", go=go, reason=long)
    assert answer.status_code == 422
    assert long.strip() in answer.text, "what was typed is kept"


def test_a_reason_is_kept_when_the_author_changed_the_proposal_meanwhile(
    browser_of: Browsers, database: Database
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = sent_by(ana)
    path = f"/desk/proposals/{key}/ask"
    fields = {name: values[0] for name, values in fields_in(eva.get(f"/desk/proposals/{key}").text, path).items()}
    fill(ana, f"/desk/proposals/{key}/write/what", summary="Newer words.")
    late = eva.post(path, data=fields | {"go": "ask", "reason": "Which river is it?"})
    assert late.status_code == 409
    assert "Someone else saved first." in late.text
    assert "Newer words." in late.text
    again = {name: values[0] for name, values in fields_in(late.text, path).items()}
    assert again["reason"] == "Which river is it?"
    assert eva.post(path, data=again | {"go": "ask"}).status_code == 303
    assert state(database) == "changes-requested"


def test_nobody_reviews_the_own_but_an_editor_may_publish_it_openly(
    browser_of: Browsers, database: Database, client: FlaskClient
) -> None:
    eva = browser_of("eva")
    key = sent_by(eva)
    page = eva.get(f"/desk/proposals/{key}").text
    assert f'action="/desk/proposals/{key}/accept"' not in page
    assert send(eva, f"/desk/proposals/{key}/accept", "/desk/new/initiative", seen="99").status_code in {403, 409}
    assert fill(eva, f"/desk/proposals/{key}/check", "publish").status_code == 303
    desk = words_of(eva.get("/desk").text)
    assert "Initiative · Accepted · new" in desk, "it was no change of an entry before, so it is none now"
    assert state(database) == "accepted"
    history = words_of(client.get("/initiatives/made-up-flood-sensors/history").text)
    assert "Published by its editor without review" in history
    own = words_of(eva.get(f"/desk/proposals/{key}").text)
    assert "Published without review on" in own
    assert "reviewed by" not in own


def test_the_sources_of_a_proposal_are_opened_by_one_click(browser_of: Browsers) -> None:
    key = sent_by(browser_of("ana"))
    sources = browser_of("eva").get(f"/desk/proposals/{key}").text.partition('id="field-sources"')[2]
    assert '<a href="https://example.org/made-up" rel="external nofollow' in sources.partition("</section>")[0]


@pytest.mark.both_databases
def test_two_editors_decide_once(browser_of: Browsers, database: Database) -> None:
    key = sent_by(browser_of("ana"))
    eva, edda = browser_of("eva"), browser_of("edda")
    page = edda.get(f"/desk/proposals/{key}").text
    fields = {name: values[0] for name, values in fields_in(page, f"/desk/proposals/{key}/ask").items()}
    assert press(eva, key, "accept").status_code == 303
    late = edda.post(f"/desk/proposals/{key}/ask", data=fields | {"go": "decline", "reason": "No, not that river."})
    assert late.status_code == 409
    assert "already decided" in late.text
    assert "No, not that river." in late.text, "what was typed is not lost"
    assert state(database) == "accepted"


def test_several_are_accepted_at_once_and_one_that_cannot_be_leaves_the_others(
    browser_of: Browsers, database: Database, session: Session, people: dict[str, User], letters: list[Email]
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    keys = [sent_by(ana, f"Made-up Sensors {n}") for n in "abc"]
    page = eva.get("/desk/queue").text
    token = fields_in(page, "/desk/queue")["csrf_token"]
    with database.reading() as reading:
        seen = {key: reading.get_one(Proposal, key).version for key in keys}
    with database.writing() as writing:
        actions.take_back(writing, people["ana"], keys[1])
    # What no page offers is passed over: a number that no database holds, a word.
    chosen = [f"{10**20}:1", f"{keys[0]}:{10**20}", "x", *(f"{key}:{seen[key]}" for key in keys)]
    letters.clear()
    answer = words_of(eva.post("/desk/queue", data={"csrf_token": token, "choose": chosen}).text)
    assert "2 accepted. They are public now." in answer
    assert "Not accepted: “Made-up Sensors b”" in answer
    assert [state(database, key) for key in keys] == ["accepted", "withdrawn", "accepted"]
    assert len(letters) == 2


@pytest.mark.parametrize("address", ["proposals/{}", "imports/{}", "sources/{}", "people/{}"])
@pytest.mark.both_databases
def test_a_number_that_no_entry_can_have_is_no_page(browser_of: Browsers, address: str) -> None:
    assert browser_of("eva").get("/desk/" + address.format(10**20)).status_code == 404


def test_the_difference_is_told_field_by_field_in_words(session: Session, browser_of: Browsers) -> None:
    long = "The city counted buses at every stop for a whole year and then changed the lines."
    entry = make_initiative(session, "Made-up Buses", goals=(11,), summary=long, stage="pilot")
    session.commit()
    bo = browser_of("bo")
    page = f"/desk/entries/initiative/{entry.slug}"
    step = send(bo, f"{page}/change", page).location
    fill(bo, step, summary=long.replace("a whole year", "two years"), stage="operational")
    text = bo.get("/desk/proposals/1").text
    assert "<del>a whole year </del>" in text
    assert "<ins>two years </ins>" in text
    assert "Pilot" in words_of(text)
    assert "Operational" in words_of(text)


def test_a_remark_is_pinned_to_its_field_and_can_be_dealt_with(browser_of: Browsers, database: Database) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = sent_by(ana)
    page = f"/desk/proposals/{key}"
    for field, where in (("summary", "remark-summary"), ("", "remark-whole")):
        empty = send(eva, f"{page}/remarks", page, field=field, text=" \n")
        assert empty.status_code == 422
        assert f'id="{where}-error">Please write a comment.</p>' in empty.text
        assert f'<a href="#{where}">' in empty.text
        assert empty.text.count("Please write a comment.") == 2
    send(eva, f"{page}/remarks", page, field="summary", text="Which river?")
    assert "Which river?" in words_of(ana.get(page).text)
    assert "Which river?" in words_of(ana.get(f"{page}/write/what").text)
    send(ana, "/desk/remarks/1/resolve", page)
    assert "resolved by Ana Made-up" in words_of(eva.get(page).text)
    assert "Which river?" not in words_of(ana.get(f"{page}/write/what").text)


@pytest.mark.both_databases
def test_two_who_change_the_same_are_shown_both_and_can_go_on(
    session: Session, people: dict[str, User], browser_of: Browsers, database: Database, client: FlaskClient
) -> None:
    entry = make_initiative(
        session, "Made-up Buses", cities=(session.get_one(City, people["ana"].city_id),), goals=(11,),
        challenges=("congestion",), summary="Old words.",
    )  # fmt: skip
    session.commit()
    page = f"/desk/entries/initiative/{entry.slug}"
    ana, bo, eva = browser_of("ana"), browser_of("bo"), browser_of("eva")
    for browser, words, lesson in ((ana, "Ana's words.", None), (bo, "Bo's words.", "Start small.")):
        step = send(browser, f"{page}/change", page).location
        assert fill(browser, step, summary=words).status_code == 303
        if lesson:
            fill(browser, step.replace("what", "reuse"), lessons=lesson)
        assert fill(browser, step.rpartition("/write")[0] + "/check", "send").status_code == 303
    assert "Another proposal is open" in words_of(eva.get("/desk/proposals/2").text)
    assert "Someone else is also changing this entry." in words_of(bo.get(step).text)
    assert "The entry has changed since this was started" not in words_of(bo.get(step).text)
    assert press(eva, 1, "accept").status_code == 303
    for browser, address in ((bo, step), (bo, "/desk/proposals/2/check"), (eva, "/desk/proposals/2")):
        response = browser.get(address, follow_redirects=True)
        assert "The entry has changed since this was started" in words_of(response.text), address
        assert f'href="/initiatives/{entry.slug}/history"' in response.text
    conflict = press(eva, 2, "accept")
    assert conflict.status_code == 409
    assert "Ana&#39;s words." in conflict.text
    assert "Bo&#39;s words." in conflict.text
    fields = {name: values[0] for name, values in fields_in(conflict.text, "/desk/proposals/2/join").items()}
    assert fields["choice-summary"] == "mine"
    assert eva.post("/desk/proposals/2/join", data=fields).status_code == 303
    assert press(eva, 2, "accept").status_code == 303
    public = words_of(client.get(f"/initiatives/{entry.slug}").text)
    assert "Bo&#39;s words." in client.get(f"/initiatives/{entry.slug}").text
    assert "Start small." in public
    history = client.get(f"/initiatives/{entry.slug}/history").text
    assert "Ana&#39;s words." in history


def test_a_draft_saved_in_two_windows_is_joined_by_its_author(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    write_up(ana)
    step = "/desk/proposals/1/write/story"
    first = fields_in(ana.get(step).text, step)
    second = fields_in(ana.get(step).text, step)
    assert ana.post(step, data=first | {"problem": ["One window."], "go": ["stay"]}).status_code == 303
    conflict = ana.post(step, data=second | {"problem": ["Another window."], "go": ["stay"]})
    assert conflict.status_code == 409
    assert "One window." in conflict.text
    assert "Another window." in conflict.text
    fields = {name: values[0] for name, values in fields_in(conflict.text, "/desk/proposals/1/join").items()}
    assert ana.post("/desk/proposals/1/join", data=fields | {"choice-problem": "mine"}).status_code == 303
    with database.reading() as session:
        assert session.get_one(Proposal, 1).data["problem"] == "Another window."


@pytest.mark.parametrize("path", ["/desk", "/desk/queue", "/desk/boards/stale", "/desk/boards", "/desk/sources"])
def test_three_items_cost_as_many_queries_as_one(
    app: Flask, session: Session, browser_of: Browsers, people: dict[str, User], path: str
) -> None:
    eva = browser_of("eva")
    counts = []
    for _ in range(2):
        for who in ("eva", "ana"):
            for proposed in ("draft", "submitted", "changes-requested", "declined"):
                person = people[who]
                session.add(
                    Proposal(
                        kind="initiative",
                        data={"title": "Made-up"},
                        title="Made-up",
                        state=proposed,
                        author_id=person.id,
                        author_name=person.name,
                    )
                )
        make_initiative(session)
        session.commit()
        # What is derived from the database follows it first.
        eva.get(path)
        with counted_queries(app) as statements:
            assert eva.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


def test_what_its_author_changed_while_an_editor_looked_is_looked_at_again(
    browser_of: Browsers, database: Database
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = sent_by(ana)
    page = eva.get(f"/desk/proposals/{key}").text
    fields = {name: values[0] for name, values in fields_in(page, f"/desk/proposals/{key}/accept").items()}
    fill(ana, f"/desk/proposals/{key}/write/what", summary="Newer words.")
    late = eva.post(f"/desk/proposals/{key}/accept", data=fields)
    assert late.status_code == 409
    assert "It was changed while this page was open" in late.text
    assert "Newer words." in late.text
    assert state(database) == "submitted"
    assert press(eva, key, "accept").status_code == 303


def test_a_note_is_not_lost_when_the_draft_was_saved_elsewhere(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    path = f"/desk/proposals/{key}/check"
    fields = {name: values[0] for name, values in fields_in(ana.get(path).text, path).items()}
    fill(ana, f"/desk/proposals/{key}/write/what", summary="Newer words.")
    late = ana.post(path, data=fields | {"go": "send", "note": "Please be kind."})
    assert late.status_code == 409
    assert "Please be kind." in late.text
    assert state(database) == "draft"


@pytest.mark.both_databases
def test_a_long_queue_goes_on_from_the_last_one_seen(
    session: Session, browser_of: Browsers, people: dict[str, User], database: Database
) -> None:
    ana = people["ana"]
    for number in range(51):
        session.add(
            Proposal(
                kind="initiative",
                data={},
                title=f"Made-up {number}",
                state="submitted",
                author_id=ana.id,
                author_name=ana.name,
            )
        )
    session.commit()
    first = browser_of("eva").get("/desk/queue?kind=initiative").text
    assert "Made-up 50" not in first
    more = html.unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
    assert more.startswith("/desk/queue?kind=initiative&after=")
    # Somebody decides on one of the first page meanwhile: the second begins where the first ended all the same.
    with database.writing() as writing:
        writing.get_one(Proposal, 1).state = "declined"
    second = browser_of("eva").get(more).text
    shown = [one for one in range(51) if f">Made-up {one}<" in second]
    assert shown == [50]
    assert 'href="/desk/queue?kind=initiative"' in second
    assert browser_of("eva").get("/desk/queue?after=nonsense").status_code == 200


@pytest.mark.both_databases
def test_the_queue_is_narrowed_by_city_and_author_and_stays_so_after_accepting(
    browser_of: Browsers, database: Database
) -> None:
    ana, bo, eva = browser_of("ana"), browser_of("bo"), browser_of("eva")
    keys = [sent_by(browser, f"Made-up {name}") for browser, name in ((ana, "One"), (ana, "Two"), (bo, "Three"))]
    page = eva.get("/desk/queue?city=SURAT&author=ana")
    assert "Made-up One" in page.text
    assert "Surat, India" in words_of(page.text)
    assert "Made-up Three" not in page.text
    assert "Made-up One" not in eva.get("/desk/queue?city=elsewhere").text
    fields = fields_in(page.text, "/desk/queue?city=SURAT&author=ana")
    with database.reading() as reading:
        seen = reading.get_one(Proposal, keys[0]).version
    answer = eva.post("/desk/queue?city=SURAT&author=ana", data=fields | {"choose": f"{keys[0]}:{seen}"})
    assert answer.location == "/desk/queue?city=SURAT&author=ana"
    after = eva.get(answer.location).text
    assert "1 accepted. It is public now." in words_of(after)
    assert "Made-up Two" in after
    assert "Made-up Three" not in after


def test_accepting_three_asks_as_often_who_wrote_them_as_accepting_one(
    app: Flask, browser_of: Browsers, database: Database, letters: list[Email]
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    counts = []
    for number in (1, 3):
        keys = [sent_by(ana, f"Made-up {number} {one}") for one in range(number)]
        token = fields_in(eva.get("/desk/queue").text, "/desk/queue")["csrf_token"]
        with database.reading() as reading:
            chosen = [f"{key}:{reading.get_one(Proposal, key).version}" for key in keys]
        letters.clear()
        with counted_queries(app) as statements:
            eva.post("/desk/queue", data={"csrf_token": token, "choose": chosen})
        assert len(letters) == number
        counts.append(sum(bool(re.search(r"FROM (proposals|users|remarks)\b", statement)) for statement in statements))
    assert counts[0] == counts[1] <= 6


def test_a_proposal_whose_title_an_editor_emptied_is_called_so_on_its_page_and_in_the_letter(
    browser_of: Browsers, letters: list[Email]
) -> None:
    key, eva = sent_by(browser_of("ana")), browser_of("eva")
    assert fill(eva, f"/desk/proposals/{key}/write/what", title="").status_code == 303
    assert "<h1>No title yet</h1>" in eva.get(f"/desk/proposals/{key}").text
    letters.clear()
    assert press(eva, key, "ask", go="decline", reason="It says nothing.").status_code == 303
    assert [letter.subject for letter in letters] == ["Not published: No title yet"]
