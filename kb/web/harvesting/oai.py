"""OAI-PMH: other repositories harvest the catalogue by a protocol of theirs."""

from email.utils import parseaddr
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, request

from kb.exporting.harvesting import metadata, oai

from ..core import context
from ..core.context import session
from ..core.headers import open_to_other_sites
from ..core.links import site_address

blueprint = Blueprint("oai", __name__)


@blueprint.get("/oai")
def answer() -> Response:
    """The answer to a request whose arguments stand in the address."""
    return _answer(list(request.args.items(multi=True)))


@blueprint.post("/oai")
def answer_submit() -> Response:
    """The answer to a request whose arguments are sent as a form."""
    return _answer(list(request.form.items(multi=True)))


@blueprint.get(metadata.SCHEMA_PATH)
def schema() -> Response:
    """The XML schema of the format with all fields."""
    return open_to_other_sites(Response(metadata.xml_schema(site_address()), mimetype="application/xml"))


def _answer(arguments: list[tuple[str, str]]) -> Response:
    site = site_address()
    repository = oai.Repository(
        session=session(),
        catalogue=context.catalogue(),
        site=site,
        email=contact_address(site),
        secret=context.config().secret_key,
    )
    text = oai.answer(repository, arguments)
    return open_to_other_sites(Response(text, content_type=f"{oai.MIMETYPE}; charset=utf-8"))


def contact_address(site: str) -> str:
    """Whom to write to: the sender of mail, or whoever looks after the host."""
    sender = parseaddr(context.config().mail_from)[1]
    host = urlsplit(site).hostname or ""
    return sender or f"postmaster@{host if '.' in host else 'localhost.invalid'}"


def register(app: Flask) -> None:
    """Programs that harvest have no token of a form; what they send changes nothing."""
    app.extensions["csrf"].exempt(answer_submit)
