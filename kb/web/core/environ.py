"""What the WSGI server hands over, cleaned before anything reads it: headers that a client sent are not believed.

Servers differ in what they let a client set, so this does not depend on any of them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESSES = ("HTTP_ORIGIN", "HTTP_REFERER")


class CleanEnviron:
    """WSGI middleware; stands inside ProxyFix, whose forwarded host it cleans as well.

    - The site stands at the root of its host: a `SCRIPT_NAME`, which some servers take from a header, moves no links.
    - Names of hosts are the same in small and capital letters.
    - An `Origin` or `Referer` that is no address counts as none.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Clean the environ, and pass it on."""
        environ["PATH_INFO"] = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = ""
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        for name in _ADDRESSES:
            if name in environ and not _is_address(environ[name]):
                del environ[name]
        return self._app(environ, start_response)


def _is_address(text: str) -> bool:
    """Whether it can be read as an address; Origin is `null` where a browser tells nothing."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return bool(parts.scheme and parts.hostname)
