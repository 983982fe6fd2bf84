"""A vice-mayor looks for peers: who they are, why, who can teach and who is on the way, and what they did."""

import pytest
from sqlalchemy.orm import Session

from kb.catalogue.models import City, CityChallenge, Country
from kb.core.errors import NotFound
from kb.core.i18n import Label, Message
from kb.peers.answers import PeerAnswer, PeerQuestion
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.peer_search import find_peers
from kb.peers.variables import CODES
from tests.factories import make_city, make_initiative, make_place, make_vision
from tests.unit.peers.query_counter import queries


def ask(session: Session, place_id: int, **question) -> PeerAnswer:
    return find_peers(session, FeatureMatrix.read(session), PeerQuestion(place_id, **question))


def named(peers) -> list[str]:
    return [peer.place.name for peer in peers]


def set_challenge(session: Session, city: City, code: str, **fields) -> None:
    city.challenges.append(CityChallenge(challenge_code=code, position=9, **fields))
    session.flush()


@pytest.fixture
def mine(session: Session) -> City:
    return make_city(session, "Made-up Home", challenges=("flooding", "heat"))


@pytest.mark.one_database
def test_peers_come_in_order_with_both_scores_and_the_reasons_in_words(session: Session, mine: City) -> None:
    make_city(session, "Made-up Twin", challenges=("flooding", "heat"), place={"latitude": 21.0})
    far = {"latitude": 60.0, "longitude": 25.0, "population": 9_000_000}
    make_city(session, "Made-up Stranger", "FI", challenges=("waste",), place=far)
    answer = ask(session, mine.place_id)
    assert (named(answer.peers), answer.nearest) == (["Made-up Twin"], ())
    assert (answer.peers[0].strength, answer.close, answer.candidates) == ("strong", 1, 2)
    (twin,) = answer.peers
    (stranger,) = ask(session, mine.place_id, is_abroad=True).nearest
    assert 0 <= stranger.context < twin.context <= 1
    assert (twin.challenge, stranger.challenge) == (pytest.approx(1), 0)
    said = [str(reason) for reason in twin.reasons]
    assert "both face Extreme heat (67% of cities do), Flooding (67%)" in said
    assert "both have 400,000 people" in said
    assert "both in India" in said
    assert "only 111 km apart" in said
    apart = [str(difference) for difference in stranger.differences]
    assert "does not name Extreme heat, Flooding" in apart
    assert "on another continent" in apart
    assert "22.5 times as many people as Made-up Home" not in apart
    assert "22 times as many people as Made-up Home" in apart
    assert answer.notes == ()


@pytest.mark.parametrize(
    ("one", "other", "alike", "different"),
    [
        # Cartagena and Santander in Spain, Baguio in the Philippines, Santander in Colombia.
        ((37.6, -0.99), (43.46, -3.8), "both by the sea", None),
        ((37.6, -0.99), (16.41, 120.59), "both within about 30 km of the sea", None),
        ((37.6, -0.99), (-2.0, 33.0), None, "about 750 km from the sea ({start}: less than 15 km)"),
    ],
)
@pytest.mark.one_database
def test_the_sea_is_told_no_nearer_than_the_shore_is_known(
    session: Session, one: tuple[float, float], other: tuple[float, float], alike: str | None, different: str | None
) -> None:
    start, end = (
        make_city(session, place={"latitude": latitude, "longitude": longitude}) for latitude, longitude in (one, other)
    )
    answer = ask(session, start.place_id)
    (peer,) = answer.peers or answer.nearest
    assert [str(reason) for reason in peer.reasons if "sea" in str(reason)] == ([alike] if alike else [])
    assert [str(why) for why in peer.differences if "sea" in str(why)] == (
        [different.format(start=start.name)] if different else []
    )
    assert peer.place.name == end.name


@pytest.mark.one_database
def test_a_smaller_peer_is_told_by_how_many_times_as_many_people_the_start_has(session: Session) -> None:
    start = make_city(session, place={"population": 900_000})
    make_city(session, place={"population": 300_000})
    (peer,) = ask(session, start.place_id).peers
    assert f"{start.name} has 3 times as many people" in [str(difference) for difference in peer.differences]


@pytest.mark.one_database
def test_goals_that_both_work_for_are_a_reason_and_what_only_the_peer_names_a_difference(
    session: Session, mine: City
) -> None:
    other = make_city(session, challenges=("waste", "health"))
    make_vision(session, city=mine, goals=(3, 6, 11, 13))
    make_vision(session, city=other, goals=(3, 6, 11, 13))
    make_vision(session, city=make_city(session, challenges=("heat",)), goals=(11,))
    peer = next(peer for peer in ask(session, mine.place_id).peers if peer.place.slug == other.slug)
    assert peer.challenge is not None
    assert peer.challenge > 0
    # The rarest three, in order; goal 11 is on every city's list.
    assert "both work for goals 3, 6, 13" in [str(reason) for reason in peer.reasons]
    assert "also names Public health, Unmanaged waste" in [str(difference) for difference in peer.differences]


@pytest.mark.one_database
def test_labels_inside_reasons_are_translated_one_by_one(session: Session, mine: City) -> None:
    make_city(session, challenges=("flooding", "waste", "health"))
    (peer,) = ask(session, mine.place_id).peers
    mirrored = {"Flooding": "gnidoolF", "Unmanaged waste": "etsaW", "Public health": "htlaeH", "India": "aidnI"}
    said = "; ".join(
        message.render(lambda text: mirrored.get(text, text)) for message in (*peer.reasons, *peer.differences)
    )
    for word in ("both face gnidoolF", "both in aidnI", "also names htlaeH, etsaW"):
        assert word in said
    assert str(Message("named: %(what)s", {"what": Label("95% of it")})) == "named: 95% of it"


def test_a_citys_page_fills_in_its_challenges_and_ticking_others_replaces_them(session: Session, mine: City) -> None:
    other = make_city(session, challenges=("waste",))
    assert set(ask(session, mine.place_id).challenges) == {"flooding", "heat"}
    answer = ask(session, mine.place_id, challenges={"waste": "under-a-third"})
    assert answer.challenges == {"waste": "under-a-third"}
    assert answer.peers[0].place.slug == other.slug
    assert answer.peers[0].challenge == 1


def test_a_place_without_a_page_may_start_too(session: Session, mine: City) -> None:
    place = make_place(session, "Made-up Village", population=20_000)
    answer = ask(session, place.id, challenges={"heat": None})
    assert (answer.place.name, answer.place.slug) == ("Made-up Village", None)
    assert named(answer.peers) == ["Made-up Home"]


@pytest.mark.one_database
def test_no_challenge_ticked_gives_context_peers(session: Session, mine: City) -> None:
    make_city(session, challenges=("flooding",))
    answer = ask(session, mine.place_id, challenges={})
    assert (answer.challenges, answer.notes) == ({}, ())
    assert [peer.challenge for peer in answer.peers] == [None]
    assert answer.peers[0].combined == answer.peers[0].context
    assert (answer.peers_with_results, answer.peers_with_same_challenge) == ((), ())


@pytest.mark.one_database
def test_nonsense_in_a_question_becomes_a_note_and_never_an_error(session: Session, mine: City) -> None:
    make_city(session, challenges=("flooding",))
    answer = ask(
        session,
        mine.place_id,
        challenges={"dragons": None, "flooding": "dreadful"},
        weights={"income": "lots"},
        excluded_regions=frozenset({"atlantis"}),
        limit=-5,
    )
    said = " ".join(str(note) for note in answer.notes)
    assert all(word in said for word in ("dragons", "dreadful", "lots", "atlantis"))
    assert answer.challenges == {"flooding": None}
    assert len(answer.peers) == 1


@pytest.mark.one_database
def test_a_place_that_nobody_knows_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        ask(session, 1)


def test_an_excluded_region_never_appears(session: Session, mine: City) -> None:
    for country, name in (("LK", "Near"), ("DE", "Far"), ("FR", "Farther")):
        city = make_city(session, f"Made-up {name}", country, challenges=("flooding", "heat"))
        make_initiative(session, cities=(city,), challenges=("flooding",), evidence_level=3)
    excluded = frozenset({"western-europe"})
    for pool in ("cities", "places"):
        answer = ask(session, mine.place_id, excluded_regions=excluded, pool=pool)
        assert named((*answer.peers, *answer.peers_with_results, *answer.peers_with_same_challenge)) == [
            "Made-up Near",
            "Made-up Near",
        ]
        assert {peer_initiative.city.name for peer_initiative in answer.did} == {"Made-up Near"}
    nobody = ask(session, mine.place_id, excluded_regions=excluded | {"southern-asia"})
    assert (nobody.peers, nobody.nearest) == ((), ())
    assert "Leave out fewer" in str(nobody.notes[-1])


def test_an_excluded_income_group_and_the_own_country_never_appear(session: Session, mine: City) -> None:
    for country, name in (("IN", "Own"), ("LK", "Near"), ("DE", "Rich")):
        make_city(session, f"Made-up {name}", country, challenges=("flooding", "heat"))
    rich = session.get_one(Country, "DE").income_group or ""
    abroad = ask(session, mine.place_id, is_abroad=True)
    assert set(named(abroad.peers)) == {"Made-up Near", "Made-up Rich"}
    poor = ask(session, mine.place_id, excluded_income_groups=frozenset({rich}))
    assert set(named(poor.peers)) == {"Made-up Own", "Made-up Near"}
    unknown = ask(session, mine.place_id, excluded_income_groups=frozenset({"golden"}))
    assert len(unknown.peers) == 3
    assert [str(note) for note in unknown.notes] == ["There is no income group “golden” to leave out."]


def test_an_excluded_language_and_places_without_a_common_language_never_appear(session: Session) -> None:
    home = make_city(session, "Made-up Home", "MZ")
    for country, name in (("PT", "Lisboa"), ("BR", "Olinda"), ("ZA", "Gqeberha"), ("SN", "Mbour")):
        make_city(session, f"Made-up {name}", country)
    weights = {"of-context": 1} | dict.fromkeys(set(CODES) - {"population"}, 0)
    common = ask(session, home.place_id, has_same_language=True, weights=weights)
    assert named(common.peers) == ["Made-up Lisboa", "Made-up Olinda"]
    less = ask(session, home.place_id, excluded_languages=frozenset({"fr", "pt", "xx"}), weights=weights)
    assert named(less.peers) == ["Made-up Gqeberha"]
    assert [str(note) for note in less.notes] == ["There is no language “xx” to leave out."]
    portuguese = ask(session, home.place_id, has_same_language=True).peers
    assert {"common language: Portuguese"} <= {str(reason) for peer in portuguese for reason in peer.reasons}
    nowhere = make_place(session, country="AQ")
    answer = ask(session, nowhere.id, has_same_language=True)
    assert answer.candidates == 5
    assert "The languages of Antarctica are not known" in str(answer.notes[0])


@pytest.mark.one_database
def test_land_and_climate_are_told_in_words(session: Session) -> None:
    delta = {"climate_zone": "Aw", "elevation_m": 8, "relief_m": 20}
    start = make_city(session, "Made-up Delta", place=delta)
    make_city(session, "Made-up Port", place=delta)
    make_city(session, "Made-up Pass", place={"climate_zone": "ET", "elevation_m": 3_782, "relief_m": 1_400})
    port, high = ask(session, start.place_id, weights={"of-challenges": 0}).peers
    assert {"same climate: Tropical, dry winter", "both less than 20 m above the sea", "both in flat land"} <= {
        str(reason) for reason in port.reasons
    }
    assert {
        "climate: Polar, tundra (Made-up Delta: Tropical, dry winter)",
        "3,782 m above the sea (Made-up Delta: 8 m)",
        "more hills and mountains nearby",
    } <= {str(why) for why in high.differences}


@pytest.mark.one_database
def test_below_the_floor_nobody_is_a_peer_and_the_nearest_are_named(session: Session) -> None:
    start = make_city(
        session, "Made-up Village", "MZ", place={"latitude": -19.8, "longitude": 34.8, "population": 20_000}
    )
    far = {"latitude": 60.0, "longitude": 25.0, "population": 9_000_000, "is_capital": True}
    strangers = [make_city(session, country="FI", challenges=("heat",), place=far) for _ in range(4)]
    make_initiative(session, cities=(strangers[0],), challenges=("heat",), evidence_level=3)
    answer = ask(session, start.place_id, challenges={"heat": None})
    assert (answer.peers, answer.close, answer.candidates) == ((), 0, 4)
    assert [peer.place.id for peer in answer.nearest] == [city.place_id for city in strangers][:3]
    assert {peer.strength for peer in answer.nearest} == {None}
    # Whoever has results is named all the same, as no peer.
    assert [(peer.place.id, peer.strength) for peer in answer.peers_with_results] == [(strangers[0].place_id, None)]
    assert [done.city.id for done in answer.did] == [strangers[0].id]


@pytest.mark.one_database
def test_every_peer_has_a_reason_even_where_nothing_is_quite_alike(session: Session) -> None:
    start = make_city(session, country="MZ", place={"latitude": -19.8, "longitude": 34.8, "population": 20_000})
    far = {"latitude": 60.0, "longitude": 25.0, "population": 9_000_000, "is_capital": True}
    make_city(session, country="FI", place=far)
    (peer,) = ask(
        session, start.place_id, weights={"population": 1} | dict.fromkeys(set(CODES) - {"population"}, 0)
    ).nearest
    assert [str(reason) for reason in peer.reasons] == ["most alike in: Population"]


def test_the_pool_of_all_places_holds_those_without_a_page(session: Session, mine: City) -> None:
    make_place(session, "Made-up Neighbour", latitude=20.1)
    make_city(session, "Made-up Far", "FI", place={"latitude": 60.0, "longitude": 25.0})
    assert named(ask(session, mine.place_id).nearest) == ["Made-up Far"]
    everyone = ask(session, mine.place_id, pool="places", challenges={})
    assert named(everyone.peers) == ["Made-up Neighbour"]
    assert everyone.candidates == 2
    assert everyone.peers[0].challenge is None


def test_results_need_evidence_of_level_two_on_that_very_challenge_and_others_face_the_same(
    session: Session, mine: City
) -> None:
    solved = make_city(session, "Made-up Solved")
    set_challenge(session, solved, "flooding", status="solved")
    better = make_city(session, "Made-up Better", challenges=("heat",))
    make_initiative(session, cities=(better,), challenges=("heat",), evidence_direction="positive")
    elsewhere = make_city(session, "Made-up Elsewhere", challenges=("heat",))
    make_initiative(session, cities=(elsewhere,), challenges=("waste",), evidence_level=4)
    shown = make_city(session, "Made-up Shown")
    make_initiative(session, cities=(shown,), challenges=("heat",), evidence_level=2)
    worse = make_city(session, "Made-up Worse", challenges=("heat",))
    make_initiative(session, cities=(worse,), challenges=("heat",), evidence_level=3, evidence_direction="negative")
    claims = make_city(session, "Made-up Claims", challenges=("flooding",))
    make_initiative(session, cities=(claims,), challenges=("flooding",), evidence_level=1)
    answer = ask(session, mine.place_id)
    assert named(answer.peers_with_results) == ["Made-up Shown"]
    assert set(named(answer.peers_with_same_challenge)) == {
        "Made-up Solved",
        "Made-up Better",
        "Made-up Elsewhere",
        "Made-up Worse",
        "Made-up Claims",
    }
    by_name = {peer.place.name: peer for peer in answer.peers}
    assert [named_challenge.code for named_challenge in by_name["Made-up Shown"].results_for] == ["heat"]
    assert "reports results on Extreme heat" in [str(reason) for reason in by_name["Made-up Shown"].reasons]
    assert [named_challenge.code for named_challenge in by_name["Made-up Claims"].same_challenge_for] == ["flooding"]
    assert [named_challenge.code for named_challenge in by_name["Made-up Better"].same_challenge_for] == ["heat"]
    assert by_name["Made-up Better"].results_for == ()


def test_what_peers_did_goes_by_closeness_and_evidence_and_stopped_ones_tell_their_lessons(
    session: Session, mine: City
) -> None:
    near = make_city(session, "Made-up Near", challenges=("flooding", "heat"))
    far = make_city(session, "Made-up Far", "LK", challenges=("heat",), place={"latitude": 6.0, "longitude": 80.0})
    make_initiative(session, "Made-up Claim", cities=(near,), challenges=("flooding",), evidence_level=0)
    make_initiative(session, "Made-up Proof", cities=(near,), challenges=("heat",), evidence_level=4)
    make_initiative(session, "Made-up Far proof", cities=(far,), challenges=("heat",), evidence_level=4)
    make_initiative(session, "Made-up Other", cities=(near,), challenges=("waste",), evidence_level=5)
    make_initiative(session, "Made-up Own", cities=(mine,), challenges=("heat",), evidence_level=5)
    make_initiative(session, "Made-up Silent", cities=(near,), challenges=("heat",), stage="discontinued")
    make_initiative(
        session, "Made-up Stop", cities=(far,), challenges=("heat",), stage="discontinued", lessons="Ask first."
    )
    answer = ask(session, mine.place_id)
    assert [peer_initiative.initiative.title for peer_initiative in answer.did] == [
        "Made-up Proof",
        "Made-up Claim",
        "Made-up Far proof",
    ]
    assert [peer_initiative.initiative.title for peer_initiative in answer.stopped] == [
        "Made-up Stop",
        "Made-up Silent",
    ]
    assert [[named_challenge.code for named_challenge in peer_initiative.shared] for peer_initiative in answer.did] == [
        ["heat"],
        ["flooding"],
        ["heat"],
    ]
    assert [peer_initiative.has_results for peer_initiative in answer.did] == [True, False, True]


@pytest.mark.one_database
def test_moving_the_weights_changes_the_order(session: Session, mine: City) -> None:
    make_city(session, "Made-up Alike", place={"latitude": 20.5}, challenges=("waste",))
    far = {"latitude": 60.0, "longitude": 25.0}
    make_city(session, "Made-up Sufferer", "FI", challenges=("flooding", "heat"), place=far)
    by_challenge = ask(session, mine.place_id, weights={"of-context": "0"})
    by_context = ask(session, mine.place_id, weights={"of-challenges": "0"})
    assert named(by_challenge.peers)[0] == "Made-up Sufferer"
    assert named(by_context.peers)[0] == "Made-up Alike"
    assert "do not change the order" in str(by_context.notes[0])


@pytest.mark.one_database
def test_goals_they_work_for_draw_cities_together(session: Session, mine: City) -> None:
    make_vision(session, mine, goals=(13,))
    with_goal = make_city(session, "Made-up Goal", challenges=("flooding",))
    make_vision(session, with_goal, goals=(13,))
    other = make_city(session, "Made-up No goal", challenges=("flooding",))
    make_vision(session, other, goals=(4,))
    scores = {peer.place.name: peer.challenge for peer in ask(session, mine.place_id).peers}
    assert scores["Made-up Goal"] > scores["Made-up No goal"]


def test_equal_peers_come_in_the_order_of_their_ids(session: Session, mine: City) -> None:
    twins = [make_city(session) for _ in range(7)]
    for limit in (3, 7):
        answer = ask(session, mine.place_id, limit=limit)
        assert [peer.place.id for peer in answer.peers] == [city.place_id for city in twins][:limit]


@pytest.mark.parametrize("pool", ["cities", "places"])
def test_one_peer_and_three_take_the_same_number_of_queries(session: Session, mine: City, pool: str) -> None:
    counted = []
    for _ in range(3):
        city = make_city(session, challenges=("flooding", "heat"))
        make_initiative(session, cities=(city,), challenges=("heat",), goals=(13,), technologies=("drones",))
        make_initiative(session, cities=(city,), challenges=("heat",), stage="discontinued")
        session.flush()
        session.expunge_all()
        table = FeatureMatrix.read(session)
        with queries(session) as sent:
            answer = find_peers(session, table, PeerQuestion(mine.place_id, pool=pool))
            assert [peer_initiative.initiative.cities[0].country.name for peer_initiative in answer.did]
        counted.append(len(sent))
    assert len(set(counted)) == 1
    assert counted[0] <= 16
