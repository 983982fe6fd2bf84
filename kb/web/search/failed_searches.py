"""Searches that found nothing are counted for editors, once the answer is on its way: no reader waits for it."""

import re
from functools import partial

import structlog
from flask import Response, after_this_request, request
from sqlalchemy.exc import SQLAlchemyError

from kb.core.db import Database
from kb.editorial.failed_searches import record_failed_search
from kb.search.results import Results

from ..core import context

log = structlog.get_logger()

_ROBOTS = re.compile(r"bot|crawl|spider|slurp|preview|fetch|curl|wget|python|java|http|scan|monitor", re.IGNORECASE)


def count_if_empty(answer: Results) -> None:
    """Count the question of an answer that is empty, if a person asked it and no filter is to blame.

    Only the folded words and the day are kept (see `kb.editorial.failed_searches`).
    """
    question = answer.question
    narrowed = any(question.chosen.values()) or question.page > 1
    if answer.total or narrowed or not question.text.strip() or answer.only_stop_words or _is_robot():
        return
    counting = partial(_count, context.database(), question.text)

    @after_this_request
    def _count_later(response: Response) -> Response:
        response.call_on_close(counting)
        return response


def _is_robot() -> bool:
    """Whether a program asks; one that does not say what it is is taken for one."""
    agent = request.user_agent.string
    return request.method == "HEAD" or not agent or bool(_ROBOTS.search(agent))


def _count(database: Database, text: str) -> None:
    """A question more or less is never worth an error."""
    try:
        with database.writing() as session:
            record_failed_search(session, text)
    except SQLAlchemyError as problem:
        log.warning("a search in vain was not counted", problem=str(problem).splitlines()[0])
