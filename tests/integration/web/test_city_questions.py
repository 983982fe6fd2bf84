"""A question of a reader: asked with a code by mail, answered behind a link, published only where both agree."""

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import Refused
from kb.editorial.actions import merge, withdraw
from kb.privacy.erasure import erase_person
from kb.questions import actions
from kb.questions.actions import confirm, decline, hand_to_city, hand_to_colleague, note_returned_mail
from kb.questions.models import CityAnswer, CityQuestion, QuestionMail
from kb.questions.replies import read_reply, take_reply
from kb.questions.sending import do_due
from kb.questions.signed_links import QUESTION_HEADER, InvalidQuestionLink, QuestionLinks
from kb.web.questions import emails, handling, views
from kb.web.questions.sender import sender_of
from tests.factories import ask_city, make_city, make_city_answer, make_initiative, make_user
from tests.sign_in import send, signed_in, token_in
from tests.smtp_server import Mailbox

from .page_readers import words_of

ASKER = {"name": "Made-up Adviser", "own_city": "Made-up Bay", "email": "Adviser@Bay.example"}
QUESTION = "Wie viel kostet das Pumpwerk?\n\nどのくらいの電力？"


@pytest.fixture
def app(app_with_mail: Flask) -> Flask:
    """The site in production, with mail; nothing is sent unless a test says so."""
    app_with_mail.extensions["kb_question_sender"] = Waits
    return app_with_mail


class Waits:
    """In place of the thread that a form starts: tests send when they say so, by `letters_of`."""

    def send_due(self) -> None: ...


@pytest.fixture
def city(session: Session) -> City:
    city = make_city(session, "Made-up Port")
    session.commit()
    return city


@pytest.fixture
def clerk(session: Session, city: City) -> User:
    clerk = make_user(session, name="Made-up Clerk", email="clerk@port.example", city_id=city.id)
    session.commit()
    return clerk


@pytest.fixture
def editor(session: Session) -> User:
    editor = make_user(session, "editor", name="Made-up Editor", email="editor@site.example")
    session.commit()
    return editor


@pytest.fixture
def initiative(session: Session, city: City) -> Initiative:
    initiative = make_initiative(session, "Made-up pumping station", cities=(city,))
    session.commit()
    return initiative


@pytest.fixture
def letters_of(app: Flask, arrived: Mailbox) -> Callable[[str], list]:
    """Send what is due; the letters to an address, the newest last."""

    def letters(email: str) -> list:
        sender_of(app).send_due()
        return [letter for letter in arrived.messages if letter["To"] == email]

    return letters


def text_of(letter) -> str:
    return letter.get_content().replace("\r", "")


def ask(client: FlaskClient, path: str, **fields: str) -> None:
    answer = send(client, path, **{**ASKER, "question": QUESTION, **fields})
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/questions/confirm"), answer.text


def code_in(letter) -> str:
    return re.search(r"^(\d+-[a-z2-7]{10})$", text_of(letter), re.MULTILINE)[1]


def confirmed(client: FlaskClient, letters_of: Callable[[str], list], path: str, **fields: str) -> str:
    """Ask and confirm; the address of the page on which the question is followed."""
    ask(client, path, **fields)
    answer = send(client, "/questions/confirm", code=code_in(letters_of("adviser@bay.example")[-1]))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def only_answer(database: Database) -> CityAnswer:
    with database.reading() as session:
        return session.scalars(select(CityAnswer)).one()


def test_wrong_codes_for_one_question_do_not_keep_others_in_the_same_office_from_confirming(
    client: FlaskClient,
    city: City,
    letters_of: Callable[[str], list],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "WRONG_CODES", "2 per hour")
    codes = []
    for email in ("adviser@bay.example", "colleague@bay.example"):
        ask(client, f"/ask?city={city.slug}", city=city.slug, email=email)
        codes.append(code_in(letters_of(email)[-1]))
    number, _, _mark = codes[0].partition("-")
    tries = [send(client, "/questions/confirm", code=f"{number}-aaaaaaaaaa") for _ in range(3)]
    assert [one.status_code for one in tries] == [422, 422, 429]
    assert "Please wait" in tries[-1].text
    assert send(client, "/questions/confirm", code=codes[0]).status_code == 429
    assert send(client, "/questions/confirm", code=codes[1]).status_code == 303


def test_an_address_to_ask_that_names_nobody_says_where_to_ask(client: FlaskClient) -> None:
    for path in ("/ask", "/ask?city=nowhere"):
        page = client.get(path)
        assert page.status_code == 404
        assert "choose “Ask a question” there" in page.text


def test_cities_beyond_the_most_that_may_be_asked_are_named(client: FlaskClient, session: Session) -> None:
    cities = [make_city(session, f"Made-up Town {letter}") for letter in "ABCDEF"]
    session.commit()
    words = words_of(client.get("/ask", query_string={"city": [city.slug for city in cities]}).text)
    assert "One question goes to 5 cities at most. Not asked: Made-up Town F." in words
    words = words_of(client.get("/ask", query_string={"city": [city.slug for city in cities[:5]]}).text)
    assert "Not asked" not in words


def test_from_a_question_to_a_published_answer(
    app: Flask,
    client: FlaskClient,
    database: Database,
    clerk: User,
    city: City,
    initiative: Initiative,
    letters_of: Callable[[str], list],
) -> None:
    path = f"/ask?initiative={initiative.slug}"
    assert f'href="{path}"' in client.get(f"/initiatives/{initiative.slug}").text
    assert "Someone from Made-up Port answers here." in client.get(path).text
    ask(client, path, city=city.slug, may_publish="1")
    (letter,) = letters_of("adviser@bay.example")
    assert "Pumpwerk" not in text_of(letter), "nobody can write to strangers by a question"
    assert only_answer(database).state == "unconfirmed"
    link = re.search(r"http://localhost(/questions/confirm\?\S+)", text_of(letter))[1]
    assert code_in(letter) in client.get(link).text
    assert only_answer(database).state == "unconfirmed", "programs that open links confirm nothing"
    assert letters_of("clerk@port.example") == []
    wrong = send(client, "/questions/confirm", code="1-aaaaaaaaaa")
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.text
    followed = send(client, "/questions/confirm", link, code=code_in(letter).upper()).headers["Location"]
    assert send(client, "/questions/confirm", code=code_in(letter)).headers["Location"] == followed, "again: the same"
    for typed in (code_in(letter).replace("-", " \N{EN DASH} "), f" http://localhost{link}\n"):
        assert send(client, "/questions/confirm", code=typed).headers.get("Location") == followed, typed

    assert "Made-up Port can answer until" in text_of(letters_of("adviser@bay.example")[1])
    (asked,) = letters_of("clerk@port.example")
    assert "Made-up Adviser, Made-up Bay" in text_of(asked)
    assert "> どのくらいの電力？" in text_of(asked)
    assert "adviser@bay.example" not in asked.as_string().lower(), "the city does not see the address"
    assert "You cannot answer by replying to this mail." in text_of(asked)
    assert "1 question is open." in client.get(f"/cities/{city.slug}").text

    by_link = re.search(r"http://localhost(/questions/answer/\S+)", text_of(asked))[1]
    clerk_client = app.test_client()
    assert "Wie viel kostet" in clerk_client.get(by_link).text
    empty = send(clerk_client, by_link, act="answer", name="Made-up Clerk", may_publish="1")
    assert empty.status_code == 422
    assert "Please fill this in." in empty.text
    answer = "Around 4 million euros.\n\nAnd 2 GWh a year."
    done = send(clerk_client, by_link, act="answer", name="Made-up Clerk", text=answer, may_publish="1")
    assert (done.status_code, done.headers["Location"]) == (303, f"/initiatives/{initiative.slug}")
    too_late = send(clerk_client, by_link, f"/ask?city={city.slug}", act="answer", name="x", text="Written at once.")
    assert (too_late.status_code, "Written at once." in too_late.text) == (410, True), "nothing typed is lost"
    used = clerk_client.get(by_link)
    assert used.status_code == 410
    assert "This link was used" in used.text

    told = letters_of("adviser@bay.example")[2]
    assert "> Around 4 million euros." in text_of(told)
    assert "clerk@port.example" not in told.as_string(), "the asker does not see the address"
    assert followed in text_of(told)
    page = client.get(followed).text
    assert "Around 4 million euros." in page
    assert "Made-up Clerk, Made-up Port" in page
    for public in (f"/initiatives/{initiative.slug}", f"/cities/{city.slug}"):
        page = client.get(public).text
        assert "Around 4 million euros." in page
        assert "asked by a reader in Made-up Bay" in page
        assert "Made-up Adviser" not in page, "names of askers are not published"
    assert "Answers within 1 day (median)." in client.get(f"/cities/{city.slug}").text


def test_a_question_whose_mail_comes_back_goes_to_the_editors_and_says_so_at_the_desk(
    app: Flask,
    client: FlaskClient,
    database: Database,
    clerk: User,
    editor: User,
    city: City,
    letters_of: Callable[[str], list],
) -> None:
    links = QuestionLinks(app.config["SECRET_KEY"])

    def come_back(letter) -> None:
        with database.writing() as session:
            assert note_returned_mail(session, *links.read_returned(session, letter[QUESTION_HEADER]))

    confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug)
    code, received = letters_of("adviser@bay.example")
    assert code[QUESTION_HEADER] is None, "before it is confirmed, nothing is told by whether an address exists"
    (asked,) = letters_of(clerk.email)
    come_back(asked)
    answer = only_answer(database)
    assert (answer.state, answer.returned_at is None) == ("editors", False)
    page = words_of(signed_in(app.test_client(), editor).get(f"/desk/city-questions/{answer.id}").text)
    assert "A mail to someone who has this question came back on" in page
    assert len(letters_of(editor.email)) == 1
    assert "Your question was forwarded" in letters_of("adviser@bay.example")[-1]["Subject"]
    with database.writing() as session:
        row = session.get_one(CityAnswer, answer.id)
        hand_to_city(session, session.get_one(User, editor.id), row, make_city(session, "Made-up Bay"))
    with pytest.raises(InvalidQuestionLink):
        come_back(asked)
    come_back(received)
    before = len(letters_of("adviser@bay.example"))
    with database.writing() as session:
        decline(session, session.get_one(User, editor.id), session.get_one(CityAnswer, answer.id), "Made-up reason.")
    assert len(letters_of("adviser@bay.example")) == before, "no other mail goes to an address that does not exist"
    page = words_of(signed_in(app.test_client(), editor).get(f"/desk/city-questions/{answer.id}").text)
    assert "A mail to someone who has this question came back on" not in page, "another city has it by now"
    assert "A mail to the person who asked came back on" in page


@pytest.mark.both_databases
def test_what_others_of_the_city_have_waits_for_them_until_the_mails_of_all_came_back(session: Session) -> None:
    links, city = QuestionLinks("made-up secret"), make_city(session)
    clerks = [make_user(session, city_id=city.id) for _ in range(3)]
    question = ask_city(session, city)
    confirm(session, question)
    (row,) = question.answers
    states = []
    for clerk in (clerks[0], clerks[0], clerks[1], clerks[2]):
        note_returned_mail(session, *links.read_returned(session, links.of_mail(question, row, clerk)))
        states.append(row.state)
    assert states == ["waiting", "waiting", "waiting", "editors"], "a report of the same mail may come twice"
    editor = make_user(session, "editor")
    hand_to_colleague(session, editor, row, clerks[0])
    assert (row.state, row.returned_at) == ("waiting", None)
    of_colleague, of_asker = links.of_mail(question, row, clerks[0]), links.of_mail(question, None, None)
    note_returned_mail(session, *links.read_returned(session, of_colleague))
    assert row.state == "editors", "nobody else was asked"
    mark = of_asker.rpartition("-")[2]
    of_another = f"{question.id}-{row.id}-{clerks[1].id}-{of_colleague.rpartition('-')[2]}"
    for ticket in ("", "é", "-", "1-0-0-", f"{of_asker}x", f"{question.id + 1}-0-0-{mark}", of_another):
        with pytest.raises(InvalidQuestionLink):
            links.read_returned(session, ticket)
    hand_to_city(session, editor, row, make_city(session))
    hand_to_city(session, editor, row, city)
    note_returned_mail(session, *links.read_returned(session, links.of_mail(question, row, clerks[2])))
    assert row.state == "waiting", "addresses may be right by now"


def test_who_answers_somebody_without_an_address_is_not_told_that_they_get_a_mail(
    app: Flask, client: FlaskClient, database: Database, clerk: User, city: City, letters_of: Callable[[str], list]
) -> None:
    confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug, shares_email="1")
    received, (asked,) = letters_of("adviser@bay.example")[-1], letters_of(clerk.email)
    by_link = re.search(r"http://localhost(/questions/answer/\S+)", text_of(asked))[1]
    assert "adviser@bay.example" in client.get(by_link).text
    with database.writing() as session:
        links = QuestionLinks(app.config["SECRET_KEY"])
        note_returned_mail(session, *links.read_returned(session, received[QUESTION_HEADER]))
    assert "adviser@bay.example" not in client.get(by_link).text
    done = send(client, by_link, act="answer", name="Made-up Clerk", text="So.")
    page = words_of(client.get(done.headers["Location"]).text)
    assert "gets no mail, but can read this on their page of the question" in page


def test_nobody_is_introduced_to_an_address_that_does_not_exist(session: Session) -> None:
    city = make_city(session)
    clerk, editor = make_user(session, city_id=city.id), make_user(session, "editor")
    question = ask_city(session, city, shares_email=True)
    confirm(session, question)
    (row,) = question.answers
    actions.answer(session, clerk, row, "So.", clerk.name, may_publish=False, shares_email=True)
    note_returned_mail(session, question, None, None)
    with pytest.raises(Refused, match="does not exist"):
        actions.offer_introduction(session, editor, row, None)
    assert row.introduced_at is None


@pytest.mark.postgresql
def test_a_mail_that_comes_back_while_its_question_is_forwarded_changes_nothing(postgresql_database: Database) -> None:
    links, database = QuestionLinks("made-up secret"), postgresql_database
    with database.writing() as session:
        city, editor = make_city(session), make_user(session, "editor")
        clerk, colleague = (make_user(session, city_id=city.id) for _ in range(2))
        question = ask_city(session, city)
        confirm(session, question)
        mark = links.of_mail(question, question.answers[0], clerk)
    with database.writing() as session:
        asked, row, person = links.read_returned(session, mark)
        assert row is not None
        with database.writing() as other:
            hand_to_colleague(other, editor, other.get_one(CityAnswer, row.id), colleague)
        assert not note_returned_mail(session, asked, row, person)
    after = only_answer(database)
    assert (after.state, after.person_id, after.returned_at) == ("waiting", colleague.id, None)


@pytest.mark.both_databases
def test_programs_get_answers_of_cities_that_are_public_and_hear_when_one_is_no_longer(
    client: FlaskClient, database: Database, city: City, initiative: Initiative
) -> None:
    def told(address: str) -> list[dict]:
        return client.get(f"/api/v1/{address}").get_json()["items"]

    with database.writing() as session:
        here = session.get(City, city.id)
        make_city_answer(session, here, initiative_id=initiative.id, asker_name="Made-up Adviser", asker_city="Bay")
        waiting, private = (make_city_answer(session, here, may_publish=False) for _ in range(2))
        waiting.state = "waiting"
    (item,) = told("city-answers")
    assert client.get(f"/api/v1/city-answers/{item['id']}").get_json() == item
    assert (item["kind"], item["city"], item["to"]) == ("city-answer", city.slug, "Made-up Port")
    assert item["about"].endswith(f"/initiatives/{initiative.slug}")
    assert "Made-up Adviser" not in str(item), "names of askers are not published"
    changes = told("changes?kind=city-answer")
    assert [(row["id"], row["action"]) for row in changes] == [(item["id"], "saved")], (
        "nothing of what waits or is private"
    )
    with database.writing() as session:
        session.get(City, city.id).name = "Made-up Haven"
        session.get(CityAnswer, private.id).text = "Made-up and private."
    with database.writing() as session:
        session.delete(session.get(CityAnswer, private.id))
    assert {row["id"] for row in told("changes?kind=city-answer")} == {item["id"]}, "nor when it changes or is deleted"
    assert client.get("/api/v1/city-answers?changed_since=0").get_json()["deleted"] == []
    with database.writing() as session:
        session.get(CityAnswer, item["id"]).removed_at = now()
    assert told("city-answers") == []
    assert client.get(f"/api/v1/city-answers/{item['id']}").status_code == 404
    later = client.get(f"/api/v1/city-answers?changed_since={changes[0]['change']}").get_json()
    assert [row["id"] for row in later["deleted"]] == [item["id"]]


@pytest.mark.one_database
def test_an_initiative_says_how_many_questions_were_answered_since_it_was_confirmed(
    client: FlaskClient, session: Session, clerk: User, initiative: Initiative
) -> None:
    path = f"/initiatives/{initiative.slug}"
    assert "answered" not in words_of(client.get(path).text)
    today = now()
    question = CityQuestion(
        initiative_id=initiative.id,
        text="Made up?",
        language="en",
        stamp="a" * 16,
        confirmed_at=today,
        may_publish=True,
    )
    answer = CityAnswer(stamp="b" * 16, state="answered", text="Yes.", answered_at=today, may_publish=True)
    question.answers.append(answer)
    session.add(question)
    session.commit()
    assert "Not verified by the city 1 question answered." in words_of(client.get(path).text)
    for days, shown in ((1, True), (0, False)):
        initiative.confirmed_on = (today - timedelta(days=days)).date()
        session.commit()
        assert ("1 question answered since then." in words_of(client.get(path).text)) is shown, days


@pytest.mark.one_database
@pytest.mark.parametrize(("asker", "answerer"), [({}, {"may_publish": "1"}), ({"may_publish": "1"}, {})])
def test_what_one_side_alone_agreed_to_publish_is_not_published(
    app: Flask,
    client: FlaskClient,
    city: City,
    initiative: Initiative,
    clerk: User,
    letters_of: Callable[[str], list],
    asker: dict[str, str],
    answerer: dict[str, str],
) -> None:
    followed = confirmed(client, letters_of, f"/ask?initiative={initiative.slug}", city=city.slug, **asker)
    link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    send(app.test_client(), link, act="answer", name="Made-up Clerk", text="A zebra crossing.", **answerer)
    assert "A zebra crossing." in client.get(followed).text
    for public in (f"/initiatives/{initiative.slug}", f"/cities/{city.slug}", "/search?q=crossing"):
        assert "zebra" not in client.get(public).text, public


def test_consent_can_be_withdrawn_and_the_audit_trail_has_no_address(
    app: Flask, client: FlaskClient, database: Database, clerk: User, city: City, letters_of: Callable[[str], list]
) -> None:
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug, may_publish="1")
    link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    send(app.test_client(), link, act="answer", name="Made-up Clerk", text="Around 4 million.", may_publish="1")
    assert "Around 4 million" in client.get(f"/cities/{city.slug}").text
    send(client, f"{followed}/choices", followed, shares_email="1")
    assert "Around 4 million" not in client.get(f"/cities/{city.slug}").text, "consent ends when it is withdrawn"
    with database.reading() as session:
        verbs = [event.verb for event in session.scalars(select(AuditEvent).where(AuditEvent.kind == "city-question"))]
        details = str([event.details for event in session.scalars(select(AuditEvent))])
    assert verbs == ["ask-city", "answer-city-question", "choose-publication"]
    assert "bay.example" not in details


def test_a_published_answer_is_found_until_an_editor_removes_it(
    app: Flask, client: FlaskClient, city: City, clerk: User, editor: User, letters_of: Callable[[str], list]
) -> None:
    confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug, may_publish="1")
    key = 1
    staff = signed_in(app.test_client(), clerk)
    assert "1 question from a reader waits for an answer from your city." in staff.get("/desk").text
    assert "Pumpwerk" in staff.get("/desk/city-questions").text
    path = f"/desk/city-questions/{key}"
    data = {"act": "answer", "name": "The port office", "text": "A zebra crossing helped.", "may_publish": "1"}
    assert send(staff, path, **data).headers["Location"] == path
    found = client.get("/search?q=zebra").text
    assert f"/cities/{city.slug}#city-answer-{key}" in found
    assert "Answer from a city" in found
    assert f"#city-answer-{key}" in client.get("/search?q=pumpwerk&kind=city-answer").text
    assert "zebra" in client.get("/search.atom?q=zebra").text
    assert client.get("/api/v1/search?q=zebra").json["items"][0]["kind"] == "city-answer"
    signed_in(boss := app.test_client(), editor)
    send(boss, f"{path}/moderate", path, act="remove")
    assert "zebra" not in client.get(f"/cities/{city.slug}").text
    assert f"#city-answer-{key}" not in client.get("/search?q=zebra").text
    send(boss, f"{path}/moderate", path, act="restore")
    assert f"#city-answer-{key}" in client.get("/search?q=zebra").text


def test_a_city_with_nobody_at_the_desk_says_so_before_and_the_editors_get_it(
    app: Flask, client: FlaskClient, city: City, editor: User, letters_of: Callable[[str], list], database: Database
) -> None:
    path = f"/ask?city={city.slug}"
    assert f'href="{path}"' in client.get(f"/cities/{city.slug}").text
    form = client.get(path).text
    assert "Nobody from Made-up Port has an account here yet." in form
    assert "The editors get your question." in form
    assert "days to answer" not in form
    confirmed(client, letters_of, path, city=city.slug, own_city="")
    assert only_answer(database).state == "editors"
    assert "The editors now have a question to Made-up Port" in text_of(letters_of("editor@site.example")[0])
    assert "the editors of this site have the question" in text_of(letters_of("adviser@bay.example")[-1])
    path = f"/desk/city-questions/{only_answer(database).id}"
    boss = signed_in(app.test_client(), editor)
    assert send(boss, path, act="answer", name="Made-up Editors", text="We paid 4 million.").status_code == 303
    letter = text_of(letters_of("adviser@bay.example")[-1])
    assert "Made-up Editors answered your question to Made-up Port:" in letter, "who asked several cities sees which"


def test_peers_are_asked_at_once_and_answer_side_by_side(
    app: Flask, client: FlaskClient, session: Session, city: City, clerk: User, letters_of: Callable[[str], list]
) -> None:
    others = [make_city(session, f"Made-up Town {number}") for number in range(6)]
    people = [
        make_user(session, name=f"Made-up Mayor {number}", email=f"mayor-{number}@town.example", city_id=other.id)
        for number, other in enumerate(others)
    ]
    boss = make_user(session, role="editor", email="boss@site.example")
    session.commit()
    path = "/ask?" + "&".join(f"city={other.slug}" for other in (city, *others))
    form = client.get(path).text
    assert form.count('name="city"') == 5, "five cities at most"
    goes_to = (
        "goes to the people of the city who have an account here, or else to the editors. You do not need an account."
    )
    assert goes_to in words_of(form)
    nobody = send(client, path, **ASKER, question=QUESTION)
    assert nobody.status_code == 422
    assert "Please choose at least one city." in nobody.text
    assert "どのくらいの電力" in nobody.text, "nothing typed is lost"
    followed = confirmed(client, letters_of, path, city=[city.slug, others[0].slug])
    desk = signed_in(app.test_client(), boss)
    seen = words_of(desk.get("/desk/city-questions/1").text)
    assert f"The same question went to: {others[0].name} (Waiting for the city)" in seen, (
        "an editor sees whom it concerns"
    )
    for email, words in ((clerk.email, "We paid 4 million."), (people[0].email, "We paid 7 million.")):
        link = link_in_text(letters_of(email)[0], "/questions/answer/")
        send(app.test_client(), link, act="answer", name="Made-up Person", text=words)
    page = client.get(followed).text
    assert page.index("We paid 4 million.") < page.index("We paid 7 million.")
    assert letters_of(people[1].email) == []


def link_in_text(letter, path: str) -> str:
    return re.search(rf"http://localhost({path}\S+)", text_of(letter))[1]


def test_it_is_declined_or_handed_on_and_the_asker_is_told(
    app: Flask,
    client: FlaskClient,
    session: Session,
    city: City,
    clerk: User,
    editor: User,
    letters_of: Callable[[str], list],
    database: Database,
) -> None:
    elsewhere = make_city(session, "Made-up Hill")
    colleague = make_user(session, name="Made-up Colleague", email="colleague@port.example", city_id=city.id)
    hill = make_user(session, name="Made-up Hill Clerk", email="clerk@hill.example", city_id=elsewhere.id)
    session.commit()
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug)
    path = "/desk/city-questions/1"
    old_link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    staff = signed_in(app.test_client(), clerk)
    assert signed_in(app.test_client(), hill).get(path).status_code == 403, "it is not theirs"
    assert send(staff, path, act="colleague", person=str(hill.id)).status_code == 409
    assert send(staff, path, act="colleague", person="9" * 40).status_code == 422
    assert send(staff, path, act="colleague", person=str(colleague.id)).status_code == 303
    assert len(letters_of(colleague.email)) == 2
    assert staff.get(old_link).status_code == 410, "the links of before are over"
    unknown = send(staff, path, act="city", city="/cities/made-up-nowhere")
    assert unknown.status_code == 409
    assert "There is no city with this name or address." in unknown.text
    assert "made-up-nowhere" in unknown.text
    moved = send(staff, path, act="city", city=f"http://localhost/cities/{elsewhere.slug}")
    assert moved.headers["Location"] == "/desk/city-questions", "it is another city's now"
    assert "Made-up Hill can answer until" in text_of(letters_of("adviser@bay.example")[-1])
    link = link_in_text(letters_of(hill.email)[0], "/questions/answer/")
    assert send(app.test_client(), link, act="editors").status_code == 303
    assert only_answer(database).state == "editors"
    boss = signed_in(app.test_client(), editor)
    assert send(boss, path, act="decline", reason="").status_code == 422
    assert send(boss, path, act="decline", reason="No city knows.").status_code == 303
    assert "> No city knows." in text_of(letters_of("adviser@bay.example")[-1])
    assert "No city knows." in client.get(followed).text
    late = send(boss, path, act="answer", name="Made-up Editor", text="Too late")
    assert late.status_code == 409
    assert "This question is closed" in late.text


def test_two_cities_are_introduced_only_when_both_agreed(
    app: Flask,
    client: FlaskClient,
    city: City,
    clerk: User,
    editor: User,
    letters_of: Callable[[str], list],
    session: Session,
) -> None:
    bay = make_city(session, "Made-up Bay")
    session.commit()
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug)
    path = "/desk/city-questions/1"
    staff, boss = signed_in(app.test_client(), clerk), signed_in(app.test_client(), editor)
    send(staff, path, act="answer", name="Made-up Clerk", text="Come and see it.")
    assert "clerk@port.example" not in client.get(followed).text
    assert send(boss, f"{path}/moderate", path, act="introduce", note="You share a coast.").status_code == 303
    assert "Nobody gets yours unless you agree." in text_of(letters_of("adviser@bay.example")[-1])
    assert "Nobody gets yours unless you agree." in text_of(letters_of("clerk@port.example")[-1])
    send(client, f"{followed}/choices", followed, shares_email="1")
    assert "clerk@port.example" not in text_of(letters_of("adviser@bay.example")[-1]), "one consent is not enough"
    send(staff, path, act="choices", shares_email="1")
    asker, answerer = letters_of("adviser@bay.example")[-1], letters_of("clerk@port.example")[-1]
    assert "clerk@port.example" in text_of(asker)
    assert "> You share a coast." in text_of(asker)
    assert "adviser@bay.example" in text_of(answerer)
    brief = f"/shortlist/brief.html?city={city.slug}&city={bay.slug}&for={bay.slug}"
    assert "Made-up Bay" in client.get(brief).text
    assert f"http://localhost{brief}" in text_of(asker)
    assert f"http://localhost{brief}" in text_of(answerer)
    before = len(letters_of("clerk@port.example"))
    send(staff, path, act="choices", shares_email="1")
    assert len(letters_of("clerk@port.example")) == before, "once"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, city: City, editor: User, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    path = f"/ask?city={city.slug}"
    long = "ö" * 10_000
    wrong = send(client, path, city=city.slug, question=long + "é", name="", email="nowhere")
    assert wrong.status_code == 422
    assert "This is too long: 10,001 characters. At most 10,000 are allowed." in wrong.text
    assert "öé</textarea>" in wrong.text
    ask(client, path, city=city.slug, question=long)
    boss = signed_in(app.test_client(), editor)
    assert send(boss, "/desk/city-questions/blocked", pattern="spam").status_code == 422
    assert send(boss, "/desk/city-questions/blocked", pattern="@Spam.example").status_code == 303
    spam = {**ASKER, "email": "a@mail.spam.example"}
    blocked = send(client, path, city=city.slug, question=QUESTION, **spam)
    assert blocked.status_code == 422
    assert "You cannot ask questions from this address." in blocked.text
    page = boss.get("/desk/city-questions/blocked").text
    send(boss, re.search(r"/desk/city-questions/blocked/\d+/remove", page)[0], "/desk/city-questions/blocked")
    ask(client, path, city=city.slug, email=spam["email"])
    monkeypatch.setattr(views, "BY_EMAIL", "1 per day")
    ask(client, path, city=city.slug, email=spam["email"])
    again = send(client, path, city=city.slug, question=QUESTION, **spam)
    assert again.status_code == 429
    assert "どのくらいの電力" in again.text
    for nothing in ("/ask", "/ask?city=made-up-nowhere", "/ask?initiative=made-up-nothing"):
        assert client.get(nothing).status_code == 404
    for forged in ("/questions/1-aaaaaaaaaaaaaaaaaaaaaaaa", "/questions/answer/1-1-aa", "/questions/9x9"):
        assert client.get(forged).status_code == 410
    with database.reading() as session:
        assert len(session.scalars(select(CityQuestion)).all()) == 2


def test_sent_twice_it_is_one_question(client: FlaskClient, city: City, database: Database) -> None:
    path = f"/ask?city={city.slug}"
    page = client.get(path).text
    fields = {name: re.search(rf'name="{name}"\s+value="([^"]+)"', page)[1] for name in ("csrf_token", "submission")}
    for _time in range(2):
        answer = client.post(path, data={**ASKER, "question": QUESTION, "city": city.slug, **fields})
        assert answer.headers["Location"] == "/questions/confirm"
    ask(client, path, city=city.slug)
    with database.reading() as session:
        assert len(session.scalars(select(CityQuestion)).all()) == 1, "typed again and not confirmed yet: the same"


def test_without_mail_nobody_can_be_asked(
    app_with: Callable[..., Flask], session: Session, city: City, database: Database
) -> None:
    app = app_with(development=False, secret_key="x" * 32, site_url="http://localhost")
    client = app.test_client()
    path = f"/ask?city={city.slug}"
    assert "This site is not set up to send mail" in client.get(path).text
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', client.get("/sign-in").text)[1]
    data = {**ASKER, "question": QUESTION, "city": city.slug, "csrf_token": token}
    assert client.post(path, data=data).status_code == 409


def test_a_reader_withdraws_and_the_address_is_gone(
    client: FlaskClient, city: City, clerk: User, letters_of: Callable[[str], list], database: Database
) -> None:
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug, may_publish="1")
    link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    assert send(client, f"{followed}/withdraw", followed).status_code == 303
    assert client.get(link).status_code == 410
    assert "Your name and your address were deleted." in client.get(followed).text
    with database.reading() as session:
        (question,) = session.scalars(select(CityQuestion))
        assert (question.email, question.asker_name) == (None, None)
    assert "1 question is open" not in client.get(f"/cities/{city.slug}").text


def test_late_questions_go_to_the_editors_and_addresses_are_erased(
    client: FlaskClient, city: City, clerk: User, editor: User, letters_of: Callable[[str], list], database: Database
) -> None:
    path = f"/ask?city={city.slug}"
    assert "The city has 14 days to answer. Then the editors get the question." in client.get(path).text
    followed = confirmed(client, letters_of, path, city=city.slug)
    ask(client, path, city=city.slug, question="Made-up, never confirmed?")
    assert do_due(database, 90) == (0, 0)
    assert do_due(database, 90, now() + timedelta(days=3, minutes=1)) == (0, 1), "the one without a code"
    later = now() + timedelta(days=14, minutes=1)
    assert do_due(database, 90, later) == (1, 0)
    assert do_due(database, 90, later) == (0, 0)
    assert len(letters_of(editor.email)) == 1
    assert "the editors of this site have the question" in text_of(letters_of("adviser@bay.example")[-1])
    with database.writing() as session:
        (question,) = session.scalars(select(CityQuestion))
        question.closed_at = now()
        session.flush()
        question.may_publish = True
    assert do_due(database, 90, now() + timedelta(days=91)) == (0, 1)
    page = client.get(followed).text
    assert 'name="may_publish"' in page, "consent can be withdrawn after the address is erased"
    assert 'name="shares_email"' not in page
    assert send(client, f"{followed}/choices", followed, may_publish="perhaps").status_code == 422
    with database.reading() as session:
        assert session.scalars(select(CityQuestion.email)).all() == [None]
        assert session.scalars(select(QuestionMail)).all() == []


def test_where_mail_is_received_a_reply_answers(
    app: Flask, client: FlaskClient, city: City, clerk: User, letters_of: Callable[[str], list], database: Database
) -> None:
    app.config["KB"] = dataclasses.replace(app.config["KB"], reply_address="replies@site.example")
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug)
    (letter,) = letters_of(clerk.email)
    quoted = "\n".join(f"> {line}" for line in text_of(letter).splitlines())
    reply = f"To: {letter['Reply-To']}\nContent-Type: text/plain; charset=utf-8\n\nEs war teuer.\n\n{quoted}\n"
    with database.writing() as session:
        take_reply(session, emails.QuestionLinks(app.config["KB"].secret_key), read_reply(reply.encode()))
    page = client.get(followed).text
    assert "Es war teuer." in page
    assert "Made-up Clerk, Made-up Port" in page
    assert "Wie viel" not in page[page.index("Es war teuer.") :]


def test_whoever_stands_for_no_city_reads_no_question_of_others(
    app: Flask,
    client: FlaskClient,
    session: Session,
    initiative: Initiative,
    editor: User,
    letters_of: Callable[[str], list],
) -> None:
    initiative.places = []
    other = make_user(session, email="other@site.example")
    session.commit()
    path = f"/ask?initiative={initiative.slug}"
    assert "No city is known for this initiative. Your question goes to the editors" in client.get(path).text
    confirmed(client, letters_of, path)
    assert "> Wie viel kostet das Pumpwerk" in text_of(letters_of(editor.email)[0])
    assert "Pumpwerk" not in signed_in(app.test_client(), other).get("/desk/city-questions").text


def test_a_link_is_used_once_the_question_was_given_to_the_editors(
    app: Flask, client: FlaskClient, city: City, clerk: User, editor: User, letters_of: Callable[[str], list]
) -> None:
    confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug)
    link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    assert send(app.test_client(), link, act="editors").status_code == 303
    assert app.test_client().get(link).status_code == 410


def test_of_a_question_sent_again_the_last_ticks_count(client: FlaskClient, database: Database, city: City) -> None:
    path = f"/ask?city={city.slug}"
    ask(client, path, city=city.slug, may_publish="1", shares_email="1")
    ask(client, path, city=city.slug, own_city="Made-up Hill")
    with database.reading() as session:
        question = session.scalars(select(CityQuestion)).one()
    assert (question.may_publish, question.shares_email, question.asker_city) == (False, False, "Made-up Hill")


def test_a_code_of_an_address_that_was_blocked_since_sends_nothing(
    app: Flask, client: FlaskClient, city: City, clerk: User, editor: User, letters_of: Callable[[str], list]
) -> None:
    ask(client, f"/ask?city={city.slug}", city=city.slug)
    send(signed_in(app.test_client(), editor), "/desk/city-questions/blocked", pattern="@bay.example")
    answer = send(client, "/questions/confirm", code=code_in(letters_of("adviser@bay.example")[-1]))
    assert (answer.status_code, "You cannot ask questions from this address" in answer.text) == (422, True)
    assert letters_of(clerk.email) == []


def test_what_was_withdrawn_cannot_be_published_again(
    app: Flask, client: FlaskClient, city: City, clerk: User, letters_of: Callable[[str], list]
) -> None:
    followed = confirmed(client, letters_of, f"/ask?city={city.slug}", city=city.slug, may_publish="1")
    link = link_in_text(letters_of(clerk.email)[0], "/questions/answer/")
    send(app.test_client(), link, act="answer", name="Made-up Clerk", text="Around 4 million.", may_publish="1")
    send(client, f"{followed}/withdraw", followed)
    # As from a page that was open before.
    answer = send(client, f"{followed}/choices", "/questions/confirm", may_publish="1", shares_email="1")
    assert answer.status_code == 409
    assert "Around 4 million" not in client.get(f"/cities/{city.slug}").text


def test_a_late_mail_reaches_nobody_whose_city_handed_the_question_on(
    app: Flask,
    client: FlaskClient,
    session: Session,
    city: City,
    clerk: User,
    editor: User,
    letters_of: Callable[[str], list],
) -> None:
    other = make_city(session, "Made-up Hill")
    colleague = make_user(session, email="clerk@hill.example", city_id=other.id)
    session.commit()
    ask(client, f"/ask?city={city.slug}", city=city.slug)
    send(client, "/questions/confirm", code=code_in(letters_of("adviser@bay.example")[-1]))
    send(signed_in(app.test_client(), clerk), "/desk/city-questions/1", act="city", city=other.slug)
    assert letters_of(clerk.email) == []
    assert len(letters_of(colleague.email)) == 1


def test_a_late_mail_to_a_city_is_not_sent_once_the_editors_have_the_question(
    app: Flask, client: FlaskClient, city: City, clerk: User, editor: User, letters_of: Callable[[str], list]
) -> None:
    ask(client, f"/ask?city={city.slug}", city=city.slug)
    send(client, "/questions/confirm", code=code_in(letters_of("adviser@bay.example")[-1]))
    send(signed_in(app.test_client(), clerk), "/desk/city-questions/1", act="editors")
    assert letters_of(clerk.email) == []
    assert len(letters_of(editor.email)) == 1


@pytest.mark.both_databases
def test_a_question_about_what_is_withdrawn_at_that_moment_can_be_sent_again(
    client: FlaskClient,
    database: Database,
    city: City,
    initiative: Initiative,
    editor: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = f"/ask?initiative={initiative.slug}"

    def withdraw_it(_email: str) -> None:
        with database.writing() as session:
            withdraw(session, session.get_one(User, editor.id), EntryKind.INITIATIVE, initiative.id, "It never was.")

    monkeypatch.setattr(views, "_spend", withdraw_it)
    token = token_in(client.get(path).text)
    fields = {**ASKER, "city": city.slug, "question": "How high is it?", "csrf_token": token}
    answer = client.post(path, data=fields)
    assert (answer.status_code, "How high is it?" in answer.text) == (503, True)
    again = client.post(path, data=fields)
    assert (again.status_code, "How high is it?" in again.text) == (404, True)


@pytest.mark.both_databases
def test_who_is_erased_while_they_answer_is_told_that_they_are_signed_out(
    client: FlaskClient, city: City, clerk: User, session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ask_city(session, city)
    confirm(session, question)
    session.commit()
    path = f"/desk/city-questions/{question.answers[0].id}"
    token = token_in(signed_in(client, clerk).get(path).text)
    read = handling.forms.read

    def erase_then_read(*args: Any) -> Any:
        with database.writing(alone=True) as writing:
            erase_person(writing, clerk.email)
        return read(*args)

    monkeypatch.setattr(handling.forms, "read", erase_then_read)
    fields = {"act": "decline", "reason": "We do not know.", "name": "Made-up Clerk", "csrf_token": token}
    assert client.post(path, data=fields).status_code == 401
    assert only_answer(database).state == "waiting"


def test_a_public_answer_whose_page_was_withdrawn_says_so(
    app: Flask, client: FlaskClient, database: Database, initiative: Initiative, editor: User
) -> None:
    with database.writing() as session:
        city = make_city(session)
        row = make_city_answer(session, city, initiative_id=initiative.id)
        row.city_id = None
        followed = f"/questions/{QuestionLinks(app.config['SECRET_KEY']).to_follow(row.question)}"
    pages = ((client, followed), (signed_in(app.test_client(), editor), f"/desk/city-questions/{row.id}"))
    for browser, path in pages:
        assert f"/initiatives/{initiative.slug}#city-answer-{row.id}" in browser.get(path).text
    with database.writing() as session:
        withdraw(session, session.get_one(User, editor.id), EntryKind.INITIATIVE, initiative.id, "It never was.")
    for browser, path in pages:
        page = browser.get(path)
        assert (page.status_code, "the page that it belongs to was withdrawn" in page.text) == (200, True)


def test_a_question_follows_a_city_that_was_merged_and_is_shown_where_it_was_withdrawn(
    client: FlaskClient, database: Database, session: Session, city: City, editor: User
) -> None:
    other, gone = make_city(session, "Made-up Harbour"), make_city(session, "Made-up Ruin")
    session.commit()
    path = f"/ask?city={other.slug}"
    with database.writing() as writing:
        merge(writing, writing.get_one(User, editor.id), EntryKind.CITY, city.id, other.id, why="The same.")
    assert "Made-up Port" in client.get(path).text
    ask(client, path, city=other.slug)
    assert only_answer(database).city_id == city.id
    with database.writing() as writing:
        withdraw(writing, writing.get_one(User, editor.id), EntryKind.CITY, gone.id, "It never was.")
    lost = send(client, f"/ask?city={gone.slug}", "/questions/confirm", **ASKER, city=gone.slug, question="Why so?")
    assert (lost.status_code, "Why so?" in lost.text) == (404, True), "nothing typed is lost"
