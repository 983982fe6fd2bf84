"""The tables of the catalogue, by subject."""

from .change import CatalogueIdentity, Change
from .city import City, CityChallenge, city_sources
from .entry import Entry, Versioned
from .geography import Country, Place, PlaceName, Region
from .initiative import (
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Outcome,
    Partner,
    initiative_challenges,
    initiative_technologies,
)
from .leader import Leader, LeaderTerm
from .source import Source
from .terms import Aim, Challenge, ChallengeCategory, Goal, Target, Technology, challenge_aims
from .vision import Vision, VisionGoal, vision_sources

__all__ = [
    "Aim",
    "CatalogueIdentity",
    "Challenge",
    "ChallengeCategory",
    "Change",
    "City",
    "CityChallenge",
    "Country",
    "Entry",
    "Goal",
    "Initiative",
    "InitiativeCity",
    "InitiativeFunding",
    "InitiativeGoal",
    "InitiativeSource",
    "InitiativeTarget",
    "Leader",
    "LeaderTerm",
    "Outcome",
    "Partner",
    "Place",
    "PlaceName",
    "Region",
    "Source",
    "Target",
    "Technology",
    "Versioned",
    "Vision",
    "VisionGoal",
    "challenge_aims",
    "city_sources",
    "initiative_challenges",
    "initiative_technologies",
    "vision_sources",
]
