"""Notes on what of a question is not understood, and what is done instead."""

from dataclasses import dataclass

from kb.core.i18n import Message, gettext_noop

LEFT_OUT = Message(gettext_noop("It was left out."))


@dataclass(frozen=True, slots=True)
class Note:
    """Why something is not understood, and what is done instead; whoever refuses the question says only why."""

    reason: Message
    instead: Message | None = None

    @property
    def message(self) -> Message:
        """Both sentences."""
        if self.instead is None:
            return self.reason
        return Message(gettext_noop("%(reason)s %(instead)s"), {"reason": self.reason, "instead": self.instead})
