"""The process that makes PDFs: reads HTML from standard input, writes PDF to standard output, each after its length.

Run as `python -m kb.pdf.child FOLDER FONTS`; FOLDER is for temporary files, and is removed at the end; FONTS is where
the files of `kb.pdf.fonts` are. WeasyPrint decodes
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
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from kb.core import child_process
from kb.core.logs import configure_logging

from . import fonts

LENGTH_BYTES = 8

CPU_SECONDS = 60
"""Seconds of a processor that one document may take; a brief of 30 entries takes three to five."""

MEMORY_BYTES = 1_000_000_000
"""Memory of the process; a brief of 30 entries takes 310 MB, libraries included, and one of 300 entries 700 MB."""

MISSING_LETTERS = "letters-missing"
"""The class of the sentence, hidden unless it is true, that some letters of a document cannot be shown."""

_NICE = 10
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_STYLES_KEPT = 8

log = logging.getLogger(__name__)


def main(folder: str, font_folder: str) -> None:
    """Make PDFs until standard input ends. A document that cannot be made is answered with nothing."""
    os.nice(_NICE)
    child_process.limit_memory(MEMORY_BYTES)
    tempfile.tempdir = folder
    configure_logging(os.environ.get("KB_LOG_LEVEL", "INFO"), os.environ.get("KB_LOG_FORMAT", "text"))
    # Whatever else is printed must not get between the PDFs.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        _serve(sys.stdin.buffer, answers, Renderer(Path(font_folder)))
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Renderer:
    """WeasyPrint with its fonts and styles, which are read once for all documents."""

    def __init__(self, font_folder: Path) -> None:
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - once the temporary folder is set
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

        self._font_folder = font_folder
        self._faces: set[fonts.Face] = set()
        self._configuration = FontConfiguration()
        # The document holds all it needs as data: addresses; whatever else one might smuggle in is refused.
        self._fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
        self._font_fetcher = URLFetcher(allowed_protocols=("file",), allow_redirects=False)
        self._stylesheet = lru_cache(_STYLES_KEPT)(self._read_stylesheet)

    def pdf(self, html: str) -> tuple[bytes, set[str]]:
        """The document as PDF, and the letters of it that no font here has.

        Where there are such, what the document has of the class MISSING_LETTERS is shown.
        """
        # Style and fonts are the same in most documents, and reading them anew takes a sixth of the time.
        style = _STYLE.search(html)
        sheets = [self._stylesheet(style[1])] if style else []
        rest = html[: style.start()] + html[style.end() :] if style else html
        self.add_faces(fonts.faces_for(rest, self._font_folder))
        made, missing = self._write(rest, sheets)
        if missing and MISSING_LETTERS in rest:
            made, _ = self._write(rest, [*sheets, self._stylesheet(f".{MISSING_LETTERS} {{ display: block }}")])
        return made, missing

    def add_faces(self, faces: Iterable[fonts.Face]) -> None:
        """Bring fonts in that are not there yet."""
        for face in set(faces) - self._faces:
            self._read_stylesheet(face.css(self._font_folder), self._font_fetcher)
            self._faces.add(face)

    def _read_stylesheet(self, css: str, fetcher: Any = None) -> Any:
        from weasyprint import CSS  # noqa: PLC0415 - as above

        return CSS(string=css, font_config=self._configuration, url_fetcher=fetcher or self._fetcher)

    def _write(self, html: str, sheets: list[Any]) -> tuple[bytes, set[str]]:
        from weasyprint import HTML  # noqa: PLC0415 - as above

        with _MissingLetters() as missing:
            document = HTML(string=html, url_fetcher=self._fetcher)
            made: bytes = document.write_pdf(font_config=self._configuration, stylesheets=sheets)
        return made, missing.letters


class _MissingLetters(logging.Filter):
    """Notes each letter for which WeasyPrint warns that it draws a box, and keeps these warnings out of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: set[str] = set()
        self._logger = logging.getLogger("weasyprint")

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(".notdef") or not isinstance(record.args, tuple):
            return True
        self.letters.add(str(record.args[0]))
        return False

    def __enter__(self) -> "_MissingLetters":
        self._logger.addFilter(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeFilter(self)


def _serve(questions: BinaryIO, answers: BinaryIO, renderer: Renderer) -> None:
    # Laying out makes many objects and little garbage; the collector's rounds would take a tenth of the time.
    gc.disable()
    while len(length := questions.read(LENGTH_BYTES)) == LENGTH_BYTES:
        html = questions.read(int.from_bytes(length)).decode()
        child_process.limit_cpu(CPU_SECONDS)
        try:
            made, missing = renderer.pdf(html)
            if missing:
                log.warning("no font has these letters: %s", " ".join(sorted(missing)))
        except Exception:  # whatever WeasyPrint stumbles over: the next document may be better
            log.exception("a PDF could not be made")
            made = b""
        answers.write(len(made).to_bytes(LENGTH_BYTES) + made)
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    main(*sys.argv[1:])
