"""What is written to people about alerts: a link to confirm one, and what is new; and the question of an alert."""

from dataclasses import replace
from urllib.parse import parse_qsl

from flask import Flask, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from kb.alerts.models import Alert
from kb.alerts.sending import News
from kb.alerts.signed_links import AlertLinks
from kb.core.mail import Email
from kb.search.kinds import KINDS, Entry, Key
from kb.search.results import SearchQuery

from ..core import context
from ..core.formatting import number
from ..core.labels import label
from ..core.links import absolute, link_to, search_parameters
from ..core.mails import LONGEST_SUBJECT, mail_context
from ..core.search_schema import search_schema


def links() -> AlertLinks:
    """What writes and reads links in mails about alerts."""
    return AlertLinks(context.config().secret_key)


def confirmation(alert: Alert) -> Email:
    """The link that begins an alert, for whoever asked and reads this address.

    The words of the search are not in it: somebody could write anything to a stranger by them.
    """
    link = absolute(url_for("alerts.confirm", ticket=links().to_confirm(alert)))
    text = gettext(
        "Hello,\n\n"
        "someone, probably you, asked CityPeers to send mail to this address when there are new entries for a "
        "search.\n\n"
        "Open this link within 3 days and press the button on the page. You get no mails before that:\n\n"
        "%(link)s\n\n"
        "If it was not you, you do not have to do anything. Your address will be deleted.\n",
        link=link,
    )
    return Email(alert.email, gettext("Please confirm: mails about new entries"), text, kind="alerts")


def news(alert: Alert, told: News) -> Email:
    """What is new, with the link that ends the alert, also in the headers by which mail programs end it (RFC 8058)."""
    end = absolute(url_for("alerts.end", ticket=links().to_end(alert)))
    total = len(told.entries) + told.more
    first = ngettext(
        "There is %(count)s new entry in CityPeers for this search:",
        "There are %(count)s new entries in CityPeers for this search:",
        total,
        count=number(total),
    )
    parts = [f"{first}\n{alert.words}"]
    if told.is_repeated:
        parts.append(gettext("We do not know whether our last mail reached you. So this one lists its entries again."))
    parts += [_named(key, entry) for key, entry in told.entries]
    if told.more:
        parts.append(ngettext("and %(count)s more", "and %(count)s more", told.more, count=number(told.more)))
    parts += [
        gettext("The whole search:") + f"\n{absolute(url_for('search.search'))}?{alert.question}",
        gettext("Stop these mails and delete your address:") + f"\n{end}",
    ]
    subject = gettext("New in CityPeers: %(words)s", words=alert.words)[:LONGEST_SUBJECT]
    headers = {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Email(alert.email, subject, "\n\n".join(parts) + "\n", headers, kind="alerts")


def written_outside_requests(app: Flask, alert: Alert, told: News) -> Email:
    """The mail with what is new in the language of its alert, for whoever sends it without a request."""
    with mail_context(app, alert.language):
        return news(alert, told)


def _named(key: Key, entry: Entry) -> str:
    kind, _ = key
    cities = ", ".join(city.name for city in KINDS[kind].cities(entry)) if kind != "city" else ""
    return "\n".join(
        [
            KINDS[kind].title(entry),
            f"{label('kinds', kind)}{f' · {cities}' if cities else ''}",
            absolute(link_to(entry)),
        ]
    )


def parameters_of(question: SearchQuery) -> str:
    """A question as the parameters of the search page, in one order and without page and sorting."""
    return search_parameters(replace(question, sort="relevance", page=1))


def question_of(parameters: str) -> SearchQuery:
    """The question that some parameters are; what no list knows any more is left out."""
    question: SearchQuery = search_schema().read(MultiDict(parse_qsl(parameters)))[0]
    return question
