"""The published entries as arrays in memory, so that lists, the map and worklists read no table from end to end.

`CatalogueArrays` keeps a `CatalogueSnapshot`, which follows the change log by the entries that changed.
"""

from .snapshot import AddressPage, CatalogueArrays, CatalogueSnapshot
from .table import Mask, Rows, Table, first_rows

__all__ = ["AddressPage", "CatalogueArrays", "CatalogueSnapshot", "Mask", "Rows", "Table", "first_rows"]
