"""Limits on requests, by address; static files and health checks are free."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

_FREE = {"assets.static", "assets.stylesheet", "health.healthz", "health.readyz"}


def register(app: Flask) -> None:
    """Count requests where the settings say: in memory on one machine, in Redis on many."""
    config = app.config["KB"]
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[config.rate_limit],
        storage_uri=config.rate_limit_storage,
        headers_enabled=True,
        swallow_errors=True,
    )
    limiter.request_filter(lambda: request.endpoint in _FREE)
