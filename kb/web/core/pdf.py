"""Papers to take into a meeting: what makes an HTML file need nothing else, and the same file as PDF."""

import base64
import ctypes
import re
from datetime import UTC, date, datetime
from functools import cache

from flask_babel import gettext
from markupsafe import Markup

from kb.pdf.maker import NotMade

from . import context
from .assets import STATIC

# What WeasyPrint opens of Pango, and how such a library is called on Linux, on a Mac and on Windows.
_LIBRARIES = ("pango-1.0", "pangoft2-1.0")
_CALLED = ("lib{}.so.0", "lib{}.dylib", "lib{}-0.dll")


PDF_RATE = "12 per minute"
"""How many PDFs of a kind one address may ask for."""


class PdfUnavailable(Exception):
    """A PDF cannot be made; `why` says it to the reader."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def today() -> date:
    """The day that a paper bears."""
    return datetime.now(UTC).date()


@cache
def pango_is_there() -> bool:
    """Whether the system has Pango, which lays out the text of PDFs and which no package of Python brings."""
    return all(_opens(library) for library in _LIBRARIES)


def _opens(library: str) -> bool:
    for called in _CALLED:
        try:
            ctypes.CDLL(called.format(library))
        except OSError:
            continue
        return True
    return False


def is_offered() -> bool:
    """Whether a page may offer a PDF; then the process that makes it is started, since it is likely asked for next."""
    if not pango_is_there():
        return False
    context.pdfs().prepare(style_element())
    return True


def pdf(html: str) -> bytes:
    """The same document as PDF. Raises PdfUnavailable, and Busy where it must be asked for again."""
    if not pango_is_there():
        raise PdfUnavailable(gettext("PDF needs Pango on the server; the HTML file holds the same."))
    try:
        return context.pdfs().make(html)
    except NotMade:
        raise PdfUnavailable(gettext("The PDF could not be made; the HTML file holds the same.")) from None


@cache
def style_element() -> Markup:
    """The style of documents that need nothing else, with the fonts as data."""
    css = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in ("css/fonts.css", "css/brief.css"))
    css = re.sub(r'url\("(vendor/[^"]+\.woff2)"\)', lambda match: f'url("{_as_data(match[1])}")', css)
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - our own files


def _as_data(name: str) -> str:
    """A font as a data: address; an empty one where `make assets` has not been run."""
    file = STATIC / name
    content = base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""
    return f"data:font/woff2;base64,{content}"
