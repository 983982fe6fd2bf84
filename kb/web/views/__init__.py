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
        challenges,
        technologies,
        maps,
        about,
        robots,
        health,
    )
]
