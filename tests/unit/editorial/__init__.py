"""The editorial room."""
