"""Says how long something lasts."""

from datetime import timedelta

from .i18n import Message, gettext_noop

# Of each unit: its length, one of it, and several.
_UNITS = (
    (timedelta(days=1), gettext_noop("1 day"), gettext_noop("%(number)s days")),
    (timedelta(hours=1), gettext_noop("1 hour"), gettext_noop("%(number)s hours")),
    (timedelta(minutes=1), gettext_noop("1 minute"), gettext_noop("%(number)s minutes")),
)


def in_words(period: timedelta) -> Message:
    """A time in the largest unit of which it is a whole number: "12 hours", "90 minutes"; seconds are left out."""
    for unit, one, several in _UNITS:
        if period >= unit and not period % unit:
            count = period // unit
            return Message(one) if count == 1 else Message(several, {"number": count})
    return Message(_UNITS[-1][2], {"number": period // timedelta(minutes=1)})
