"""The pages, one small file a subject."""

from . import (
    about,
    challenges,
    cities,
    goals,
    health,
    home,
    initiatives,
    leaders,
    maps,
    robots,
    search,
    suggesting,
    technologies,
    visions,
)

BLUEPRINTS = [
    subject.blueprint
    for subject in (
        home,
        search,
        initiatives,
        cities,
        leaders,
        visions,
        goals,
        suggesting,
        challenges,
        technologies,
        maps,
        about,
        robots,
        health,
    )
]
