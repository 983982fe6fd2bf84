"""What can go wrong with a request, as plain exceptions; the doors turn them into pages, JSON or one line."""


class Problem(Exception):
    """Something a person can be told; its text is the message, in plain words."""


class NotFound(Problem):
    """What was asked for is not in the catalogue."""


class Refused(Problem):
    """The data or the action breaks a rule; nothing was written."""


class Conflict(Problem):
    """Somebody else was faster: what was to be changed is no longer as it was when it was read."""


class Misconfigured(Problem):
    """A setting is missing, wrong or unsafe; the program does not start."""
