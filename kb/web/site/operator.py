"""Who runs the site and how to reach them: the imprint, the accessibility statement, and where to report flaws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from config import Config
from kb.core.column_types import now
from kb.core.errors import NotFound

from ..core import context
from ..core.language import languages
from ..core.links import absolute, path_to
from ..core.pages import Page

blueprint = Blueprint("operator", __name__)

VALID_DAYS = 180
"""For so long a copy of security.txt is good; RFC 9116 recommends less than a year."""


@dataclass(frozen=True, kw_only=True)
class ImprintPage(Page):
    """Who runs the site."""

    template = "site/imprint.html"
    operator: Config
    address: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class AccessibilityPage(Page):
    """The accessibility statement."""

    template = "site/accessibility.html"
    operator: Config


@dataclass(frozen=True, kw_only=True)
class SecurityPage(Page):
    """How to report a flaw."""

    template = "site/security.html"
    contact: str


@blueprint.get("/imprint")
def imprint() -> ResponseReturnValue:
    """Who runs the site; where the settings name a page elsewhere, that page."""
    config = context.config()
    if config.imprint_url:
        return redirect(config.imprint_url, 302)
    if not has_imprint(config):
        raise NotFound
    return ImprintPage(operator=config, address=config.operator_address_lines).render()


@blueprint.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What of the site is accessible to everybody, what is not, and whom to tell."""
    return AccessibilityPage(operator=context.config()).render()


@blueprint.get("/security")
def security() -> ResponseReturnValue:
    """How to report a flaw, where the settings say to whom."""
    return SecurityPage(contact=_contact(context.config())).render()


@blueprint.get("/.well-known/security.txt")
def security_txt() -> ResponseReturnValue:
    """How to report a flaw, for programs (RFC 9116); it is valid from the day of the answer."""
    lines = {
        "Contact": _contact(context.config()),
        "Expires": expires_after(now()),
        "Preferred-Languages": ", ".join(languages()),
        "Canonical": absolute(url_for("operator.security_txt")),
        "Policy": absolute(path_to("operator.security")),
    }
    response = Response("".join(f"{name}: {value}\n" for name, value in lines.items()), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def expires_after(moment: datetime) -> str:
    """The moment at which a copy of security.txt that was made then is not to be trusted any more."""
    day = (moment + timedelta(days=VALID_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.isoformat().replace("+00:00", "Z")


def has_imprint(config: Config) -> bool:
    """Whether the settings say who runs the site."""
    return bool(config.operator_name or config.imprint_url)


def _contact(config: Config) -> str:
    """Where flaws are reported, as an address that a link may have. Raises NotFound where none is set."""
    contact = config.security_contact
    if not contact:
        raise NotFound
    return contact if "://" in contact else f"mailto:{contact.removeprefix('mailto:')}"


def _links() -> list[tuple[str, str]]:
    """What the foot of every page links to."""
    config = context.config()
    links = [
        (path_to("operator.accessibility"), gettext("Accessibility")),
        (path_to("privacy.privacy"), gettext("Privacy")),
    ]
    if has_imprint(config):
        links.append((config.imprint_url or path_to("operator.imprint"), gettext("Imprint")))
    if config.security_contact:
        links.append((path_to("operator.security"), gettext("Report a security flaw")))
    return links


def register(app: Flask) -> None:
    """Let the foot of every page link to these."""
    app.jinja_env.globals["operator_links"] = _links
