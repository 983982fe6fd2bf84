"""Tells the type of a file by its content; its name must agree, and what is no table is refused in plain words."""

import lzma
import re
import zipfile
import zlib
from pathlib import PurePath
from typing import BinaryIO, Literal

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .table_types import BROKEN, ENTITIES, Limits

Kind = Literal["text", "workbook"]

_LARGE = gettext_noop(
    "The file has %(size)s MB, more than the %(most)s MB that are read: remove pictures and sheets that are not "
    "needed, or split it."
)
_UNPACKS = gettext_noop(
    "The workbook unpacks to more than %(most)s MB, so it was not read. Delete empty rows and sheets "
    "that are not needed, or save it as CSV."
)
_BOMB = gettext_noop(
    "A part of the workbook unpacks to more than %(times)s times its size, so it was not read. Delete "
    "empty rows, or save it as CSV."
)
_IS_A_WORKBOOK = gettext_noop("The file is called %(ending)s but is an Excel workbook: rename it to .xlsx.")
_IS_TEXT = gettext_noop("The file is called %(ending)s but contains plain text: if it is CSV, rename it to .csv.")
_NO_TABLE = gettext_noop("The file is %(what)s, not a table: save it as an Excel workbook (.xlsx) or as CSV.")
_OPEN_AND_SAVE = gettext_noop("The file is %(what)s: open it and save it as an Excel workbook (.xlsx) or as CSV.")
_MARKED_UP = gettext_noop(
    "The file contains HTML or XML, even if its name says something else: open it in a spreadsheet and save it as an "
    "Excel workbook (.xlsx) or as CSV."
)
_JSON = gettext_noop("The file contains JSON, not a table: save it as an Excel workbook (.xlsx) or as CSV.")
_NO_WORKBOOK = gettext_noop(
    "The file is a ZIP archive without a workbook in it: unpack it, and save what is in it as an Excel workbook "
    "(.xlsx) or as CSV."
)
_PASSWORD = gettext_noop(
    "The workbook is protected by a password: open it, remove the password (File, Info), and save it again."
)
_MACROS = gettext_noop("The workbook contains macros. Save it without them, as .xlsx.")
_SHEETS = gettext_noop(
    "The workbook has %(sheets)s sheets; %(most)s are read at most: delete those that are not needed."
)
_LONG_FORMAT = gettext_noop("a number format of more than %(most)s characters")
_PARTS = gettext_noop("The workbook has %(parts)s parts, which is too many.")

# Excel takes 255.
_FORMAT_LETTERS = 1_000
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
)
_OTHERS = (
    (b"%PDF", gettext_noop("a PDF")),
    (b"\x89PNG", gettext_noop("an image (PNG)")),
    (b"\xff\xd8\xff", gettext_noop("an image (JPEG)")),
    (b"GIF8", gettext_noop("an image (GIF)")),
    (b"BM6", gettext_noop("an image (BMP)")),
    (b"II*\x00", gettext_noop("an image (TIFF)")),
    (b"MM\x00*", gettext_noop("an image (TIFF)")),
    (b"\x00\x00\x00\x0cjP", gettext_noop("an image (JPEG 2000)")),
    (b"\x1f\x8b", gettext_noop("packed with gzip")),
    (b"7z\xbc\xaf", gettext_noop("packed with 7-Zip")),
    (b"Rar!", gettext_noop("packed with RAR")),
    (b"{\\rtf", gettext_noop("a text document (RTF)")),
    (b"SQLite format 3", gettext_noop("a database (SQLite)")),
    (b"MZ", gettext_noop("a program")),
    (b"\x7fELF", gettext_noop("a program")),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg", b"<div", b"<workbook")


def refuse_large(size: int, limits: Limits) -> None:
    """Refused where a file of that many bytes is more than is read."""
    if size > limits.file_bytes:
        raise Refused(_LARGE, size=size / 1e6, most=limits.file_bytes / 1e6)


def kind_of(file: BinaryIO, name: str, limits: Limits) -> Kind:
    """Whether it is text or a workbook; the file is left at its beginning. Raises Refused."""
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise Refused(gettext_noop("The file is empty."))
    refuse_large(size, limits)
    start = file.read(4096)
    file.seek(0)
    kind = _by_content(file, start, limits)
    ending = PurePath(name).suffix.lower()
    if kind == "workbook" and ending in {".csv", ".tsv", ".txt"}:
        raise Refused(_IS_A_WORKBOOK, ending=ending)
    if kind == "text" and ending not in {".csv", ".tsv", ".txt", ".tab", ""}:
        raise Refused(_IS_TEXT, ending=ending)
    return kind


def _by_content(file: BinaryIO, start: bytes, limits: Limits) -> Kind:
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Refused(_why_not_ole(file))
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _examine_package(file, limits)
        return "workbook"
    if start[8:12] == b"WEBP":
        raise Refused(_NO_TABLE, what=Message(gettext_noop("an image (WebP)")))
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise Refused(_NO_TABLE, what=Message(what))
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise Refused(_MARKED_UP)
    if head.startswith((b'{"', b"[{", b"{\n", b"{\r", b"[\n")):
        raise Refused(_JSON)
    return "text"


def _why_not_ole(file: BinaryIO) -> Message:
    """The old container holds an encrypted workbook, or an Excel of before 2007, or something else."""
    content = file.read()
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        return Message(_PASSWORD)
    if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        return Message(_OPEN_AND_SAVE, {"what": Message(gettext_noop("a workbook of Excel before 2007 (.xls)"))})
    return Message(_NO_TABLE, {"what": Message(gettext_noop("a document of Office before 2007"))})


def _examine_package(file: BinaryIO, limits: Limits) -> None:
    """Refuse what is no plain workbook, and what would unpack to more than it should, before any part is parsed."""
    try:
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
            names = {member.filename for member in members}
            _refuse_other_packages(names)
            if len(members) > limits.parts:
                raise Refused(_PARTS, parts=len(members))
            if any(member.flag_bits & 1 for member in members):
                raise Refused(_PASSWORD)
            _refuse_bombs(package, members, limits)
            _refuse_odd_parts(package, limits)
    except _BROKEN as problem:
        raise Refused(BROKEN, problem=str(problem)[:200]) from None
    finally:
        file.seek(0)


def _refuse_odd_parts(package: zipfile.ZipFile, limits: Limits) -> None:
    """Refuse what openpyxl would work on for minutes: thousands of sheets, and number formats as long as books."""
    sheets = len(re.findall(rb"<(?:\w+:)?sheet[\s/>]", package.read("xl/workbook.xml")))
    if sheets > limits.sheets:
        raise Refused(_SHEETS, sheets=sheets, most=limits.sheets)
    styles = package.read("xl/styles.xml") if "xl/styles.xml" in package.namelist() else b""
    if re.search(rb"formatCode\s*=\s*[\"'][^\"']{%d}" % _FORMAT_LETTERS, styles):
        raise Refused(BROKEN, problem=Message(_LONG_FORMAT, {"most": _FORMAT_LETTERS}))


def _refuse_other_packages(names: set[str]) -> None:
    if "xl/workbook.bin" in names:
        raise Refused(_OPEN_AND_SAVE, what=Message(gettext_noop("a binary workbook (.xlsb)")))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused(_MACROS)
    if "xl/workbook.xml" in names and "[Content_Types].xml" in names:
        return
    if "content.xml" in names and "mimetype" in names:
        raise Refused(_OPEN_AND_SAVE, what=Message(gettext_noop("an OpenDocument")))
    if any(name.startswith("word/") for name in names):
        raise Refused(_NO_TABLE, what=Message(gettext_noop("a Word document")))
    raise Refused(_NO_WORKBOOK)


def _refuse_bombs(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """By what the directory claims first, then by what really comes out; and no XML with a document type."""
    too_large = Refused(_UNPACKS, most=limits.unpacked_bytes / 1e6)
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise too_large
    for member in members:
        if member.file_size > 1_000_000 and member.file_size > limits.ratio * max(member.compress_size, 1):
            raise Refused(_BOMB, times=limits.ratio)
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
                    raise Refused(ENTITIES)
                tail = block[-20:]
