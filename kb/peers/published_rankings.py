"""Reading a published ranking of cities like one another: a table with the columns city, country, rank and peer."""

import csv
import io
import math
from pathlib import Path
from typing import NamedTuple

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.core.text import fold

COLUMNS = ("city", "country", "rank", "peer")
PEER_COUNTRY = "peer_country"

_NOT_CSV = gettext_noop("%(file)s, row %(row)s: %(problem)s.")
_UNREADABLE = gettext_noop("%(file)s cannot be read: %(problem)s.")
_NOTHING = gettext_noop("%(file)s, row %(row)s, column %(column)s: nothing there.")
_NO_NUMBER = gettext_noop("%(file)s, row %(row)s, column rank: %(given)s is not a number.")
_DELIMITERS = ",;\t|"


class RankedPeer(NamedTuple):
    """One line: which peer a city is given, in which place; 1 is the most alike."""

    city: str
    country: str
    rank: float
    peer: str
    peer_country: str


def read_ranking(path: Path) -> list[RankedPeer]:
    """Read the file: UTF-8 or UTF-16, with or without a mark at its beginning, any delimiter and order of columns.

    A peer's country is the city's own unless a column peer_country says otherwise. Raises Refused, one line that names
    the row and the column.
    """
    text = _text(path)
    lines = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        rows = list(lines)
    except csv.Error as error:
        raise Refused(_NOT_CSV, file=path.name, row=str(lines.line_num), problem=str(error)) from None
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise Refused(gettext_noop("%(file)s is empty."), file=path.name)
    places = {"_".join(fold(name).replace("-", " ").replace("_", " ").split()): at for at, name in enumerate(rows[0])}
    if missing := [name for name in COLUMNS if name not in places]:
        raise Refused(
            gettext_noop("%(file)s, row 1: there is no column %(names)s."), file=path.name, names=tuple(missing)
        )
    ranked_peers = [
        _line(path, number, row, places)
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not ranked_peers:
        raise Refused(gettext_noop("%(file)s has no row below its header."), file=path.name)
    return ranked_peers


def _line(path: Path, number: int, row: list[str], places: dict[str, int]) -> RankedPeer:
    cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
    for name in ("city", "rank", "peer"):
        if not cells[name]:
            raise Refused(_NOTHING, file=path.name, row=str(number), column=name)
    try:
        rank = float(cells["rank"].replace(",", "."))
    except ValueError:
        rank = math.nan
    if not math.isfinite(rank):
        raise Refused(_NO_NUMBER, file=path.name, row=str(number), given=repr(cells["rank"][:40]))
    country = cells["country"]
    return RankedPeer(cells["city"], country, rank, cells["peer"], cells.get(PEER_COUNTRY) or country)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused(gettext_noop("%(file)s is missing."), file=str(path)) from None
    except OSError as error:
        raise Refused(_UNREADABLE, file=str(path), problem=error.strerror or "") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused(gettext_noop("%(file)s, row %(row)s: not UTF-8."), file=path.name, row=str(line)) from None
    if "\x00" in text:
        raise Refused(gettext_noop("%(file)s is not a table of text."), file=path.name)
    return text


def _delimiter(text: str) -> str:
    """The sign that parts the header best; a comma in doubt."""
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)
