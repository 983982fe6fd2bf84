"""The views, a small file a subject."""

from . import audience, briefs, desk_session_parts, desk_sessions, forum, questions, session_control

BLUEPRINTS = [
    forum.blueprint,
    desk_sessions.blueprint,
    desk_session_parts.blueprint,
    briefs.blueprint,
    questions.blueprint,
    audience.blueprint,
    session_control.blueprint,
    briefs.for_chairs,
]
