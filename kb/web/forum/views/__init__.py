"""The views of the forum: for everybody, for the audience, for whoever leads, and for organisers."""

from . import audience, briefs, desk_session_parts, desk_sessions, forum, session_control

BLUEPRINTS = [
    forum.blueprint,
    desk_sessions.sessions_blueprint,
    desk_session_parts.blueprint,
    briefs.blueprint,
    desk_sessions.questions_blueprint,
    audience.blueprint,
    session_control.blueprint,
    briefs.for_chairs,
]
