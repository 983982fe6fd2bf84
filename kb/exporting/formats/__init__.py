"""The formats of files. Each writes an export as a stream of bytes: the same data give the same bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.core.i18n import gettext_noop

from ..export import Export, Links
from . import csv_format, json_format


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: `code` is the suffix in addresses; `label` and `purpose` are English, marked for translation.

    `write` takes a session for reading, which it needs until the last piece was taken. `is_text` says that it becomes
    much smaller when it is packed; `is_about` that it describes an entry, as programs for references read it.
    """

    code: str
    label: str
    mimetype: str
    purpose: str
    write: Callable[[Session, Export, Links], Iterator[bytes]]
    is_text: bool = True
    is_about: bool = False


_FORMATS = (
    Format(
        code="csv",
        label=gettext_noop("CSV"),
        mimetype="text/csv",
        purpose=gettext_noop("One table, for spreadsheets and statistics programs such as R."),
        write=csv_format.write,
    ),
    Format(
        code="json",
        label=gettext_noop("JSON"),
        mimetype="application/json",
        purpose=gettext_noop("All that is known of each entry, for programs."),
        write=json_format.write,
    ),
)

FORMATS: Mapping[str, Format] = {each.code: each for each in _FORMATS}
