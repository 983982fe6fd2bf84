"""The one declaration of each kind of entry: a marshmallow schema whose fields carry what every consumer needs.

A whole entry is one plain dictionary, the same for forms, imports, revisions and interfaces. From its schema derive
validation (`editorial.validation`), `snapshot` and `fill` between rows and dictionaries, `dump` for interfaces, the
desk's form, columns of imports, words of a diff, and the text that is searched. A field is declared with

    label       what it is called in diffs and lists of what is wrong
    input       how a form asks for it (`metadata.Input`)
    needed      the message where it is missing, if publishing requires it
    column      how an import recognises it (`metadata.Column`); None where no file may set it
    search      whether its words are searched (`metadata.Weight`)
    codebook    what the column of a file means that holds it
    together    a name that fields share which are edited together, such as an amount and its currency

`registry` lists the kinds with their models and schemas. The models, migrations and public pages stay explicit;
`tests/conventions/test_declarations.py` compares them with the declarations.
"""

from .fields import Lookup
from .kinds import EntryKind, Kind, Reference, TermKind
from .registry import (
    ENTRIES,
    KIND_LABELS,
    KIND_OF,
    KIND_OF_FOLDER,
    KIND_PLURALS,
    TERMS,
    EntryDefinition,
    Step,
    TermDefinition,
    schema_of,
)
from .rows import STANDARD_FIELDS, Data, cities_in, dump, fill, loading, new_row, references_in, snapshot

__all__ = [
    "ENTRIES",
    "KIND_LABELS",
    "KIND_OF",
    "KIND_OF_FOLDER",
    "KIND_PLURALS",
    "STANDARD_FIELDS",
    "TERMS",
    "Data",
    "EntryDefinition",
    "EntryKind",
    "Kind",
    "Lookup",
    "Reference",
    "Step",
    "TermDefinition",
    "TermKind",
    "cities_in",
    "dump",
    "fill",
    "loading",
    "new_row",
    "references_in",
    "schema_of",
    "snapshot",
]
