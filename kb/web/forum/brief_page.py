"""The chair's brief as pages and papers show it: drawn in the reader's language, with a map of the speakers' cities."""

from collections.abc import Mapping
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from kb.catalogue.models import Source
from kb.forum.briefing import Brief, make_brief
from kb.forum.models import ForumSession

from ..core import context, pdf
from ..core.formatting import message_text
from ..core.forms import Form
from ..core.links import link_to
from . import programme_page


def drawn(session: Session, forum_session: ForumSession) -> Brief:
    """The brief of a session, with what makes two cities peers."""
    return make_brief(session, forum_session, context.peers())


def page(session: Session, forum_session: ForumSession, wrong: Mapping[str, Form] | None = None) -> Mapping[str, Any]:
    """Everything the template needs, by name; `wrong` are forms that were refused, by section."""
    made = drawn(session, forum_session)
    cities = list(made.material.cities.values())
    return {
        "held": forum_session,
        "brief": made,
        "drawn": programme_page.drawn(cities) if cities else None,
        "wrong": wrong or {},
        "cited": cited,
        "say": message_text,
    }


def cited(thing: Any) -> tuple[str, str]:
    """The address and the words of what a line rests on: a page here, or a source elsewhere."""
    if isinstance(thing, Source):
        return thing.url, thing.title or thing.url
    return link_to(thing), getattr(thing, "title", None) or getattr(thing, "name", None) or thing.label


def document(session: Session, forum_session: ForumSession) -> str:
    """The brief as one HTML file that needs nothing else."""
    return render_template(
        "forum/chair_brief_paper.html",
        **page(session, forum_session),
        made_on=pdf.today(),
        style_element=pdf.style_element(),
    )
