"""The views, a small file a subject."""

from . import goals, suggesting

BLUEPRINTS = [goals.blueprint, suggesting.blueprint]
