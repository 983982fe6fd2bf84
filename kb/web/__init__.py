"""the web interface: pages for people. HTTP lives here; what is true of cities lives in the packages.

Each package has a folder here for its pages: `views/` with a small file a subject, `schemas` for its addresses and
forms, and beside them what its pages show; the templates of its views stand in `templates/` under the same name.
(`desk` is for `editorial` and the imports of `exchange`; `site` is what belongs to no package.)

What all of them share stands in this folder. The way of a request: `environ` cleans what the server hands over,
`request_budgets` counts it against `limits`, `headers` guard, `current` holds who asks and the session, `access` lets
people in whose role includes a verb, `forms` tells our own forms from forged ones, `filling` keeps what was typed
beside what is wrong with it and `keeping` what came too late, `addresses` reads the query, `errors` apologises. Then
`links` knows every address, `figures` writes every number and `times` every hour, `language` translates, `atlas` draws
maps, `papers` prepares PDFs, `sheets` CSV, `structured` speaks to machines, and `assets` gives files an address that
may be cached for ever.
"""

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from .accounts import provider
from .accounts.views import BLUEPRINTS as ACCOUNTS
from .catalogue import map_page
from .catalogue.views import BLUEPRINTS as CATALOGUE
from .core import (
    access,
    assets,
    context,
    csrf,
    environ,
    errors,
    formatting,
    forms,
    headers,
    jsonld,
    language,
    limits,
    links,
    request_budgets,
    slashes,
    timezones,
    uploads,
    url_converters,
)
from .desk import navigation
from .desk.views import BLUEPRINTS as DESK
from .forum import live
from .forum.views import BLUEPRINTS as FORUM
from .goals.views import BLUEPRINTS as GOALS
from .peers.views import BLUEPRINTS as PEERS
from .search.views import BLUEPRINTS as SEARCH
from .site.views import BLUEPRINTS as SITE


def register(app: Flask) -> None:
    """Put the pages and everything around them on the application."""
    app.template_folder = "web/templates"
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.wsgi_app = environ.CleanEnviron(app.wsgi_app)  # type: ignore[method-assign] # as Flask documents it
    proxies: int = app.config["KB"].proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask documents wrapping wsgi_app this way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    for part in (
        limits,
        request_budgets,
        context,
        url_converters,
        language,
        assets,
        formatting,
        links,
        jsonld,
        headers,
        errors,
        slashes,
        forms,
        access,
        uploads,
        csrf,
        provider,
        map_page,
        timezones,
        navigation,
        live,
    ):
        part.register(app)
    for blueprint in (*SITE, *SEARCH, *CATALOGUE, *GOALS, *PEERS, *FORUM, *DESK, *ACCOUNTS):
        app.register_blueprint(blueprint)
    # Pages of results are made for one reader, so they are packed quickly rather than as tightly as can be.
    app.config["COMPRESS_LEVEL"] = 4
    Compress(app)
