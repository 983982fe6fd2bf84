"""The pages of sessions: prepared at the desk, led from a console, followed on phones and the wall, and kept."""
