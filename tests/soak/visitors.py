"""What readers, contributors, importers and audiences do, as requests to a running site."""

import itertools
import random
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import quote_plus

import requests

from tests.factories import PASSWORD
from tests.spreadsheets import as_csv, rows

TIMEOUT = 60
_WORDS = ("flood", "heat", "traffic", "waste", "open data", '"early warning"', "bus OR tram", "-flood water", "elect*")
_FILTERS = ("kind=initiative", "goal=11", "goal=13", "challenge=flooding", "income=lower-middle", "stage=pilot")
_PAGES = (
    "/",
    "/about",
    "/map",
    "/goals",
    "/goals/counts",
    "/goals/together",
    "/goals/missing",
    "/goals/11",
    "/goals/13",
    "/goals/missing.csv",
    "/challenges",
    "/challenges/flooding",
    "/technologies",
    "/cities",
    "/cities/surat",
    "/cities/surat/peers",
    "/peers?challenge=flooding&challenge=heat",
    "/peers/method",
    "/compare?city=surat&city=jakarta",
    "/initiatives",
    "/leaders",
    "/visions",
    "/forum",
    "/forum.ics",
    "/places.json?q=sura",
    "/suggest?q=flo",
    "/shortlist",
    "/goals/suggest",
    "/initiatives/surat-end-to-end-flood-early-warning-system",
    "/initiatives/surat-end-to-end-flood-early-warning-system/history",
    "/sitemap.xml",
    "/healthz",
    "/readyz",
    "/style.css",
    "/no-such-page",
)
_SENTENCES = (
    "An early warning system for floods sends text messages to households along the river.",
    "Electric buses replace diesel on three lines, and the air is measured before and after.",
    "Residents report broken street lights with their phones; the city answers within two days.",
)


Files = dict[str, tuple[str, bytes]]


class _Forms(HTMLParser):
    """The forms of a page: for each, its action and the values of its fields as they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("action", ""), {}))
        if not self.forms:
            return
        fields = self.forms[-1][1]
        kind = values.get("type", "text")
        if tag == "input" and "name" in values and kind not in {"checkbox", "radio", "submit", "file"}:
            fields[values["name"]] = values.get("value", "")
        if tag == "select":
            self._select = values.get("name", "")
        if tag == "option" and self._select and (self._select not in fields or "selected" in values):
            fields[self._select] = values.get("value", "")


class Visitor:
    """One browser: its cookies, and what it has seen. Statuses that were not expected are collected, not raised."""

    def __init__(
        self, origin: str, number: int, account: str, forum_code: str, note: Callable[[str, requests.Response], None]
    ) -> None:
        self.origin = origin
        self._random = random.Random(number)
        self._account = account
        self._forum_code = forum_code
        self._note = note
        self._files = itertools.count()
        self._number = number
        self._browser = requests.Session()

    def rounds(self) -> Iterator[None]:
        """Go through what people do, without end; each step is one request or a few."""
        while True:
            for act in self._random.sample(self._acts, len(self._acts)):
                act(self)
                yield

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def _get(self, path: str, **headers: str) -> requests.Response:
        response = self._browser.get(self.origin + path, headers=headers, timeout=TIMEOUT)
        self._note(f"GET {path.partition('?')[0]}", response)
        return response

    def _post(self, path: str, data: dict[str, str], files: Files | None = None) -> requests.Response:
        response = self._browser.post(self.origin + path, data=data, files=files, timeout=TIMEOUT)
        self._note(f"POST {path.partition('?')[0]}", response)
        return response

    def _send(
        self, page: requests.Response, action: str, files: Files | None = None, /, **more: str
    ) -> requests.Response:
        """Send the form of a page whose action ends so, with what stands in it and what is typed."""
        reader = _Forms()
        reader.feed(page.text)
        here = page.url.removeprefix(self.origin).partition("?")[0]
        for target, fields in reader.forms:
            if (target or here).partition("?")[0].endswith(action):
                return self._post(target or here, {**fields, **more}, files)
        return page

    def read_pages(self) -> None:
        for path in self._random.sample(_PAGES, 6):
            self._get(path)

    def search(self) -> None:
        for _ in range(4):
            word = quote_plus(self._random.choice(_WORDS))
            filters = "&".join(self._random.sample(_FILTERS, self._random.randrange(3)))
            self._get(f"/search?q={word}&{filters}")

    def follow_links(self) -> None:
        found = self._get(f"/search?q={quote_plus(self._random.choice(_WORDS))}").text
        links = sorted(set(re.findall(r'href="(/(?:initiatives|cities|leaders|visions)/[^"/?#]+)"', found)))
        for path in self._random.sample(links, min(3, len(links))):
            self._get(path)

    def suggest_goals(self) -> None:
        page = self._get("/goals/suggest")
        self._send(page, "/goals/suggest", text=self._random.choice(_SENTENCES))

    def write_a_draft(self) -> None:
        """Sign in, write two steps of an initiative, look at the preview and the desk, and sign out."""
        self._send(self._get("/sign-in"), "/sign-in", email=self._account, password=PASSWORD)
        title = f"Made-up soak initiative {self._number}-{self._random.randrange(10**9)}"
        begun = self._send(self._get("/desk/new/initiative"), "/desk/new/initiative", title=title, go="next")
        if written := re.search(r"/desk/proposals/(\d+)/", begun.url):
            key = written[1]
            story = self._get(f"/desk/proposals/{key}/write/story")
            self._send(story, "/write/story", problem=self._random.choice(_SENTENCES), go="next")
            self._get(f"/desk/proposals/{key}/preview")
        self._get("/desk")
        self._send(self._get("/account"), "/sign-out")

    def import_a_file(self) -> None:
        """Bring five rows in as proposals, look at the import, and discard or run it when it has been checked."""
        self._send(self._get("/sign-in"), "/sign-in", email=self._account, password=PASSWORD)
        lines = list(rows(5, seed=self._random.randrange(10**9)))
        file = {"file": (f"made-up-{self._number}-{next(self._files)}.csv", as_csv(lines))}
        page = self._send(
            self._get("/desk/imports"), "/desk/imports", file, mode="proposals", collection=f"soak {self._number}"
        )
        page = self._send(page, "/columns")
        for _ in range(10):
            page = self._get(page.url.removeprefix(self.origin))
            if "/run" in page.text or "/discard" in page.text:
                break
        self._send(page, self._random.choice(("/run", "/discard")))
        self._send(self._get("/account"), "/sign-out")

    def listen(self) -> None:
        """Follow a session as its audience does: look, ask, vote."""
        page = self._get(f"/f/{self._forum_code}")
        etag = ""
        for _ in range(6):
            answer = self._get(f"/f/{self._forum_code}/now", **({"If-None-Match": etag} if etag else {}))
            etag = answer.headers.get("ETag", etag)
        if self._random.random() < 0.3:
            form = self._get(f"/f/{self._forum_code}/ask")
            self._send(form, "/ask", text=f"Made-up question {self._random.randrange(10**9)}?")
        self._send(page, "/vote")

    _acts = (
        *(read_pages, follow_links, suggest_goals, write_a_draft, import_a_file),
        *(read_pages, search, search, search, listen, listen),
    )
