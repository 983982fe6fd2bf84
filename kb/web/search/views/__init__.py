"""The views, a small file a subject."""

from . import search

BLUEPRINTS = [search.blueprint]
