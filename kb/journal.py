"""What the program notes of its own doings: lines on standard error, from the level that the settings name."""

import logging
import sys

import structlog


def open_journal(level: str) -> None:
    """Note what is at least of that level: DEBUG, INFO, WARNING or ERROR; INFO where there is no such level."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
