"""Who uses the site during a trial: programs that write, editors who type, readers; each remembers every answer."""

import itertools
import random
import re
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.factories import PASSWORD
from tests.integration.web.desk.desk_forms import fields_in

TIMEOUT = 20.0
PAUSE_AFTER_FAILURE = 0.3
_addresses = itertools.count(256)

PAGES = (
    "/",
    "/search?q=flood",
    "/search?q=heat&goal=13",
    "/initiatives/surat-end-to-end-flood-early-warning-system",
    "/cities/surat",
    "/cities/surat/peers",
    "/goals/11",
    "/map",
    "/api/v1/initiatives?limit=5",
)


class _FromAddress(HTTPAdapter):
    """Connects from an address of its own, since limits count by address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


def browser(address: str | None = None) -> requests.Session:
    """A browser with cookies of its own, at an address of this machine that nobody else has, or at the given one."""
    number = next(_addresses)
    made = requests.Session()
    made.mount("http://", _FromAddress(address or f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"))
    return made


@dataclass
class Answered:
    """What all visitors of a kind were answered: when requests began and ended, and what went wrong."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    took: list[tuple[float, float]] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    stranded: list[str] = field(default_factory=list)

    def done(self, began: float) -> None:
        """Note that what was wanted from this moment on has come."""
        with self.lock:
            self.took.append((began, time.monotonic()))

    def failed(self, what: str) -> None:
        """Note an attempt in vain."""
        with self.lock:
            self.problems[what] += 1

    @property
    def longest(self) -> float:
        """The longest that anybody had to wait, whatever number of attempts it took."""
        return max((end - began for began, end in self.took), default=0.0)

    def longest_begun_before(self, moment: float) -> float:
        """The longest that somebody had to wait who began before a moment."""
        return max((end - began for began, end in self.took if began < moment), default=0.0)

    def first_begun_after(self, moment: float) -> float:
        """When the first was done that began after a moment; infinite where none was."""
        return min((end for began, end in self.took if began > moment), default=float("inf"))


class Visitor(ABC):
    """Does one thing again and again in a thread, until told to stop."""

    def __init__(self, origin: str, answered: Answered, pause: float) -> None:
        self.origin, self.answered, self.pause = origin, answered, pause
        self.browser = browser()
        self._random = random.Random(id(self))

    def until_done(self, attempt: Callable[[], str | None], stop: threading.Event, give_up: float = 90.0) -> bool:
        """Try until it is done, which is None, and note how long that took; whether it was."""
        began = time.monotonic()
        while time.monotonic() < began + give_up:
            try:
                problem = attempt()
            except requests.RequestException as broken:
                problem = type(broken).__name__
            if problem is None:
                self.answered.done(began)
                return True
            self.answered.failed(problem)
            time.sleep(PAUSE_AFTER_FAILURE)
        self.answered.stranded.append(type(self).__name__)
        stop.set()
        return False

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop; what has begun is ended."""
        while not stop.wait(self.pause * self._random.uniform(0.5, 1.5)):
            self.act_until_done(stop)
        self.browser.close()

    @abstractmethod
    def act_until_done(self, stop: threading.Event) -> None:
        """One thing, as often as it takes."""


class Reader(Visitor):
    """Reads pages."""

    def __init__(self, origin: str, answered: Answered, pause: float = 0.5, pages: Sequence[str] = PAGES) -> None:
        super().__init__(origin, answered, pause)
        self._pages = pages

    def act_until_done(self, stop: threading.Event) -> None:
        path = self._random.choice(self._pages)
        # Not so many of one address as its limit allows.
        if self._random.random() < 0.02:
            self.browser.close()
            self.browser = browser()

        def attempt() -> str | None:
            answer = self.browser.get(self.origin + path, timeout=TIMEOUT)
            return None if answer.status_code == 200 else f"{answer.status_code} for {path}"

        self.until_done(attempt, stop)


class Program(Visitor):
    """A program with a key that proposes one entry after the other; it sends each until it is acknowledged."""

    def __init__(self, origin: str, answered: Answered, key: str, number: int, pause: float = 2.0) -> None:
        super().__init__(origin, answered, pause)
        self._key, self._number = key, number
        self._counted = itertools.count(1)
        self.acknowledged: dict[str, str] = {}
        self.sent: list[str] = []

    def act_until_done(self, stop: threading.Event) -> None:
        title = f"Made-up entry {next(self._counted)} of program {self._number}"
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": str(uuid.uuid4())}
        self.sent.append(title)

        def attempt() -> str | None:
            body = {"title": title, "cities": ["surat"], "stage": "pilot"}
            answer = self.browser.post(f"{self.origin}/api/v1/initiatives", json=body, headers=headers, timeout=TIMEOUT)
            if answer.status_code == 201:
                self.acknowledged[title] = answer.headers["Location"]
                return None
            return f"{answer.status_code} for a proposal"

        self.until_done(attempt, stop)


class Editor(Visitor):
    """Somebody at the desk, whose draft is saved while they type; what is not saved is sent again, as the page does."""

    def __init__(self, origin: str, answered: Answered, email: str, number: int, pause: float = 1.0) -> None:
        super().__init__(origin, answered, pause)
        self._email, self._number = email, number
        self._counted = itertools.count(1)
        self._fields: dict[str, list[str]] = {}
        self._form = ""
        self.proposal = 0
        self.saved, self.saved_at = "", 0.0

    def open_draft(self) -> None:
        """Sign in, and begin a draft. Raises AssertionError where the site does not let them."""
        page = self.browser.get(f"{self.origin}/sign-in", timeout=TIMEOUT)
        fields = fields_in(page.text, "/sign-in") | {"email": [self._email], "password": [PASSWORD]}
        answer = self.browser.post(f"{self.origin}/sign-in", data=fields, timeout=TIMEOUT)
        assert answer.url.endswith("/desk"), answer.url
        path = "/desk/new/initiative"
        page = self.browser.get(self.origin + path, timeout=TIMEOUT)
        fields = fields_in(page.text, path) | {"title": [f"Made-up draft {self._number}"], "go": ["next"]}
        answer = self.browser.post(self.origin + path, data=fields, timeout=TIMEOUT)
        match = re.search(r"/desk/proposals/(\d+)/", answer.url)
        assert match, answer.url
        self.proposal = int(match[1])
        self._form = f"/desk/proposals/{self.proposal}/write/story"
        page = self.browser.get(self.origin + self._form, timeout=TIMEOUT)
        self._fields = fields_in(page.text, self._form)

    def act_until_done(self, stop: threading.Event) -> None:
        typed = f"What editor {self._number} has typed so far: sentence {next(self._counted)}."
        self._fields["problem"] = [typed]
        headers = {"Accept": "application/json", "X-CSRFToken": self._fields["csrf_token"][0]}

        def attempt() -> str | None:
            data = self._fields | {"autosave": ["1"]}
            sent = {"data": data, "headers": headers, "timeout": TIMEOUT, "allow_redirects": False}
            answer = self.browser.post(self.origin + self._form, **sent)  # type: ignore[arg-type]
            if answer.status_code == 200:
                self._fields["seen"] = [str(answer.json()["seen"])]
                self.saved, self.saved_at = typed, time.monotonic()
                return None
            return f"{answer.status_code} for a step of the form"

        self.until_done(attempt, stop)


@contextmanager
def busy(visitors: Sequence[Visitor]) -> Iterator[threading.Event]:
    """Let visitors do what they do while the block lasts; at its end each ends what it has begun.

    The event is set where one of them gave up.
    """
    stop = threading.Event()
    threads = [threading.Thread(target=visitor.run, args=(stop,), daemon=True) for visitor in visitors]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join()
