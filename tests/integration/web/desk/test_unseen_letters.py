"""Soft hyphens and spaces without width come along with pasted text; no form lets them into the database."""

import io
from typing import Any

import pytest
from sqlalchemy import select

from kb.core.db import Database, Model
from kb.forum.models import LiveStatus
from tests.factories import make_city, make_initiative
from tests.forum_factories import make_dialogue
from tests.spreadsheets import as_csv
from tests.unit.importing.importing import HEADING, line

from ..test_preparing_sessions import DETAILS
from .conftest import Browsers
from .desk_forms import fields_in, write_up

UNSEEN = "\u00ad\u200b\u2060\ufeff"
PASTED = f"Made{UNSEEN}-up{UNSEEN} words"

SESSION = "/desk/forum/made-up-dialogue"
ENTRY = "/desk/entries/initiative/{initiative}"

FORMS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "draft": ("ana", "/desk/new/initiative", "", {"title": PASTED, "summary": PASTED}),
    "story": ("ana", "/desk/proposals/{key}/write/story", "", {"problem": PASTED}),
    "note": ("ana", "/desk/proposals/{key}/check", "", {"note": PASTED, "go": "send"}),
    "comment": ("ana", "/desk/proposals/{key}", "/desk/proposals/{key}/remarks", {"text": PASTED}),
    "withdrawal": ("eva", ENTRY, f"{ENTRY}/withdraw", {"reason": PASTED}),
    "term": (
        "eva",
        "/desk/terms/challenge/new",
        "",
        {"code": "made-up", "label": PASTED, "gist": PASTED, "dimension": "environment"},
    ),
    "invitation": (
        "adi",
        "/desk/people/invite",
        "",
        {"name": PASTED, "email": "made@example.org", "organisation": PASTED},
    ),
    "name": ("adi", "/account", "/account/name", {"name": PASTED}),
    "session": (
        "eva",
        "/desk/forum/new",
        "",
        DETAILS | {"title": PASTED, "theme": PASTED, "place": PASTED, "organisers": PASTED},
    ),
    "speaker": ("eva", f"{SESSION}/speakers/new", "", {"name": PASTED, "title": PASTED, "organisation": PASTED}),
    "slot": ("eva", f"{SESSION}/slots/new", "", {"kind": "remark", "title": PASTED, "minutes": "5", "notes": PASTED}),
    "statement": ("eva", f"{SESSION}/statements/new", "", {"kind": "point", "text": PASTED}),
    "question": ("bo", "/f/{code}/ask", "", {"text": PASTED, "name": PASTED}),
}


def unseen_in(database: Database) -> set[str]:
    """The columns in which any of the letters stand."""
    found = set()
    with database.reading() as session:
        for table in Model.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                found |= {f"{table.name}.{name}" for name, value in row.items() if set(UNSEEN) & set(_text(value))}
    return found


def _text(value: Any) -> str:
    """Every string of a value, also within JSON."""
    if isinstance(value, dict):
        return "".join(map(_text, [*value.keys(), *value.values()]))
    if isinstance(value, list):
        return "".join(map(_text, value))
    return value if isinstance(value, str) else ""


def kept_in(database: Database) -> bool:
    """Whether what was pasted was kept at all, without what nobody sees."""
    with database.reading() as session:
        rows = [row for table in Model.metadata.sorted_tables for row in session.execute(select(table)).all()]
    return any("Made-up words" in _text(value) for row in rows for value in row)


@pytest.mark.parametrize("name", FORMS)
def test_no_form_lets_them_in(database: Database, browser_of: Browsers, name: str) -> None:
    with database.writing() as session:
        held = make_dialogue(session)
        session.add(LiveStatus(session_id=held.id, version=1, questions_open=True))
        slug = make_initiative(session, cities=(make_city(session),)).slug
        code = held.short_code
    person, page, to, typed = FORMS[name]
    values = {"initiative": slug, "code": code, "key": write_up(browser_of("ana")) if "{key}" in page else 0}
    page, to = page.format(**values), to.format(**values)
    browser = browser_of(person)
    text = browser.get(page).text
    own = to or page
    fields = fields_in(text, own if f'action="{own}"' in text else "")
    answer = browser.post(own, data=fields | typed)
    assert answer.status_code in {200, 303}
    assert unseen_in(database) == set()
    assert kept_in(database)


def test_no_file_lets_them_in(database: Database, browser_of: Browsers) -> None:
    eva = browser_of("eva")
    fields = fields_in(eva.get("/desk/imports").text, "/desk/imports")
    content = as_csv([line("1", PASTED)], heading=(*HEADING[:-1], f"sour{UNSEEN}ces"))
    data = {**fields, "collection": PASTED, "file": (io.BytesIO(content), f"made{UNSEEN}-up.csv")}
    path = eva.post("/desk/imports", data=data, content_type="multipart/form-data").location
    eva.post(f"{path}/columns", data=fields_in(eva.get(path).text, f"{path}/columns"))
    eva.application.extensions["kb_imports"].wait()
    fields = fields_in(eva.get(path).text, f"{path}/rows")
    eva.post(f"{path}/rows", data=fields | {"cell-2-C": PASTED})
    eva.application.extensions["kb_imports"].wait()
    assert unseen_in(database) == set()
    assert kept_in(database)
