"""OAI-PMH 2.0: how repositories harvest the catalogue (openarchives.org/OAI/openarchivesprotocol.html).

A resumption token is signed and says where its list goes on; the server remembers nothing. It ends after a day, and
with the database that it was made for.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb.catalogue.arrays import CatalogueSnapshot
from kb.catalogue.change_log import log_position
from kb.catalogue.entries import Data, EntryKind
from kb.catalogue.entries.bulk import read_many
from kb.core.column_types import LARGEST_ID, now
from kb.core.errors import Busy
from kb.core.i18n import gettext_noop

from ..export import Links
from ..names import read_names, read_terms
from .metadata import FORMATS
from .records import START, Header, Position, Selection, earliest, header_of, headers, sets
from .xml import add, document

MIMETYPE = "text/xml"

RECORDS_A_PAGE = 100
HEADERS_A_PAGE = 500

TOKEN_SECONDS = 86_400
"""A resumption token can be used for a day."""

_GRANULARITY = "YYYY-MM-DDThh:mm:ssZ"
_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_NAME = r"[\w.!~*'()-]+"
_WRITTEN = {
    "metadataPrefix": (re.compile(_NAME, re.ASCII), "oai_dc"),
    "set": (re.compile(f"{_NAME}(:{_NAME})*", re.ASCII), "goal:11"),
}
"""How arguments are written, by the schema, each with an example."""

_URI_SIGN = r"[\w.~!$&'()*+,;=@/?-]|%[0-9a-f]{2}"
_URI = re.compile(rf"[a-z][a-z0-9+.-]*:(?!//[^/]*:)({_URI_SIGN}|:)*|({_URI_SIGN})*", re.ASCII | re.IGNORECASE)
"""What the schema takes as an identifier in any reading of it; the answer repeats no other."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_IDENTIFIER = re.compile(rf"oai:(?P<host>[^:]+):(?P<kind>{'|'.join(EntryKind)})/(?P<id>[1-9]\d{{0,9}})", re.ASCII)
_DOMAIN = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
"""The names of hosts for which the scheme of identifiers (oai-identifier) may be stated; others are for trying out."""

_EMPTY_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class CatchingUp(Busy):
    """The newest changes are not read yet by this process; a list made now would miss them for good."""

    retry_seconds = 3


class ProtocolError(Exception):
    """An error of the protocol: its code, and what would be right."""

    def __init__(self, code: str, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What is harvested: the data, the address of the site without a slash at its end, and whom to write to."""

    session: Session
    catalogue: CatalogueSnapshot
    site: str
    email: str
    secret: str

    @property
    def address(self) -> str:
        """The address that requests are sent to."""
        return f"{self.site}/oai"

    @property
    def host(self) -> str:
        """The name that stands in identifiers."""
        return urlsplit(self.site).hostname or "localhost"

    @property
    def links(self) -> Links:
        """The addresses of pages."""
        return Links(self.site)

    def identifier(self, header: Header) -> str:
        """The lasting identifier of an entry."""
        return f"oai:{self.host}:{header.kind}/{header.id}"


Arguments = Mapping[str, str]


def answer(repository: Repository, arguments: Sequence[tuple[str, str]]) -> bytes:
    """The answer to a request with some arguments, as they were given. Raises CatchingUp."""
    root = ET.Element(
        "OAI-PMH",
        {
            "xmlns": _NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{_NAMESPACE} {_NAMESPACE}OAI-PMH.xsd",
        },
    )
    # Before anything is read: what is saved meanwhile belongs to the next harvest.
    add(root, "responseDate", _second(now()))
    request = add(root, "request", repository.address)
    try:
        given = dict(arguments)
        verb = given.pop("verb", "")
        if verb not in _VERBS or [name for name, _value in arguments].count("verb") > 1:
            raise ProtocolError("badVerb", f"The argument verb must be one of: {', '.join(_VERBS)}.")
        _check_arguments(verb, given, [name for name, _value in arguments])
        part = ET.Element(verb)
        _VERBS[verb].answer(repository, part, given)
        root.append(part)
    except ProtocolError as problem:
        add(root, "error", problem.words, code=problem.code)
        if problem.code in {"badVerb", "badArgument"}:
            return document(root)
    for name, value in arguments:
        if name != "identifier" or _URI.fullmatch(value):
            request.set(name, value)
    return document(root)


def _check_arguments(verb: str, given: Arguments, names: Sequence[str]) -> None:
    """Raise badArgument for arguments that are repeated, not known, missing, or not written as the schema wants."""
    needed, optional = _VERBS[verb].needed, _VERBS[verb].optional
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        raise ProtocolError("badArgument", f"The argument {repeated} is given more than once.")
    unknown = next((name for name in given if name not in {*needed, *optional}), None)
    if unknown:
        allowed = ", ".join((*needed, *optional)) or "no arguments"
        raise ProtocolError("badArgument", f"{verb} has no argument {unknown}; it takes {allowed}.")
    if "resumptionToken" in given:
        if len(given) > 1:
            raise ProtocolError("badArgument", "The argument resumptionToken stands alone.")
        return
    missing = next((name for name in needed if not given.get(name)), None)
    if missing:
        raise ProtocolError("badArgument", f"{verb} needs the argument {missing}.")
    for name, (pattern, example) in _WRITTEN.items():
        if name in given and not pattern.fullmatch(given[name]):
            raise ProtocolError("badArgument", f"The argument {name} must be written as in {example}.")
    for name in ("from", "until"):
        _read_moment(name, given.get(name))


def _identify(repository: Repository, part: ET.Element, _given: Arguments) -> None:
    add(part, "repositoryName", "CityPeers")
    add(part, "baseURL", repository.address)
    add(part, "protocolVersion", "2.0")
    add(part, "adminEmail", repository.email)
    add(part, "earliestDatestamp", _second(earliest(repository.session, repository.catalogue) or _EMPTY_SINCE))
    add(part, "deletedRecord", "persistent")
    add(part, "granularity", _GRANULARITY)
    if _DOMAIN.fullmatch(repository.host):
        namespace = f"{_NAMESPACE}oai-identifier"
        described = add(add(part, "description"), "oai-identifier", xmlns=namespace)
        described.set("xsi:schemaLocation", f"{namespace} {namespace}.xsd")
        add(described, "scheme", "oai")
        add(described, "repositoryIdentifier", repository.host)
        add(described, "delimiter", ":")
        add(described, "sampleIdentifier", f"oai:{repository.host}:initiative/1")


def _list_metadata_formats(repository: Repository, part: ET.Element, given: Arguments) -> None:
    if "identifier" in given:
        _existing(repository, given["identifier"])
    for made in FORMATS.values():
        element = add(part, "metadataFormat")
        add(element, "metadataPrefix", made.prefix)
        add(element, "schema", made.schema(repository.site))
        add(element, "metadataNamespace", made.namespace(repository.site))


def _list_sets(repository: Repository, part: ET.Element, given: Arguments) -> None:
    if "resumptionToken" in given:
        raise ProtocolError("badResumptionToken", "ListSets answers with the whole list; ask without a token.")
    for spec, name in sets(repository.session):
        element = add(part, "set")
        add(element, "setSpec", spec)
        add(element, "setName", name)


def _get_record(repository: Repository, part: ET.Element, given: Arguments) -> None:
    _check_prefix(given["metadataPrefix"])
    header = _existing(repository, given["identifier"])
    _add_records(repository, part, [header], given["metadataPrefix"])


def _list_identifiers(repository: Repository, part: ET.Element, given: Arguments) -> None:
    def add_headers(found: Sequence[Header], _prefix: str) -> None:
        for header in found:
            _add_header(repository, part, header)

    _list("ListIdentifiers", repository, part, given, HEADERS_A_PAGE, add_headers)


def _list_records(repository: Repository, part: ET.Element, given: Arguments) -> None:
    def add_records(found: Sequence[Header], prefix: str) -> None:
        _add_records(repository, part, found, prefix)

    _list("ListRecords", repository, part, given, RECORDS_A_PAGE, add_records)


@dataclass(frozen=True, slots=True)
class _Verb:
    answer: Callable[[Repository, ET.Element, Arguments], None]
    needed: Collection[str] = ()
    optional: Collection[str] = ()


_LIST = ("from", "until", "set", "resumptionToken")
_VERBS: Mapping[str, _Verb] = {
    "Identify": _Verb(_identify),
    "ListMetadataFormats": _Verb(_list_metadata_formats, (), ("identifier",)),
    "ListSets": _Verb(_list_sets, (), ("resumptionToken",)),
    "GetRecord": _Verb(_get_record, ("identifier", "metadataPrefix")),
    "ListIdentifiers": _Verb(_list_identifiers, ("metadataPrefix",), _LIST),
    "ListRecords": _Verb(_list_records, ("metadataPrefix",), _LIST),
}


def _list(
    verb: str,
    repository: Repository,
    part: ET.Element,
    given: Arguments,
    count: int,
    add_found: Callable[[Sequence[Header], str], None],
) -> None:
    """A page of a list, and the token of the next one."""
    newest, identity = log_position(repository.session)
    if repository.catalogue.newest < newest or repository.catalogue.identity != identity:
        raise CatchingUp(gettext_noop("The newest changes are still being read. Please try again in a few seconds."))
    tokens = _Tokens(repository.secret, verb, identity)
    is_resumed = "resumptionToken" in given
    asked, position, listed = tokens.read(given["resumptionToken"]) if is_resumed else (dict(given), START, 0)
    _check_prefix(asked["metadataPrefix"])
    selection = _selection(repository, asked)
    found = headers(repository.session, repository.catalogue, selection, position, count + 1)
    if not found and not is_resumed:
        raise ProtocolError("noRecordsMatch", "No entry in this set was changed in this time.")
    page, rest = found[:count], found[count:]
    add_found(page, asked["metadataPrefix"])
    if rest:
        token = tokens.write(asked, Position(page[-1].kind, page[-1].id), listed + len(page))
        expires = _second(now() + timedelta(seconds=TOKEN_SECONDS))
        add(part, "resumptionToken", token, cursor=str(listed), expirationDate=expires)
    elif is_resumed:
        add(part, "resumptionToken", "", cursor=str(listed))


class _Tokens:
    """Writes and reads the tokens of the lists of a verb, by the site's secret."""

    def __init__(self, secret: str, verb: str, identity: str | None) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt=f"citypeers-oai-{verb}-{identity}")

    def write(self, asked: Arguments, after: Position, listed: int) -> str:
        """What is asked, after which entry the list goes on, and how many were listed."""
        return str(self._signer.dumps([dict(asked), str(after.kind), after.id, listed]))

    def read(self, token: str) -> tuple[dict[str, str], Position, int]:
        """What a token says, as it was given to `write`; raises badResumptionToken."""
        try:
            asked, kind, entry_id, listed = self._signer.loads(token, max_age=TOKEN_SECONDS)
        except SignatureExpired:
            words = (
                "This resumption token is older than a day. Start the list again, from the date of your last harvest."
            )
            raise ProtocolError("badResumptionToken", words) from None
        except BadSignature:
            words = "This resumption token does not belong to this list. Start the list again, without a token."
            raise ProtocolError("badResumptionToken", words) from None
        return asked, Position(EntryKind(kind), entry_id), listed


def _selection(repository: Repository, asked: Arguments) -> Selection:
    of_set = asked.get("set")
    if of_set is not None and of_set not in {spec for spec, _name in sets(repository.session)}:
        raise ProtocolError("badArgument", f"There is no set {of_set}; ListSets names the sets.")
    since, until = (_read_moment(name, asked.get(name)) for name in ("from", "until"))
    if since and until:
        if len(asked["from"]) != len(asked["until"]):
            raise ProtocolError("badArgument", "The arguments from and until must both be days, or both have a time.")
        if since > until:
            raise ProtocolError("badArgument", "The argument from is later than until.")
    return Selection(since, until and _after(until, asked["until"]), of_set)


def _read_moment(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        if _DAY.fullmatch(value) or _SECOND.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise ProtocolError(
        "badArgument", f"The argument {name} must be a day such as 2026-11-29 or a time such as {_EXAMPLE}."
    )


_EXAMPLE = "2026-11-29T12:00:00Z"


def _after(until: datetime, written: str) -> datetime | None:
    """The moment before which everything is that belongs to a day or second; None beyond the end of time."""
    try:
        return until + (timedelta(days=1) if _DAY.fullmatch(written) else timedelta(seconds=1))
    except OverflowError:
        return None


def _check_prefix(prefix: str) -> None:
    if prefix not in FORMATS:
        raise ProtocolError("cannotDisseminateFormat", f"There is no format {prefix}; there are {', '.join(FORMATS)}.")


def _existing(repository: Repository, identifier: str) -> Header:
    match = _IDENTIFIER.fullmatch(identifier)
    header = None
    if match and match["host"] == repository.host and int(match["id"]) <= LARGEST_ID:
        header = header_of(repository.session, EntryKind(match["kind"]), int(match["id"]))
    if header is None:
        example = f"oai:{repository.host}:initiative/1"
        raise ProtocolError("idDoesNotExist", f"There is no entry {identifier}. Identifiers look like {example}.")
    return header


def _add_header(repository: Repository, parent: ET.Element, header: Header) -> None:
    element = add(parent, "header", status="deleted" if header.is_deleted else None)
    add(element, "identifier", repository.identifier(header))
    add(element, "datestamp", _second(header.changed))
    for spec in header.sets:
        add(element, "setSpec", spec)


def _add_records(repository: Repository, part: ET.Element, found: Sequence[Header], prefix: str) -> None:
    write = FORMATS[prefix].write
    entries = {kind: _read(repository, kind, ids) for kind, ids in _ids_by_kind(found).items()}
    terms = read_terms(repository.session)
    names = {
        kind: read_names(repository.session, kind, list(of_kind.values()), terms) for kind, of_kind in entries.items()
    }
    for header in found:
        record = add(part, "record")
        entry = None if header.is_deleted else entries[header.kind].get(header.id)
        if entry is None:
            # On PostgreSQL it may have gone since it was chosen.
            _add_header(repository, record, replace(header, is_deleted=True))
        else:
            _add_header(repository, record, header)
            write(add(record, "metadata"), header.kind, entry, names[header.kind], repository.links)


def _ids_by_kind(found: Sequence[Header]) -> dict[EntryKind, list[int]]:
    ids: dict[EntryKind, list[int]] = {}
    for header in found:
        if not header.is_deleted:
            ids.setdefault(header.kind, []).append(header.id)
    return ids


def _read(repository: Repository, kind: EntryKind, ids: Sequence[int]) -> dict[int, Data]:
    return {entry["id"]: entry for entry in read_many(repository.session, kind, ids)}


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
