"""Waits for followers, so that none of a test still uses its database when that is closed."""

import threading


def wait_for_followers() -> None:
    """Wait for the end of every follower that was told to stop."""
    for thread in threading.enumerate():
        if thread.name == "search-follower":
            thread.join(30)
            assert not thread.is_alive()
