"""Validates the organisers' forms; messages are marked, and interfaces translate them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import OneOf, Range

from kb.accounts.schemas import REQUIRED, FormSchema, Line, at_most, required
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text, web_address

from .choices import ATTENDANCES, OUTCOMES, SLOT_KINDS, SPEAKER_ROLES, SPEAKER_STATUSES, STATEMENT_KINDS
from .rules import moment

_Messages = dict[str, str | list[Any] | dict[Any, Any]]

_MISSING: _Messages = {"required": REQUIRED, "null": REQUIRED}
_NOT_A_DAY: _Messages = {**_MISSING, "invalid": gettext_noop("This is not a day, such as 2027-06-01.")}
_NOT_A_TIME: _Messages = {**_MISSING, "invalid": gettext_noop("This is not a time, such as 14:30.")}
_NOT_A_NUMBER: _Messages = {**_MISSING, "invalid": gettext_noop("This is not a whole number.")}
_NO_ZONE = gettext_noop("There is no such time zone; choose one such as Europe/Zurich.")
_SKIPPED = gettext_noop("This time does not exist on that day: the clocks go forward for summer time.")
_NO_LANGUAGE = gettext_noop("One of these languages is not known. Please choose from the list.")
_NO_EVENT = gettext_noop("Choose an event from the list, or name a new one here.")
_NO_ADDRESS = gettext_noop("Each line must be the address of a page, beginning with https:// or http://.")
_NO_CHOICE = gettext_noop("Please choose one from the list.")
_LONGEST_PROSE = 20_000
_LONGEST_SESSION = 24 * 60
_MINUTES = gettext_noop("Minutes must be from 1 to 1,440.")
_SLOT_MINUTES = gettext_noop("Minutes must be from 0 to 600.")


class Prose(fields.String):
    """Text of several paragraphs."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        read = clean_text(super()._deserialize(value, attr, data, **settings) or "")
        at_most(_LONGEST_PROSE)(read)
        return read


class Lines(Prose):
    """A list, one a line."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> Any:
        read = super()._deserialize(value, attr, data, **settings)
        return [" ".join(line.split()) for line in read.split("\n") if line.strip()]


class Addresses(Lines):
    """Addresses of pages, one a line."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> Any:
        addresses = [web_address(line) for line in super()._deserialize(value, attr, data, **settings)]
        if any(len(address) > 1000 or not re.fullmatch(r"https?://[^\s/]+\S*", address) for address in addresses):
            raise ValidationError(_NO_ADDRESS)
        return list(dict.fromkeys(addresses))


LANGUAGES = frozenset(code for code in map(str, Locale("en").languages) if re.fullmatch("[a-z]{2}", code))
"""Codes of languages (ISO 639-1) that have a name."""


class Languages(Line):
    """Codes of languages, separated by commas or spaces."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> Any:
        codes = re.split(r"[\s,;]+", super()._deserialize(value, attr, data, **settings).lower())
        if not LANGUAGES.issuperset(code for code in codes if code):
            raise ValidationError(_NO_LANGUAGE)
        return list(dict.fromkeys(code for code in codes if code))


def _one_of(codes: Iterable[str], **settings: Any) -> fields.String:
    return fields.String(validate=OneOf(list(codes), error=_NO_CHOICE), error_messages=_MISSING, **settings)


def _minutes(least: int, most: int, message: str) -> fields.Integer:
    return fields.Integer(
        load_default=None, validate=Range(min=least, max=most, error=message), error_messages=_NOT_A_NUMBER
    )


class VersionedSchema(FormSchema):
    """`version`: of the row as it was when the form was written; None for a new one."""

    version = fields.Integer(load_default=None, error_messages=_NOT_A_NUMBER)


class SessionSchema(VersionedSchema):
    """A session: its event by slug, or the title of a new one, its theme, its moment, where, and in which languages."""

    forum = Line(load_default=None)
    new_forum = Line(load_default=None)
    title = required(Line)
    theme = Prose(load_default=None)
    day = fields.Date(required=True, error_messages=_NOT_A_DAY)
    time = fields.Time(required=True, error_messages=_NOT_A_TIME)
    timezone = fields.String(
        required=True, validate=OneOf(available_timezones(), error=_NO_ZONE), error_messages=_MISSING
    )
    planned_minutes = _minutes(1, _LONGEST_SESSION, _MINUTES)
    place = Line(load_default=None)
    languages = Languages(load_default=list)
    organisers = Lines(load_default=list)
    guiding_questions = Lines(load_default=list)
    note = Prose(load_default=None)
    sources = Addresses(load_default=list)

    @validates_schema
    def _has_an_event(self, data: Mapping[str, Any], **_settings: Any) -> None:
        if not data.get("forum") and not data.get("new_forum"):
            raise ValidationError(_NO_EVENT, "new_forum")

    @validates_schema
    def _is_a_moment(self, data: Mapping[str, Any], **_settings: Any) -> None:
        day, clock, zone = data.get("day"), data.get("time"), data.get("timezone")
        if isinstance(day, date) and isinstance(clock, time) and zone in available_timezones():
            try:
                moment(day, clock, str(zone))
            except Refused:
                raise ValidationError(_SKIPPED, "time") from None


class SpeakerSchema(VersionedSchema):
    """Who leads or speaks: perhaps a leader by slug, and title, organisation and city as announced for that day."""

    leader = Line(load_default=None)
    name = required(Line)
    title = Line(load_default=None)
    is_former = fields.Boolean(load_default=False)
    organisation = Line(load_default=None)
    city_name = Line(load_default=None)
    country_code = Line(2, load_default=None)
    role = _one_of(SPEAKER_ROLES, load_default="speaker")
    status = _one_of(SPEAKER_STATUSES, load_default="announced")
    attendance = _one_of(ATTENDANCES, load_default=None)
    note = Line(load_default=None)


class MinutesSchema(VersionedSchema):
    """The length of a slot."""

    minutes = _minutes(0, 600, _SLOT_MINUTES)


class SlotSchema(MinutesSchema):
    """A slot: `speaker` by id, `vision` by slug, and perhaps one more `initiative` by its title or its address.

    `outcome` says whether a slot of a session that is over was held; without it, that stays as it is.
    """

    kind = _one_of(SLOT_KINDS, required=True)
    title = Line(load_default=None)
    outcome = _one_of(OUTCOMES, load_default=None)
    speaker = fields.Integer(load_default=None, error_messages=_NOT_A_NUMBER)
    vision = Line(load_default=None)
    initiative = Line(1000, load_default=None)
    abstract = Prose(load_default=None)
    notes = Prose(load_default=None)


class StatementSchema(VersionedSchema):
    """What was said: `speaker` and `slot` by id, and perhaps the address of the page that says so."""

    kind = _one_of(STATEMENT_KINDS, required=True)
    text = Prose(required=True, error_messages=_MISSING)
    speaker = fields.Integer(load_default=None, error_messages=_NOT_A_NUMBER)
    slot = fields.Integer(load_default=None, error_messages=_NOT_A_NUMBER)
    source = Addresses(load_default=list)


class AnswerSchema(FormSchema):
    """An answer that is given after the session."""

    answer = Prose(required=True, error_messages=_MISSING)


class BriefEditSchema(VersionedSchema):
    """The chair's own words for a section of the brief; none where the record's are to stand again."""

    text = Prose(load_default=None)
