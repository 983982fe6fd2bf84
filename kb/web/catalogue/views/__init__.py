"""The views, a small file a subject."""

from . import challenges, cities, history, initiatives, leaders, maps, technologies, visions

BLUEPRINTS = [
    initiatives.blueprint,
    cities.blueprint,
    leaders.blueprint,
    visions.blueprint,
    challenges.blueprint,
    technologies.blueprint,
    maps.blueprint,
    history.blueprint,
]
