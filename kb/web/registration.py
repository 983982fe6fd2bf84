"""Puts every page, and everything around the pages, on the application."""

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from . import page_caching, request_budgets
from .accounts import provider
from .accounts.views import BLUEPRINTS as ACCOUNTS
from .alerts import views as alerts
from .alerts.views import BLUEPRINTS as ALERTS
from .catalogue import map_page
from .catalogue.views import BLUEPRINTS as CATALOGUE
from .core import (
    access,
    assets,
    breadcrumbs,
    context,
    csrf,
    errors,
    formatting,
    forms,
    headers,
    jsonld,
    labels,
    language,
    limits,
    links,
    routing,
    submissions,
    timezones,
    uploads,
)
from .desk import navigation
from .desk.views import BLUEPRINTS as DESK
from .downloads.views import BLUEPRINTS as DOWNLOADS
from .embedding import frames
from .embedding.views import BLUEPRINTS as EMBEDDING
from .exporting import BLUEPRINTS as FILES
from .exporting import file_links, files
from .forum import live
from .forum.views import BLUEPRINTS as FORUM
from .goals import pages as goals_pages
from .goals.views import BLUEPRINTS as GOALS
from .guide.views import BLUEPRINTS as GUIDE
from .harvesting import BLUEPRINTS as HARVESTING
from .harvesting import feeds, oai
from .peers.views import BLUEPRINTS as PEERS
from .privacy.views import BLUEPRINTS as PRIVACY
from .questions import views as questions
from .questions.desk_views import BLUEPRINTS as QUESTIONS_AT_DESK
from .questions.views import BLUEPRINTS as QUESTIONS
from .search.views import BLUEPRINTS as SEARCH
from .site import operator
from .site import views as site
from .site.views import BLUEPRINTS as SITE


def register(app: Flask) -> None:
    """Put the pages and everything around them on the application."""
    app.template_folder = "web/templates"
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.wsgi_app = routing.CleanEnviron(app.wsgi_app, app.config["KB"].site_path)  # type: ignore[method-assign] # as Flask documents it
    proxies: int = app.config["KB"].proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # Flask documents wrapping wsgi_app this way
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    for part in (
        limits,
        request_budgets,
        context,
        language,
        assets,
        formatting,
        labels,
        links,
        jsonld,
        breadcrumbs,
        headers,
        errors,
        routing,
        forms,
        access,
        uploads,
        csrf,
        alerts,
        submissions,
        frames,
        provider,
        map_page,
        goals_pages,
        questions,
        site,
        operator,
        timezones,
        navigation,
        live,
        feeds,
        file_links,
        oai,
        page_caching,
        files,
    ):
        part.register(app)
    for blueprint in (
        *SITE,
        *SEARCH,
        *ALERTS,
        *CATALOGUE,
        *GOALS,
        *PEERS,
        *QUESTIONS,
        *DOWNLOADS,
        *EMBEDDING,
        *FORUM,
        *FILES,
        *GUIDE,
        *HARVESTING,
        *DESK,
        *QUESTIONS_AT_DESK,
        *ACCOUNTS,
        *PRIVACY,
    ):
        app.register_blueprint(blueprint)
    # Pages of results are made for one reader, so they are packed quickly rather than as tightly as can be.
    app.config["COMPRESS_LEVEL"] = 4
    # A file that was packed has its own ETag, which is compared once it is known.
    app.config["COMPRESS_STREAMING_ENDPOINT_CONDITIONAL"] = ["downloads.data"]
    Compress(app)
