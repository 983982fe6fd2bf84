"""Reads uploaded pictures in a child process with limits (`kb.core.file_reading`).

What the child answers was encoded anew: nothing of the file itself is kept, neither where a photograph was taken nor
what else may be hidden in it.
"""

import json
from hashlib import sha256

import structlog

from kb.core import file_reading
from kb.core.errors import Busy, Refused
from kb.core.file_reading import ProcessLimits
from kb.core.i18n import gettext_noop

from . import reading_process
from .models import StoredImage

MOST_BYTES = 15_000_000
"""Bytes of an uploaded picture; telephones write 3 to 12 million."""

_REFUSED = {
    "kind": gettext_noop("This is not a JPEG, PNG or WebP picture. Save it as one of these and choose it again."),
    "pixels": gettext_noop("This picture has too many pixels: more than 60 million. Make it smaller and try again."),
    "small": gettext_noop("This picture is too small: its longer side needs at least 200 pixels."),
    "mixed": gettext_noop("This file contains more than a picture. Open it, save it as a new JPEG, and choose that."),
    "broken": gettext_noop("This picture is damaged or incomplete. Save it again, or choose another file."),
}
_LARGE = gettext_noop("This picture is larger than %(most)s MB. Make it smaller and try again.")
_EMPTY = gettext_noop("This file is empty. Choose another one.")
_TOO_MUCH = gettext_noop("This picture takes too long or too much memory to read. Make it smaller and try again.")
_BUSY = gettext_noop("Other pictures are being read at the moment. Choose it again in a minute.")

LIMITS = ProcessLimits(cpu_seconds=15, seconds=30, memory_bytes=900_000_000, output_bytes=20_000_000)
"""What the reading of one picture may take."""

_PATIENCE_SECONDS = 5.0
_SLOTS = file_reading.Slots(2)

_log = structlog.get_logger()


def read_image(content: bytes, limits: ProcessLimits = LIMITS) -> StoredImage:
    """Read an uploaded picture into a row that is in no session yet. Raises Refused, and Busy where others read."""
    if not content:
        raise Refused(_EMPTY)
    if len(content) > MOST_BYTES:
        raise Refused(_LARGE, most=MOST_BYTES // 1_000_000)
    head, _, images = _answer(content, limits).partition(b"\n")
    answer = json.loads(head)
    if "refused" in answer:
        raise Refused(_REFUSED[answer["refused"]])
    (width, height, length), (small_width, small_height, _) = answer["sizes"]
    return StoredImage(
        key=sha256(images).hexdigest(),
        width=width,
        height=height,
        large=images[:length],
        small_width=small_width,
        small_height=small_height,
        small=images[length:],
    )


def _answer(content: bytes, limits: ProcessLimits) -> bytes:
    """What the child answers. Refused where it does not end well."""
    try:
        with _SLOTS.take(_PATIENCE_SECONDS):
            return file_reading.read(reading_process.__name__, content, {}, limits)
    except TimeoutError:
        raise Busy(_BUSY) from None
    except (file_reading.TooSlow, file_reading.TooLarge):
        raise Refused(_TOO_MUCH) from None
    except file_reading.ChildFailed as failed:
        _log.error("a picture could not be read", status=failed.status, trace=failed.trace)
        raise Refused(_REFUSED["broken"]) from None
