"""Static files: one stylesheet joined from its parts, and addresses with a content hash, so that caches keep them."""

import hashlib
import os
import re
from collections.abc import Callable
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as Redirection

STATIC = Path(__file__).parent.parent / "static"
VENDOR = STATIC / "vendor"
_FOR_EVER = "public, max-age=31536000, immutable"

# Pico lies in a cascade layer of its own, so that every rule of ours wins over it, however specific Pico's is.
_PICO = "vendor/pico.min.css"
_PARTS = (
    "fonts",
    "tokens",
    "base",
    "page",
    "cards",
    "terms",
    "search",
    "entry",
    "pictures",
    "freshness",
    "map",
    "charts",
    "peers",
    "imports",
    "suggesting",
    "guide",
    "desk",
    "forms",
    "people",
    "forum",
    "live",
    "questions",
    "print",
)

_VENDORED = re.compile(r'url\("(vendor/[^"]+)"\)')

blueprint = Blueprint("assets", __name__)


@blueprint.get("/style.css")
def stylesheet() -> Response:
    """All styles in one file."""
    text, version = _joined(_parts(), request.script_root)
    return _keep(Response(text, mimetype="text/css"), version)


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """A file of the static folder, read whole, since all are small and compressing an open file would leave it open.

    Where scripts/vendor.py packed a file tightly beforehand, whoever reads Brotli gets that instead.
    """
    path = safe_join(str(STATIC), name)
    # Unlike `Path.is_file`, it takes a name that no file can have for one of nothing.
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - see above
        abort(404)
    packed = Path(f"{path}.br")
    if not packed.is_file():
        return _keep(Response(Path(path).read_bytes(), mimetype=_mimetype(name)), _version_of(Path(path)))
    tight = request.accept_encodings.quality("br") > 0
    response = Response((packed if tight else Path(path)).read_bytes(), mimetype=_mimetype(name))
    response.vary.add("Accept-Encoding")
    if tight:
        response.content_encoding = "br"
    return _keep(response, _version_of(Path(path)))


@blueprint.get("/favicon.ico")
def favicon() -> Redirection:
    """Browsers ask for an icon here where no page has told them another address."""
    return redirect(asset("icon.svg"))


def _mimetype(name: str) -> str:
    return "font/woff2" if name.endswith(".woff2") else guess_type(name)[0] or "application/octet-stream"


def _keep(response: Response, version: str) -> Response:
    """Let caches keep what was asked for by the version it has; anything else under that address may yet change."""
    response.headers["Cache-Control"] = _FOR_EVER if request.args.get("v") == version else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def asset(name: str) -> str:
    """The address of a static file, with a version that changes when its content does; none while it is missing."""
    path = STATIC / name
    return _address(request.script_root, name, _told(name, lambda: _version_of(path) if path.exists() else None))


@lru_cache(maxsize=256)
def _address(_root: str, name: str, version: str | None) -> str:
    """Remembered: a page names ten files."""
    return url_for("assets.static", name=name, v=version)


def style() -> str:
    """The address of the joined stylesheet, with its version."""
    return url_for("assets.stylesheet", v=_told("/style.css", lambda: _joined(_parts(), request.script_root)[1]))


def _told(name: str, look: Callable[[], str | None]) -> str | None:
    """A version for a page: in production as first seen by this process, since files change there by a new start."""
    seen: dict[str, str] | None = current_app.extensions.get("kb_versions")
    version = None if seen is None else seen.get(name)
    if version is None and (version := look()) is not None and seen is not None:
        seen[name] = version
    return version


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _version_of(path: Path) -> str:
    return _version(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _version(path: Path, _changed: int) -> str:
    return _digest(path.read_bytes())


def _parts() -> tuple[tuple[Path, int], ...]:
    """The parts, and the files that they name, with when each last changed: what the joined text is remembered by."""
    parts = [STATIC / _PICO, *(STATIC / "css" / f"{part}.css" for part in _PARTS)]
    paths = [path for path in parts if path.exists()]
    named = sorted({STATIC / name for path in paths for name in _named_in(path, path.stat().st_mtime_ns)})
    return tuple((path, path.stat().st_mtime_ns) for path in (*paths, *named) if path.exists())


@lru_cache(maxsize=32)
def _named_in(path: Path, _changed: int) -> frozenset[str]:
    return frozenset(_VENDORED.findall(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _joined(parts: tuple[tuple[Path, int], ...], _root: str) -> tuple[str, str]:
    """The joined text and its version. The text names its fonts with theirs, so a new font makes a new style."""
    texts = []
    for path, _changed in parts:
        if path.suffix != ".css":
            continue
        text = path.read_text(encoding="utf-8")
        if path.name == Path(_PICO).name:
            text = "@layer pico {" + text.replace('@charset "UTF-8";', "") + "}"
        texts.append(_VENDORED.sub(lambda match: f'url("{asset(match[1])}")', text))
    joined = "\n".join(texts)
    return joined, _digest(joined.encode())


def register(app: Flask) -> None:
    """Serve the files, and let templates ask for their addresses."""
    app.register_blueprint(blueprint)
    app.extensions["kb_versions"] = None if app.config["KB"].development else {}
    app.jinja_env.globals.update(asset=asset, style=style)
