"""Every setting: its environment name, default and meaning. `kb doctor` prints what is in force.

Production is whatever runs without KB_DEVELOPMENT=1; it refuses to start with the default secret.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - the known default, which production refuses


def _setting(env: str, default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"env": env, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force. Build it with `Config.from_environment()`, or by keyword in tests."""

    database_url: str = _setting(
        "DATABASE_URL",
        f"sqlite:///{ROOT / 'instance' / 'citypeers.sqlite3'}",
        "SQLAlchemy URL of the database: sqlite:///FILE, or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    )
    search_index: Path = _setting("KB_SEARCH_INDEX", ROOT / "search_index", "Folder of the derived search index")
    seed_data: Path = _setting("KB_SEED_DATA", ROOT / "seed_data", "Folder that `kb seed` reads")
    secret_key: str = _setting("KB_SECRET_KEY", DEVELOPMENT_SECRET, "Signs cookies and forms; 32 characters or more")
    development: bool = _setting("KB_DEVELOPMENT", False, "1 on a developer's machine: the default secret is allowed")
    host: str = _setting("HOST", "127.0.0.1", "Address that `kb serve` listens on")
    port: int = _setting("PORT", 8000, "Port that `kb serve` listens on")
    workers: int = _setting("KB_WORKERS", 1, "Processes of `kb serve`")
    threads: int = _setting("KB_THREADS", 8, "Threads of each process")
    site_url: str = _setting("KB_SITE_URL", "", "Public address, for canonical links; empty: taken from the request")
    proxies: int = _setting("KB_PROXIES", 0, "Number of trusted proxies in front, whose X-Forwarded headers count")
    rate_limit: str = _setting("KB_RATE_LIMIT", "240 per minute", "Requests that one address may make")
    rate_limit_storage: str = _setting(
        "KB_RATE_LIMIT_STORAGE", "memory://", "Where the counts are kept; redis:// for many nodes"
    )
    log_level: str = _setting("KB_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the settings; raise ValueError that names the variable when one cannot be read."""
        given: dict[str, Any] = {}
        for setting in fields(cls):
            env = setting.metadata["env"]
            if env in environ:
                given[setting.name] = _read(env, environ[env], type(setting.default))
        return cls(**given)

    def problem(self) -> str | None:
        """Say in one line why the site must not start with these settings, or None."""
        if self.development:
            return None
        if self.secret_key == DEVELOPMENT_SECRET:
            return "KB_SECRET_KEY has its default value; set it to a long random text (or KB_DEVELOPMENT=1 at home)"
        if len(self.secret_key) < 32:
            return "KB_SECRET_KEY is shorter than 32 characters; set it to a long random text"
        return None


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
