"""Closed lists of alerts: how often a mail is sent, and where an alert stands."""

from datetime import timedelta

from kb.core.i18n import gettext_noop

FREQUENCIES = {"daily": gettext_noop("Once a day"), "weekly": gettext_noop("Once a week")}

PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}

STATES = ("unconfirmed", "waiting", "claimed", "sending")
"""`waiting` until it is due; `claimed` by a process that looks for what is new, of which nothing has gone out yet;
`sending` from just before the first word of a mail goes out until its fate is noted.
"""
