"""Releases: the whole catalogue as it was at one change number, in an archive that can be cited and checked.

An archive holds all tables as CSV with a Frictionless data package, the codebook, what the catalogue covers and lacks,
what changed since the release before, how to cite it, the licence, and checksums. `tables` says which tables there are,
`writing` writes an archive, `changes` compares two, `listing` knows those that were written. The same state of the
catalogue gives the same bytes: nothing in an archive comes from the clock.
"""
