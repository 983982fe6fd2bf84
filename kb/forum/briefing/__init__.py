"""The chair's brief, drawn from the record: what the speakers' cities share, who they are, how one leads to the next.

`material` reads what the record holds; `overview` and `turns` say it in lines; `brief` puts them into sections, beside
the chair's own words. Every line cites the entries it rests on; nothing is said that they do not say.
"""

from .brief import Brief, Section, Turn, make_brief, texts_by_slot
from .lines import Line
from .turns import LONGEST

__all__ = ["LONGEST", "Brief", "Line", "Section", "Turn", "make_brief", "texts_by_slot"]
