"""Writes the log: lines on standard error, from the level that the settings name.

Everything goes through one handler: our own events, those of libraries and gunicorn, and Python's warnings. Whatever a
request put into them, an event is one line, and the lines of a trace are marked; no control character comes through.
As JSON an event is one object on one line, its trace within it. Each line of a request names the request's id.

A log holds no personal data: mail addresses are replaced, and a trace has the message of an error only where that
speaks of the program, unless the level is DEBUG.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import IO, Any, TypeGuard

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from .error_traces import trace_of

OURS = "kb"
"""The logger above all of ours, and Flask's; libraries speak from WARNING on."""

PRINTED_MAIL = "mail"
"""The event of a mail that is printed, since there is no mail server on a developer's machine."""

_TRACE = "  | "
# Control characters, marks that turn the direction of what follows, line ends of Unicode, and halves of signs.
_UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """Text on one line, in which no sign can forge a line or steer a terminal: such are written as Python does."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def begin_request(request_id: str) -> None:
    """Let every line that this thread writes from now on name a request.

    No context manager: of an answer that nobody closes, the garbage collector would leave it, at any moment, also in
    the middle of another change of the same context, which ends in a crash.
    """
    structlog.contextvars.bind_contextvars(request_id=request_id)


def end_request() -> None:
    """Let lines name no request any more."""
    structlog.contextvars.unbind_contextvars("request_id")


def current_request_id() -> str | None:
    """The id of the request that this thread works on; None where there is none."""
    request_id: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return request_id


def configure_logging(level: str, log_format: str = "text") -> None:
    """Note what is at least of that level: DEBUG, INFO, WARNING or ERROR; INFO where there is no such level.

    `log_format` is "text" or "json".
    """
    least = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    is_json = log_format == "json"
    time_format = "iso" if is_json else "%Y-%m-%d %H:%M:%S"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt=time_format, utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
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
                structlog.processors.ExceptionRenderer(_full_trace if least <= logging.DEBUG else _trace),
                _without_addresses,
                _json_line if is_json else _line,
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


def _full_trace(exc_info: ExcInfo) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip("\n")


def _trace(exc_info: ExcInfo) -> str:
    return trace_of(exc_info[1])


_MAIL_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")


def _without_addresses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace mail addresses, also in what libraries and mail servers say."""
    if event.get("event") == PRINTED_MAIL:
        return event
    return {name: _MAIL_ADDRESS.sub("…@…", value) if _has_at(value) else value for name, value in event.items()}


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """One JSON object: when, how grave, what, and its values; in ASCII, so that no sign ends the line or steers."""
    values = dict(event)
    first = {"time": values.pop("timestamp", ""), "level": values.pop("level", ""), "event": values.pop("event", "")}
    return json.dumps({**first, **{str(name): value for name, value in sorted(values.items())}}, default=repr)


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


def _has_at(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and "@" in value


def _value(value: object) -> str:
    """A value, in quotes where it could be taken for several."""
    text = value if isinstance(value, str) else repr(value)
    if not text or re.search(r"[\s='\"\\]", text):
        text = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return escaped(text)
