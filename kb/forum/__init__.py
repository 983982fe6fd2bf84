"""The forum package: a session of leaders is prepared, led live and kept.

Vocabulary: a Forum is an event; a ForumSession has a run of show of Slots (opening, thematic presentation, flow,
introduction, talk, remark, panel, questions, closing); a Speaker speaks in it; a talk presents initiatives and a
vision.

Neighbours: reads catalogue, peers and goals; takes people from accounts; knows nothing of HTTP or search.
"""

from . import change_log  # noqa: F401 - imported so that no write of the forum escapes the change log
