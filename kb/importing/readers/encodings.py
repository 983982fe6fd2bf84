"""The encoding of a text file: by its mark, as somebody says, or guessed; where two would do, it is asked for."""

import codecs
import re
from collections.abc import Mapping
from typing import BinaryIO

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

ENCODINGS: Mapping[str, str] = {
    "utf-8": gettext_noop("UTF-8"),
    "cp1252": gettext_noop("Windows-1252 (Western European)"),
    "cp1250": gettext_noop("Windows-1250 (Central European, such as Polish or Czech)"),
    "cp1251": gettext_noop("Windows-1251 (Cyrillic)"),
    "cp1253": gettext_noop("Windows-1253 (Greek)"),
    "cp1254": gettext_noop("Windows-1254 (Turkish)"),
    "cp1255": gettext_noop("Windows-1255 (Hebrew)"),
    "cp1256": gettext_noop("Windows-1256 (Arabic)"),
    "cp1257": gettext_noop("Windows-1257 (Baltic)"),
    "big5": gettext_noop("Big5 (Traditional Chinese)"),
    "gb18030": gettext_noop("GB 18030 (Simplified Chinese)"),
    "shift_jis": gettext_noop("Shift JIS (Japanese)"),
    "euc_kr": gettext_noop("EUC-KR (Korean)"),
}
"""The encodings that a person may choose, with their labels."""

_NOT_SO_ENCODED = gettext_noop("The file says it is %(encoding)s but is not, at byte %(byte)s.")
_NOT_AS_CHOSEN = gettext_noop(
    "The file is not in the encoding that was chosen (%(encoding)s): byte %(byte)s is not valid."
)
_NO_ENCODING = gettext_noop("There is no encoding called %(name)s; there are: %(names)s.")
_GUESSED = gettext_noop(
    "The file is not UTF-8; it was read as %(encoding)s. If letters look wrong, upload it with its encoding chosen."
)
_UNSURE = gettext_noop(
    "We could not detect the encoding of the file. Choose the one in which this text looks right: %(readings)s."
)
_READING = gettext_noop("%(text)s in %(encoding)s")
_UNKNOWN = gettext_noop("We could not detect the encoding of the file. Choose its encoding, or save it as CSV UTF-8.")

_BY_MARK = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 60_000
_LONGEST_LINE = 20_000
_NEAR_CHAOS = 0.03
_NEAR_COHERENCE = 0.1
_MOST_READINGS = 4
_WESTERN = re.compile(
    "[\x00-\x7fàâäáãåæçèéêëìíîïñòóôöõøœùúûüßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜ«»°ºª²³“”‘’‚„–—…•€£§©®™·¿¡´\xa0\xad]*"
)
_SIGN_WITHIN_WORD = re.compile("[^\\W\\d_][¡¢£¤¥¦§¨©«¬®¯°±²³´µ¶¸¹»¼½¾¿×÷†‡‰¨][^\\W\\d_]")
_BEYOND_ASCII = re.compile(r"[^\s,;|]*[^\x00-\x7f,;|][^,;|\n\r]*")


def encoding_of(file: BinaryIO, chosen: str | None, notes: list[Message]) -> str:
    """The encoding in which the whole file can be decoded; `chosen` is one of ENCODINGS. Raises Refused."""
    file.seek(0)
    start = file.read(2000)
    known = next((name for mark, name in _BY_MARK if start.startswith(mark)), None) or _by_noughts(start)
    if chosen and not known:
        if chosen not in ENCODINGS:
            raise Refused(_NO_ENCODING, name=chosen, names=tuple(ENCODINGS))
        if (fault := _first_fault(file, chosen)) is not None:
            raise Refused(_NOT_AS_CHOSEN, encoding=Message(ENCODINGS[chosen]), byte=fault + 1)
        return chosen
    fault = _first_fault(file, known or "utf-8")
    if fault is None:
        return known or "utf-8"
    if known:
        raise Refused(_NOT_SO_ENCODED, encoding=known.upper(), byte=fault + 1)
    encoding = _guessed(file)
    notes.append(Message(_GUESSED, {"encoding": Message(ENCODINGS[encoding])}))
    return encoding


def _guessed(file: BinaryIO) -> str:
    """The encoding that text with such bytes is in. Refused where there is none, or more than one would do."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - most files are UTF-8

    sample = _sample(file)
    legacy = [name for name in ENCODINGS if name != "utf-8" and _first_fault(file, name) is None]
    texts = {name: sample.decode(name, "replace") for name in legacy}
    legacy = [name for name in legacy if not _SIGN_WITHIN_WORD.search(texts[name])]
    # Charset-normalizer names one of several that read the same.
    found = list(from_bytes(sample, cp_isolation=legacy, preemptive_behaviour=False)) if legacy else []
    if not found:
        raise Refused(_UNKNOWN)
    near = [
        match
        for match in found
        if match.chaos <= found[0].chaos + _NEAR_CHAOS and match.coherence >= found[0].coherence - _NEAR_COHERENCE
    ]
    names = [name for match in near for name in legacy if name in match.could_be_from_charset]
    if "cp1252" in names and _WESTERN.fullmatch(texts["cp1252"]):
        # As most spreadsheets in Europe and America are; the others would differ in letters that this has not.
        return "cp1252"
    if len(near) > 1:
        readings = tuple(
            Message(_READING, {"text": _excerpt(texts[name]), "encoding": Message(ENCODINGS[name])})
            for name in names[:_MOST_READINGS]
        )
        raise Refused(_UNSURE, readings=readings)
    return names[0]


def _sample(file: BinaryIO) -> bytes:
    """The first lines that hold more than ASCII."""
    file.seek(0)
    lines: list[bytes] = []
    size = 0
    while size < _SAMPLE_BYTES and (line := file.readline(_LONGEST_LINE)):
        if not line.isascii():
            lines.append(line)
            size += len(line)
    return b"".join(lines)


def _excerpt(text: str) -> str:
    """The first words with letters beyond ASCII."""
    found = _BEYOND_ASCII.search(text)
    return found[0].strip()[:40] if found else ""


def _first_fault(file: BinaryIO, encoding: str) -> int | None:
    """The place of the first byte that is wrong in an encoding, None where all are right. Refused for NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    place, has_nul = 0, False
    while True:
        block = file.read(1 << 18)
        begins = place - len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as problem:
            return begins + problem.start
        has_nul = has_nul or "\x00" in text
        place += len(block)
        if not block:
            break
    if has_nul:
        raise Refused(gettext_noop("The file is not a CSV file, or it is broken."))
    return None


def _by_noughts(content: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of plain text is nought."""
    start = content[:2000]
    half = max(len(start) // 2, 1)
    if start[1::2].count(0) > 0.4 * half and start[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if start[0::2].count(0) > 0.4 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None
