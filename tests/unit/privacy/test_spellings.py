"""A name is found in every spelling that still is that name, and in no other name."""

import json
import re
import time
import unicodedata
from math import inf

import pytest

from kb.privacy import spellings
from kb.privacy.replacing import replacement

NAME = "Zoë Ümit Made-up"

THE_SAME = {
    "mixed capitals": (NAME, "zOË ümIT maDE-Up"),
    "capitals without accents": (NAME, "ZOE UMIT MADE-UP"),
    "decomposed": (NAME, unicodedata.normalize("NFD", NAME)),
    "composed": (unicodedata.normalize("NFD", NAME), NAME),
    "several spaces": (NAME, "Zoë  Ümit \t Made-up"),
    "no-break spaces": (NAME, "Zoë\u00a0Ümit\u202fMade-up"),
    "two lines": (NAME, "Zoë\r\nÜmit\n Made-\nup"),
    "another hyphen": (NAME, "Zoë Ümit Made\u2011up"),
    "nobody sees it": (NAME, "Zoë\u200b Ü\u00admit\ufeff Made-up"),
    "apostrophes": ("Jean O'Brien", "JEAN O’BRIEN"),
    "quotation marks": ('Jo "Bo" Made-up', 'JO "BO" MADE-UP'),
    "sharp s": ("Anna Groß", "ANNA GROSS"),
    "ligature": ("Fiona Made-up", "\ufb01ona Made-up"),
    "no accent but a stroke": ("Lech Łódź", "lech lodz"),
    "Turkish": ("Işıl İnan", "IŞIL İNAN"),
    "Greek": ("Σοφία Τέστος", "ΣΟΦΙΑ ΤΕΣΤΟΣ"),
    "Cyrillic": ("Алёна Примерная", "АЛЕНА ПРИМЕРНАЯ"),
    "Arabic with points": ("محمد علي", "مُحَمَّد عـلي"),
    "Arabic in forms for printing": ("محمد علي", "\ufee3\ufea4\ufee4\ufeaa \ufecb\ufee0\ufef2"),
    "Arabic between marks of direction": ("محمد علي", "محمد\u200f علي"),
    "Hebrew with points": ("דוד כהן", "דָּוִד כֹּהֵן"),
    "Japanese without a space": ("山田 太郎", "山田太郎"),
    "Korean, decomposed": ("김 철수", unicodedata.normalize("NFD", "김철수")),
    "Hindi": ("प्रिया शर्मा", "प्रिया  शर्मा"),
}


@pytest.mark.parametrize(("name", "written"), THE_SAME.values(), ids=THE_SAME.keys())
def test_the_same_name_is_replaced(name: str, written: str) -> None:
    replaced = replacement("zoe@city.example", [name], "NOBODY")
    text = f"(\u200f{written}\u200f), {written}_v2; “{written}”"
    assert replaced.text(text) == "(\u200fNOBODY\u200f), NOBODY_v2; “NOBODY”"
    assert re.search(replaced.in_text[1], text)
    for stored in (json.dumps([text]), json.dumps([text], ensure_ascii=False)):
        assert re.search(replaced.in_json[1], stored), "the database would not find it"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (NAME, "Zoë Ümit Made-upon"),
        (NAME, "Aïzoë Ümit Made-up"),
        (NAME, "xe\u0301zoë Ümit Made-up"),
        (NAME, "Zoë Ümit, Made-up"),
        (NAME, "Zoë_Ümit_Made-up"),
        (NAME, "https://city.example/zoe-umit-made-up"),
        ("Ali Hassan", "Ali Hassan-Zadeh, Ali Hassan\u2011Zadeh, Abd-Ali Hassan"),
        ("محمد علي", "أمحمد علي"),
        ("حسن علی", "حسن علی\u200cرضا"),
        ("प्रिया शर्मा", "प्रिया शर्माजी"),
    ],
)
def test_another_name_stays(name: str, text: str) -> None:
    assert replacement("zoe@city.example", [name], "NOBODY").text(text) == text


@pytest.mark.parametrize("sign", [" ", "\u2003", "\u200b", "\u00ad", "\u0301", "\u00eb", "z", "-", "\u0430"])
def test_no_text_takes_time_by_the_square_of_its_length(sign: str) -> None:
    short, long = (f"{NAME[:-1]}{sign * length}, Zoë{sign * length}" for length in (2_000, 20_000))
    for expression in (spellings.whole(NAME), spellings.in_text(NAME), spellings.in_json(NAME)):
        pattern = re.compile(expression)
        for written in (str, json.dumps):
            # Ten times as much text is ten times the work, not a hundred times; a slow machine is so for both.
            most = max(_NOTHING, 25 * _work(pattern, written(short)))
            assert _work(pattern, written(long)) < most


_NOTHING = 0.1
"""Seconds that no text takes whose time grows with its length alone: such a text takes a hundredth of a second."""


def _work(pattern: re.Pattern[str], text: str) -> float:
    """What a search costs this thread, in seconds of the processor: the least of three tries, if it costs anything."""
    least = inf
    for _ in range(3):
        began = time.thread_time()
        pattern.search(text)
        least = min(least, time.thread_time() - began)
        if least < _NOTHING:
            break
    return least
