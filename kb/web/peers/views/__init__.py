"""The views, a small file a subject."""

from . import compare, peers, shortlist

BLUEPRINTS = [peers.blueprint, compare.blueprint, shortlist.blueprint]
