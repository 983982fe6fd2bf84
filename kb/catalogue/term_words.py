"""Words for challenges and technologies in languages other than the catalogue's."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files


@cache
def term_words() -> Mapping[str, Sequence[str]]:
    """The words by the code of the term, as they are written; terms that an editor added have none."""
    lines = files(__package__).joinpath("term_words.txt").read_text("utf-8").splitlines()
    words = (line.split("|") for line in lines if not line.startswith("#"))
    return {code: others for code, *others in words}
