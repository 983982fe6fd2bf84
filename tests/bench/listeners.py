"""An audience on loopback, in a process of its own: each person looks every second, votes once, and some ask.

Bounded in people and in seconds. Prints what each saw, and how long each answer took, as JSON.
"""

import asyncio
import gzip
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

MOST_PEOPLE, MOST_SECONDS = 1000, 120
NEVER = float("inf")
RAMP_SECONDS = 20.0
"""For so long people come in, one after the other."""


@dataclass
class Person:
    """Somebody with a phone."""

    port: int
    code: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    etag: str = ""
    seen: dict[int, float] = field(default_factory=dict)
    last: str = ""
    polls: list[float] = field(default_factory=list)
    address: str = "127.0.0.1"
    _line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask_for(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Send one request and read its answer, on the line that is open or on a new one."""
        body = urlencode(fields).encode() if fields is not None else b""
        head = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Accept-Encoding: gzip",
            "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        ]
        if fields is not None:
            head += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
                f"X-CSRFToken: {self.token}",
                "Accept: application/json",
                "Sec-Fetch-Site: same-origin",
            ]
        elif self.etag and path.endswith("/now"):
            head.append(f"If-None-Match: {self.etag}")
        for attempt in (1, 2):
            try:
                if self._line is None:
                    self._line = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
                reader, writer = self._line
                writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
                return await self._answer(reader)
            except (OSError, asyncio.IncompleteReadError):
                # The server closed the line while nothing was said on it.
                self.hang_up()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, kept = value.partition(";")[0].partition("=")
                self.cookies[cookie] = kept
            headers[name.lower()] = value
        status = int(lines[0].split()[1])
        content = b"" if status == 304 else await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        if headers.get("connection", "").lower() == "close":
            self.hang_up()
        return status, headers, content

    def hang_up(self) -> None:
        """Close the line."""
        if self._line is not None:
            self._line[1].close()
        self._line = None

    async def come_in(self) -> None:
        """Open the page, which gives the cookies and the token of forms."""
        status, _, content = await self.ask_for(f"/f/{self.code}")
        if status != 200:
            raise RuntimeError(f"the page was answered with {status}")
        self.token = re.search(r'data-token="([^"]+)"', content.decode())[1]  # type: ignore[index]

    async def look(self) -> None:
        """Ask for what changed, and note when which version was first seen."""
        start = time.monotonic()
        status, headers, content = await self.ask_for(f"/f/{self.code}/now")
        done = time.monotonic()
        self.polls.append(done - start)
        if status == 200:
            self.etag = headers["etag"]
            self.last = content.decode()
            version = int(re.search(r'data-version="(\d+)"', self.last)[1])  # type: ignore[index]
            self.seen.setdefault(version, done)
        elif status != 304:
            raise RuntimeError(f"a look was answered with {status}")

    async def timed(self, path: str, fields: dict[str, str]) -> tuple[float, int]:
        """The seconds that a form took, and the status of its answer."""
        start = time.monotonic()
        status, _, _ = await self.ask_for(path, fields)
        return time.monotonic() - start, status


async def _attend(number: int, person: Person, question: str, until: float, told: dict[str, list]) -> None:
    random.seed(number)
    await asyncio.sleep(random.uniform(0, RAMP_SECONDS))
    await person.come_in()
    votes_at = time.monotonic() + random.uniform(3, 20)
    asks_at = time.monotonic() + random.uniform(3, 20) if number % 5 == 0 else NEVER
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(1.0, 1.3))
        await person.look()
        if time.monotonic() > votes_at:
            votes_at = NEVER
            # Every fourth taps twice at the same instant, on two lines.
            lines = [person]
            if number % 4 == 0:
                lines.append(Person(person.port, person.code, dict(person.cookies), person.token))
            told["votes"] += await asyncio.gather(
                *(line.timed(f"/f/{person.code}/vote", {"question": question}) for line in lines)
            )
            for line in lines[1:]:
                line.hang_up()
        if time.monotonic() > asks_at:
            asks_at = NEVER
            told["asks"].append(await person.timed(f"/f/{person.code}/ask", {"text": f"Question of person {number}?"}))
    # Whoever looks once more has everything, however the last seconds went.
    await person.look()
    person.hang_up()


async def _all(port: int, code: str, question: str, people: int, seconds: float) -> None:
    if people > MOST_PEOPLE or seconds > MOST_SECONDS:
        raise SystemExit("more people or seconds than this may make")
    until = time.monotonic() + seconds
    audience = [Person(port, code) for _ in range(people)]
    told: dict[str, list] = {"votes": [], "asks": []}
    problems = await asyncio.gather(
        *(_attend(number, person, question, until, told) for number, person in enumerate(audience)),
        return_exceptions=True,
    )
    json.dump(
        {
            **told,
            "seen": [person.seen for person in audience],
            "last": sorted({person.last for person in audience}),
            "polls": [took for person in audience for took in person.polls],
            "problems": [repr(problem) for problem in problems if problem],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    _port, _code, _question, _people, _seconds = sys.argv[1:]
    asyncio.run(_all(int(_port), _code, _question, int(_people), float(_seconds)))
