"""The terminal's language: that of its environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), where it is translated."""

from functools import cache
from gettext import NullTranslations, translation

from kb.core.i18n import Message
from kb.web.core.language import TRANSLATIONS


def message_text(message: Message) -> str:
    """A phrase of a package in the terminal's language; English where there is no translation."""
    return message.render(lambda text: _messages().gettext(text) if text else "")


@cache
def _messages() -> NullTranslations:
    return translation("messages", TRANSLATIONS, fallback=True)
