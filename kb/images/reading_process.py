"""The child process that reads one uploaded picture: `python -m kb.images.reading_process`.

It answers (`kb.core.file_reading`) a line of JSON: why the file is refused, or the sizes of two images and the lengths
of their bytes, which follow. See `reading`, which starts it.
"""

import json
import re
import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps

from kb.core import file_reading

FORMATS = ("JPEG", "PNG", "WEBP")

LARGE, SMALL = (1280, 1600), (480, 600)
"""Pixels, wide and high, that the two sizes have at most."""

MOST_PIXELS = 60_000_000
"""Pixels of a picture: the largest that telephones take have 50 million."""

LEAST_PIXELS = 200
"""Pixels of the longer side at least."""

_QUALITY = 82
_BEGINNING = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
_END_OF_PNG = b"IEND\xaeB`\x82"
_MARKUP = (b"<script", b"<html", b"<!doctype", b"<svg ", b"<?php")
_END_OF_ZIP, _ZIP_COMMENT = b"PK\x05\x06", 65_557
_PDF, _PDF_WITHIN = b"%PDF-", 1_024


class _Unreadable(Exception):
    """A file is refused; the argument is a code that `reading` words."""


def encode(file: BinaryIO) -> list[tuple[int, int, bytes]]:
    """The picture in the large and the small size: width, height and WebP. Raises _Unreadable, MemoryError."""
    content = file.read()
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Exception:  # noqa: BLE001 - whatever Pillow stumbles over
        raise _Unreadable("broken" if _BEGINNING.match(content) else "kind") from None
    if image.width * image.height > MOST_PIXELS:
        raise _Unreadable("pixels")
    if max(image.size) < LEAST_PIXELS:
        raise _Unreadable("small")
    if _is_something_else_too(content):
        raise _Unreadable("mixed")
    try:
        if image.format == "PNG" and _END_OF_PNG not in content:
            raise _Unreadable("broken")
        large = _upright_srgb(image)
    except (MemoryError, _Unreadable):
        raise
    except Exception:  # noqa: BLE001 - whatever a decoder stumbles over: the file is not whole
        raise _Unreadable("broken") from None
    small = large.copy()
    small.thumbnail(SMALL, Image.Resampling.LANCZOS)
    return [(size.width, size.height, _webp(size)) for size in (large, small)]


def _is_something_else_too(content: bytes) -> bool:
    """Whether a browser, an unpacker or a reader of PDF might take the file for theirs."""
    lower = content.lower()
    return (
        any(mark in lower for mark in _MARKUP)
        or _END_OF_ZIP in content[-_ZIP_COMMENT:]
        or _PDF in content[:_PDF_WITHIN]
    )


def _upright_srgb(image: Image.Image) -> Image.Image:
    """The picture as it is to be looked at: turned upright, at most LARGE, in sRGB, without metadata."""
    # A JPEG is decoded at a fraction of its size where that is enough.
    image.draft(None, (LARGE[0] * 2, LARGE[1] * 2))
    image.load()
    profile = image.info.get("icc_profile")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode not in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        image = image.convert("RGB")
    has_alpha = image.mode in {"LA", "RGBA"}
    # By both sides, since the picture may yet be turned.
    image = ImageOps.exif_transpose(image)
    image.thumbnail(LARGE, Image.Resampling.LANCZOS)
    if profile:
        image = _in_srgb(image, profile)
    plain = image.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    return plain


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours of a picture with a profile of its own, as screens show them; as they are where it is no profile."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if converted is None:
        return image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _webp(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()


def main() -> None:
    """Read the file that the parent sent."""
    # The limit here is ours, and Pillow's own warns below it.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    file_reading.answer(_write_answer)


def _write_answer(_request: Mapping[str, Any], file: BinaryIO, output: BinaryIO) -> None:
    images: list[tuple[int, int, bytes]] = []
    try:
        images = encode(file)
        head: dict[str, Any] = {"sizes": [(width, height, len(content)) for width, height, content in images]}
    except _Unreadable as refused:
        head = {"refused": refused.args[0]}
    output.write(json.dumps(head).encode() + b"\n")
    output.writelines(content for _, _, content in images)


if __name__ == "__main__":
    main()
