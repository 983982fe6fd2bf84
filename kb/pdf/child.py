"""The process that makes PDFs: reads HTML from standard input, writes PDF to standard output, each after its length.

Run as `python -m kb.pdf.child FOLDER`; FOLDER is for temporary files, and is removed at the end. WeasyPrint decodes
fonts into a folder that it removes when its FontConfiguration is collected, which does not happen in a process that is
killed; so the parent removes FOLDER too.
"""

import gc
import logging
import os
import re
import shutil
import sys
import tempfile
from functools import lru_cache
from typing import Any, BinaryIO

from kb.core import child_process

LENGTH_BYTES = 8

CPU_SECONDS = 60
"""Seconds of a processor that one document may take; a brief of 30 entries takes two."""

MEMORY_BYTES = 1_000_000_000
"""Memory of the process; a brief of 30 entries takes 310 MB, libraries included, and one of 300 entries 700 MB."""

_NICE = 10
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_STYLES_KEPT = 8

log = logging.getLogger(__name__)


def main(folder: str) -> None:
    """Make PDFs until standard input ends. A document that cannot be made is answered with nothing."""
    os.nice(_NICE)
    child_process.limit_memory(MEMORY_BYTES)
    tempfile.tempdir = folder
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    # Whatever else is printed must not get between the PDFs.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        _serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(questions: BinaryIO, answers: BinaryIO) -> None:
    from weasyprint import CSS, HTML  # noqa: PLC0415 - once the temporary folder is set
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    # Shared, so that each font is decoded once.
    fonts = FontConfiguration()
    # The document holds all it needs as data: addresses; whatever else one might smuggle in is refused.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)

    @lru_cache(_STYLES_KEPT)
    def stylesheet(css: str) -> Any:
        return CSS(string=css, font_config=fonts, url_fetcher=fetcher)

    def pdf_of(html: str) -> bytes:
        # Style and fonts are the same in most documents, and reading them anew takes a sixth of the time.
        style = _STYLE.search(html)
        sheets = [stylesheet(style[1])] if style else []
        rest = html[: style.start()] + html[style.end() :] if style else html
        made: bytes = HTML(string=rest, url_fetcher=fetcher).write_pdf(font_config=fonts, stylesheets=sheets)
        return made

    # Laying out makes many objects and little garbage; the collector's rounds would take a tenth of the time.
    gc.disable()
    while len(length := questions.read(LENGTH_BYTES)) == LENGTH_BYTES:
        html = questions.read(int.from_bytes(length)).decode()
        child_process.limit_cpu(CPU_SECONDS)
        try:
            made = pdf_of(html)
        except Exception:  # whatever WeasyPrint stumbles over: the next document may be better
            log.exception("a PDF could not be made")
            made = b""
        answers.write(len(made).to_bytes(LENGTH_BYTES) + made)
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1])
