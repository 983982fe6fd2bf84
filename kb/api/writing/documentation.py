"""What OpenAPI says of keys, proposals and the headers that writing needs."""

from flask import Flask

SCHEME = "key"


def register(app: Flask) -> None:
    """Add them to the description."""
    components = app.extensions["kb_specification"].spec.components
    components.security_scheme(SCHEME, {"type": "http", "scheme": "bearer"})
