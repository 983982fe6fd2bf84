"""The process that makes PDFs: reads HTML from standard input and writes PDF to standard output, each after its length.

Run as `python -m kb.pdf.child FOLDER`; FOLDER is for temporary files, and is removed at the end. WeasyPrint decodes
fonts into a folder that it removes when its FontConfiguration is collected, which does not happen in a process that is
killed; so the parent removes FOLDER too.
"""

import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
from typing import BinaryIO

LENGTH_BYTES = 8
_NICE = 10

log = logging.getLogger(__name__)


def main(folder: str) -> None:
    """Make PDFs until standard input ends. A document that cannot be made is answered with nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's end, which ends the input, is enough
    os.nice(_NICE)
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
    from weasyprint import HTML  # noqa: PLC0415 - once the temporary folder is set
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    # Shared, so that each font is decoded once.
    fonts = FontConfiguration()
    # The document holds all it needs as data: addresses; whatever else one might smuggle in is refused.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    # Laying out makes many objects and little garbage; the collector's rounds would take a tenth of the time.
    gc.disable()
    while len(length := questions.read(LENGTH_BYTES)) == LENGTH_BYTES:
        html = questions.read(int.from_bytes(length)).decode()
        try:
            made: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(font_config=fonts)
        except Exception:  # whatever WeasyPrint stumbles over: the next document may be better
            log.exception("a PDF could not be made")
            made = b""
        answers.write(len(made).to_bytes(LENGTH_BYTES) + made)
        answers.flush()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1])
