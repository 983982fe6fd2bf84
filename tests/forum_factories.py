"""Made-up sessions that can be held at once, and people who ask and vote in them."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from kb.forum.live import participation
from kb.forum.live.chairs import Chair
from kb.forum.live.participation import Participant, participant_of
from kb.forum.models import Forum, ForumSession, Question, Slot, SlotInitiative, Speaker
from tests.factories import make_city, make_initiative

NOON = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
CHAIR = Chair("Made-up Chair")


def make_dialogue(session: Session, slug: str = "made-up-dialogue", **fields: object) -> ForumSession:
    """An announced session: an opening, two talks by mayors of new cities, each with an initiative, and questions."""
    forum = Forum(slug=f"{slug}-forum", title="Made-up Forum", organisers=[])
    made = ForumSession(
        **{
            "forum": forum,
            "slug": slug,
            "title": "Made-up dialogue of mayors",
            "starts_at": NOON,
            "timezone": "Europe/Zurich",
            "state": "announced",
            "planned_minutes": 45,
            "theme": "A made-up theme",
            "languages": ["en"],
        }
        | fields
    )
    made.slots.append(Slot(position=0, kind="opening", minutes=5, title="Welcome"))
    for position, name in enumerate(("Made-up Ana Lopez", "Made-up Ben Okafor"), 1):
        city = make_city(session, f"Made-up {name[8:11]}ville {slug}")
        initiative = make_initiative(session, f"Made-up flood watch of {city.name}", cities=(city,))
        speaker = Speaker(
            position=position,
            name=name,
            title="Mayor",
            city=city,
            country_code="IN",
            role="speaker",
            status="confirmed",
        )
        made.speakers.append(speaker)
        slot = Slot(
            position=position, kind="talk", minutes=10, speaker=speaker, notes=f"A note for the chair {position}"
        )
        slot.presented = [SlotInitiative(initiative=initiative)]
        made.slots.append(slot)
    made.slots.append(Slot(position=3, kind="questions", minutes=20))
    session.add(made)
    session.flush()
    return made


def person(number: int, held: ForumSession) -> Participant:
    """The nth person of an audience."""
    return participant_of(f"token-{number}", held.id, "a secret of this test")


def asked(session: Session, held: ForumSession, text: str, number: int = 1, **more: object) -> Question:
    """A question by the nth person."""
    return participation.ask(session, held, person(number, held), text, NOON, **more)  # type: ignore[arg-type]
