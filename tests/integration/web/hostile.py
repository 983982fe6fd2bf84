"""Hostile requests: for every route, values that no form of ours would send, as visitor and in each role."""

import itertools
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from flask import Flask, got_request_exception
from marshmallow import Schema
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from config import ROOT
from kb.accounts.actions import record_audit_event
from kb.accounts.choices import ROLES
from kb.accounts.models import User
from kb.catalogue.entries import EntryKind, TermKind, schema_of
from kb.core.db import Database
from kb.editorial import actions as editorial
from kb.forum.models import ForumSession, LiveStatus
from kb.importing import actions as importing
from tests.factories import (
    make_city,
    make_initiative,
    make_leader,
    make_place,
    make_source,
    make_user,
    make_vision,
)
from tests.forum_factories import asked, make_dialogue
from tests.sign_in import token_in
from tests.spreadsheets import as_csv
from tests.unit.editorial.editorial_factories import initiative_data

SITE = "https://peers.example"

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "a\r\nX-Made-Up: b",
    "\x1b[31mred",
    "\ud800",
    "\ufffe\uffff",
    "\u202eabc",
    "a\u0301" * 200,
    "İ" * 400,
    "A" * 300,
    "A" * 3_000,
    "é" * 30_000,
    "²",
    "١٢٣",
    "0",
    "-1",
    "-0",
    "1.5",
    "1e400",
    "NaN",
    "inf",
    "1_000",
    str(2**31 - 1),
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 400,
    "9" * 5_000,
    "true",
    "None",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "99999-01-01",
    "2027-02-30",
    "25:61",
    "00:00",
    "23:59:59.999999",
    "[]",
    "{}",
    "%",
    "%s%n%(x)s",
    "{0.__class__}",
    "{{ 7 * 7 }}",
    "' OR 1=1 --",
    '"',
    "<script>",
    "\\",
    "..",
    "../../../../etc/passwd",
    "/",
    "//made-up.example/",
    "a/b",
    "http://[x",
    "https://made-up.example:99999999/",
    "https://",
    "mailto:x",
    "place:0",
    "place:99999999999999999999",
    "place:900000000000000000",
    "xn--",
    "a@" + "b" * 300 + ".example",
    "1:1",
    "1:" + str(2**63),
    "initiative:1",
    "en,fr;q=x",
    "\U0010ffff",
)
"""Values for what is text on its way here: pieces of paths, query parameters, fields of forms."""

RAW = ("%", "%zz", "%ff", "%ed%a0%80", "%00", "%c0%80", "+", "%0d%0a", "%1b", "&&=&", "=%ff=", "%u0000", ";")
"""Pieces of an address that decode to nothing sensible."""

HEADERS = {
    "Host": (
        "..",
        "xn--",
        "A" * 300,
        "made-up.example",
        "made-up.example:x",
        "[",
        "[::1",
        "a b",
        "peers.example:99999",
        "",
    ),
    "Origin": ("http://[x", "null", "https://made-up.example", "\xff"),
    "Referer": ("http://[x", "https://[::1", "x", f"{SITE}:x/", "https://peers.example@made-up.example/", "\xff"),
    "Accept": ("application/json", "*/*;q=x", "x", ";" * 100),
    "Accept-Language": ("xx-" + "y" * 300, ";q=", "*", "de;q=nan", ",," * 100),
    "Accept-Encoding": ("br;q=x", "gzip;q=inf", "," * 100),
    "Cookie": (
        "__Host-session=x.y.z",
        "__Host-session=.eJ",
        "voice=x",
        "voice=\xff",
        "__Host-session=" + "A" * 4_000,
        "=;=;",
    ),
    "If-None-Match": ('"', "W/", "*", "x" * 3_000),
    "If-Modified-Since": ("x", "Mon, 99 Foo 99999 99:99:99 GMT", "Thu, 01 Jan 0000 00:00:00 GMT"),
    "Range": ("bytes=-", "bytes=99999999999999999999-", "bytes=0-0,1-1", "x"),
    "User-Agent": ("", "\xff\x00", "A" * 5_000),
    "X-CSRFToken": ("", "x", "IjEi.x.y"),
    "X-Forwarded-For": ("x", "1.2.3.4, [::1"),
    "X-Forwarded-Host": ("[x",),
    "Sec-Fetch-Site": ("same-origin", "cross-site", "x"),
    "Authorization": ("Basic", "Basic \xff", "Bearer x"),
    "Content-Type": (
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-7",
        "text/plain",
        "x",
        "/",
    ),
    "Content-Length": ("-1", "x", "99999999999", "0"),
}
"""Values of headers; those that a test client cannot send with a NUL or a line end, no server lets through either."""

METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


class _Forms(HTMLParser):
    """The forms of a page: where each is sent, and its fields with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, list[tuple[str, str]]]] = []
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((values.get("method", "get").upper(), values.get("action", ""), []))
        elif self.found and tag in {"input", "button", "textarea", "select"} and values.get("name"):
            self.found[-1][2].append((values["name"], values.get("value", "")))
            self._name = values["name"]
        elif self.found and tag == "option" and self._name:
            self.found[-1][2].append((self._name, values.get("value", "")))


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it goes over the wire."""

    role: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        body = f" body={self.body[:200]!r}" if self.body else ""
        return f"{self.role} {self.method} {self.path[:200]}?{self.query[:200]}{body} {dict(self.headers) or ''}"


_Paths = dict[str, list[str]]
_FormsOfRoutes = dict[str, list[tuple[str, list[tuple[str, str]]]]]


class World:
    """A site with something of every kind in it, its people, and a browser for each role."""

    def __init__(self, app: Flask, database: Database, other: "World | None" = None) -> None:
        """Make the site in an empty database with terms; `other` is one already made, with the same pages and forms."""
        self.app, self.kind = app, "sqlite"
        self.codes: Counter[int] = Counter()
        self._database = database
        self.problems: list[BaseException] = []
        got_request_exception.connect(self._note, app)
        self._make()
        self._browsers = {role: app.test_client() for role in ("visitor", *ROLES)}
        self._tokens: dict[str, str] = {}
        for role in self._browsers:
            self._enter(role)
        self._other = other

    def _note(self, _sender: Flask, exception: BaseException, **_more: Any) -> None:
        self.problems.append(exception)

    def _make(self) -> None:
        with self._database.writing() as session:
            people = {role: make_user(session, role) for role in ROLES}
            make_user(session, "administrator")
            self._people = {role: (person.id, person.stamp) for role, person in people.items()}
            make_place(session, "Made-up Alpha")
            city, other = make_city(session, slug="made-up", challenges=("flooding",)), make_city(session)
            make_leader(session, city=city).slug = "made-up"
            make_vision(session, city=city, goals=(11,)).slug = "made-up"
            entry = make_initiative(
                session, cities=(city, other), goals=(11,), challenges=("flooding",), sources=(make_source(session),)
            )
            entry.slug = "made-up"
            second = make_initiative(session, slug="made-up-second")
            forum_session = make_dialogue(session, "made-up", state="live", short_code="madeup")
            session.add(LiveStatus(session_id=forum_session.id, questions_open=True))
            session.flush()
            question = asked(session, forum_session, "A made-up question?")
            editor, author = people["editor"], people["contributor"]
            record_audit_event(session, editor, "invite", "user", author.id)
            draft = editorial.start(session, author, "initiative", initiative_data(session))
            editorial.start(session, author, "initiative", entry_id=second.id)
            sent = editorial.start(session, author, "initiative", initiative_data(session, title="Made-up sirens"))
            editorial.submit(session, author, sent.id, seen=sent.version)
            editorial.remark(session, editor, sent.id, "A made-up remark")
            content = as_csv([["1", "Made-up Sirens", "Made-up Alpha"]], heading=("id", "title", "city"))
            file = importing.upload(session, editor, content, "made-up.csv")
            session.flush()
            code = session.scalars(select(ForumSession.short_code)).one()
            self._ids = (
                1,
                draft.id,
                sent.id,
                file.id,
                question.id,
                forum_session.slots[0].id,
                forum_session.speakers[0].id,
            )
            self._texts = ("made-up", str(code), "flooding", second.slug, "what", "people", "overview", "no-such-thing")

    def _enter(self, role: str) -> None:
        """Sign a browser in as that role's person, as the account was in the beginning."""
        browser = self._browsers[role]
        browser._cookies.clear()
        browser.get(f"/f/{self._texts[1]}", base_url=SITE)
        if role != "visitor":
            key, stamp = self._people[role]
            with self._database.writing() as session:
                person = session.get_one(User, key)
                person.stamp, person.role, person.disabled_at = stamp, role, None
            with browser.session_transaction(base_url=SITE) as cookie:
                cookie["person"] = [key, stamp, int(time.time()), secrets.token_urlsafe(16)]
        page = browser.get("/sign-in" if role == "visitor" else "/account", base_url=SITE)
        self._tokens[role] = token_in(page.text)

    @cached_property
    def names(self) -> list[str]:
        """Of fields, and of what addresses say after the question mark."""
        return sorted(_names() | {name for _, fields in self._all_forms() for name, _ in fields})

    @property
    def found(self) -> _Paths:
        """Paths that an administrator met, by endpoint."""
        return self._met[0]

    @property
    def forms(self) -> _FormsOfRoutes:
        """The forms that an administrator meets, by the endpoint that they are sent to."""
        return self._met[1]

    @property
    def pages(self) -> dict[str, int]:
        """What an administrator is answered here at each path that an administrator met in the other site."""
        return self._met[2]

    @cached_property
    def _met(self) -> tuple[_Paths, _FormsOfRoutes, dict[str, int]]:
        """What is met before anything hostile is made of it; that takes seconds, which a few requests do not need."""
        paths, forms = self._other._met[:2] if self._other else self._harvest()
        return paths, forms, self._answered(paths) if self._other else {}

    def _answered(self, paths: _Paths) -> dict[str, int]:
        browser = self._browsers["administrator"]
        return {path: browser.get(path, base_url=SITE).status_code for path in itertools.chain(*paths.values())}

    def _harvest(self) -> tuple[_Paths, _FormsOfRoutes]:
        paths: _Paths = {}
        found: _FormsOfRoutes = {}
        adapter = self.app.url_map.bind("peers.example", url_scheme="https")
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or _is_slow(rule):
                continue
            for tried, path in enumerate(dict.fromkeys(self.good_paths(rule))):
                if len(paths.get(rule.endpoint, ())) >= (2 if tried < 4 else 1):
                    break
                page = self._browsers["administrator"].get(path, base_url=SITE)
                if page.status_code == 200:
                    paths.setdefault(rule.endpoint, []).append(path)
                if page.status_code != 200 or page.mimetype != "text/html":
                    continue
                parser = _Forms()
                parser.feed(page.text)
                for method, action, fields in parser.found:
                    target = urlsplit(action or path).path
                    try:
                        endpoint, _ = adapter.match(target, method=method)
                    except HTTPException:
                        continue
                    held = found.setdefault(f"{method} {endpoint}", [])
                    if len(held) < 6:
                        held.append((target, fields))
        return paths, found

    def _all_forms(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for forms in self.forms.values():
            yield from forms

    def good_paths(self, rule: Rule) -> list[str]:
        """Paths of a route that lead to something there is, wherever a guess hits."""
        paths = []
        for number in range(max(len(self._ids), len(self._texts)) if rule.arguments else 1):
            values = {}
            for name, converter in rule._converters.items():
                items = list(getattr(converter, "items", ()))
                if isinstance(converter, IntegerConverter):
                    values[name] = str(self._ids[number % len(self._ids)])
                else:
                    values[name] = items[number % len(items)] if items else self._texts[number % len(self._texts)]
            paths.append(_path(rule, values))
        return paths

    def send(self, request: Request) -> Any:
        """The answer to a request; the browser is signed in as before, whatever the request did."""
        if "Host" in request.headers:
            return self._without_cookies(request)
        browser = self._browsers[request.role]
        with browser.session_transaction(base_url=SITE) as cookie:
            if request.role != "visitor" and cookie.get("person") is None:
                cookie.clear()
        answer = browser.open(
            "/",
            method=request.method,
            base_url=SITE,
            data=request.body,
            headers=[
                ("Referer", f"{SITE}/"),
                ("Sec-Fetch-Site", "same-origin"),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("X-CSRFToken", self._tokens[request.role]),
            ]
            if not request.headers
            else [],
            environ_overrides=_environ(request),
        )
        if request.method == "POST" and re.match("/(account|sign|invit|desk/people|desk/token)", request.path):
            self._enter(request.role)
        return answer

    def _without_cookies(self, request: Request) -> Any:
        """The answer at a host for which the test client could keep no cookies."""
        environ = EnvironBuilder(method=request.method, base_url=SITE, data=request.body).get_environ()
        return Response.from_app(self.app, environ | _environ(request), buffered=True)

    def requests(self, chance: random.Random) -> Iterator[Request]:
        """Hostile requests without end: a route, a role, and a value at one or a few places of it."""
        rules = [rule for rule in self.app.url_map.iter_rules() if not _is_slow(rule)]
        roles = ("visitor", "administrator", *ROLES)
        while True:
            chance.shuffle(rules)
            for rule in rules:
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    yield self._hostile(chance, rule, method, chance.choice(roles))

    def everything(self) -> Iterator[Request]:
        """Each value at each place of each route, in each role."""
        for rule in self.app.url_map.iter_rules():
            for method in METHODS:
                for role in self._browsers:
                    yield from self._each(rule, method, role)

    def _each(self, rule: Rule, method: str, role: str) -> Iterator[Request]:
        good = self.good_paths(rule)[0]
        if method not in (rule.methods or ()):
            yield Request(role, method, good)
            return
        values = [_encoded(text) for text in TEXTS] + list(RAW)
        for name in rule._converters:
            for value in values:
                yield Request(role, method, _path(rule, {name: value}, "made-up", raw=True))
        forms = self.forms.get(f"{method} {rule.endpoint}") or [(good, [(name, "1") for name in self.names])]
        for path, fields in forms:
            for place in dict.fromkeys(name for name, _ in fields):
                for value in values:
                    sent = [(name, _encoded(given)) for name, given in fields if name != place] + [
                        (_encoded(place), value)
                    ]
                    yield self._with_fields(role, method, path, sent)
        for name, several in HEADERS.items():
            for value in several:
                yield Request(role, method, good, headers={name: value})

    def _hostile(self, chance: random.Random, rule: Rule, method: str, role: str) -> Request:
        how = chance.random()
        good = chance.choice(self.found.get(rule.endpoint) or self.good_paths(rule))
        if how < 0.1:
            return Request(role, chance.choice(METHODS), good, headers=_some_headers(chance))
        if how < 0.2 and rule.arguments:
            names = list(rule._converters)
            values = {name: _value(chance) for name in chance.sample(names, chance.randint(1, len(names)))}
            path = _path(rule, values, chance.choice(self._texts), raw=True)
            return self._with_fields(role, method, path, [])
        forms = self.forms.get(f"{method} {rule.endpoint}")
        path, fields = chance.choice(forms) if forms else (good, [])
        sent = [(_encoded(name), _encoded(value)) for name, value in _one_of_each(chance, fields)]
        for _ in range(chance.choice((1, 1, 2, 4))):
            name = chance.choice(sent)[0] if sent and chance.random() < 0.8 else _encoded(chance.choice(self.names))
            if chance.random() < 0.8:
                sent = [pair for pair in sent if pair[0] != name]
            if name != "csrf_token":
                sent.append((name, _value(chance)))
        return self._with_fields(role, method, path, sent)

    def _with_fields(self, role: str, method: str, path: str, sent: Sequence[tuple[str, str]]) -> Request:
        pairs = [f"{name}={value}" for name, value in sent if name != "csrf_token"]
        if method != "POST":
            return Request(role, method, path, query="&".join(pairs))
        pairs.append(f"csrf_token={self._tokens[role]}")
        return Request(role, method, path, body="&".join(pairs).encode())


def _names() -> set[str]:
    """Every name that schemas, steps of forms and views know."""
    names: set[str] = set()
    schemas: list[type[Schema]] = [Schema]
    while schemas:
        schema = schemas.pop()
        schemas += schema.__subclasses__()
        names |= {given.data_key or name for name, given in getattr(schema, "_declared_fields", {}).items()}
    for kind in (*EntryKind, TermKind.CHALLENGE, TermKind.TECHNOLOGY):
        for name in schema_of(kind).fields:
            names |= {f"{name}-0", f"{name}-99999999999999999999-x", f"{name}-0-{name}"}
    for file in (ROOT / "kb" / "web").rglob("*.py"):
        names |= set(re.findall(r'request\.(?:form|args|files)\.get(?:list)?\("(\w+)"', file.read_text()))
    return names


def _is_slow(rule: Rule) -> bool:
    return str(rule).endswith(".pdf")


def _one_of_each(chance: random.Random, fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """A value for each name, as one form would send them."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return [(name, chance.choice(several)) for name, several in values.items()]


def _some_headers(chance: random.Random) -> dict[str, str]:
    return {name: chance.choice(HEADERS[name]) for name in chance.sample(sorted(HEADERS), chance.choice((1, 1, 2)))}


def _value(chance: random.Random) -> str:
    return _encoded(chance.choice(TEXTS)) if chance.random() < 0.9 else chance.choice(RAW)


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _path(rule: Rule, values: Mapping[str, str], otherwise: str = "1", *, raw: bool = False) -> str:
    """The path of a route with those values as they are, or encoded."""

    def put(match: re.Match[str]) -> str:
        name = match[0].strip("<>").rpartition(":")[2]
        value = values.get(name)
        if value is None:
            items = getattr(rule._converters[name], "items", ())
            is_number = isinstance(rule._converters[name], IntegerConverter)
            value = next(iter(items), "1" if is_number else otherwise)
        return value if raw else quote(value)

    return re.sub(r"<[^>]+>", put, str(rule))


def _environ(request: Request) -> dict[str, str]:
    return {
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.path,
        "REQUEST_URI": request.path,
        **{_environ_name(name): value for name, value in request.headers.items()},
    }


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
