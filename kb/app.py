"""The application: settings, database, search and the web door, put together on one screen."""

from flask import Flask

from config import Config
from kb import web
from kb.db import Database
from kb.problems import Misconfigured
from kb.search.service import Search


def create_app(config: Config | None = None) -> Flask:
    """Build the application; without a config, read the environment. Misconfigured says why it must not start."""
    config = config or Config.from_environment()
    if problem := config.problem():
        raise Misconfigured(problem)
    app = Flask("kb", static_folder=None, template_folder=None)
    app.config.update(SECRET_KEY=config.secret_key, KB=config)
    database = Database(config.database_url)
    app.extensions["kb_database"] = database
    app.extensions["kb_search"] = Search(database, config.search_index)
    web.register(app)
    return app
