"""What other programs fetch: Atom feeds of searches, cities, challenges, technologies and goals."""

from . import feeds

BLUEPRINTS = [feeds.blueprint]
