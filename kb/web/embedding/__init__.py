"""Small frames of the catalogue for other sites, and oEmbed, by which other programs find them.

Frames alone may be shown within pages of other sites (`may_be_framed` in `kb.web.core.headers`): they hold no form and
no script, set no cookie, and say the same to everybody.
"""
