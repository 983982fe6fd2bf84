"""What readers, contributors, editors, importers and audiences do, as requests to a running site."""

import html
import io
import itertools
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import requests
from PIL import Image

from tests.factories import PASSWORD
from tests.integration.web.desk.desk_forms import fields_in
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
_MAP_FILTERS = ("goal=11", "challenge=flooding", "region=asia", "stage=pilot", "decade=2010s", "area=europe")

Files = dict[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Part:
    """What a visitor has to do with: an account of an editor and that of another, an initiative of its own to change,
    and the code of the session that is being held."""

    number: int
    account: str
    reviewer: str
    initiative: str
    forum_code: str


class Visitor:
    """One browser: its cookies, and what it has seen. Statuses that were not expected are collected, not raised.

    `note` is told each answer, and `tell` what was done, and whether it was as it should be.
    """

    def __init__(
        self,
        origin: str,
        part: Part,
        note: Callable[[str, requests.Response], None],
        tell: Callable[[str, bool], None],
    ) -> None:
        self.origin = origin
        self._random = random.Random(part.number)
        self._part = part
        self._note = note
        self._tell_all = tell
        self._was_turned_away = False
        self._files = itertools.count()
        self._browser = requests.Session()
        # Readers' reports are limited by address, and the server here trusts one proxy.
        self._browser.headers["X-Forwarded-For"] = f"192.0.2.{part.number + 1}"

    def rounds(self) -> Iterator[None]:
        """Go through what people do, without end; each step is one request or a few.

        The first thing differs from visitor to visitor, so that a short run has each.
        """
        for act in itertools.chain([self._acts[self._part.number % len(self._acts)]], self._in_any_order()):
            self._was_turned_away = False
            act(self)
            yield

    def _in_any_order(self) -> Iterator[Callable[["Visitor"], None]]:
        while True:
            yield from self._random.sample(self._acts, len(self._acts))

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def _get(self, path: str, **headers: str) -> requests.Response:
        response = self._browser.get(self.origin + path, headers=headers, timeout=TIMEOUT)
        self._noted(f"GET {path.partition('?')[0]}", response)
        return response

    def _post(self, path: str, data: Mapping[str, Any], files: Files | None = None) -> requests.Response:
        response = self._browser.post(self.origin + path, data=data, files=files, timeout=TIMEOUT)
        self._noted(f"POST {path.partition('?')[0]}", response)
        return response

    def _noted(self, what: str, response: requests.Response) -> None:
        self._was_turned_away |= response.status_code in {429, 503}
        self._note(what, response)

    def _tell(self, what: str, is_so: bool) -> None:
        """Tell what came of an act; nothing where the site was too busy, since that is told by the status."""
        if is_so or not self._was_turned_away:
            self._tell_all(what, is_so)

    def _send(
        self, page: requests.Response, action: str, files: Files | None = None, /, **more: str
    ) -> requests.Response:
        """Send the form of a page whose action ends so, with what stands in it and what is typed."""
        here = urlsplit(page.url).path
        for target in map(html.unescape, re.findall(r'<form\b[^>]*?\baction="([^"]*)"', page.text)):
            if (target or here).partition("?")[0].endswith(action):
                return self._post(target or here, fields_in(page.text, target) | more, files)
        return page

    def _sign_in(self, account: str) -> None:
        self._send(self._get("/sign-in"), "/sign-in", email=account, password=PASSWORD)

    def _sign_out(self) -> None:
        self._send(self._get("/account"), "/sign-out")

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
        self._sign_in(self._part.account)
        title = f"Made-up soak initiative {self._part.number}-{self._random.randrange(10**9)}"
        begun = self._send(self._get("/desk/new/initiative"), "/desk/new/initiative", title=title, go="next")
        if written := re.search(r"/desk/proposals/(\d+)/", begun.url):
            key = written[1]
            story = self._get(f"/desk/proposals/{key}/write/story")
            self._send(story, "/write/story", problem=self._random.choice(_SENTENCES), go="next")
            self._get(f"/desk/proposals/{key}/preview")
        self._get("/desk")
        self._sign_out()

    def illustrate(self) -> None:
        """Put a picture into an entry, have it reviewed, look at it as a reader does, and remove it again."""
        path = f"/initiatives/{self._part.initiative}"
        pictures = self._change()
        if not pictures:
            return
        typed = {"alt": "Made-up picture", "author": "Made up", "licence": "cc0", "source": "https://example.org/"}
        fields = {f"pictures-0-{name}": value for name, value in typed.items()}
        file = {"pictures-0-image-file": ("made-up.jpg", self._picture())}
        check = self._send(self._get(pictures), "/write/pictures", file, **fields, go="check")
        proposal = self._send(check, "/check", go="send")
        self._sign_out()
        self._sign_in(self._part.reviewer)
        self._send(self._get(urlsplit(proposal.url).path), "/accept")
        self._sign_out()
        stored = re.search(r"/images/\w{64}/large\.webp", self._get(path).text)
        self._tell("a picture is on the page of its entry", stored is not None)
        pictures = self._change()
        if not pictures or not stored:
            return
        self._tell("a picture is served", self._get(stored[0]).ok and self._get(stored[0].replace("large", "small")).ok)
        without = self._send(self._get(pictures), "/write/pictures", remove="pictures-0")
        self._send(self._get(urlsplit(without.url).path.replace("/write/pictures", "/check")), "/check", go="publish")
        self._sign_out()
        self._tell("a picture that was removed is gone", self._get(stored[0]).status_code == 404)

    def _change(self) -> str:
        """Sign in and begin to change the visitor's entry; the path of its pictures' form, or nothing."""
        self._sign_in(self._part.account)
        entry = self._get(f"/desk/entries/initiative/{self._part.initiative}")
        begun = urlsplit(self._send(entry, "/change").url).path
        return begun.rpartition("/")[0] + "/pictures" if "/write/" in begun else ""

    def _picture(self) -> bytes:
        """A picture that is like no other."""
        noise = Image.frombytes("RGB", (40, 30), self._random.randbytes(40 * 30 * 3))
        written = io.BytesIO()
        noise.resize((1600, 1200), Image.Resampling.BICUBIC).save(written, "JPEG")
        return written.getvalue()

    def import_a_file(self) -> None:
        """Bring five rows in as proposals, look at the import, and discard or run it when it has been checked."""
        self._sign_in(self._part.account)
        self._send(self._checked(list(self._rows())), self._random.choice(("/run", "/discard")))
        self._sign_out()

    def mend_an_import(self) -> None:
        """Bring rows in of which one names no city, correct its cell in the table, and discard or run the import."""
        self._sign_in(self._part.account)
        lines = list(self._rows())
        city, lines[2][2] = lines[2][2], "Made-up Atlantis"
        page = self._checked(lines)
        refusal = "is called Made-up Atlantis"
        if refusal in page.text:
            page = self._answered(self._send(page, "/rows", **{"cell-4-C": city}))
            self._tell("a corrected cell is accepted", refusal not in page.text)
            self._send(page, self._random.choice(("/run", "/discard")))
        self._sign_out()

    def _rows(self) -> Iterator[list[str]]:
        return rows(5, seed=self._random.randrange(10**9))

    def _checked(self, lines: list[list[str]]) -> requests.Response:
        """The page of an import of these rows when they were checked."""
        number = self._part.number
        file = {"file": (f"made-up-{number}-{next(self._files)}.csv", as_csv(lines))}
        form = self._get("/desk/imports")
        page = self._send(form, "/desk/imports", file, mode="proposals", collection=f"soak {number}")
        return self._answered(self._send(page, "/columns"))

    def _answered(self, page: requests.Response) -> requests.Response:
        """The page of an import when it is no longer at work, or as it is after half a minute."""
        deadline = time.monotonic() + 30
        while not re.search(r"/(?:run|discard)\"", page.text) and time.monotonic() < deadline:
            time.sleep(0.5)
            page = self._get(_path(page))
        return page

    def report(self) -> None:
        """Tell the editors what is wrong on a page, as a reader; and read and close the oldest report as an editor."""
        address = f"198.51.{self._random.randrange(256)}.{self._random.randrange(256)}"
        form = self._get(f"/initiatives/{self._part.initiative}/report")
        self._browser.headers["X-Forwarded-For"], own = address, self._browser.headers["X-Forwarded-For"]
        remark = {"about": "wrong", "message": self._random.choice(_SENTENCES), "source": "I live there."}
        sent = self._send(form, "/report", **remark, email="made-up@example.org")
        self._browser.headers["X-Forwarded-For"] = own
        self._tell("a report is taken", "The editors will read your report" in sent.text)
        if self._random.random() < 0.5:
            self._sign_in(self._part.account)
            self._send(self._get("/desk/boards/reports"), "/close")
            self._sign_out()

    def look_at_the_map(self) -> None:
        """Filter the map, zoom in and pan, and open the cards of circles; what did not change is not sent again."""
        chosen = "&".join(self._random.sample(_MAP_FILTERS, self._random.randrange(3)))
        marks = re.findall(r'data-cities="([^"]+)"', self._get(f"/map?{chosen}").text)
        for _ in range(3):
            x, y = self._random.uniform(0, 1000), self._random.uniform(0, 500)
            frame = f"/map/circles?{chosen}&x={x:.2f}&y={y:.2f}&zoom={self._random.uniform(0, 7):.2f}"
            etag = self._get(frame).headers.get("ETag", "")
        self._get(frame, **{"If-None-Match": etag})
        for mark in self._random.sample(marks, min(2, len(marks))):
            card = self._get(f"/map/card?{chosen}&" + "&".join(f"city={slug}" for slug in mark.split()))
            self._tell("a card of the map names a city", 'href="/cities/' in card.text)

    def listen(self) -> None:
        """Follow a session as its audience does: look, ask, vote."""
        page = self._get(f"/f/{self._part.forum_code}")
        etag = ""
        for _ in range(6):
            answer = self._get(f"/f/{self._part.forum_code}/now", **({"If-None-Match": etag} if etag else {}))
            etag = answer.headers.get("ETag", etag)
        if self._random.random() < 0.3:
            form = self._get(f"/f/{self._part.forum_code}/ask")
            self._send(form, "/ask", text=f"Made-up question {self._random.randrange(10**9)}?")
        self._send(page, "/vote")

    _acts = (
        *(illustrate, mend_an_import, report, look_at_the_map),
        *(read_pages, follow_links, suggest_goals, write_a_draft, import_a_file),
        *(read_pages, search, search, search, listen, listen),
    )


def _path(page: requests.Response) -> str:
    return urlsplit(page.url).path
