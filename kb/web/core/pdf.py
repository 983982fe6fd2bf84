"""Documents to take into a meeting: HTML files that need nothing else, and the same as PDF."""

import base64
import ctypes
import re
from functools import cache

from flask_babel import gettext
from markupsafe import Markup

from kb.core.errors import Busy
from kb.pdf import fonts
from kb.pdf.child import MISSING_LETTERS
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


class PdfNotYet(Busy):
    """A PDF must be asked for again; `instead` is what to have at once: a link and its words."""

    def __init__(self, busy: Busy, instead: tuple[str, str]) -> None:
        super().__init__(busy.message)
        self.instead = instead


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


def pdf(html: str, instead: tuple[str, str]) -> bytes:
    """A document in HTML as PDF. Raises PdfUnavailable, and PdfNotYet where it must be asked for again.

    `instead` is what a reader who does not want to wait is offered: a link and its words.
    """
    if not pango_is_there():
        raise PdfUnavailable(gettext("This server cannot make PDF files. The HTML file has the same content."))
    try:
        return context.pdfs().make(html.replace("<body>", f"<body>{_letters_missing()}", 1))
    except Busy as busy:
        raise PdfNotYet(busy, instead) from None
    except NotMade:
        raise PdfUnavailable(gettext("The PDF could not be made. The HTML file has the same content.")) from None


def _letters_missing() -> Markup:
    """A sentence that is shown only where it is true."""
    sentence = gettext("Some letters cannot be shown: this server has no font for them. The website shows them.")
    return Markup('<p class="{} notice">{}</p>').format(MISSING_LETTERS, sentence)


@cache
def style_element() -> Markup:
    """The style of documents that need nothing else, with the fonts as data, in the format that PDFs are made of."""
    faces, style = ((STATIC / name).read_text(encoding="utf-8") for name in ("css/fonts.css", "css/brief.css"))
    css = f"{fonts.with_own_families(faces)}\n{fonts.with_all_families(style)}"
    css = re.sub(
        r'url\("(vendor/[^"]+\.woff)2"\) format\("woff2"\)',
        lambda match: f'url("{_as_data(match[1])}") format("woff")',
        css,
    )
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - our own files


def _as_data(name: str) -> str:
    """A font as a data: address; an empty one where `make assets` has not been run."""
    file = STATIC / name
    content = base64.b64encode(file.read_bytes()).decode() if file.is_file() else ""
    return f"data:font/woff;base64,{content}"
