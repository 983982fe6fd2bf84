"""How much stands beside the peers: cities with results or the same challenge, and what they did, as asked for."""

from sqlalchemy.orm import Session

from kb.peers.answers import PeerQuestion
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.peer_search import find_peers
from tests.factories import make_city, make_initiative


def test_fewer_beside_than_peers_and_no_city_with_results_passes_for_another(session: Session) -> None:
    home = make_city(session, challenges=("heat", "waste"))
    for _ in range(3):
        reporting = make_city(session, challenges=("heat", "waste"))
        make_initiative(session, cities=(reporting,), challenges=("heat",), evidence_level=2)
    city = make_city(session, challenges=("waste",))
    answer = find_peers(session, FeatureMatrix.read(session), PeerQuestion(home.place_id, beside=2))
    assert len(answer.peers) == 4
    assert len(answer.peers_with_results) == 2
    assert len(answer.did) == 2
    assert [peer.place.id for peer in answer.peers_with_same_challenge] == [city.place_id]
