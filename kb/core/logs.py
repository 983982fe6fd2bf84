"""Writes the log: lines on standard error, from the level that the settings name.

Everything goes through one handler: our own events, those of libraries and gunicorn, and Python's warnings. Whatever a
request put into them, an event is one line, and the lines of a trace are marked; no control character comes through.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import IO, Any

import structlog
from structlog.typing import EventDict, WrappedLogger

OURS = "kb"
"""The logger above all of ours, and Flask's; libraries speak from WARNING on."""

_TRACE = "  | "
# Control characters, marks that turn the direction of what follows, line ends of Unicode, and halves of signs.
_UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """Text on one line, in which no sign can forge a line or steer a terminal: such are written as Python does."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def configure_logging(level: str) -> None:
    """Note what is at least of that level: DEBUG, INFO, WARNING or ERROR; INFO where there is no such level."""
    least = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S")]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                _line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [existing for existing in root.handlers if not isinstance(existing, _Handler)] + [handler]
    root.setLevel(max(least, logging.WARNING))
    logging.getLogger(OURS).setLevel(least)
    logging.captureWarnings(True)


class _Handler(logging.StreamHandler[IO[str]]):
    """Writes to whatever standard error is at that moment, as under a test that reads it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> IO[str]:  # type: ignore[override] # a property instead of an attribute
        """Standard error."""
        return sys.stderr


def _line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """One line: when, how grave, what, and its values; the lines of a trace follow, each behind a mark."""
    values: MutableMapping[str, Any] = dict(event)
    when, level, what = (str(values.pop(name, "")) for name in ("timestamp", "level", "event"))
    traces = [str(values.pop(name)) for name in ("stack", "exception", "trace") if values.get(name)]
    line = f"{when} [{level:<8}] {escaped(what)}"
    if values:
        line = f"{line:<60} {_pairs(values)}"
    return "\n".join([line, *(_TRACE + escaped(part) for trace in traces for part in trace.splitlines())])


def _pairs(values: Mapping[str, Any]) -> str:
    return " ".join(f"{escaped(name)}={_value(value)}" for name, value in sorted(values.items()))


def _value(value: object) -> str:
    """A value, in quotes where it could be taken for several."""
    text = value if isinstance(value, str) else repr(value)
    if not text or re.search(r"[\s='\"\\]", text):
        text = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return escaped(text)
