"""The editorial package."""
