"""What /metrics and /readyz say: how far the index is behind, what waits, who may read it, and at what cost."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.models import User
from kb.alerts import actions
from kb.catalogue.models import Change
from kb.core import metrics
from kb.core.column_types import now
from kb.core.db import Database
from kb.importing.models import Import
from kb.importing.queries import count_by_state
from kb.search import indexing
from kb.web.core import limits
from kb.web.site import health
from kb.web.site import metrics as metrics_page
from tests.factories import make_city, make_user
from tests.forum_factories import make_dialogue

from .page_readers import counted_queries

_SCAN = re.compile("SCAN (?!imports USING COVERING INDEX|catalogue_identity)")

Series = dict[tuple[str, ...], float]


def scraped(client: FlaskClient) -> dict[str, Series]:
    """Each series of /metrics by its name, and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    values: dict[str, Series] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            values.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return values


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)


def test_a_site_whose_index_is_behind_is_not_ready_until_it_has_caught_up(
    app: Flask, client: FlaskClient, database: Database, config: Config
) -> None:
    assert scraped(client)["kb_index_usable"][()] == 0
    assert client.get("/readyz").status_code == 200, "without an index the database answers"
    indexing.rebuild(database, config.search_index)
    app.extensions["kb_search"].refresh()
    assert scraped(client)["kb_index_lag_seconds"][()] == 0
    with database.writing() as session:
        make_city(session, "Made-up Port")
    assert client.get("/readyz").status_code == 200, "a moment is not behind"
    with database.writing() as session:
        session.execute(update(Change).values(at=now() - timedelta(seconds=config.ready_lag_seconds + 5)))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "behind: the search index is behind the database\n")
    seen = scraped(client)
    assert seen["kb_index_lag_changes"][()] == 1
    assert seen["kb_index_lag_seconds"][()] >= config.ready_lag_seconds + 5
    assert seen["kb_not_ready"] == {("stopping",): 0, ("database",): 0, ("behind",): 1}
    assert client.get("/search?q=port").status_code == 200

    indexing.rebuild(database, config.search_index)
    app.extensions["kb_search"].refresh()
    assert client.get("/readyz").text == "ok\n"
    assert scraped(client)["kb_index_lag_changes"][()] == 0


def test_an_index_of_another_database_counts_as_none(client: FlaskClient, database: Database, config: Config) -> None:
    indexing.rebuild(database, config.search_index)
    assert indexing.index_lag(database, config.search_index) == indexing.IndexLag(0, 0.0)
    assert indexing.index_lag(database, config.search_index / "nowhere") is None
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE catalogue_identity SET name = 'made-up'")
    assert indexing.index_lag(database, config.search_index) is None


def test_what_waits_is_counted(client: FlaskClient, session: Session) -> None:
    asked = {"question": "q=dyke", "words": "Made-up dykes", "language": "en", "frequency": "daily"}
    for number, minutes in enumerate((90, 30, -30)):
        alert = actions.ask(session, f"adviser-{number}@city.example", **asked)
        actions.confirm(session, alert)
        alert.due_at = now() - timedelta(minutes=minutes)
    editor: User = make_user(session, "editor")
    fields = {"collection": "made up", "file_name": "a.csv", "mode": "published", "actor_name": editor.name}
    session.add_all([Import(state=state, **fields) for state in ("waiting", "waiting", "interrupted")])
    session.commit()
    seen = scraped(client)
    assert seen["kb_mails_due"] == {("alerts",): 2, ("questions",): 0}
    assert 90 * 60 <= seen["kb_mails_oldest_due_seconds"]["alerts",] < 91 * 60
    assert seen["kb_imports"]["waiting",] == 2
    assert seen["kb_imports"]["interrupted",] == 1
    assert seen["kb_imports"]["working",] == 0


def test_phones_that_follow_a_session_are_counted_once_each(app: Flask, database: Database) -> None:
    metrics.FORUM_LISTENERS.forget()
    with database.writing() as session:
        forum_session = make_dialogue(session, state="live")
        session.flush()
        code = forum_session.short_code
    for _phone in range(3):
        phone = app.test_client()
        phone.get(f"/f/{code}")
        for _poll in range(4):
            assert phone.get(f"/f/{code}/now").status_code in {200, 304}
    app.test_client().get(f"/f/{code}/now")
    assert scraped(app.test_client())["kb_forum_listeners"][()] == 3


def test_a_scrape_walks_no_table_of_the_catalogue(
    app: Flask, client: FlaskClient, database: Database, config: Config
) -> None:
    indexing.rebuild(database, config.search_index)
    with counted_queries(app) as queries:
        scraped(client)
    assert len(queries) < 20
    with database.reading() as session:
        for query in {query for query in queries if query.startswith("SELECT")}:
            values = (0,) * query.count("?")
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).scalars("detail").all()
            scans = [
                step for step in plan if re.match(r"SCAN (?!imports USING COVERING INDEX|catalogue_identity)", step)
            ]
            assert not scans, query


def test_while_the_database_is_gone_everything_else_is_told(
    app: Flask, client: FlaskClient, sqlite_database: Database
) -> None:
    file = Path(app.extensions["kb_database"].url.database)
    client.get("/", buffered=True)
    away = file.rename(file.with_name("away"))
    try:
        seen = scraped(client)
        answer = client.get("/readyz")
    finally:
        away.rename(file)
    assert seen["kb_database_up"][()] == 0
    assert seen["kb_not_ready"]["database",] == 1
    assert seen["kb_http_requests_total"]["home.home", "200"] >= 1
    assert "kb_mails_due" not in seen
    assert answer.text.startswith("database: ")
    assert scraped(client)["kb_database_up"][()] == 1


def test_a_database_that_hangs_keeps_no_scrape_waiting_twice(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_page, "LOOK_SECONDS", 0.0)
    engine = app.extensions["kb_database"].engine
    goes_on, asked = threading.Event(), []

    def hang(*given: object) -> None:
        asked.append(given)
        goes_on.wait(30)

    event.listen(engine, "before_cursor_execute", hang)
    try:
        assert scraped(client)["kb_database_up"][()] == 0
        assert scraped(client)["kb_database_up"][()] == 0
        assert len(asked) <= 1
    finally:
        goes_on.set()
        event.remove(engine, "before_cursor_execute", hang)


def test_scrapes_at_the_same_time_say_the_same_of_the_database(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers of Prometheus, of which the second must not be told that the database is gone."""
    goes_on, is_looking = threading.Event(), threading.Event()
    seen: list[dict[str, Series]] = []
    count = count_by_state

    def slow(session: Session) -> object:
        is_looking.set()
        goes_on.wait(30)
        return count(session)

    monkeypatch.setattr(metrics_page, "count_by_state", slow)
    first, second = (threading.Thread(target=lambda: seen.append(scraped(app.test_client()))) for _ in range(2))
    first.start()
    assert is_looking.wait(30)
    second.start()
    second.join(0.2)
    goes_on.set()
    for scrape in (first, second):
        scrape.join(30)
    assert [values["kb_database_up"][()] for values in seen] == [1, 1]


def test_a_folder_of_backups_that_hangs_keeps_no_scrape_waiting_twice(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = app_with(backups=str(tmp_path)).test_client()
    assert scraped(client)["kb_backup_newest_timestamp_seconds"][()] == 0
    goes_on = threading.Event()
    asked: list[Path] = []

    def hang(folder: Path) -> None:
        asked.append(folder)
        goes_on.wait(30)

    monkeypatch.setattr(metrics_page, "newest", hang)
    monkeypatch.setattr(metrics_page, "LOOK_SECONDS", 0.0)
    try:
        for _ in range(2):
            assert "kb_backup_newest_timestamp_seconds" not in scraped(client)
    finally:
        goes_on.set()
    monkeypatch.setattr(metrics_page, "LOOK_SECONDS", 30.0)
    assert scraped(client)["kb_backup_newest_timestamp_seconds"][()] == 0
    # Both shared one look, whenever its thread began; this scrape shared it too, or took the next.
    assert asked in ([tmp_path], [tmp_path, tmp_path])


@pytest.mark.parametrize(
    ("peer", "networks", "is_among"),
    [
        ("127.0.0.1", "", False),
        ("10.0.0.9", "127.0.0.1", False),
        ("10.0.0.9", "10.0.0.0/24", True),
        ("::ffff:10.0.0.9", "10.0.0.0/24", True),
        ("2001:db8::1", "127.0.0.1, 2001:db8::/32", True),
        ("made-up", "0.0.0.0/0", False),
    ],
    ids=["nobody", "another", "a-network", "ipv4-as-ipv6", "ipv6", "no-address"],
)
def test_addresses_belong_to_networks_of_their_kind(peer: str, networks: str, is_among: bool) -> None:
    assert limits.is_among(peer, networks) is is_among


def test_the_addresses_of_the_settings_read_metrics_past_any_proxy(
    app_with: Callable[..., Flask],
) -> None:
    client = app_with(metrics_from="10.0.0.0/24", proxies=1).test_client()
    peer = {"REMOTE_ADDR": "10.0.0.9"}
    assert client.get("/metrics", environ_overrides=peer).status_code == 200
    assert client.get("/metrics").status_code == 404
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"):
        assert client.get("/metrics", environ_overrides=peer, headers={name: "10.0.0.9"}).status_code == 404
    assert client.post("/metrics", environ_overrides=peer).status_code in {400, 404, 405}
