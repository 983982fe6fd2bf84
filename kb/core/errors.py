"""Exceptions whose messages are for people; the interfaces turn them into pages, JSON or one line."""

from .i18n import Message, Value, gettext_noop


def too_long(text: str, longest: int) -> Message:
    """What is said of a text that has more than `longest` characters: how many it has, and how many it may have."""
    return Message(
        gettext_noop("This is too long: %(length)s characters. At most %(longest)s are allowed."),
        {"length": len(text), "longest": longest},
    )


class Problem(Exception):
    """Something a person can be told: `message` says it in plain words, for the interface to translate.

    It is given as a marked text with its values by name, `Refused(gettext_noop("There is no %(what)s."), what=name)`,
    or as a Message. As a string it is in English.
    """

    def __init__(self, message: str | Message = "", /, **values: Value) -> None:
        self.message = message if isinstance(message, Message) else Message(message, values)
        super().__init__(str(self.message))


class NotFound(Problem):
    """What was asked for is not in the catalogue."""


class UnknownAddress(NotFound):
    """An address that people type or shorten names nothing; `message` says what to do instead."""


class Refused(Problem):
    """The data or the action breaks a rule; nothing was written."""


class NotAllowed(Refused):
    """Others may do this, but not whoever asked; nothing was written."""


class Conflict(Problem):
    """Somebody else saved first: what was to be changed is no longer as it was when it was read."""


class Busy(Problem):
    """There is too much to do at the moment; the same may be asked again after `retry_seconds`."""

    retry_seconds = 10


class Misconfigured(Problem):
    """A setting is missing, wrong or unsafe; the program does not start."""
