"""Evaluations and calibrations: how good search, peers, places and goal suggestions are. No part of an install.

`kb evaluate` runs the evaluations from a checkout; `python -m tools.calibrate_goals` fits the weights of suggestions.
"""
