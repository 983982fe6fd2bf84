"""The `kb` command as an operator uses it: what it prints, and one line and a non-zero exit when something is wrong."""

import http.client
import json
import re
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from config import DEVELOPMENT_SECRET
from kb.alerts import actions
from kb.alerts.signed_links import AlertLinks
from kb.cli.doctor.catalogue import alert_lines, question_lines
from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.models import ForumSession, Question
from kb.migrations.nodes import running_nodes
from kb.questions import actions as question_actions
from kb.questions.models import CityAnswer
from kb.questions.replies import reply_address
from kb.questions.signed_links import QuestionLinks
from kb.search.index_versions import IndexVersions
from tests.conftest import Seeding
from tests.factories import ask_city, make_city, make_user
from tests.files import in_main_file, modes
from tests.http_server import served
from tests.seed_facts import count
from tests.terminal import kb, program

PRODUCTION = {"KB_DEVELOPMENT": "0", "KB_SITE_URL": "https://peers.example"}

RETURNED = """Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

List-Unsubscribe: <{link}>
X-CityPeers-Question: {question}

--b--
"""
"""A mail that a server returned because there is no such address."""


def links_of(port: int, headers: dict[str, str]) -> list[str]:
    """Every address on the page of the goals, asked for with these headers."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/goals", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return re.findall(r'(?:href|src|action|content)="([^"]+)"', answer.read().decode())


def test_a_doctor_of_nothing_names_a_problem(environment: dict[str, str]) -> None:
    ended = kb(environment, "doctor")
    assert ended.returncode == 1
    assert "PROBLEM" in ended.stdout


def test_an_operator_goes_from_nothing_to_a_site_that_answers(
    seeding: Seeding, seeded: dict[str, str], tmp_path: Path
) -> None:
    environment = seeded
    for path in (tmp_path / "deep", *(tmp_path / "deep").rglob("*"), *(tmp_path / "index").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert f"initiative: {count('initiatives')} added, 0 updated, 0 unchanged" in seeding.stdout
    assert seeding.open_to_others == {}, "other users may open these"
    file = tmp_path / "deep" / "kb.sqlite3"
    newest = "SELECT max(id), (SELECT count(*) FROM sources) FROM changes"
    before = in_main_file(file, newest)
    again = [line for line in kb(environment, "seed").stdout.splitlines() if " added, " in line]
    assert f"initiative: 0 added, 0 updated, {count('initiatives')} unchanged" in again
    assert len(again) == seeding.stdout.count(" added, ")
    assert all(re.fullmatch(r"\w+: 0 added, 0 updated, \d+ unchanged", line) for line in again), again
    assert in_main_file(file, newest) == before

    assert "PROBLEM" not in kb(environment, "doctor").stdout
    # Whether the talks of the two sessions were held is not known, so they are no documents.
    entries = sum(map(count, ("initiatives", "cities", "leaders", "visions")))
    status = kb(environment, "index", "status")
    assert f"documents: {entries + 2}" in status.stdout
    assert "lag: 0" in status.stdout
    assert kb(environment, "index", "check").stdout.endswith("differences: 0\n")

    released = kb(environment, "release", str(tmp_path / "releases"))
    assert re.fullmatch(
        rf"release: citypeers-\d{{4}}-\d\d-\d\d-\d+\.zip, \d\.\d MB, {entries} entries\n", released.stdout
    )
    assert "nothing has changed since citypeers-" in kb(environment, "release", str(tmp_path / "releases")).stdout
    refused = kb(environment, "release", str(tmp_path / "deep" / "kb.sqlite3" / "releases"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Not a directory" in refused.stderr

    assert modes(tmp_path) == {}, "other users may open these"
    assert in_main_file(file, "SELECT count(*) FROM initiatives") == [(count("initiatives"),)]

    with served(environment, tmp_path / "log", by_shell=True) as server:
        port = server.port
        assert Path(f"{file}-wal").exists()
        database = Database(environment["DATABASE_URL"])
        with database.engine.connect() as connection:
            assert [node.name.endswith(f":{port}") for node in running_nodes(connection)] == [True]
        database.dispose()
        assert set(modes(tmp_path)) <= {"log"}, "other users may open these"
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/search?q=flood", timeout=30).read().decode()
        assert "Surat end-to-end" in page
        plain = links_of(port, {})
        for name in ("/goals", "/elsewhere"):
            assert links_of(port, {"SCRIPT_NAME": name, "X-Forwarded-Proto": "https"}) == plain
    assert in_main_file(file, "SELECT count(*) FROM nodes") == [(0,)], "a server that ended well runs no longer"


PROVIDER = {"KB_OIDC_CLIENT_ID": "made-up", "KB_OIDC_CLIENT_SECRET": "made-up"}


@pytest.mark.parametrize(
    ("changed", "words", "said"),
    [
        ({"PORT": "eight"}, ("doctor",), "PORT must be a whole number"),
        ({"KB_DEVELOPMENT": "perhaps"}, ("doctor",), "KB_DEVELOPMENT must be 0 or 1"),
        ({"DATABASE_URL": "nonsense"}, ("doctor",), "DATABASE_URL is not an SQLAlchemy URL"),
        ({"DATABASE_URL": "postgresql+psycopg://h:port/n"}, ("doctor",), "DATABASE_URL is not an SQLAlchemy URL"),
        ({"DATABASE_URL": "mysql://made/up"}, ("doctor",), "only sqlite and postgresql are supported"),
        ({}, ("serve",), "run `kb seed` first"),
        ({}, ("evaluate", "search", "setup.cfg"), "corpus.jsonl"),
        (PRODUCTION, ("serve",), "KB_SECRET_KEY has its default value"),
        (PRODUCTION | {"KB_SECRET_KEY": "short"}, ("serve",), "shorter than 32"),
        ({"KB_DEVELOPMENT": "0"}, ("serve",), "KB_SITE_URL is not set"),
        ({"KB_RATE_LIMIT_FORUM": "many"}, ("serve",), "KB_RATE_LIMIT_FORUM must be like 240 per minute"),
        ({"KB_RATE_LIMIT_EXEMPT": "the hall"}, ("serve",), "KB_RATE_LIMIT_EXEMPT must be like 127.0.0.1"),
        ({"KB_RATE_LIMIT_STORAGE": "somewhere"}, ("seed",), "KB_RATE_LIMIT_STORAGE must be memory:// or like redis://"),
        ({"KB_RATE_LIMIT_STORAGE": "rediss://[::1"}, ("serve",), "KB_RATE_LIMIT_STORAGE must be memory:// or like"),
        ({"KB_RATE_LIMIT_STORAGE": "redis://h:port"}, ("serve",), "KB_RATE_LIMIT_STORAGE must be memory:// or like"),
        (PROVIDER | {"KB_OIDC_ISSUER": "https://["}, ("serve",), "KB_OIDC_ISSUER must be an https address"),
        ({"KB_SITE_URL": "peers.example"}, ("serve",), "KB_SITE_URL must be a whole address"),
        ({"KB_SITE_URL": "ftp://peers.example"}, ("serve",), "KB_SITE_URL must be a whole address"),
        ({"KB_SITE_URL": "https://peers.example/kb?a=b"}, ("serve",), "KB_SITE_URL must be a whole address"),
        ({"KB_SITE_URL": "https://peers.example:port"}, ("serve",), "KB_SITE_URL must be a whole address"),
        ({"PORT": "70000"}, ("serve",), "PORT must be from 1 to 65535, not 70000"),
        ({"PORT": "0"}, ("serve",), "PORT must be from 1 to 65535, not 0"),
        ({"KB_WORKERS": "0"}, ("serve",), "KB_WORKERS must be 1 or more, not 0"),
        ({"KB_THREADS": "-1"}, ("serve",), "KB_THREADS must be 1 or more, not -1"),
        ({"KB_PROXIES": "-1"}, ("serve",), "KB_PROXIES must be 0 or more, not -1"),
        ({"KB_LOG_LEVEL": "LOUD"}, ("serve",), "KB_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'"),
        ({"KB_LOG_FORMAT": "xml"}, ("serve",), "KB_LOG_FORMAT must be one of text, json, not 'xml'"),
        ({"KB_METRICS_FROM": "prometheus"}, ("serve",), "KB_METRICS_FROM must be like 127.0.0.1"),
        ({"KB_READY_LAG_SECONDS": "0"}, ("serve",), "KB_READY_LAG_SECONDS must be 1 or more, not 0"),
        ({"KB_DRAIN_SECONDS": "-1"}, ("serve",), "KB_DRAIN_SECONDS must be 0 or more, not -1"),
        ({"KB_WORKERS": "0"}, ("seed",), "KB_WORKERS must be 1 or more, not 0"),
        ({"KB_SMTP_URL": "mail.example"}, ("index", "status"), "KB_SMTP_URL must be like"),
        ({"KB_SECRET_KEY_FILE": "/nowhere/key"}, ("seed",), "KB_SECRET_KEY_FILE cannot be read: /nowhere/key: No such"),
        ({"HOST": "203.0.113.9"}, ("serve",), "203.0.113.9 is not an address of this machine: set HOST"),
        ({"HOST": "no.such.invalid"}, ("serve",), "no.such.invalid is not an address of this machine: set HOST"),
        ({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none"}, ("index", "status"), "Start it, or correct"),
        ({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none"}, ("seed",), "cannot be reached: connection"),
        ({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none"}, ("serve",), "cannot be reached: connection"),
        (
            {"DATABASE_URL": "postgresql+psycopg://nobody@no.such.invalid/none"},
            ("seed",),
            "cannot be reached: failed to",
        ),
        ({}, ("index", "status"), "run `kb seed` first"),
        ({}, ("evaluate", "search", "nowhere"), "corpus.jsonl"),
    ],
)
def test_trouble_is_one_line_and_a_non_zero_exit(
    environment: dict[str, str], changed: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    ended = kb(environment | changed, *words)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr


@pytest.mark.parametrize(("changed", "said"), [({}, "run `kb seed` first"), ({"KB_WORKERS": "x"}, "must be a whole")])
def test_where_the_log_is_json_the_server_says_as_json_why_it_does_not_start(
    environment: dict[str, str], changed: dict[str, str], said: str
) -> None:
    ended = kb(environment | {"KB_LOG_FORMAT": "json"} | changed, "serve")
    line = json.loads(ended.stderr)
    assert (ended.returncode, line["level"]) == (1, "critical")
    assert said in line["event"]


def test_an_index_is_rebuilt_and_followed(migrated: dict[str, str]) -> None:
    database = Database(migrated["DATABASE_URL"])
    with database.writing() as session:
        make_city(session)
    database.dispose()
    assert "rebuilt: 1 document, " in kb(migrated, "index", "rebuild").stdout
    assert kb(migrated, "index", "follow", "--once").stdout == "written: 0\n"
    with database.writing() as session:
        make_city(session, "Made-up Riverside")
    database.dispose()
    assert kb(migrated, "index", "follow", "--once").stdout == "written: 1\n"
    assert kb(migrated, "index", "check").stdout.endswith("differences: 0\n")


def test_a_rebuild_beside_another_says_so_in_one_line(seeded: dict[str, str], tmp_path: Path) -> None:
    with IndexVersions(tmp_path / "index").lock("rebuilding"):
        ended = kb(seeded, "index", "rebuild")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "another process" in ended.stderr


def test_the_index_status_without_an_index_says_what_to_do(seeded: dict[str, str], tmp_path: Path) -> None:
    for file in (tmp_path / "index").glob("*.json"):
        file.unlink()
    ended = kb(seeded, "index", "status")
    assert (ended.returncode, "kb index rebuild" in ended.stderr) == (1, True)


def test_a_researcher_measures_the_search_on_a_collection(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(
        '{"_id": "a", "title": "Flood gauges", "text": "River sensors warn of floods"}\n'
        '{"_id": "b", "title": "Bus cards", "text": "Paying for a ride"}\n'
    )
    (folder / "queries.jsonl").write_text('{"_id": "1", "text": "flood warning"}\n{"_id": "2", "text": "zebra"}\n')
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t2\n2\tb\t1\n")
    ended = kb(environment, "evaluate", "search", str(folder))
    printed = dict(line.split(": ") for line in ended.stdout.splitlines())
    assert {name: float(value) for name, value in printed.items()} == {
        "MAP": 0.5, "nDCG@10": 0.5, "MRR@10": 0.5, "recall@100": 0.5, "no_hits": 0.5, "queries": 2.0,
    }  # fmt: skip


def test_an_install_without_the_tools_says_in_one_line_that_evaluations_need_a_checkout(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.cli.evaluate.ROOT", tmp_path)
    for words in (("search", "folder"), ("--help",), ("nonsense",)):
        ended = kb(environment, "evaluate", *words)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.splitlines() == [
            f"kb: kb evaluate needs the source code: there is no folder {tmp_path / 'tools'}."
        ]
    assert "evaluate" in kb(environment, "--help").stdout


def test_an_organiser_takes_away_who_asked(seeded: dict[str, str]) -> None:
    database = Database(seeded["DATABASE_URL"])
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession).where(ForumSession.state == "ended").limit(1)).one()
        asker = {"asker_name": "Made-up Asker", "state": "approved"}
        session.add(Question(session_id=forum_session.id, number=1, text="Who pays?", **asker))
    ended = kb(seeded, "forum", "forget-names")
    assert (ended.returncode, ended.stdout) == (0, "name removed from 1 question\n")
    with database.reading() as session:
        assert session.scalars(select(Question.asker_name)).one() is None
    database.dispose()


def test_a_mail_server_hands_over_what_was_returned_and_nothing_waits_for_a_dead_address(
    migrated: dict[str, str], tmp_path: Path
) -> None:
    database = Database(migrated["DATABASE_URL"])
    with database.writing() as session:
        asked = {"question": "", "words": "Made-up", "language": "en", "frequency": "daily"}
        alert = actions.ask(session, "gone@city.example", **asked)
        address = f"https://peers.example/alerts/end/{AlertLinks(DEVELOPMENT_SECRET).to_end(alert)}"
        city = make_city(session)
        clerk = make_user(session, city_id=city.id)
        question = ask_city(session, city, email="adviser@city.example")
        question_actions.confirm(session, question)
        mark = QuestionLinks(DEVELOPMENT_SECRET).of_mail(question, question.answers[0], clerk)
        other = actions.ask(session, "other@city.example", **asked)
        of_other = f"https://peers.example/alerts/end/{AlertLinks(DEVELOPMENT_SECRET).to_end(other)}"
    says = (
        (("returned-mail",), f"{address}x", f"{mark}x", "0 alerts ended, 0 questions with a returned mail\n"),
        (("returned-mail",), address, mark, "1 alert ended, 1 question with a returned mail\n"),
        (("alerts", "receive"), of_other, mark, "1 alert ended, 1 question with a returned mail\n"),
        (("alerts", "receive"), address, f"{mark}x", "0 alerts ended, 0 questions with a returned mail\n"),
    )
    for command, link, of_question, words in says:
        done = kb(migrated, *command, typed=RETURNED.format(link=link, question=of_question))
        assert (done.returncode, done.stdout) == (0, words)
    with database.reading() as session:
        assert session.scalars(select(CityAnswer.state)).all() == ["editors"]
    database.dispose()
    (tmp_path / "empty.sqlite3").touch()
    behind = {**migrated, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    later = kb(behind, "returned-mail", typed=RETURNED.format(link=address, question=mark))
    assert (later.returncode, later.stderr.count("\n")) == (75, 1), (
        "the mail server keeps it until the database is updated"
    )


def test_an_administrator_sends_mails_that_are_due_by_a_timer(seeded: dict[str, str]) -> None:
    database = Database(seeded["DATABASE_URL"])
    with database.writing() as session:
        asked = {"question": "", "words": "Made-up", "language": "en", "frequency": "daily"}
        alert = actions.ask(session, "adviser@city.example", **asked)
        actions.confirm(session, alert)
        alert.due_at = now() - timedelta(days=1)
    assert next(map(str, alert_lines(database))).startswith("PROBLEM mails about new entries: 1 alert, 1 late; ")
    ended = kb(seeded, "alerts", "send")
    words = "0 mails sent, 1 alert without news, 0 mails not sent, 0 unconfirmed addresses deleted\n"
    assert (ended.returncode, ended.stdout) == (0, words)
    assert list(map(str, alert_lines(database))) == ["ok      mails about new entries: 1 alert"]
    assert kb(seeded, "alerts", "end", "Adviser@city.example").stdout == "1 alert ended\n"
    assert list(alert_lines(database)) == []
    database.dispose()
    elsewhere = {"KB_DEVELOPMENT": "0", "KB_SECRET_KEY": "x" * 32, "KB_SITE_URL": "https://peers.example"}
    refused = kb(seeded | elsewhere, "alerts", "send")
    assert (refused.returncode, refused.stderr) == (
        1,
        "kb: No mail can be sent: set KB_SMTP_URL and KB_MAIL_FROM.\n",
    )


def test_the_program_itself_ends_with_one_line_and_a_non_zero_exit_too(environment: dict[str, str]) -> None:
    ended = program(environment, "serve")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("kb: ")
    assert ended.stderr.count("\n") == 1


def test_the_people_of_a_city_answer_by_mail_and_a_timer_sends(migrated: dict[str, str]) -> None:
    database = Database(migrated["DATABASE_URL"])
    with database.writing() as session:
        city = make_city(session)
        clerk = make_user(session, city_id=city.id)
        question = ask_city(session, city, email="adviser@city.example")
        question_actions.confirm(session, question)
        (row,) = question.answers
        to = reply_address("replies@peers.example", QuestionLinks(DEVELOPMENT_SECRET).to_answer(row, clerk))
    assert list(map(str, question_lines(database))) == ["ok      questions to cities: 1 open"]

    def receive(text: str, *headers: str) -> subprocess.CompletedProcess[str]:
        return kb(migrated, "questions", "receive", typed="\n".join((f"To: {to}", *headers, "", text)))

    assert receive("I am away.", "Auto-Submitted: auto-replied").stdout == "an automatic reply: ignored\n"
    empty = receive("")
    assert (empty.returncode, empty.stderr[:33]) == (65, "kb: There is no plain text above ")
    reply = EmailMessage()
    reply["To"] = to
    reply.set_content("With 30 pumps.")
    reply.add_attachment(b"\0" * 5_000_000, maintype="application", subtype="pdf", filename="pumps.pdf")
    answered = kb(migrated, "questions", "receive", typed=reply.as_string())
    assert (answered.returncode, answered.stdout) == (0, "answered\n")
    again = receive("With 30 pumps.")
    assert (again.returncode, again.stderr[:24]) == (65, "kb: This link was used, ")
    with database.reading() as session:
        assert session.scalars(select(CityAnswer.text)).all() == ["With 30 pumps."]
    sent = kb(migrated, "questions", "send")
    words = "2 mails sent, 0 mails not sent, 0 questions sent to the editors, 0 addresses erased\n"
    assert (sent.returncode, sent.stdout) == (0, words)
    assert kb(migrated, "questions", "erase", "Adviser@city.example").stdout == "1 question without an address now\n"
    assert list(question_lines(database)) == []
    database.dispose()


def test_a_command_that_needs_no_page_and_no_driver_of_postgresql_waits_for_neither(
    environment: dict[str, str],
) -> None:
    words = "import sys, kb.cli; kb.cli.kb.get_command(None, sys.argv[1]); print(*sorted(sys.modules), sep='\\n')"
    ended = subprocess.run(
        [sys.executable, "-c", words, "index"], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    loaded = set(ended.stdout.split())
    assert {"kb.cli.index", "kb.forum.change_log", "kb.questions.change_log"} <= loaded
    assert not {"flask", "kb.app", "kb.cli.serve", "docx", "psycopg", "mcp"} & loaded
