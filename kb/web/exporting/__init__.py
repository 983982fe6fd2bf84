"""Pages as files: the same address with a suffix, or the same page asked for by `Accept`."""

from . import file_links, files

BLUEPRINTS = [files.blueprint]

__all__ = ["BLUEPRINTS", "file_links", "files"]
