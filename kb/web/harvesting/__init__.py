"""What other programs fetch: Atom feeds of searches, cities and terms, and all entries by OAI-PMH."""

from . import feeds, oai

BLUEPRINTS = [feeds.blueprint, oai.blueprint]
