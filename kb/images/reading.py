"""Reads uploaded pictures in a child process with limits of time and memory, so that no file can harm the site.

The child (`kb.core.child_process`) gets the file as a nameless temporary one. What it answers was encoded anew: nothing
of the file itself is kept, neither where a photograph was taken nor what else may be hidden in it.
"""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from tempfile import TemporaryFile

import structlog

from kb.core import child_process
from kb.core.errors import Busy, Refused
from kb.core.i18n import gettext_noop

from . import reading_process
from .models import StoredImage

MOST_BYTES = 15_000_000
"""Bytes of an uploaded picture; telephones write 3 to 12 million."""

_REFUSED = {
    "kind": gettext_noop("This is not a JPEG, PNG or WebP picture. Save it as one of these and choose it again."),
    "pixels": gettext_noop("This picture has too many pixels: more than 60 million. Make it smaller and try again."),
    "small": gettext_noop("This picture is too small: its longer side needs at least 200 pixels."),
    "mixed": gettext_noop(
        "This file contains something else besides a picture. Open it, save it as a new JPEG, and choose that."
    ),
    "broken": gettext_noop("This picture is damaged or incomplete. Save it again, or choose another file."),
}
_LARGE = gettext_noop("This picture is larger than %(most)s MB. Make it smaller and try again.")
_EMPTY = gettext_noop("This file is empty. Choose another one.")
_TOO_MUCH = gettext_noop("This picture takes too long or too much memory to read. Make it smaller and try again.")
_BUSY = gettext_noop("Other pictures are being read at the moment. Choose it again in a minute.")

_PATIENCE_SECONDS = 5.0
_SLOTS = threading.BoundedSemaphore(2)
"""So many pictures are read at once by one process of the site."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What the reading of one picture may take: seconds of a processor and in all, and memory."""

    cpu_seconds: int = 15
    seconds: float = 30
    memory_bytes: int = 900_000_000


def read_image(content: bytes, limits: ProcessLimits = ProcessLimits()) -> StoredImage:
    """Read an uploaded picture into a row that is in no session yet. Raises Refused, and Busy where others read."""
    if not content:
        raise Refused(_EMPTY)
    if len(content) > MOST_BYTES:
        raise Refused(_LARGE, most=MOST_BYTES // 1_000_000)
    with _slot():
        answer = _run(content, limits)
    head, _, written = answer.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise Refused(_REFUSED[told["refused"]])
    (width, height, length), (small_width, small_height, _) = told["sizes"]
    return StoredImage(
        key=sha256(written).hexdigest(),
        width=width,
        height=height,
        large=written[:length],
        small_width=small_width,
        small_height=small_height,
        small=written[length:],
    )


@contextmanager
def _slot() -> Iterator[None]:
    if not _SLOTS.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy(_BUSY)
    try:
        yield
    finally:
        _SLOTS.release()


def _run(content: bytes, limits: ProcessLimits) -> bytes:
    """Run the child to its end; give what it answers. Refused where it does not end well."""
    with TemporaryFile() as file, TemporaryFile() as errors:
        file.write(content)
        file.seek(0)
        child = child_process.start(reading_process.__name__, stderr=errors, pass_fds=(file.fileno(),))
        request = {"file": file.fileno(), "limits": asdict(limits)}
        try:
            answer, _ = child.communicate(json.dumps(request).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise Refused(_TOO_MUCH) from None
        finally:
            child_process.kill(child)
            child.communicate()
        # The kernel kills where the whole machine has too little memory.
        ended = {reading_process.OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}
        if child.returncode in ended:
            raise Refused(_TOO_MUCH)
        if child.returncode:
            errors.seek(0)
            trace = errors.read(10_000).decode(errors="replace")
            _log.error("a picture could not be read", status=child.returncode, trace=trace)
            raise Refused(_REFUSED["broken"])
        return answer
