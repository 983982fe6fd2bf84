"""The published entries as arrays in memory, so that lists, the map and worklists read no table from end to end.

`service` keeps a `CatalogueSnapshot` of each moment that follows the change log by the entries that changed.
"""

from .service import CatalogueArrays
from .snapshot import AddressPage, CatalogueSnapshot
from .table import Mask, Rows, Table, first_rows

__all__ = ["AddressPage", "CatalogueArrays", "CatalogueSnapshot", "Mask", "Rows", "Table", "first_rows"]
