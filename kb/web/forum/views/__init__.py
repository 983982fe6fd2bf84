"""The views, a small file a subject."""

from . import answering, audience, briefs, forum, leading, preparing, preparing_parts

BLUEPRINTS = [
    forum.blueprint,
    preparing.blueprint,
    preparing_parts.blueprint,
    briefs.blueprint,
    answering.blueprint,
    audience.blueprint,
    leading.blueprint,
    briefs.for_chairs,
]
