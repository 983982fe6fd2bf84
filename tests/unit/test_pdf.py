"""PDFs are made by a process of their own, kept by content, and keep few threads waiting."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from kb.core.errors import Busy
from kb.pdf import child, fonts, maker
from kb.pdf.maker import MOST_JOBS, NotMade, PdfCache, PdfMaker
from kb.web.core import pdf
from kb.web.core.assets import VENDOR
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, empty before each test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(maker, "WAIT_SECONDS", 120.0)
    return folder


@pytest.fixture
def pdfs(tmp_path: Path) -> Iterator[PdfMaker]:
    """A maker with a process of its own."""
    made = PdfMaker(tmp_path / "kept", waiting=1, fonts=VENDOR)
    yield made
    made.close()


@pytest.fixture(scope="module")
def process() -> Iterator[maker._Process]:
    """One that several tests use: to start it takes a second."""
    process = maker._Process(VENDOR)
    yield process
    process.end()


@pytest.fixture
def quick_pdfs(tmp_path: Path, process: maker._Process) -> Iterator[PdfMaker]:
    """A maker whose process may have made documents of other tests, and is left to the next one."""
    made = PdfMaker(tmp_path / "kept", waiting=1, fonts=VENDOR)
    made._process, own = process, made._process
    yield made
    made._process = own
    made.close()


def test_a_pdf_is_made_and_nothing_is_left_behind(pdfs: PdfMaker, temporary: Path) -> None:
    fonts = pdf.style_element()
    assert pdfs.make(f"{fonts}<p>One</p>").startswith(b"%PDF-")
    assert pdfs.make(f"{fonts}<p>Two</p>").startswith(b"%PDF-")
    assert len(list(temporary.rglob("*"))) > 1
    pdfs.close()
    assert list(temporary.iterdir()) == []


def test_a_pdf_fetches_nothing_from_files_or_the_network(
    pdfs: PdfMaker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("@page { size: 100mm 100mm }", encoding="utf-8")
    assert pdfs.make(f'<link rel="stylesheet" href="{secret.as_uri()}"><p>Text</p>').startswith(b"%PDF-")
    assert "disallowed protocol" in capfd.readouterr().err
    pdfs.make('<img src="http://127.0.0.1:9/x.png"><p>Text</p>')
    assert "disallowed protocol" in capfd.readouterr().err


def unpacked(made: bytes) -> bytes:
    """What the streams of a PDF hold."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", made, re.DOTALL)
    return b"".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"\x78")


def test_each_document_has_its_own_style(quick_pdfs: PdfMaker) -> None:
    for millimetres, points in ((100, b"283.46"), (200, b"566.92")):
        for text in ("One", "Two"):
            made = quick_pdfs.make(f"<style>@page {{ size: {millimetres}mm }}</style><p>{text}</p>")
            assert b"/MediaBox [0 0 " + points in unpacked(made)


def test_the_process_is_limited_in_memory_and_in_computing_time(quick_pdfs: PdfMaker) -> None:
    quick_pdfs.make("<p>Limited</p>")
    running = quick_pdfs._process._running
    assert running is not None
    assert resource.prlimit(running.pid, resource.RLIMIT_AS)[0] == child.MEMORY_BYTES
    assert 0 < resource.prlimit(running.pid, resource.RLIMIT_CPU)[0] <= 2 * child.CPU_SECONDS


def test_a_document_that_takes_too_much_memory_is_given_up_and_the_next_is_made(pdfs: PdfMaker) -> None:
    pdfs.make("<p>Small</p>")
    running = pdfs._process._running
    assert running is not None
    pages = int(Path(f"/proc/{running.pid}/statm").read_text().split()[0])
    resource.prlimit(running.pid, resource.RLIMIT_AS, (pages * resource.getpagesize() + 10_000_000,) * 2)
    with pytest.raises(NotMade):
        pdfs.make("<p>Large</p>" * 10_000)
    assert pdfs.make("<p>Small again</p>").startswith(b"%PDF-")


def test_what_is_likely_to_be_asked_for_is_prepared_once_and_nothing_of_it_kept(pdfs: PdfMaker, tmp_path: Path) -> None:
    pdfs.prepare("<p>Style</p>")
    wait_until(lambda: pdfs._process._running is not None)
    running = pdfs._process._running
    pdfs.prepare("<p>Style</p>")
    pdfs.make("<p>Document</p>")
    assert pdfs._process._running is running
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_what_was_made_is_kept_by_its_content(quick_pdfs: PdfMaker, tmp_path: Path) -> None:
    html = "<p>Kept</p>"
    quick_pdfs.make(html)
    (file,) = (tmp_path / "kept").iterdir()
    assert file.stem == sha256(html.encode()).hexdigest()
    file.write_bytes(b"as it was kept")
    assert quick_pdfs.make(html) == b"as it was kept"
    os.utime(file, (0, 0))
    assert quick_pdfs.make(html).startswith(b"%PDF-")


def test_the_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "LARGEST_BYTES", 250)
    pdf_cache = PdfCache(tmp_path / "kept")
    for number in range(4):
        pdf_cache.put(str(number), b"x" * 100)
        os.utime(tmp_path / "kept" / f"{number}.pdf", (time.time() - 100 + number,) * 2)
    pdf_cache.put("last", b"x" * 100)
    assert {file.stem for file in (tmp_path / "kept").iterdir()} == {"3", "last"}


def test_two_processes_that_keep_the_same_pdf_at_once_write_different_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(Path, "write_bytes", lambda path, _content: opened.append(path.name))
    for process in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        PdfCache(tmp_path).put("a", b"x")
    assert len(set(opened)) == 2


def test_the_process_that_makes_pdfs_gets_no_secret(monkeypatch: pytest.MonkeyPatch, pdfs: PdfMaker) -> None:
    for name in ("KB_SECRET_KEY", "DATABASE_URL", "PGPASSWORD"):
        monkeypatch.setenv(name, "made-up secret")
    pdfs.make("<p>No secret</p>")
    running = pdfs._process._running
    assert running is not None
    assert b"made-up secret" not in Path(f"/proc/{running.pid}/environ").read_bytes()


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    pdf_cache = PdfCache(tmp_path / "file")
    pdf_cache.put("a", b"x")
    assert pdf_cache.get("a") is None


def test_who_may_not_wait_asks_again_and_finds_it_made(quick_pdfs: PdfMaker) -> None:
    quick_pdfs._free = 0
    with pytest.raises(Busy, match="being made"):
        quick_pdfs.make("<p>Later</p>")
    wait_until(lambda: _made(quick_pdfs, "<p>Later</p>"))


def _made(pdfs: PdfMaker, html: str) -> bool:
    try:
        return pdfs.make(html).startswith(b"%PDF-")
    except Busy:
        return False


def test_who_asks_again_for_one_that_failed_is_told_and_does_not_have_it_made_again(tmp_path: Path) -> None:
    pdfs = PdfMaker(tmp_path / "kept", waiting=0, fonts=tmp_path)
    made: list[str] = []
    pdfs._process.make = made.append  # type: ignore[assignment]
    try:
        with pytest.raises(Busy):
            pdfs.make("<p>Never</p>")
        wait_until(lambda: not pdfs._jobs)
        with pytest.raises(NotMade):
            pdfs.make("<p>Never</p>")
        assert made == ["<p>Never</p>"]
        with pytest.raises(Busy):
            pdfs.make("<p>Never</p>")
    finally:
        pdfs.close()


def test_only_so_many_are_waiting_to_be_made(tmp_path: Path) -> None:
    pdfs = PdfMaker(tmp_path / "kept", waiting=0, fonts=tmp_path)
    is_asked_enough = threading.Event()
    pdfs._process.make = lambda _html: is_asked_enough.wait() and None  # type: ignore[method-assign]
    try:
        for number in range(MOST_JOBS):
            with pytest.raises(Busy, match="being made"):
                pdfs.make(f"<p>{number}</p>")
        # The same document once more takes no place of its own.
        with pytest.raises(Busy, match="being made"):
            pdfs.make(f"<p>{MOST_JOBS - 1}</p>")
        with pytest.raises(Busy, match="Many people"):
            pdfs.make("<p>one too many</p>")
    finally:
        is_asked_enough.set()
        pdfs.close()


def test_a_process_that_dies_leaves_nothing_and_is_replaced(pdfs: PdfMaker, temporary: Path) -> None:
    pdfs.make("<p>One</p>")
    (folder,) = temporary.iterdir()
    running = pdfs._process._running
    assert running is not None
    running.kill()
    running.wait()
    with pytest.raises(NotMade):
        pdfs.make("<p>Two</p>")
    assert not folder.exists()
    assert pdfs.make("<p>Two</p>").startswith(b"%PDF-")


def test_a_pdf_that_takes_too_long_is_given_up(pdfs: PdfMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "MOST_SECONDS", 0.01)
    with pytest.raises(NotMade):
        pdfs.make("<p>Text</p>")


def test_a_process_whose_parent_was_killed_ends_and_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from kb.pdf import maker\n"
        f"maker.WAIT_SECONDS = 120.0; maker.PdfMaker(Path({str(tmp_path / 'kept')!r}), 1, Path()).make('<p>Text</p>')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = os.environ | {"TMPDIR": str(temporary)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "kept").iterdir())) == 1
    wait_until(lambda: not list(temporary.iterdir()))


SAMPLE = (
    "Łódź Đà Nẵng Умный город Київ Έξυπνη πόλη 智慧城市 深圳 スマート स्मार्ट सिटी مدينة ذكية עיר חכמה กรุงเทพ"
    " ঢাকা தமிழ் თბილისი Երևան 🚲 ✅ “…” – ₹ €"
)


def test_the_letters_of_many_scripts_each_have_a_font() -> None:
    renderer = child.Renderer(VENDOR)
    for tag in ("h1", "p", "b"):
        made, missing = renderer.pdf(f"{pdf.style_element()}<{tag}>{SAMPLE}</{tag}>")
        assert made.startswith(b"%PDF-")
        assert missing == set()


def test_each_file_of_a_font_is_a_font_of_its_own() -> None:
    """WeasyPrint takes two files of the same family and weight for one, and then shows Ł as ff."""
    made, _ = child.Renderer(VENDOR).pdf(f"{pdf.style_element()}<p>Lodz Łódź Лодзь Λοτζ</p>")
    names = {name.decode() for name in re.findall(rb"/BaseFont /\w+\+([\w-]+)", unpacked(made))}
    assert names >= {f"Source-Sans-3{letters}" for letters in ("", "-latin-ext", "-cyrillic", "-greek")}
    described = [(face.family, face.weight) for face in fonts.FACES]
    assert len(described) == len(set(described))


@pytest.fixture
def without_system_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fonts.conf"
    file.write_text('<?xml version="1.0"?><fontconfig><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(file))


@pytest.mark.usefixtures("without_system_fonts")
def test_a_pdf_whose_letters_have_no_font_says_so(pdfs: PdfMaker) -> None:
    notice = f'<p class="{child.MISSING_LETTERS}">Some letters cannot be shown</p>'

    def lines_of(text: str) -> int:
        made = pdfs.make(f"{pdf.style_element()}<body>{notice}<p>{text}</p>")
        return unpacked(made).count(b" Tm\n")

    assert lines_of("Lima 上海") == lines_of("Lima Лима") + 1


def test_a_script_is_called_what_people_call_it_and_has_its_package() -> None:
    letters = {"上", "한", "カ", "ሀ", "🚲", "Ж", "ꓐ"}
    assert fonts.scripts_of(letters) == ["Amharic", "Chinese", "Cyrillic", "Japanese", "Korean", "Lisu", "emoji"]
    assert fonts.packages_for(["Chinese", "Amharic", "Korean"]) == ["fonts-noto-cjk", "fonts-noto-core"]
