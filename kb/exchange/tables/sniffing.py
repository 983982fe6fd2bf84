"""What a file is, by what it holds; its name must agree, and whatever is not a table is refused in plain words."""

import zipfile
from pathlib import PurePath
from typing import BinaryIO, Literal

from kb.problems import Refused

from .shapes import Limits

Kind = Literal["text", "workbook"]

_SAVE_AS = "save it as an Excel workbook (.xlsx) or as CSV"

_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"BM6", "an image (BMP)"),
    (b"II*\x00", "an image (TIFF)"),
    (b"MM\x00*", "an image (TIFF)"),
    (b"\x00\x00\x00\x0cjP", "an image (JPEG 2000)"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"7z\xbc\xaf", "packed with 7-Zip"),
    (b"Rar!", "packed with RAR"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg", b"<div", b"<workbook")


def kind_of(file: BinaryIO, name: str, limits: Limits) -> Kind:
    """Whether it is text or a workbook; the file is left at its beginning. Raises Refused."""
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise Refused("The file is empty.")
    if size > limits.file_bytes:
        raise Refused(
            f"The file has {size / 1e6:,.0f} MB, more than the {limits.file_bytes / 1e6:,.0f} MB that are read: "
            "take out pictures and sheets that are not needed, or split it."
        )
    start = file.read(4096)
    file.seek(0)
    kind = _by_content(file, start, limits)
    ending = PurePath(name).suffix.lower()
    if kind == "workbook" and ending in {".csv", ".tsv", ".txt"}:
        raise Refused(f"The file is called {ending} but is an Excel workbook: rename it to .xlsx.")
    if kind == "text" and ending not in {".csv", ".tsv", ".txt", ".tab", ""}:
        raise Refused(f"The file is called {ending} but holds plain text: if it is CSV, rename it to .csv.")
    return kind


def _by_content(file: BinaryIO, start: bytes, limits: Limits) -> Kind:
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Refused(_why_not_ole(file))
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _examine_package(file, limits)
        return "workbook"
    if start[8:12] == b"WEBP":
        raise Refused(f"The file is an image (WebP), not a table: {_SAVE_AS}.")
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise Refused(f"The file is {what}, not a table: {_SAVE_AS}.")
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise Refused(f"The file holds HTML or XML, whatever its name says: open it in a spreadsheet and {_SAVE_AS}.")
    if head.startswith((b'{"', b"[{", b"{\n", b"{\r", b"[\n")):
        raise Refused(f"The file holds JSON, not a table: {_SAVE_AS}.")
    return "text"


def _why_not_ole(file: BinaryIO) -> str:
    """The old container holds an encrypted workbook, or an Excel of before 2007, or something else."""
    content = file.read()
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        return (
            "The workbook is protected by a password: open it, take the password off (File, Info), and save it again."
        )
    if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        return f"The file is a workbook of Excel before 2007 (.xls): open it and {_SAVE_AS}."
    return f"The file is a document of Office before 2007, not a table: {_SAVE_AS}."


def _examine_package(file: BinaryIO, limits: Limits) -> None:
    """Refuse what is no plain workbook, and what would unpack to more than it should, before any part is parsed."""
    try:
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
            names = {member.filename for member in members}
            _refuse_other_packages(names)
            if len(members) > limits.parts:
                raise Refused(f"The workbook holds {len(members):,} parts; none that people made has so many.")
            if any(member.flag_bits & 1 for member in members):
                raise Refused("The workbook is protected by a password: take it off, and save it again.")
            _refuse_bombs(package, members, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, OSError) as problem:
        raise Refused(f"The workbook is broken ({problem}): open it in a spreadsheet and save it again.") from None
    except ValueError as problem:
        raise Refused(f"The workbook is broken ({problem}).") from None
    finally:
        file.seek(0)


def _refuse_other_packages(names: set[str]) -> None:
    if "xl/workbook.bin" in names:
        raise Refused(f"The file is a binary workbook (.xlsb): open it and {_SAVE_AS}.")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused("The workbook holds macros, which are never run here: save it without them, as .xlsx.")
    if "xl/workbook.xml" in names and "[Content_Types].xml" in names:
        return
    if "content.xml" in names and "mimetype" in names:
        raise Refused(f"The file is an OpenDocument: open it and {_SAVE_AS}.")
    if any(name.startswith("word/") for name in names):
        raise Refused(f"The file is a Word document, not a table: {_SAVE_AS}.")
    raise Refused(f"The file is a ZIP archive without a workbook in it: unpack it, and {_SAVE_AS}.")


def _refuse_bombs(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """By what the directory claims first, then by what really comes out; and no XML with a document type."""
    too_large = Refused(
        f"The workbook unpacks to more than {limits.unpacked_bytes / 1e6:,.0f} MB: it is not read. Where it is honest, "
        "delete empty rows and sheets that are not needed, or save it as CSV."
    )
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise too_large
    for member in members:
        if member.file_size > 1_000_000 and member.file_size > limits.ratio * max(member.compress_size, 1):
            raise too_large
    left = limits.unpacked_bytes
    for member in members:
        with package.open(member) as part:
            tail = b""
            while block := part.read(1 << 20):
                left -= len(block)
                if left < 0:
                    raise too_large
                # In UTF-16 every other byte is nought.
                seen = (tail + block).replace(b"\x00", b"").upper()
                if member.filename.endswith((".xml", ".rels", ".vml")) and (
                    b"<!DOCTYPE" in seen or b"<!ENTITY" in seen
                ):
                    raise Refused("The workbook's XML defines entities, which no spreadsheet does: it is not read.")
                tail = block[-20:]
