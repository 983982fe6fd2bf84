"""What the description promises of writing holds for made-up requests of a program with a key."""

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from tests.api_keys import Program, make_key
from tests.factories import make_initiative, make_user

FEW = 2
"""Made-up requests for each operation; the same in each run."""

EXCLUDED = [positive_data_acceptance, negative_data_rejection, ignored_auth]
"""The description does not say which cities there are, nor that numbers may be sent as text, as a form sends them; and
requests have the key of the test instead of a made-up one.
"""

LIKE_INITIATIVES = tuple(f"/api/v1/{ENTRIES[kind].folder}/" for kind in EntryKind if kind is not EntryKind.INITIATIVE)
"""Paths whose views are made by the same function."""


def test_whatever_a_program_sends_is_answered_as_the_description_says(app: Flask, session: Session) -> None:
    key = make_key(session, app.config["SECRET_KEY"], make_user(session))
    slug = make_initiative(session).slug
    session.commit()
    program = Program(app.test_client(), key)
    number = program.send("POST", "/initiatives", {"title": "Made-up"}).json["id"]
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)

    def answer(case: Case) -> Any:
        for name, there_is in (("slug", slug), ("key", number)):
            if name in case.path_parameters:
                case.path_parameters[name] = there_is
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"
        return case.call(headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"})

    def check(operation: schemathesis.APIOperation, mode: GenerationMode) -> None:
        @seed(11)
        @settings(max_examples=FEW, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def check_some(case: Case) -> None:
            case.validate_response(answer(case), excluded_checks=EXCLUDED)

        check_some()

    found = [result.ok() for result in description.get_all_operations()]
    checked = [
        operation
        for operation in found
        if operation.definition.raw.get("security") and not operation.path.startswith(LIKE_INITIATIVES)
    ]
    for operation in checked:
        check(operation, GenerationMode.POSITIVE)
        check(operation, GenerationMode.NEGATIVE)
    assert len(checked) == len(EntryKind) + 2 + 6
