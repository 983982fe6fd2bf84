"""The published entries as arrays in memory, so that lists, the map and worklists read no table from end to end.

`service` keeps a `Snapshot` of each moment that follows the change log by the entries that changed.
"""

from .service import CatalogueArrays
from .snapshot import AddressPage, Snapshot
from .table import Mask, Rows, Table, first_rows

__all__ = ["AddressPage", "CatalogueArrays", "Mask", "Rows", "Snapshot", "Table", "first_rows"]
