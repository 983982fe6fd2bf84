"""What the program writes to standard error, by the one handler that it has in the world as well."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import structlog

from kb.core.logs import configure_logging


@contextmanager
def captured_logs(
    capsys: pytest.CaptureFixture[str], level: str = "INFO", log_format: str = "text"
) -> Iterator[Callable[[], list[str]]]:
    """Log to standard error while the block lasts; gives what returns the lines since it was last asked."""
    before, handlers = structlog.get_config(), list(logging.getLogger().handlers)
    levels = {name: logging.getLogger(name).level for name in ("", "kb")}
    configure_logging(level, log_format)
    capsys.readouterr()
    try:
        yield lambda: [line for line in capsys.readouterr().err.split("\n") if line]
    finally:
        structlog.configure(**before)
        logging.captureWarnings(False)
        logging.getLogger().handlers = handlers
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)
