"""The fonts of PDFs for scripts other than Latin, and what to install for those that have none here.

Vietnamese, Greek and Cyrillic come with the fonts of the site, as other files of them; for some scripts there is Noto
from npm. They lie among the other assets, and a document gets those that it has letters of. All others, Chinese first
of all, are looked for among the fonts of the system.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NOTO_PACKAGES = ("armenian", "arabic", "bengali", "devanagari", "georgian", "hebrew", "tamil", "thai")
"""Scripts with a package `@fontsource/noto-sans-…` that has one file of letters for each weight."""

_LETTERS = {
    "armenian": "\u0530-\u058f\ufb13-\ufb17",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "bengali": "\u0980-\u09ff",
    "cyrillic": "\u0300-\u036f\u0400-\u045f\u0490\u0491\u04b0\u04b1\u2116",
    "cyrillic-ext": "\u0460-\u052f\u1c80-\u1c8a\u20b4\u2de0-\u2dff\ua640-\ua69f",
    "devanagari": "\u0900-\u097f\u1cd0-\u1cff\ua8e0-\ua8ff",
    "emoji": "\u203c\u2049\u2190-\u21ff\u231a-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff",
    "georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "greek": "\u0370-\u03ff",
    "greek-ext": "\u1f00-\u1fff",
    "hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "tamil": "\u0b80-\u0bff",
    "thai": "\u0e00-\u0e7f",
    "vietnamese": "\u0300-\u0309\u0323\u0329\u1ea0-\u1ef9\u20ab",
}


@dataclass(frozen=True, slots=True)
class Face:
    """A file of a font: its family and weight, its npm package, and the letters that it is for.

    Files for PDFs are WOFF, which is unpacked twenty times as fast as the smaller WOFF2 that browsers load: WeasyPrint
    rebuilds the drawings of WOFF2 in Python, which took three quarters of the time of a font check.
    """

    base: str
    weight: int
    package: str
    letters: str

    @property
    def family(self) -> str:
        """What documents call it: WeasyPrint takes files of one family and weight for one, and mixes them up."""
        return f"{self.base} {self.letters}"

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.package}-{self.letters}-{self.weight}-normal.woff"

    def css(self, folder: Path) -> str:
        """The rule that brings it into a document."""
        return (
            f'@font-face {{ font-family: "{self.family}"; font-weight: {self.weight};'
            f' src: url("{(folder / self.file).absolute().as_uri()}") format("woff") }}'
        )


FACES = (
    *(
        Face("Source Sans 3", weight, "source-sans-3", letters)
        for letters in ("vietnamese", "greek", "greek-ext", "cyrillic", "cyrillic-ext")
        for weight in (400, 600)
    ),
    *(
        Face("Source Serif 4", 600, "source-serif-4", letters)
        for letters in ("vietnamese", "greek", "cyrillic", "cyrillic-ext")
    ),
    *(Face("Noto Sans", weight, f"noto-sans-{script}", script) for script in NOTO_PACKAGES for weight in (400, 600)),
    Face("Noto", 400, "noto-emoji", "emoji"),
)

LATIN_FACES = tuple(Face("Source Sans 3", 400, "source-sans-3", letters) for letters in ("latin", "latin-ext"))
"""Faces that documents bring along themselves."""

EXTENDED = "latin-ext"
"""The letters of the second file of each font of the site."""


def with_all_families(css: str) -> str:
    """A style sheet for documents, in which the families of the site are followed by those for other letters."""
    for base in ("Source Sans 3", "Source Serif 4"):
        families = dict.fromkeys(face.family for face in FACES if face.base in {base, "Noto Sans", "Noto"})
        css = css.replace(
            f'"{base}",', ", ".join(f'"{name}"' for name in (base, f"{base} {EXTENDED}", *families)) + ","
        )
    return css


def with_own_families(css: str) -> str:
    """Rules that bring fonts in, with a family of its own for each file of more letters."""
    return re.sub(rf'(font-family: "[^"]+)("[^}}]*-{EXTENDED}-)', rf"\1 {EXTENDED}\2", css)


def faces_for(text: str, folder: Path) -> Iterator[Face]:
    """The faces that a document has letters of, as far as `make assets` has brought them."""
    if not text.isascii():
        for face in FACES:
            if _pattern(face.letters).search(text) and (folder / face.file).is_file():
                yield face


@lru_cache
def _pattern(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{_LETTERS[letters]}]")


SAMPLES = {
    "Amharic": "አ",
    "Arabic": "ع",
    "Armenian": "Ա",
    "Bengali": "অ",
    "Burmese": "က",
    "Chinese": "中",
    "Cyrillic": "Ж",
    "emoji": "🚲",
    "Georgian": "გ",
    "Greek": "Ω",
    "Gujarati": "અ",
    "Hebrew": "א",
    "Hindi": "अ",
    "Japanese": "あ",
    "Kannada": "ಅ",
    "Khmer": "ក",
    "Korean": "한",
    "Lao": "ກ",
    "Malayalam": "അ",
    "Punjabi": "ਅ",
    "Sinhala": "අ",
    "Tamil": "அ",
    "Telugu": "అ",
    "Thai": "ก",
}
"""A letter of each script that `kb doctor` tells about, by what people call the script."""

_CALLED = {_word: name for name, letter in SAMPLES.items() if (_word := unicodedata.name(letter).split()[0])} | {
    "KATAKANA": "Japanese",
    "BOPOMOFO": "Chinese",
    "KANGXI": "Chinese",
}
_PACKAGES = dict.fromkeys(("Chinese", "Japanese", "Korean"), "fonts-noto-cjk") | {"emoji": "fonts-noto-color-emoji"}


def without_font(letters: Iterable[str], folder: Path) -> set[str]:
    """The letters, of these, that a PDF made on this machine would show as boxes. Needs Pango, and takes seconds."""
    from .child import Renderer  # noqa: PLC0415 - it takes WeasyPrint, which a process of pages never loads

    # Marks stand on letters, and whatever is invisible needs no font.
    shown = sorted(letter for letter in letters if unicodedata.category(letter)[0] in "LNPS")
    renderer = Renderer(folder)
    renderer.add_faces(LATIN_FACES)
    _, missing = renderer.pdf(f"<p>{html.escape(' '.join(shown))}</p>")
    return missing


def script_of(letter: str) -> str:
    """What people call the script of a letter, as SAMPLES names it, or else Unicode."""
    if unicodedata.category(letter) in {"So", "Sk", "Sm"}:
        return "emoji"
    word = unicodedata.name(letter, "UNKNOWN").split()[0]
    return _CALLED.get(word, word.capitalize())


def packages_for(scripts: Iterable[str]) -> list[str]:
    """The packages of Debian with the fonts for these scripts."""
    return sorted({_PACKAGES.get(script, "fonts-noto-core") for script in scripts})


def scripts_of(letters: Collection[str]) -> list[str]:
    """The scripts of letters by name, in alphabetical order."""
    return sorted({script_of(letter) for letter in letters})
