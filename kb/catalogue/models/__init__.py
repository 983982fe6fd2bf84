"""The tables of the catalogue, by subject."""

from .city import City, CityChallenge, CityPicture, Leader, LeaderTerm, Vision, VisionGoal, city_sources, vision_sources
from .entry import CatalogueIdentity, Change, Entry, Picture, Source, Versioned
from .geography import Country, Place, PlaceName, Region
from .initiative import (
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativePicture,
    InitiativeSource,
    InitiativeTarget,
    Outcome,
    Partner,
    initiative_challenges,
    initiative_technologies,
)
from .terms import Aim, Challenge, ChallengeCategory, Goal, Target, Technology, challenge_aims

__all__ = [
    "Aim",
    "CatalogueIdentity",
    "Challenge",
    "ChallengeCategory",
    "Change",
    "City",
    "CityChallenge",
    "CityPicture",
    "Country",
    "Entry",
    "Goal",
    "Initiative",
    "InitiativeCity",
    "InitiativeFunding",
    "InitiativeGoal",
    "InitiativePicture",
    "InitiativeSource",
    "InitiativeTarget",
    "Leader",
    "LeaderTerm",
    "Outcome",
    "Partner",
    "Picture",
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
