"""The conventions of the house, as checks."""
