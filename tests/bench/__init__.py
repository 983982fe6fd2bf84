"""Figures, not tests: `make bench` measures speed and size on synthetic records that say so, and asserts nothing."""
