"""Questions are joined and parted in any order: each vote counts once where its question belongs, and none is lost."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.db import Database
from kb.forum.live import moderation, participation, queries, session_control
from kb.forum.models import ForumSession, Question, Vote
from tests.forum_factories import NOON, asked, make_dialogue, person
from tests.sampling import examples

QUESTIONS, VOTERS = 5, 3
DEEDS = st.tuples(
    st.sampled_from(["join", "part", "vote", "take back"]),
    st.integers(0, QUESTIONS - 1),
    st.integers(0, QUESTIONS - 1),
    st.integers(0, VOTERS - 1),
)


def opened(session: Session) -> tuple[ForumSession, list[Question]]:
    """A session that has started, with questions that everybody sees."""
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    questions = [asked(session, forum_session, f"Who pays {number}?", 100 + number) for number in range(QUESTIONS)]
    for question in questions:
        moderation.approve(session, forum_session, question)
    return forum_session, questions


class Expected:
    """The same in plain Python: with which question each was joined, and who voted for which."""

    def __init__(self) -> None:
        self.joined: dict[int, int] = {}
        self.votes: set[tuple[int, int]] = set()

    def last(self, question: int) -> int:
        """The question for which the votes of this one count."""
        return self.last(self.joined[question]) if question in self.joined else question

    def counts(self) -> dict[int, set[int]]:
        """Who wants what answered."""
        found: dict[int, set[int]] = {}
        for question, voter in self.votes:
            found.setdefault(self.last(question), set()).add(voter)
        return found


def test_what_was_joined_with_a_question_comes_back_with_it(session: Session) -> None:
    forum_session, (a, b, c, d, e) = opened(session)
    for number, question in enumerate((a, b, c, d, e)):
        participation.vote(session, forum_session, question.id, person(number, forum_session))
    for first, other in ((d, a), (a, b), (e, b), (b, c)):
        moderation.merge(session, forum_session, first, other.number)
    assert queries.votes_of(session, forum_session.id) == {c.id: 5}
    moderation.undo(session, forum_session, b)
    assert queries.votes_of(session, forum_session.id) == {b.id: 4, c.id: 1}
    assert {first.merged_into_id for first in (a, d, e)} == {b.id}
    moderation.undo(session, forum_session, a)
    assert queries.votes_of(session, forum_session.id) == {a.id: 2, b.id: 2, c.id: 1}
    assert [first.state for first in (a, b, c, d, e)] == [
        "approved",
        "approved",
        "approved",
        "merged",
        "merged",
    ]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DEEDS, min_size=4, max_size=24))
def test_votes_are_never_lost_or_doubled(sqlite_database: Database, deeds: list[tuple[str, int, int, int]]) -> None:
    with sqlite_database.writing() as session:
        forum_session, questions = opened(session)
        expected = Expected()
        for deed, first, other, voter in deeds:
            question = questions[first]
            if deed == "join" and first != other and question.state == questions[other].state == "approved":
                moderation.merge(session, forum_session, question, questions[other].number)
                expected.joined[first] = other
            elif deed == "part" and question.state == "merged":
                moderation.undo(session, forum_session, question)
                del expected.joined[first]
            elif deed == "vote":
                participation.vote(session, forum_session, question.id, person(voter, forum_session))
                expected.votes.add((expected.last(first), voter))
            elif deed == "take back":
                participation.withdraw_vote(session, forum_session, question.id, person(voter, forum_session))
                together = expected.last(first)
                expected.votes = {
                    (key, who) for key, who in expected.votes if who != voter or expected.last(key) != together
                }
            counts = {questions[key].id: len(who) for key, who in expected.counts().items()}
            assert queries.votes_of(session, forum_session.id) == counts
        votes = {(vote.question_id, vote.voter_hash) for vote in session.scalars(select(Vote))}
        assert votes == {(questions[key].id, person(who, forum_session).voter_hash) for key, who in expected.votes}
        for voter in range(VOTERS):
            wanted = {questions[key].id for key, who in expected.counts().items() if voter in who}
            assert queries.voted_by(session, forum_session.id, person(voter, forum_session).voter_hash) == wanted
        session.rollback()
