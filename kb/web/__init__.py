"""The web door: pages for people. HTTP lives here; what is true of cities lives in the rooms.

The way of a request: a view in `views/` reads through `catalogue.queries` or asks `search`, and renders the template
of its own name. `links` knows every address, `figures` writes every number and `times` every hour, `language`
translates, `headers` guards,
`access` lets people in whose role includes a verb, `forms` tells our own forms from forged ones, `keeping` loses none,
`errors` apologises, `atlas` draws maps and `world` remembers them, `structured` speaks to machines, `assets` gives
files an address that may be cached for ever.
"""

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from . import (
    access,
    assets,
    current,
    errors,
    figures,
    filling,
    forms,
    headers,
    language,
    limits,
    links,
    live,
    numbers,
    provider,
    slashes,
    structured,
    times,
    uploads,
    views,
    voices,
    world,
)
from .desk import navigation


def register(app: Flask) -> None:
    """Put the pages and everything around them on the application."""
    app.template_folder = "web/templates"
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    proxies: int = app.config["KB"].proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask documents wrapping wsgi_app this way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    for part in (
        current,
        numbers,
        language,
        assets,
        figures,
        links,
        structured,
        headers,
        errors,
        slashes,
        limits,
        voices,
        filling,
        access,
        uploads,
        forms,
        provider,
        world,
        times,
        navigation,
        live,
    ):
        part.register(app)
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
    # Pages of results are made for one reader, so they are packed quickly rather than as tightly as can be.
    app.config["COMPRESS_LEVEL"] = 4
    Compress(app)
