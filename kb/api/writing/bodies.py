"""Reads the JSON of a request strictly: what two programs could read in two ways is refused."""

import json
import math
from typing import Any, NoReturn

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


_MOST_NAMES = 200
"""Names of one object; to say of each of 80,000 that there is no such field takes seconds, and others wait to save."""


class _Ambiguous(ValueError):
    """Something in the JSON that has no one meaning; the message is for whoever sent it."""


def read_object(*mimetypes: str, is_optional: bool = False) -> dict[str, Any]:
    """The object that a request sends as JSON. Raises UnsupportedMediaType and BadRequest, and 413 for a large one."""
    accepted = mimetypes or (JSON,)
    raw = request.get_data()
    if is_optional and not raw:
        return {}
    if request.mimetype not in accepted or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType(gettext("The body should be JSON, sent as %(type)s.", type=" / ".join(accepted)))
    try:
        body = json.loads(
            raw.decode(), object_pairs_hook=_without_duplicates, parse_constant=_not_a_number, parse_float=_finite
        )
    except _Ambiguous as problem:
        raise BadRequest(str(problem)) from None
    except UnicodeDecodeError:
        raise BadRequest(gettext("The body should be JSON in UTF-8.")) from None
    except json.JSONDecodeError as problem:
        raise BadRequest(
            gettext(
                "The body is not JSON: see line %(line)s, column %(column)s.", line=problem.lineno, column=problem.colno
            )
        ) from None
    except (ValueError, RecursionError):
        raise BadRequest(gettext("The body is nested too deeply, or has a number that is too long.")) from None
    if not isinstance(body, dict):
        raise BadRequest(gettext("The body should be one JSON object, in braces."))
    return body


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MOST_NAMES:
        raise _Ambiguous(gettext("An object has more than %(most)s names. No entry has as many.", most=_MOST_NAMES))
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            raise _Ambiguous(gettext("“%(name)s” is given twice in one object. Give it once.", name=name[:100]))
        read[name] = value
    return read


def _not_a_number(_name: str) -> NoReturn:
    raise _Ambiguous(gettext("JSON has no NaN and no Infinity. Leave out a number that is not known."))


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _not_a_number(text)
