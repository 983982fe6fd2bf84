"""What people do with questions to cities: ask, confirm, answer, decline, hand on, publish, introduce, block.

Each action adds the mails that follow from it in its own transaction; `sending` sends them.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.models import City
from kb.core.column_types import now
from kb.core.db import insert_if_absent, lock_row, locked
from kb.core.errors import NotAllowed, NotFound, Refused
from kb.core.i18n import gettext_noop

from . import queries
from .choices import AUDIT_KIND, CITY_TIME, OPEN_STATES
from .models import BlockedAsker, CityAnswer, CityQuestion, QuestionMail
from .rules import require_handling, require_open

_NOT_ALLOWED = gettext_noop("Only editors may do this.")
_OTHER_CITY = gettext_noop("This person does not belong to the city.")
_SAME_PLACE = gettext_noop("The question is already there.")
_ALREADY_ASKED = gettext_noop("That city already has this question.")
_NOT_ANSWERED = gettext_noop("Two cities can be introduced after the question is answered.")
BLOCKED = gettext_noop("You cannot ask questions from this address. If you think that is wrong, write to the editors.")
_GONE = gettext_noop("This question was deleted.")
_DELETED = gettext_noop("Your name and your address were deleted.")
_ERASED = gettext_noop("The address of the person who asked was deleted. Nobody can be introduced.")
_RETURNED = gettext_noop("The address of the person who asked does not exist. Nobody can be introduced.")


def ask(
    session: Session,
    *,
    email: str,
    name: str,
    own_city: str | None,
    text: str,
    initiative_id: int | None,
    city_ids: Sequence[int],
    may_publish: bool,
    shares_email: bool,
    language: str,
) -> CityQuestion:
    """Keep a question until its code comes back; the same asked again is the one that is there, with its last choices.

    Without a city it is for the editors.
    """
    asked: Sequence[int | None] = city_ids or [None]
    same = select(CityQuestion).where(
        CityQuestion.email == email,
        CityQuestion.confirmed_at.is_(None),
        CityQuestion.initiative_id.is_not_distinct_from(initiative_id),
    )
    for earlier in session.scalars(same.order_by(CityQuestion.id)):
        is_same = earlier.text == text and [answer.city_id for answer in earlier.answers] == list(asked)
        if is_same and _still_waits(session, earlier):
            # What was ticked or typed last is what counts.
            earlier.asked_at, earlier.asker_name, earlier.asker_city = now(), name, own_city
            earlier.own_city_id, earlier.language = queries.city_named(session, own_city), language
            earlier.may_publish, earlier.shares_email = may_publish, shares_email
            _add_mail(session, "confirm", earlier)
            return earlier
    question = CityQuestion(
        email=email,
        asker_name=name,
        asker_city=own_city,
        own_city_id=queries.city_named(session, own_city),
        text=text,
        initiative_id=initiative_id,
        may_publish=may_publish,
        shares_email=shares_email,
        language=language,
        stamp=_new_stamp(),
    )
    question.answers = [CityAnswer(city_id=city_id, stamp=_new_stamp()) for city_id in asked]
    session.add(question)
    session.flush()
    _add_mail(session, "confirm", question)
    return question


def confirm(session: Session, question: CityQuestion) -> None:
    """Put the question to its cities, or to the editors where a city has nobody at the desk. Done once.

    Raises Refused where the address was blocked since.
    """
    _lock(session, question)
    if question.confirmed_at is not None:
        return
    if question.email is not None and queries.is_blocked(session, question.email):
        raise Refused(BLOCKED)
    question.confirmed_at = now()
    record_audit_event(session, None, "ask-city", AUDIT_KIND, question.id)
    for answer in question.answers:
        _put(session, answer, question.confirmed_at)
    _add_mail(session, "received", question)
    session.flush()


def answer(
    session: Session, actor: User, row: CityAnswer, text: str, name: str, *, may_publish: bool, shares_email: bool
) -> None:
    """Answer for a city. Raises NotAllowed, or Refused where it is closed."""
    _handled(session, actor, row)
    row.text, row.answered_by_name, row.reason = text, name, None
    row.may_publish, row.shares_email = may_publish, shares_email
    row.is_by_city = actor.city_id is not None and actor.city_id == row.city_id
    _finish(session, actor, row, "answered")
    record_audit_event(session, actor, "answer-city-question", AUDIT_KIND, row.question_id, answer=row.id)


def decline(session: Session, actor: User, row: CityAnswer, reason: str) -> None:
    """Decline with a reason, which the asker reads. Raises NotAllowed, or Refused where it is closed."""
    _handled(session, actor, row)
    row.reason, row.answered_by_name = reason, actor.name
    _finish(session, actor, row, "declined")
    record_audit_event(session, actor, "decline-city-question", AUDIT_KIND, row.question_id, answer=row.id)


def hand_to_colleague(session: Session, actor: User, row: CityAnswer, colleague: User) -> None:
    """Hand a question to someone who stands for its city. Raises NotAllowed, or Refused."""
    _handled(session, actor, row)
    if colleague.disabled_at is not None or row.city_id is None or colleague.city_id != row.city_id:
        raise Refused(_OTHER_CITY)
    if row.person_id == colleague.id:
        raise Refused(_SAME_PLACE)
    row.person_id, row.stamp = colleague.id, _new_stamp()
    if row.state == "editors":
        row.state, row.reached_at, row.due_at = "waiting", now(), now() + CITY_TIME
    row.returned_at = None
    _add_mail(session, "to-city", row.question, row, [colleague])
    record_audit_event(session, actor, "forward-city-question", AUDIT_KIND, row.question_id, answer=row.id)
    session.flush()


def hand_to_city(session: Session, actor: User, row: CityAnswer, city: City) -> None:
    """Hand a question to another city, which gets its own 14 days. Raises NotAllowed, or Refused."""
    _handled(session, actor, row)
    if row.city_id == city.id:
        raise Refused(_SAME_PLACE)
    if any(other.city_id == city.id for other in row.question.answers):
        raise Refused(_ALREADY_ASKED)
    details = {"answer": row.id, "before": row.city_id, "after": city.id}
    row.city_id, row.city = city.id, city
    _put(session, row, now())
    _add_mail(session, "passed-on", row.question, row)
    record_audit_event(session, actor, "forward-city-question", AUDIT_KIND, row.question_id, **details)
    session.flush()


def hand_to_editors(session: Session, actor: User | None, row: CityAnswer) -> None:
    """Give a question to the editors; without an actor, since the city had its time, or was not reached."""
    if actor is not None:
        _handled(session, actor, row)
        if row.state == "editors":
            raise Refused(_SAME_PLACE)
        row.stamp = _new_stamp()
    row.state, row.due_at, row.person_id = "editors", None, None
    _add_mail(session, "to-editors", row.question, row, queries.editors(session))
    _add_mail(session, "passed-on", row.question, row)
    record_audit_event(session, actor, "pass-question-to-editors", AUDIT_KIND, row.question_id, answer=row.id)
    session.flush()


def note_returned_mail(session: Session, question: CityQuestion, row: CityAnswer | None, person: User | None) -> bool:
    """Note that a mail came back, to a person who was to answer `row` or, without them, to whoever asked.

    A question that waits for its city goes to the editors, unless others of the city have it, whose mails did not come
    back. Nothing is noted, and the answer is False, if it was handed to others meanwhile.
    """
    stamp = row.stamp if row else None
    _lock(session, question)
    if row is not None and row.stamp != stamp:
        return False
    details = {} if row is None or person is None else {"answer": row.id, "person": person.id}
    record_audit_event(session, None, "return-question-mail", AUDIT_KIND, question.id, **details)
    if row is None:
        question.returned_at = now()
    else:
        row.returned_at = now()
        if row.state == "waiting" and (row.person_id is not None or not queries.reached_people(session, row)):
            hand_to_editors(session, None, row)
    session.flush()
    return True


def pass_on_late(session: Session, moment: datetime, most: int = 50) -> int:
    """Give questions whose time at their city is over to the editors; return how many. Each goes once."""
    late = select(CityAnswer).join(CityAnswer.question).where(queries.is_late(moment)).order_by(CityAnswer.due_at)
    passed = 0
    acquire_write_lock(session)
    for row in session.scalars(late.limit(most).with_for_update(of=CityQuestion, skip_locked=True)).all():
        _lock(session, row.question)
        # It may have been answered just before it was locked.
        if row.state == "waiting" and row.due_at is not None and row.due_at <= moment:
            hand_to_editors(session, None, row)
            passed += 1
    return passed


def choose_for_asker(session: Session, question: CityQuestion, *, may_publish: bool, shares_email: bool) -> None:
    """Note what whoever asked agrees to, from now on. Raises Refused for a new consent once the name was erased."""
    _lock(session, question)
    if question.email is None and may_publish and not question.may_publish:
        raise Refused(_DELETED)
    if question.confirmed_at is not None and question.may_publish != may_publish:
        details = {"by": "asker", "may_publish": may_publish}
        record_audit_event(session, None, "choose-publication", AUDIT_KIND, question.id, **details)
    question.may_publish = may_publish
    question.shares_email = shares_email and question.email is not None
    session.flush()
    for row in question.answers:
        _introduce_if_agreed(session, None, row)


def choose_for_city(session: Session, actor: User, row: CityAnswer, *, may_publish: bool, shares_email: bool) -> None:
    """Note what those who answered agree to, from now on; only they may share their address. Raises NotAllowed."""
    _lock(session, row.question)
    require_handling(actor, row)
    if row.may_publish != may_publish:
        details = {"by": "city", "may_publish": may_publish, "answer": row.id}
        record_audit_event(session, actor, "choose-publication", AUDIT_KIND, row.question_id, **details)
    row.may_publish = may_publish
    if actor.id == row.answered_by_id:
        row.shares_email = shares_email
    session.flush()
    _introduce_if_agreed(session, actor, row)


def withdraw(session: Session, question: CityQuestion) -> None:
    """Delete the asker's name and address and take the question back wherever it is still open; nothing is public."""
    _lock(session, question)
    if question.confirmed_at is None:
        session.delete(question)
        session.flush()
        return
    question.email = question.asker_name = None
    question.may_publish = question.shares_email = False
    for row in question.answers:
        if row.state in OPEN_STATES:
            row.state, row.due_at, row.stamp = "withdrawn", None, _new_stamp()
    question.closed_at = question.closed_at or now()
    record_audit_event(session, None, "withdraw-question", AUDIT_KIND, question.id)
    session.flush()


def remove(session: Session, actor: User, row: CityAnswer) -> None:
    """Take a published answer off the site. Raises NotAllowed."""
    _require_editor(actor)
    if row.removed_at is None:
        row.removed_at = now()
        record_audit_event(session, actor, "remove-answer", AUDIT_KIND, row.question_id, answer=row.id)
    session.flush()


def restore(session: Session, actor: User, row: CityAnswer) -> None:
    """Show a removed answer again, where both still agree. Raises NotAllowed."""
    _require_editor(actor)
    if row.removed_at is not None:
        row.removed_at = None
        record_audit_event(session, actor, "restore-answer", AUDIT_KIND, row.question_id, answer=row.id)
    session.flush()


def offer_introduction(session: Session, actor: User, row: CityAnswer, note: str | None) -> None:
    """Ask both sides whether they may have each other's address; who agreed before is not asked again.

    Raises NotAllowed, or Refused where nothing was answered, or the address of whoever asked was erased or is none.
    """
    _require_editor(actor)
    _lock(session, row.question)
    if row.state != "answered" or row.answered_by is None:
        raise Refused(_NOT_ANSWERED)
    if row.question.email is None:
        raise Refused(_ERASED)
    if row.question.returned_at is not None:
        raise Refused(_RETURNED)
    row.introduction_note, row.introduction_offered_at = note, now()
    record_audit_event(session, actor, "offer-introduction", AUDIT_KIND, row.question_id, answer=row.id)
    if not row.question.shares_email:
        _add_mail(session, "agree-asker", row.question, row)
    if not row.shares_email:
        _add_mail(session, "agree-city", row.question, row, [row.answered_by])
    session.flush()
    _introduce_if_agreed(session, actor, row)


def block(session: Session, actor: User, pattern: str) -> None:
    """Take no questions from an address or a domain any more. Raises NotAllowed."""
    _require_editor(actor)
    if insert_if_absent(session, BlockedAsker, pattern=pattern, by=actor.name, at=now()):
        record_audit_event(session, actor, "block-address", "blocked-address")
    session.flush()


def unblock(session: Session, actor: User, key: int) -> None:
    """Take questions from it again; of one that is gone, nothing. Raises NotAllowed."""
    _require_editor(actor)
    row = session.get(BlockedAsker, key)
    if row is not None:
        session.delete(row)
        record_audit_event(session, actor, "unblock-address", "blocked-address", key)
    session.flush()


def _put(session: Session, row: CityAnswer, moment: datetime) -> None:
    """Put a question to its city; to the editors where nobody stands for that."""
    people = queries.people_of_city(session, row.city_id)
    row.reached_at, row.stamp, row.person_id, row.returned_at = moment, _new_stamp(), None, None
    if people:
        row.state, row.due_at = "waiting", moment + CITY_TIME
        _add_mail(session, "to-city", row.question, row, people)
    else:
        row.state, row.due_at = "editors", None
        _add_mail(session, "to-editors", row.question, row, queries.editors(session))


def _handled(session: Session, actor: User, row: CityAnswer) -> None:
    """Lock what someone is about to handle. Raises NotAllowed, or Refused where it is closed."""
    _lock(session, row.question)
    require_handling(actor, row)
    require_open(row)


def _lock(session: Session, question: CityQuestion) -> None:
    """Lock a question, then its answers: each side's consent, or each city's answer, must see what the others did.

    The change log comes first, as for who withdraws an initiative that questions are about: so nobody waits in a ring.
    Raises NotFound where the question was deleted since it was read.
    """
    acquire_write_lock(session)
    if not lock_row(session, question):
        raise NotFound(_GONE)
    answers = select(CityAnswer).where(CityAnswer.question_id == question.id).order_by(CityAnswer.id)
    session.scalars(locked(answers)).all()


def _still_waits(session: Session, question: CityQuestion) -> bool:
    """Whether a question is still there, locked, for its code to come back."""
    try:
        _lock(session, question)
    except NotFound:
        return False
    return question.confirmed_at is None


def _finish(session: Session, actor: User, row: CityAnswer, state: str) -> None:
    """Close a question at its city, and the whole question where no city may still answer."""
    row.state, row.due_at, row.stamp = state, None, _new_stamp()
    row.answered_by_id, row.answered_at = actor.id, now()
    if not any(other.state in OPEN_STATES for other in row.question.answers):
        row.question.closed_at = row.answered_at
    _add_mail(session, state, row.question, row)
    session.flush()


def _introduce_if_agreed(session: Session, actor: User | None, row: CityAnswer) -> None:
    """Tell each side the other's address, once, where an editor offered it and both agreed."""
    both = row.question.shares_email and row.shares_email
    if not both or row.introduction_offered_at is None or row.introduced_at is not None or row.answered_by is None:
        return
    row.introduced_at = now()
    _add_mail(session, "introduce-asker", row.question, row)
    _add_mail(session, "introduce-city", row.question, row, [row.answered_by])
    record_audit_event(session, actor, "introduce", AUDIT_KIND, row.question_id, answer=row.id)
    session.flush()


def _add_mail(
    session: Session,
    kind: str,
    question: CityQuestion,
    row: CityAnswer | None = None,
    people: Iterable[User | None] = (None,),
) -> None:
    """Add a mail to each of some people; to whoever asked, unless others are named."""
    for person in people:
        session.add(
            QuestionMail(
                kind=kind,
                question_id=question.id,
                answer_id=row.id if row else None,
                user_id=person.id if person else None,
                due_at=now(),
            )
        )


def _require_editor(actor: User) -> None:
    if not may(actor, "moderate-questions"):
        raise NotAllowed(_NOT_ALLOWED)


def _new_stamp() -> str:
    return secrets.token_hex(8)
