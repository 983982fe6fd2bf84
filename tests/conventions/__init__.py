"""The project's conventions, as checks."""
