"""Deletes reports of readers that are closed, after the number of days that was promised."""

from datetime import timedelta

import structlog

from kb.core.column_types import now
from kb.core.db import Database

from .actions import delete_closed_reports
from .choices import REPORT_DAYS

log = structlog.get_logger(__name__)


def delete_old_reports(database: Database) -> None:
    """Delete the reports that were closed REPORT_DAYS ago."""
    with database.writing() as session:
        deleted = delete_closed_reports(session, now() - timedelta(days=REPORT_DAYS))
    if deleted:
        log.info("old reports deleted", reports=deleted)
