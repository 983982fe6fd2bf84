"""Static files: one stylesheet joined from its parts, and addresses with a content hash, so that caches keep them."""

import hashlib
import re
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for
from werkzeug.security import safe_join

STATIC = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"

# Pico lies in a cascade layer of its own, so that every rule of ours wins over it, however specific Pico's is.
_GROUND = "vendor/pico.min.css"
_PARTS = ("fonts", "tokens", "ground", "page", "cards", "terms", "search", "entry", "map", "print")

blueprint = Blueprint("assets", __name__)


@blueprint.get("/style.css")
def stylesheet() -> Response:
    """All styles in one file."""
    return _keep(Response(_joined(_parts()), mimetype="text/css"))


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """A file of the static folder, read whole, since all are small and compressing an open file would leave it open."""
    path = safe_join(str(STATIC), name)
    if path is None or not Path(path).is_file():
        abort(404)
    return _keep(Response(Path(path).read_bytes(), mimetype=_mimetype(name)))


def _mimetype(name: str) -> str:
    return "font/woff2" if name.endswith(".woff2") else guess_type(name)[0] or "application/octet-stream"


def _keep(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOR_EVER if "v" in request.args else "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def asset(name: str) -> str:
    """The address of a static file, with a version that changes when its content does; none while it is missing."""
    path = STATIC / name
    version = _version(path, path.stat().st_mtime_ns) if path.exists() else None
    return url_for("assets.static", name=name, v=version)


def style() -> str:
    """The address of the joined stylesheet, with its version."""
    return url_for("assets.stylesheet", v=_version_of_style(_parts()))


@lru_cache(maxsize=1)
def _version_of_style(parts: tuple[tuple[Path, int], ...]) -> str:
    return hashlib.sha256(_joined(parts).encode()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _version(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _parts() -> tuple[tuple[Path, int], ...]:
    """The parts with when each last changed, which is what the joined text is remembered by."""
    paths = [STATIC / _GROUND, *(STATIC / "css" / f"{part}.css" for part in _PARTS)]
    return tuple((path, path.stat().st_mtime_ns) for path in paths if path.exists())


@lru_cache(maxsize=1)
def _joined(parts: tuple[tuple[Path, int], ...]) -> str:
    texts = []
    for path, _changed in parts:
        text = path.read_text(encoding="utf-8")
        if path.name == Path(_GROUND).name:
            text = "@layer pico {" + text.replace('@charset "UTF-8";', "") + "}"
        texts.append(re.sub(r'url\("(vendor/[^"]+)"\)', lambda found: f'url("{asset(found[1])}")', text))
    return "\n".join(texts)


def register(app: Flask) -> None:
    """Serve the files, and let templates ask for their addresses."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=asset, style=style)
