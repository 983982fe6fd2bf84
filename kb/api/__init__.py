"""The interface for programs, `/api/v1`: the catalogue as JSON, described by OpenAPI.

Reading is open; writing makes proposals and needs a key. Fields derive from the declarations in
`kb.catalogue.entries`, filters from those of the search.

`resources` holds what each address answers that is for everybody, and adds it to `blueprint`; `writing` is the half
that needs a key; `specification` describes both. `query_schemas` reads addresses, `cursors` what a list goes on from,
`answers` makes the JSON, and says in its headers who may read it, and how often. Errors are those of
`kb.web.core.problem_details`.
"""

from flask import Flask

from kb.core.cache import DerivedCache

from . import answers, resources, writing
from .blueprint import blueprint
from .specification import Specification

__all__ = ["BLUEPRINTS", "register", "resources"]

BLUEPRINTS = [blueprint, writing.blueprint]
"""The blueprints of flask-smorest that are put on the application."""


def register(app: Flask) -> None:
    """Put the interface on the application."""
    app.extensions["kb_api_counts"] = DerivedCache()
    specification = Specification(app)
    answers.register(app)
    writing.register(app)
    for each in BLUEPRINTS:
        specification.register_blueprint(each)
