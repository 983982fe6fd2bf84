"""The addresses of the interface, by what they give; importing these modules adds them to the blueprint."""

from . import entries, specification

__all__ = ["entries", "specification"]
