"""The log: whatever a request, a library or an error's text brings along, nobody can forge a line in it."""

import gc
import logging
import re
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask
from gunicorn.config import Config as GunicornConfig

from kb.cli.serve import Site
from kb.core.logs import current_request_id, end_request
from kb.core.mail import Email, Mail
from kb.migrations.nodes import ThisNode
from tests.log_capture import captured_logs

FORGED = "made-up\r\n2026-01-01 00:00:00 [info    ] forged\x1b[31m\u2028\u202e\x85\x00\ud800"
UNSAFE = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")

Lines = Callable[[], list[str]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """The log, captured."""
    with captured_logs(capsys) as read:
        yield read


def assert_one_event(written: list[str]) -> None:
    """One line begins like an event, those after it are marked, and nothing in them steers a terminal."""
    text = "\n".join(written)
    assert not UNSAFE.search(text), repr(text)
    assert len([line for line in written if not line.startswith("  | ")]) == 1, text
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[\w+ *\] ", written[0]), text
    assert "forged" in text


def test_an_event_of_ours_is_one_line(lines: Lines) -> None:
    structlog.get_logger("kb.made_up").warning(FORGED, path=FORGED, values=[FORGED], **{FORGED: 1})
    assert_one_event(lines())


@pytest.mark.parametrize("name", ["kb", "gunicorn.error", "werkzeug", "sqlalchemy.pool", "made_up.library"])
def test_a_line_of_a_library_is_one_line(lines: Lines, name: str) -> None:
    logging.getLogger(name).warning("a request for %s", FORGED)
    assert_one_event(lines())


def test_the_trace_of_an_error_is_marked_line_by_line(lines: Lines) -> None:
    try:
        raise OSError(2, FORGED)
    except OSError:
        logging.getLogger("kb").exception("Exception on %s", FORGED)
    written = lines()
    assert_one_event(written)
    assert any(line.startswith("  | FileNotFoundError: [Errno 2] made-up") for line in written)


def test_a_warning_is_one_line(lines: Lines) -> None:
    with warnings.catch_warnings():
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.simplefilter("always")
        warnings.warn(FORGED, UserWarning, stacklevel=1)
    assert_one_event(lines())


def test_mail_that_is_not_sent_forges_nothing(lines: Lines) -> None:
    Mail("smtp://127.0.0.1:1", "desk@example.org").send(
        Email("made-up@example.org", FORGED, "made up", message_id=FORGED)
    )
    assert_one_event(lines())


def test_the_address_of_a_page_that_failed_forges_nothing(app: Flask, lines: Lines) -> None:
    @app.get("/fault/<name>")
    def fault(name: str) -> str:
        raise ZeroDivisionError(name)

    assert app.test_client().get("/fault/x%0a2026-01-01%20forged%1b%5b31m%c2%85%e2%80%a8").status_code == 500
    written = lines()
    assert_one_event(written)
    assert any("ZeroDivisionError" in line for line in written)


def test_gunicorn_writes_to_the_same_journal(app: Flask, lines: Lines) -> None:
    settings: GunicornConfig = Site(app.config["KB"], ThisNode.at(8000, "0")).cfg
    logger = settings.logger_class(settings)
    logger.warning("Invalid request from ip=%s: %s", "127.0.0.1", FORGED)
    assert_one_event(lines())


def test_libraries_speak_from_warnings_on_and_we_from_the_level_of_the_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with captured_logs(capsys, "DEBUG") as read:
        structlog.get_logger("kb.made_up").debug("ours")
        logging.getLogger("made_up.library").info("theirs")
        assert ["ours" in line for line in read()] == [True]
    with captured_logs(capsys, "ERROR") as read:
        structlog.get_logger("kb.made_up").warning("ours")
        logging.getLogger("made_up.library").warning("theirs")
        assert read() == []


def test_an_answer_that_nobody_reads_changes_nothing_when_it_is_thrown_away(app: Flask) -> None:
    # What the garbage collector runs may come in the middle of anything; CPython crashed where it left a context.
    answers = [app.test_client().get("/healthz") for _ in range(2)]
    newest = answers[-1].headers["X-Request-ID"]
    answers.clear()
    gc.collect()
    assert current_request_id() == newest
    end_request()
