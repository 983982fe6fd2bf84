"""How much stands beside the peers: mentors, fellow travellers and deeds, no more than asked for."""

from sqlalchemy.orm import Session

from kb.peers.answers import PeerQuestion
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.peer_search import find_peers
from tests.factories import make_city, make_initiative


def test_fewer_beside_than_peers_and_no_mentor_passes_for_a_fellow_traveller(session: Session) -> None:
    home = make_city(session, challenges=("heat", "waste"))
    for _ in range(3):
        mentor = make_city(session, challenges=("heat", "waste"))
        make_initiative(session, cities=(mentor,), challenges=("heat",), evidence_direction="positive")
    city = make_city(session, challenges=("waste",))
    answer = find_peers(session, FeatureMatrix.read(session), PeerQuestion(home.place_id, beside=2))
    assert len(answer.peers) == 4
    assert len(answer.mentors) == 2
    assert len(answer.did) == 2
    assert [peer.place.id for peer in answer.peers_with_same_challenge] == [city.place_id]
