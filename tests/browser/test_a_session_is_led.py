"""A whole session in real browsers at once: the chair, the wall of the hall, and two people in the audience."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import chairs, participation, queries, session_control
from kb.forum.models import ForumSession, Question
from tests.forum_factories import make_dialogue, person

from .browser_pages import PHONE, Visit, faults, picture

CONSOLE = "/forum/made-up-dialogue/console"
SCREEN = "/forum/made-up-dialogue/screen"


@pytest.fixture
def running_session(database: Database) -> ForumSession:
    """The session."""
    with database.writing() as session:
        return make_dialogue(session, starts_at=now())


@pytest.fixture
def link(database: Database, running_session: ForumSession) -> str:
    """The path of its chair's link."""
    with database.writing() as session:
        _, token = chairs.create_link(session, None, session.get_one(ForumSession, running_session.id), "Made-up Chair")
    return f"/chair/{token}"


@pytest.fixture
def site(own_site: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a site that has no other session, and whose pages ask more often what is new."""
    monkeypatch.setattr("kb.web.forum.live.POLL_MS", 250)
    return own_site


def ask(page: Page, text: str, name: str = "") -> None:
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Your question").fill(text)
    if name:
        page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("Your question was sent")).to_be_visible()


def test_a_chair_a_wall_and_two_people_hold_a_session_together(
    visit: Visit, running_session: ForumSession, link: str
) -> None:
    chair = visit(link)
    wall = visit(SCREEN, viewport={"width": 1920, "height": 1080})
    ana, ben = visit(f"/f/{running_session.short_code}", **PHONE), visit(f"/f/{running_session.short_code}", **PHONE)
    expect(ana.get_by_text("Starts at")).to_be_visible()

    chair.get_by_role("button", name="Start the session").click()
    expect(chair.locator("[data-clock-figure]")).to_have_text(re.compile(r"4:\d\d"))
    for page in (wall, ana, ben):
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    chair.keyboard.press("n")
    for page in (wall, ana, ben):
        expect(page.get_by_role("heading", name="Made-up Ana Lopez")).to_be_visible()
    expect(ana.get_by_role("link", name=re.compile("Made-up flood watch"))).to_be_visible()

    ask(ana, "Who pays for it?", "Made-up Asker")
    waiting = chair.locator("#waiting-list")
    expect(waiting.get_by_text("Who pays for it?")).to_be_visible()
    expect(ben.get_by_text("Who pays for it?")).to_have_count(0)
    waiting.get_by_role("button", name="Approve").click()
    vote = ben.get_by_role("button", name="Vote")
    vote.click()
    expect(ben.get_by_role("button", name="Voted")).to_have_attribute("aria-pressed", "true")
    picture(ben, "chair-2-audience")
    expect(ana.locator(".vote-number")).to_have_text("1")
    ben.reload()
    expect(ben.get_by_role("button", name="Voted")).to_have_attribute("aria-pressed", "true")

    approved = chair.locator("#approved-list")
    expect(approved.get_by_text("1 vote")).to_be_visible()
    approved.get_by_role("button", name="Show on screen").click()
    expect(wall.locator(".wall-text")).to_have_text("Who pays for it?")
    # The notes of the answer are open as soon as it is on the screen.
    approved.get_by_label("Notes of the answer").fill("The state pays half.")
    ask(ben, "And the other half?")
    expect(chair.locator("#waiting-list").get_by_text("And the other half?")).to_be_visible()
    expect(approved.get_by_label("Notes of the answer")).to_have_value("The state pays half.")
    picture(chair, "chair-1-console")
    approved.get_by_role("button", name="Mark as answered").click()
    expect(ana.get_by_text("The state pays half.")).to_be_visible()

    chair.get_by_role("button", name="Close the questions").click()
    expect(ana.get_by_text("Questions are closed at the moment.")).to_be_visible()
    chair.get_by_text("End the session", exact=True).click()
    chair.get_by_role("button", name="Yes, end the session").click()
    for page in (wall, ana, ben):
        expect(page.get_by_role("heading", name="Thank you for taking part")).to_be_visible()
    expect(wall.get_by_text("Ask and vote on your phone")).to_be_hidden()
    expect(wall.get_by_text("Read the answers on your phone")).to_be_visible()


def test_a_chair_ends_a_session_early_after_one_question_and_what_was_not_held_is_marked(
    visit: Visit, running_session: ForumSession, link: str
) -> None:
    chair = visit(link)
    chair.get_by_role("button", name="Start the session").click()
    chair.get_by_role("button", name="Next").click()
    expect(chair.get_by_role("heading", name="Made-up Ana Lopez", level=2)).to_be_visible()
    sure = chair.get_by_role("button", name="Yes, end the session")
    expect(sure).to_be_hidden()
    chair.get_by_text("End the session", exact=True).click()
    expect(chair.get_by_text("2 items that did not take place are marked")).to_be_visible()
    # The console renews itself meanwhile, and the question stays.
    with chair.expect_response("**/console*"):
        pass
    assert faults(chair) == {}
    sure.click()
    expect(chair.get_by_text("The session has ended")).to_be_visible()
    page = visit("/forum/made-up-dialogue")
    expect(page.get_by_text("2 items were planned and did not take place.")).to_be_visible()
    picture(page, "chair-3-ended-early")
    expect(page.locator(".show-slot-not-held")).to_have_count(2)
    expect(page.locator(".show-slot-not-held").first).to_contain_text("Made-up Ben Okafor")
    assert faults(page) == {}
    chair.goto(CONSOLE)
    chair.get_by_role("button", name="Undo").click()
    expect(chair.get_by_role("heading", name="Made-up Ana Lopez", level=2)).to_be_visible()


def test_two_consoles_do_not_step_twice_and_letters_typed_are_letters(
    visit: Visit, running_session: ForumSession, link: str
) -> None:
    page, other = visit(link), visit(link, **PHONE)
    page.get_by_role("button", name="Start the session").click()
    expect(other.get_by_role("button", name="Next")).to_be_visible()
    # Both click before either has heard of the other.
    other.route("**/console*", lambda route: route.abort() if route.request.method == "GET" else route.continue_())
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Made-up Ana Lopez", level=2)).to_be_visible()
    # Who looks at the questions below is told what went wrong where they look.
    other.evaluate("scrollTo(0, document.body.scrollHeight)")
    other.locator("#step-next").dispatch_event("click")
    expect(other.get_by_role("alert")).to_contain_text("Someone else was first")
    expect(other.get_by_role("alert")).to_be_in_viewport()
    expect(other.get_by_role("heading", name="Made-up Ana Lopez", level=2)).to_be_visible()

    page.get_by_label("A short summary of what was said").press_sequentially("no pause now")
    # The console renews itself meanwhile.
    with page.expect_response("**/console*"):
        pass
    with page.expect_response("**/console*"):
        pass
    expect(page.get_by_label("A short summary of what was said")).to_have_value("no pause now")
    expect(page.get_by_role("heading", name="Made-up Ana Lopez", level=2)).to_be_visible()
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#said-list")).to_contain_text("no pause now")


def test_a_broken_line_catches_up(visit: Visit, running_session: ForumSession, link: str) -> None:
    chair, person = visit(link), visit(f"/f/{running_session.short_code}", **PHONE)
    person.context.set_offline(True)
    chair.get_by_role("button", name="Start the session").click()
    chair.get_by_role("button", name="Next").click()
    expect(person.locator("[data-connection]")).to_contain_text("The connection is lost")
    person.context.set_offline(False)
    expect(person.get_by_role("heading", name="Made-up Ana Lopez")).to_be_visible()


def test_time_that_is_over_is_told_in_words_and_said_aloud(
    visit: Visit, running_session: ForumSession, link: str, database: Database
) -> None:
    with database.writing() as session:
        session.get_one(ForumSession, running_session.id).slots[0].minutes = 0
    chair = visit(link)
    chair.get_by_role("button", name="Start the session").click()
    expect(chair.locator(".clock-over [data-clock-words]")).to_have_text("over time")
    expect(chair.get_by_text(re.compile("later than planned|Ends about")).first).to_be_visible()


def test_a_session_is_held_without_javascript(
    visit: Visit, running_session: ForumSession, link: str, database: Database
) -> None:
    chair = visit(link, java_script_enabled=False)
    person = visit(f"/f/{running_session.short_code}", java_script_enabled=False, **PHONE)
    chair.get_by_role("button", name="Start the session").click()
    expect(chair.get_by_role("button", name="Next")).to_be_visible()
    person.reload()
    ask(person, "Who pays for it?")
    chair.goto("/forum/made-up-dialogue/questions")
    chair.get_by_role("button", name="Approve").click()
    chair.get_by_role("button", name="Show on screen").click()
    expect(chair.get_by_role("button", name="Remove from screen")).to_be_visible()
    other = visit(f"/f/{running_session.short_code}", java_script_enabled=False, **PHONE)
    other.get_by_role("button", name="Vote").click()
    expect(other.get_by_role("button", name="Voted")).to_be_visible()
    with database.reading() as session:
        assert list(queries.votes_of(session, running_session.id).values()) == [1]
        assert session.query(Question).one().state == "approved"
    wall = visit(SCREEN, java_script_enabled=False)
    expect(wall.locator(".wall-text")).to_have_text("Who pays for it?")


def test_a_flood_of_questions_is_removed_after_a_look_and_brought_back(
    visit: Visit, running_session: ForumSession, link: str, database: Database
) -> None:
    with database.writing() as session:
        forum_session = queries.session_to_change(session, id=running_session.id)
        session_control.take_step(session, forum_session, "started", 0, now())
        for number in range(1, 4):
            participation.ask(
                session,
                forum_session,
                person(1 + number // 2, forum_session),
                f"Flood {number}?",
                now(),
                is_held_back=number == 3,
            )
    chair = visit(link)
    waiting = chair.locator("#waiting-list")
    expect(waiting.get_by_role("listitem")).to_have_count(2)
    held_back = chair.get_by_text("Listed separately: too many from one network")
    held_back.click()
    expect(chair.locator("#held-list").get_by_text("Flood 3?")).to_be_visible()

    since = (now() - timedelta(minutes=2)).astimezone(ZoneInfo(running_session.timezone))
    chair.get_by_text("Remove many at once").click()
    chair.get_by_label("All waiting questions sent since").fill(since.strftime("%H:%M"))
    chair.get_by_role("button", name="Show questions").click()
    expect(chair.get_by_role("heading", name="Remove 3 questions?")).to_be_visible()
    expect(chair.get_by_text("Flood 3?")).to_be_visible()
    assert faults(chair) == {}
    chair.get_by_role("button", name="Remove 3 questions").click()
    expect(chair.get_by_text("3 questions were removed together.")).to_be_visible()
    expect(waiting.get_by_role("listitem")).to_have_count(0)
    assert faults(chair) == {}
    chair.get_by_role("button", name="Restore them").click()
    expect(waiting.get_by_role("listitem")).to_have_count(2)

    waiting.get_by_role("group").first.click()
    waiting.get_by_role("link", name="Remove all from this person").first.click()
    expect(chair.get_by_role("heading", name="Remove 1 question?")).to_be_visible()
    chair.get_by_role("button", name="Remove 1 question").click()
    expect(waiting.get_by_role("listitem")).to_have_count(1)


def test_axe_finds_nothing_on_any_page_of_a_held_session(
    visit: Visit, running_session: ForumSession, link: str
) -> None:
    person = visit(f"/f/{running_session.short_code}", **PHONE)
    chair = visit(link)
    chair.get_by_role("button", name="Start the session").click()
    chair.get_by_role("button", name="Next").click()
    expect(person.get_by_role("link", name="Ask a question")).to_be_visible()
    ask(person, "Who pays for it?", "Made-up Asker")
    chair.get_by_role("button", name="Approve").click()
    chair.get_by_role("button", name="Show on screen").click()
    expect(chair.get_by_role("button", name="Remove from screen")).to_be_visible()
    found: dict[str, str] = {}
    for page, paths in (
        (chair, (CONSOLE, "/forum/made-up-dialogue/questions", SCREEN, "/forum/made-up-dialogue/poster")),
        (person, (f"/f/{running_session.short_code}", f"/f/{running_session.short_code}/ask", SCREEN)),
    ):
        for path in paths:
            page.goto(path)
            found |= faults(page)
    assert found == {}
