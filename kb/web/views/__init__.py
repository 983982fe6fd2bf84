"""The pages, one small file a subject."""

from . import (
    about,
    challenges,
    cities,
    compare,
    forum,
    goals,
    health,
    home,
    initiatives,
    leaders,
    maps,
    peers,
    preparing,
    preparing_parts,
    robots,
    search,
    shortlist,
    signing_in,
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
        peers,
        forum,
        preparing,
        preparing_parts,
        compare,
        shortlist,
        about,
        signing_in,
        robots,
        health,
    )
]
