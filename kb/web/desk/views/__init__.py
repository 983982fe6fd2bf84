"""The views of the desk, a file for each kind of work."""

from ..navigation import blueprint
from . import entries, imports, lists, review, writing
from .entries import confirmation_blueprint

# The others put their URLs on the desk's one blueprint by being imported.
__all__ = ["BLUEPRINTS", "entries", "lists", "review", "writing"]

BLUEPRINTS = [blueprint, imports.blueprint, confirmation_blueprint]
