"""Jinja as Flask has it, with one dictionary of globals for all templates."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Templates that share the globals of the application and have none of their own.

    Jinja puts a layer of its own over the globals for each template, and goes through all of them by it at every
    `import`: on a page with 15 of these, a thirtieth of its time.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of the application, unless a template is given others."""
        return super().make_globals(d) if d else self.globals
