"""Filling the desk's forms as a browser without JavaScript does: whatever stands in the page is sent back with it."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient


class _Forms(HTMLParser):
    """The fields of every form of a page, with their values, by the form's action."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, list[tuple[str, str]]] = {}
        self._fields: list[tuple[str, str]] | None = None
        self._select: str | None = None
        self._area: str | None = None
        self._text: list[str] = []
        self._ignored = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._ignored += 1
        if self._ignored:
            return
        if tag == "form":
            self._fields = self.forms.setdefault(given.get("action", ""), [])
        elif self._fields is not None and tag == "input" and "name" in given:
            if given.get("type") == "file":
                return
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._fields.append((given["name"], given.get("value", "on")))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and self._fields is not None and "selected" in given:
            self._fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = given.get("name"), []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._ignored -= 1
        elif tag == "form":
            self._fields = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area and self._fields is not None and not self._ignored:
            self._fields.append((self._area, "".join(self._text).removeprefix("\n")))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)


def fields_in(page: str, action: str) -> dict[str, list[str]]:
    """What the form of that action would send, were it sent as it is."""
    parser = _Forms()
    parser.feed(page)
    assert action in parser.forms, f"the page has no form for {action}, only {list(parser.forms)}"
    fields: dict[str, list[str]] = {}
    for name, value in parser.forms[action]:
        fields.setdefault(name, []).append(value)
    return fields


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
