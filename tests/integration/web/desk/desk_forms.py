"""Filling the desk's forms as a browser without JavaScript does: whatever stands in the page is sent back with it."""

import itertools
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from lxml import etree, html

_FORMS = etree.XPath("//form[not(ancestor::template)]")
_FIELDS = etree.XPath(".//*[self::input or self::option or self::textarea][not(ancestor::template)]")


def fields_in(page: str, action: str) -> dict[str, list[str]]:
    """What the form of that action would send, were it sent as it is; several forms of one action count as one."""
    found = _FORMS(html.document_fromstring(page))
    forms = [form for form in found if form.get("action", "") == action]
    assert forms, f"the page has no form for {action}, only {[form.get('action', '') for form in found]}"
    fields: dict[str, list[str]] = {}
    for name, value in itertools.chain.from_iterable(map(_sent_by, forms)):
        fields.setdefault(name, []).append(value)
    return fields


def _sent_by(form: html.HtmlElement) -> Iterator[tuple[str, str]]:
    """The names and values that a form sends; what stands in a template waits for scripts, and files are none yet."""
    for field in _FIELDS(form):
        kind, name = field.get("type"), field.get("name")
        if field.tag == "option":
            name = next((each.get("name") for each in field.iterancestors("select")), None)
            if name and "selected" in field.attrib:
                yield name, field.get("value", "")
        elif field.tag == "textarea":
            if name:
                yield name, (field.text or "").removeprefix("\n")
        elif name is not None and kind != "file" and (kind not in {"checkbox", "radio"} or "checked" in field.attrib):
            yield name, field.get("value", "on")


def fill(client: FlaskClient, path: str, go: str | None = "next", /, to: str | None = None, **typed: Any) -> Any:
    """Open a page, type into its form, and press a button; `to` is the form's action where it is not the page."""
    page = client.get(path).text
    fields = fields_in(page, to or path.partition("?")[0])
    for name, value in typed.items():
        fields[name.replace("__", "-")] = value if isinstance(value, list) else [value]
    if go is not None:
        fields["go"] = [go]
    return client.post(to or path.partition("?")[0], data=fields)


STEPS = ("what", "story", "aims", "figures", "people", "reuse", "pictures", "sources")


def write_up(client: FlaskClient, title: str = "Made-up Flood Sensors", city: str = "Surat", **typed: Any) -> int:
    """Write an initiative up in the form, with all that publishing needs; return the proposal's id."""
    first = {"title": title, "cities-0-typed": city, "summary": "Sensors on bridges warn of floods.", "stage": "pilot"}
    answer = fill(client, "/desk/new/initiative", "next", **first | typed)
    assert answer.status_code == 303, answer.text[:2000]
    key = int(answer.location.split("/")[3])
    base = f"/desk/proposals/{key}/write"
    assert fill(client, f"{base}/aims", challenges=["flooding"], goals=["11"]).status_code == 303
    assert fill(client, f"{base}/sources", sources__0__url="https://example.org/made-up").status_code == 303
    return key
