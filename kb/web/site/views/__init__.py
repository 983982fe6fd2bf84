"""The views, a small file a subject."""

from . import about, health, home, robots

BLUEPRINTS = [home.blueprint, about.blueprint, robots.blueprint, health.blueprint]
