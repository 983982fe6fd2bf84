"""The formats of files. Each writes an export as a stream of bytes: the same data give the same bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.core.i18n import gettext_noop

from ..export import Export, Links
from ..plain_tables import PlainTable
from . import (
    bib_format,
    csv_format,
    geojson_format,
    json_format,
    jsonld_format,
    ris_format,
    turtle_format,
    xlsx_format,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: `code` is the suffix in addresses; `label` and `purpose` are English, marked for translation.

    `purpose_of_table` is what it is for where it holds a table without entries (TABLE_WRITERS), if that differs.
    `write` takes a session for reading, which it needs until the last piece was taken. `is_text` says that it becomes
    much smaller when it is packed; `is_about` that it describes an entry, as programs for references read it. `effort`
    is how many times as long it takes to write as CSV.
    """

    code: str
    label: str
    mimetype: str
    purpose: str
    write: Callable[[Session, Export, Links], Iterator[bytes]]
    purpose_of_table: str = ""
    is_text: bool = True
    is_about: bool = False
    effort: int = 1


_FORMATS = (
    Format(
        code="csv",
        label=gettext_noop("CSV"),
        mimetype="text/csv",
        purpose=gettext_noop("One table, for spreadsheets and statistics programs such as R."),
        write=csv_format.write,
    ),
    Format(
        code="xlsx",
        label=gettext_noop("Excel (XLSX)"),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        purpose=gettext_noop("All tables as sheets of one workbook, with a sheet that explains the columns."),
        purpose_of_table=gettext_noop("The same table as a workbook, with a sheet that explains the columns."),
        write=xlsx_format.write,
        is_text=False,
        effort=6,
    ),
    Format(
        code="json",
        label=gettext_noop("JSON"),
        mimetype="application/json",
        purpose=gettext_noop("Everything about each entry, for programs."),
        purpose_of_table=gettext_noop("The same table, for programs."),
        write=json_format.write,
    ),
    Format(
        code="geojson",
        label=gettext_noop("GeoJSON"),
        mimetype="application/geo+json",
        purpose=gettext_noop("Entries as points on a map, for map programs such as QGIS."),
        write=geojson_format.write,
    ),
    Format(
        code="bib",
        label=gettext_noop("BibTeX"),
        mimetype="application/x-bibtex",
        purpose=gettext_noop("To cite the pages in LaTeX, Zotero or JabRef."),
        write=bib_format.write,
        is_about=True,
    ),
    Format(
        code="ris",
        label=gettext_noop("RIS"),
        mimetype="application/x-research-info-systems",
        purpose=gettext_noop("To cite the pages in EndNote, Mendeley or Zotero."),
        write=ris_format.write,
        is_about=True,
    ),
    Format(
        code="ttl",
        label=gettext_noop("RDF (Turtle)"),
        mimetype="text/turtle",
        purpose=gettext_noop("Linked data, for programs that know schema.org and Dublin Core."),
        write=turtle_format.write,
        is_about=True,
        effort=2,
    ),
    Format(
        code="jsonld",
        label=gettext_noop("JSON-LD"),
        mimetype="application/ld+json",
        purpose=gettext_noop("The same linked data as JSON, for programs and search engines."),
        write=jsonld_format.write,
        is_about=True,
    ),
)

FORMATS: Mapping[str, Format] = {each.code: each for each in _FORMATS}

TABLE_WRITERS: Mapping[str, Callable[[PlainTable], Iterator[bytes]]] = {
    "csv": csv_format.write_table,
    "xlsx": xlsx_format.write_table,
    "json": json_format.write_table,
}
"""What writes a table that holds no entries, by the code of each format that it can have."""
