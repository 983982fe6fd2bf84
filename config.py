"""Every setting: its environment name, default and meaning. `kb doctor` prints what is in force.

Production is whatever runs without KB_DEVELOPMENT=1; it refuses to start with the default secret, or without knowing
its own address: were that taken from the request, a Host header could put another site into links that caches keep.
"""

import os
import re
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse

_HERE = Path(__file__).resolve().parent
ROOT = _HERE if (_HERE / "alembic.ini").is_file() else Path(sysconfig.get_path("data")) / "share" / "citypeers"
"""The checkout; or, of an installation without one, the folder with its migrations and its seed."""
DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - the known default, which production refuses
_LEAST = {
    **dict.fromkeys(
        (
            "workers",
            "threads",
            "connections",
            "request_seconds",
            "rest_minutes",
            "download_megabytes",
            "read_lag_seconds",
            "ready_lag_seconds",
        ),
        1,
    ),
    **dict.fromkeys(
        ("forum_name_days", "question_days", "download_days", "proxies", "backup_keep_days", "drain_seconds"), 0
    ),
}
"""The least value of each number that has one."""

_MOST = 1_000_000_000
_MOST_DAYS = 36_500
"""The largest number of anything, and of days: a hundred years. The calendar has no room for many more."""

MOST_WORKERS = 63
"""Each has a place of its own where it counts what it does, and there are twice as many while they are renewed."""

_PATH = re.compile(r"(/[a-z0-9][a-z0-9_-]*)*/?", re.IGNORECASE | re.ASCII)
"""A path that needs no escaping anywhere and no collapsing of dots."""

_POSTGRESQL = ("postgresql://", "postgresql+psycopg://")
SECOND_FACTOR_CHOICES = ("optional", "required")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")


def usable_cores() -> int:
    """The processor cores that this process may use: by its affinity, and by the quota of a container (cgroup v2)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no container, or one without a quota: "max"
        return cores


class Secret(StrEnum):
    """What of a setting's value nobody may see."""

    NOTHING = "nothing"
    PASSWORD = "password"  # noqa: S105 - of one or several URLs
    ALL = "all"


def _setting(env: str, default: Any, meaning: str, secret: Secret = Secret.NOTHING) -> Any:
    """A field of Config. One with a secret may stand in a file that NAME_FILE names, and is never printed."""
    return field(
        default=default,
        repr=secret is Secret.NOTHING,
        metadata={"env": env, "meaning": meaning, "secret": secret},
    )


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force. Build it with `Config.from_environment()`, or by keyword in tests."""

    database_url: str = _setting(
        "DATABASE_URL",
        f"sqlite:///{ROOT / 'instance' / 'citypeers.sqlite3'}",
        "SQLAlchemy URL of the database: sqlite:///FILE, or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
        secret=Secret.PASSWORD,
    )
    database_read_url: str = _setting(
        "DATABASE_READ_URL",
        "",
        "URLs of PostgreSQL standbys that pages may be read from, separated by spaces or commas",
        secret=Secret.PASSWORD,
    )
    read_lag_seconds: int = _setting(
        "KB_READ_LAG_SECONDS", 10, "A standby that is more seconds behind than this is not read from"
    )
    search_index: Path = _setting("KB_SEARCH_INDEX", ROOT / "search_index", "Folder of the derived search index")
    seed_data: Path = _setting("KB_SEED_DATA", ROOT / "seed_data", "Folder that `kb seed` reads")
    secret_key: str = _setting(
        "KB_SECRET_KEY", DEVELOPMENT_SECRET, "Signs cookies and forms; 32 characters or more", secret=Secret.ALL
    )
    development: bool = _setting("KB_DEVELOPMENT", False, "1 on a developer's machine: the default secret is allowed")
    host: str = _setting("HOST", "127.0.0.1", "Address that `kb serve` listens on")
    port: int = _setting("PORT", 8000, "Port that `kb serve` listens on")
    workers: int = _setting(
        "KB_WORKERS",
        min(usable_cores(), MOST_WORKERS),
        f"Worker processes of `kb serve`, {MOST_WORKERS} at most; by default one for each core that it may use",
    )
    threads: int = _setting("KB_THREADS", 8, "Threads of each process")
    connections: int = _setting(
        "KB_CONNECTIONS", 1000, "Most connections of each process; then the client with the most loses one that is idle"
    )
    request_seconds: int = _setting(
        "KB_REQUEST_SECONDS",
        10,
        "Seconds for the head of a request; 3 times as many for its body, 6 times to read the answer",
    )
    instance: Path = _setting(
        "KB_INSTANCE",
        ROOT / "instance",
        "Folder for PDFs of the last day, data made from the list of places, and lists of worker processes",
    )
    site_url: str = _setting(
        "KB_SITE_URL",
        "",
        "Public address, as in https://peers.example or https://city.example/peers; required except in development",
    )
    proxies: int = _setting("KB_PROXIES", 0, "Number of trusted proxies in front, whose X-Forwarded headers count")
    rate_limit: str = _setting(
        "KB_RATE_LIMIT",
        "1200 per 5 minutes",
        "Pages that one address may request; unknown pages and expired forms count too, a search counts as three",
    )
    rate_limit_forum: str = _setting(
        "KB_RATE_LIMIT_FORUM",
        "3000 per minute",
        "Pages of forum sessions that one address, such as a conference hall's, may request; suggestions as many again",
    )
    rate_limit_light: str = _setting(
        "KB_RATE_LIMIT_LIGHT",
        "40000 per minute",
        "Static files and updates of a session that one address may request",
    )
    rate_limit_exempt: str = _setting(
        "KB_RATE_LIMIT_EXEMPT", "", "Addresses and networks whose pages are not counted, as in 127.0.0.1,203.0.113.0/24"
    )
    rate_limit_storage: str = _setting(
        "KB_RATE_LIMIT_STORAGE",
        "memory://",
        "Where requests are counted; redis:// for several machines",
        secret=Secret.PASSWORD,
    )
    rest_minutes: int = _setting(
        "KB_REST_MINUTES", 720, "Minutes without activity after which a person must sign in again"
    )
    operator_name: str = _setting(
        "KB_OPERATOR_NAME", "", "Operator of the site, shown on the imprint and the privacy notice"
    )
    operator_address: str = _setting(
        "KB_OPERATOR_ADDRESS", "", r"Postal address of the operator; \n separates its lines"
    )
    operator_email: str = _setting(
        "KB_OPERATOR_EMAIL",
        "",
        "E-mail address for questions about privacy and accessibility, as in office@peers.example",
    )
    security_contact: str = _setting(
        "KB_SECURITY_CONTACT",
        "",
        "Where to report security flaws: an e-mail address or an https address; shown in security.txt",
    )
    imprint_url: str = _setting(
        "KB_IMPRINT_URL", "", "https address of an imprint on another site, instead of /imprint"
    )
    smtp_url: str = _setting(
        "KB_SMTP_URL",
        "",
        "Mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://…:465",
        secret=Secret.PASSWORD,
    )
    mail_from: str = _setting("KB_MAIL_FROM", "", "Sender of mail, as in CityPeers <desk@peers.example>")
    reply_address: str = _setting(
        "KB_REPLY_ADDRESS",
        "",
        "Address whose mail the mail server pipes into `kb questions receive`, as in replies@peers.example",
    )
    oidc_issuer: str = _setting(
        "KB_OIDC_ISSUER", "", "OpenID Connect: https address of the provider; people may then sign in there"
    )
    oidc_client_id: str = _setting(
        "KB_OIDC_CLIENT_ID", "", "OpenID Connect: the identifier of this site at the provider"
    )
    oidc_client_secret: str = _setting(
        "KB_OIDC_CLIENT_SECRET", "", "OpenID Connect: the secret for this identifier", secret=Secret.ALL
    )
    oidc_name: str = _setting("KB_OIDC_NAME", "", "OpenID Connect: the name of the provider, shown on its button")
    second_factor: str = _setting(
        "KB_SECOND_FACTOR",
        "optional",
        "Second step of sign-in (authenticator app or passkey): optional, or required for editors and administrators",
    )
    forum_name_days: int = _setting(
        "KB_FORUM_NAME_DAYS", 90, "Days after a session for which the names of those who asked are kept"
    )
    question_days: int = _setting(
        "KB_QUESTION_DAYS", 90, "Days after a question to a city is closed for which the asker's address is kept"
    )
    download_days: int = _setting(
        "KB_DOWNLOAD_DAYS", 365, "Days for which files of citable downloads are kept; later ones are built again"
    )
    download_megabytes: int = _setting(
        "KB_DOWNLOAD_MEGABYTES", 5_000, "Megabytes of all files of citable downloads; beyond that the oldest go first"
    )
    releases: str = _setting(
        "KB_RELEASES", "", "Folder of the releases that `kb release` writes; by default releases/ in KB_INSTANCE"
    )
    backups: str = _setting(
        "KB_BACKUPS", "", "Folder of the backups that `kb backup` makes when no file or folder is named"
    )
    backup_key_file: str = _setting(
        "KB_BACKUP_KEY_FILE", "", "File with the key that backups are encrypted with; `kb backup key FILE` makes one"
    )
    backup_keep_days: int = _setting(
        "KB_BACKUP_KEEP_DAYS",
        7,
        "Days for which every backup in KB_BACKUPS is kept; then one a week for 8 weeks, and one a month for a year;"
        " 0 deletes none",
    )
    checkpoints: bool = _setting(
        "KB_CHECKPOINTS", True, "0 where Litestream copies SQLite's write-ahead log: then only Litestream empties it"
    )
    log_level: str = _setting("KB_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR")
    log_format: str = _setting("KB_LOG_FORMAT", "text", "text, or json: one JSON object a line")
    log_requests: bool = _setting(
        "KB_LOG_REQUESTS", False, "1: a line for each request, with its route, status and duration"
    )
    metrics_from: str = _setting(
        "KB_METRICS_FROM", "127.0.0.1,::1", "Addresses and networks that may read /metrics, without a proxy between"
    )
    ready_lag_seconds: int = _setting(
        "KB_READY_LAG_SECONDS", 60, "Seconds that the search index may be behind before /readyz answers 503"
    )
    drain_seconds: int = _setting(
        "KB_DRAIN_SECONDS", 0, "Seconds after SIGTERM in which requests are still answered, while /readyz says 503"
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the settings; raise ValueError that names the variable when one cannot be read.

        A secret may stand in a file instead, as `KB_SECRET_KEY_FILE=/run/secrets/key`: what manages secrets for
        containers and services hands them over as files.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            env = setting.metadata["env"]
            text = _secret_in_file(env, environ) if setting.metadata["secret"] is not Secret.NOTHING else None
            if text is None:
                text = environ.get(env)
            if text is not None:
                values[setting.name] = _read(env, text, type(setting.default))
        return cls(**values)

    @property
    def releases_folder(self) -> Path:
        """The folder of the releases."""
        return Path(self.releases) if self.releases else self.instance / "releases"

    @property
    def database_read_urls(self) -> tuple[str, ...]:
        """The URL of each standby."""
        return tuple(_urls_in(self.database_read_url))

    def shown(self) -> Iterator[tuple[str, str]]:
        """The name of each setting, and its value without what is secret in it."""
        for setting in fields(self):
            yield setting.metadata["env"], _without_secret(str(getattr(self, setting.name)), setting.metadata["secret"])

    @property
    def kept_files(self) -> dict[str, Path]:
        """The folders of the files that a backup holds, by their name in it."""
        return {"releases": self.releases_folder, "downloads": self.instance / "downloads"}

    @property
    def operator_address_lines(self) -> list[str]:
        """The postal address of whoever runs the site, line by line."""
        return [line.strip() for line in self.operator_address.replace("\\n", "\n").splitlines() if line.strip()]

    @property
    def is_https(self) -> bool:
        """Whether the public address is an https one, so that cookies need never travel in the clear."""
        return urlsplit(self.site_url).scheme == "https"

    @property
    def provider_name(self) -> str | None:
        """What people call the OpenID Connect provider; None where there is none."""
        return (self.oidc_name or "OpenID Connect") if self.oidc_issuer else None

    @property
    def site_host(self) -> str | None:
        """The host of the public address, without its port; None where no address is set."""
        return urlsplit(self.site_url).hostname

    @property
    def site_path(self) -> str:
        """The path that the site stands at on its host, as in /peers; empty where it has the whole host."""
        return urlsplit(self.site_url).path.rstrip("/")

    def problem(self) -> str | None:
        """Say in one line why the site must not start with these settings, or None."""
        return self.wrong_setting() or self._missing_address() or self._unsafe_secret()

    def wrong_setting(self) -> str | None:
        """Say in one line which setting has a value that cannot be used, or None; whatever command is run."""
        return (
            self._wrong_number()
            or self._wrong_standby()
            or self._wrong_limit()
            or self._wrong_address()
            or self._wrong_mail()
            or self._wrong_operator()
            or self._wrong_provider()
            or self._wrong_second_factor()
        )

    def _wrong_number(self) -> str | None:
        if not 1 <= self.port <= 65535:
            return f"PORT must be from 1 to 65535, not {self.port}"
        for setting, least in _LEAST.items():
            if getattr(self, setting) < least:
                return f"KB_{setting.upper()} must be {least} or more, not {getattr(self, setting)}"
            most = MOST_WORKERS if setting == "workers" else _MOST_DAYS if setting.endswith("_days") else _MOST
            if getattr(self, setting) > most:
                return f"KB_{setting.upper()} must be {most} or less, not {getattr(self, setting)}"
        if self.log_level.upper() not in LOG_LEVELS:
            return f"KB_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {self.log_level!r}"
        if self.log_format not in LOG_FORMATS:
            return f"KB_LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}, not {self.log_format!r}"
        return None

    def _wrong_standby(self) -> str | None:
        # Not shown, since they may hold a password.
        for url in self.database_read_urls:
            if not url.startswith(_POSTGRESQL) or not _names_database(url):
                return (
                    "DATABASE_READ_URL must be like postgresql+psycopg://USER:PASSWORD@HOST/NAME, once for each standby"
                )
        if self.database_read_urls and not self.database_url.startswith(_POSTGRESQL):
            return "DATABASE_READ_URL is for standbys of PostgreSQL, but DATABASE_URL names another kind of database"
        return None

    def _wrong_limit(self) -> str | None:
        for name in ("rate_limit", "rate_limit_forum", "rate_limit_light"):
            rate = getattr(self, name)
            try:
                parse(rate)
            except ValueError:
                return f"KB_{name.upper()} must be like 240 per minute, not {rate!r}"
        for name in ("rate_limit_exempt", "metrics_from"):
            networks = getattr(self, name)
            try:
                networks_of(networks)
            except ValueError:
                return f"KB_{name.upper()} must be like 127.0.0.1,203.0.113.0/24, not {networks!r}"
        if not _is_storage(self.rate_limit_storage):
            # Not shown, since it may hold a password.
            return "KB_RATE_LIMIT_STORAGE must be memory:// or like redis://:PASSWORD@HOST:6379"
        return None

    def _missing_address(self) -> str | None:
        if not self.site_url and not self.development:
            return "KB_SITE_URL is not set; set it to the public address, as in https://peers.example"
        return None

    def _wrong_address(self) -> str | None:
        if self.site_url and not _is_address(self.site_url):
            return f"KB_SITE_URL must be a whole address such as https://peers.example, not {self.site_url!r}"
        return None

    def _wrong_mail(self) -> str | None:
        if self.smtp_url and not _is_mail_server(self.smtp_url):
            # Not shown, since it may hold a password.
            return "KB_SMTP_URL must be like smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
        if self.smtp_url and "@" not in parseaddr(self.mail_from)[1]:
            return f"KB_MAIL_FROM must be an address such as CityPeers <desk@peers.example>, not {self.mail_from!r}"
        if self.reply_address and not re.fullmatch(r"[^@+\s]+@[^@\s]+", self.reply_address):
            return f"KB_REPLY_ADDRESS must be an address such as replies@peers.example, not {self.reply_address!r}"
        return None

    def _wrong_operator(self) -> str | None:
        if self.operator_email and not _is_mail_address(self.operator_email):
            return f"KB_OPERATOR_EMAIL must be an address such as office@peers.example, not {self.operator_email!r}"
        contact = self.security_contact
        if contact and not _is_mail_address(contact.removeprefix("mailto:")) and not _is_https(contact):
            return f"KB_SECURITY_CONTACT must be an e-mail address or an https address, not {contact!r}"
        if self.imprint_url and not _is_https(self.imprint_url):
            return f"KB_IMPRINT_URL must be an https address, not {self.imprint_url!r}"
        return None

    def _wrong_provider(self) -> str | None:
        needed = {"KB_OIDC_CLIENT_ID": self.oidc_client_id, "KB_OIDC_CLIENT_SECRET": self.oidc_client_secret}
        if not self.oidc_issuer:
            return None
        for name, value in needed.items():
            if not value:
                return f"{name} is not set, which KB_OIDC_ISSUER needs"
        if not _is_https(self.oidc_issuer.replace("http://", "https://", 1) if self.development else self.oidc_issuer):
            return f"KB_OIDC_ISSUER must be an https address, not {self.oidc_issuer!r}"
        return None

    def _wrong_second_factor(self) -> str | None:
        if self.second_factor not in SECOND_FACTOR_CHOICES:
            return f"KB_SECOND_FACTOR must be {' or '.join(SECOND_FACTOR_CHOICES)}, not {self.second_factor!r}"
        return None

    def _unsafe_secret(self) -> str | None:
        if self.development:
            return None
        if self.secret_key == DEVELOPMENT_SECRET:
            return "KB_SECRET_KEY has its default value; set it to a long random text (or KB_DEVELOPMENT=1 at home)"
        if len(self.secret_key) < 32:
            return "KB_SECRET_KEY is shorter than 32 characters; set it to a long random text"
        return None


def _urls_in(text: str) -> list[str]:
    # Other commas are between the hosts of one URL.
    return [url for url in re.split(r",\s*(?=\w+(?:\+\w+)?://)|\s", text) if url]


def _without_secret(value: str, secret: Secret) -> str:
    if secret is Secret.NOTHING or not value:
        return value
    if secret is Secret.PASSWORD:
        # Up to the last @, since a password may have one by mistake.
        urls = (re.sub(r"(://[^:/@]*:).*(?=@)", r"\1***", url) for url in _urls_in(value))
        return " ".join(re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", url) for url in urls)
    return "the default for development" if value == DEVELOPMENT_SECRET else "set, not shown"


def networks_of(text: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks written with commas between them. Raises ValueError."""
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def _is_address(text: str) -> bool:
    """Whether it is http:// or https:// with a host, perhaps a port, and a path of plain names."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    # Of an address with white space or marks without anything behind them, no link would work.
    bare = re.search(r"[\s?#@]", text) is None and _PATH.fullmatch(parts.path) is not None
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and bare


def _is_storage(text: str) -> bool:
    """Whether it is the URL of a place where requests can be counted; of several hosts, no port is looked at."""
    try:
        parts = urlsplit(text)
        _port = parts.port if parts.scheme in {"redis", "rediss"} else None
    except ValueError:
        return False
    return "://" in text and (parts.scheme not in {"redis", "rediss"} or bool(parts.hostname))


def _names_database(url: str) -> bool:
    """Whether a URL of PostgreSQL has the name of a database, and a port that is one, if any."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return False
    return bool(parts.path.strip("/"))


def _is_mail_address(text: str) -> bool:
    return re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", text) is not None


def _is_https(text: str) -> bool:
    """Whether it is an https address of a page, on one line."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and re.search(r"\s", text) is None


def _is_mail_server(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and not parts.path.strip("/")


def _secret_in_file(env: str, environ: Mapping[str, str]) -> str | None:
    """The text of the file that NAME_FILE names, without white space around it; None where there is no NAME_FILE."""
    path = environ.get(f"{env}_FILE")
    if not path:
        return None
    if environ.get(env):
        raise ValueError(f"{env} and {env}_FILE are both set; remove one of them")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise ValueError(f"{env}_FILE cannot be read: {path}: {reason}") from None


def _read(env: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false", ""}:
            raise ValueError(f"{env} must be 0 or 1, not {text!r}")
        return text.lower() in {"1", "true"}
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{env} must be a whole number, not {text!r}") from None
    return Path(text) if issubclass(kind, Path) else text
