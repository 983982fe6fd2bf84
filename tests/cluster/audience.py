"""An audience that loses nothing: whoever votes or asks sends it again, the same form, until it is acknowledged.

A process of its own, as it takes a core: `python -m tests.cluster.audience PORT CODE QUESTION PEOPLE SECONDS`. Prints
what happened as JSON. People sit in several halls, each with an address.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.bench.listeners import Person

HALLS = 20
COMING_SECONDS = 20.0
GIVE_UP_SECONDS = 60.0
_PAUSE = (0.7, 1.5)


@dataclass
class Told:
    """What the audience was told: acknowledged votes and questions, attempts in vain, the longest waits."""

    votes: int = 0
    asks: int = 0
    looks: int = 0
    longest_look: float = 0.0
    longest_vote: float = 0.0
    longest_ask: float = 0.0
    in_vain: Counter[str] = field(default_factory=Counter)
    stranded: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)


async def _until(told: Told, what: str, attempt: Callable[[], Awaitable[bool]]) -> float:
    """Try until it is done; the seconds that it took. Raises TimeoutError."""
    began = time.monotonic()
    while time.monotonic() < began + GIVE_UP_SECONDS:
        try:
            if await asyncio.wait_for(attempt(), 20):
                return time.monotonic() - began
            told.in_vain[what] += 1
        except (OSError, RuntimeError, asyncio.IncompleteReadError, TimeoutError) as problem:
            told.in_vain[
                str(problem) if isinstance(problem, RuntimeError) else f"{what}: {type(problem).__name__}"
            ] += 1
        await asyncio.sleep(random.uniform(*_PAUSE))
    raise TimeoutError(what)


async def _attend(number: int, person: Person, question: str, seconds: float, told: Told) -> None:
    """Come in, look every second, vote once, and with every fifth person ask once."""
    until = time.monotonic() + seconds
    await asyncio.sleep(random.uniform(0, COMING_SECONDS))
    await _until(told, "come in", lambda: _done(person.come_in()))
    votes_at = time.monotonic() + random.uniform(1, seconds / 2)
    asks_at = time.monotonic() + random.uniform(1, seconds / 2) if number % 5 == 0 else None
    while time.monotonic() < until or votes_at is not None or asks_at is not None:
        await asyncio.sleep(random.uniform(1.0, 1.3))
        told.longest_look = max(told.longest_look, await _until(told, "look", lambda: _done(person.look())))
        told.looks += 1
        if votes_at is not None and time.monotonic() > votes_at:
            votes_at = None
            took = await _until(told, "vote", lambda: _sent(person, "vote", {"question": question}, {200}))
            told.votes, told.longest_vote = told.votes + 1, max(told.longest_vote, took)
        if asks_at is not None and time.monotonic() > asks_at:
            asks_at = None
            await _ask(number, person, told)


async def _look_again(person: Person, told: Told) -> None:
    person.etag = ""
    await _until(told, "last look", lambda: _done(person.look()))
    person.hang_up()


async def _ask(number: int, person: Person, told: Told) -> None:
    form = {"text": f"Question of person {number}?"}
    await _until(told, "form", lambda: _filled(person, form))
    # 409 says that it was sent and saved before.
    took = await _until(told, "ask", lambda: _sent(person, "ask", form, {303, 409}))
    told.asks, told.longest_ask = told.asks + 1, max(told.longest_ask, took)


async def _done(act: Awaitable[None]) -> bool:
    await act
    return True


async def _sent(person: Person, what: str, fields: dict[str, str], good: set[int]) -> bool:
    status, _, _ = await person.ask_for(f"/f/{person.code}/{what}", fields)
    if status not in good:
        raise RuntimeError(f"{what} was answered with {status}")
    return True


async def _filled(person: Person, form: dict[str, str]) -> bool:
    """Open the form, for the key by which it is taken once however often it is sent."""
    status, _, content = await person.ask_for(f"/f/{person.code}/ask")
    match = re.search(r'name="submission"\s+value="([^"]+)"', content.decode())
    if status != 200 or match is None:
        return False
    form["submission"] = match[1]
    return True


async def _all(port: int, code: str, question: str, people: int, seconds: float) -> None:
    audience = [Person(port, code, address=f"127.210.0.{1 + number % HALLS}") for number in range(people)]
    told = Told()
    ended = await asyncio.gather(
        *(_attend(number, person, question, seconds, told) for number, person in enumerate(audience)),
        return_exceptions=True,
    )
    # Once more when all votes are in, and each node has seen them.
    await asyncio.sleep(2)
    await asyncio.gather(*(_look_again(person, told) for person in audience), return_exceptions=True)
    told.stranded = [repr(problem) for problem in ended if problem is not None]
    told.last = sorted({person.last for person in audience})
    json.dump(vars(told), sys.stdout)


if __name__ == "__main__":
    _port, _code, _question, _people, _seconds = sys.argv[1:]
    asyncio.run(_all(int(_port), _code, _question, int(_people), float(_seconds)))
