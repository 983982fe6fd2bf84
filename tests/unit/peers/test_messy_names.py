"""Names of cities as reports hold them: offices, other languages, slips; and never a guess where two places fit."""

import random
import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import select

import kb.app
from config import Config
from kb.catalogue.models import Country, Place, PlaceName
from kb.core.db import Database
from kb.peers.countries import Countries
from kb.peers.name_variants import name_variants
from kb.peers.place_resolution import _BODIES, resolve, suggested
from kb.peers.places import Gazetteer, PlaceMatch
from kb.peers.provinces import province_codes
from kb.peers.service import Peers
from tools.places_evaluation import NamedPlace, evaluate

REPORTED = [
    tuple(part.strip() for part in line.split("|"))
    for line in (Path(__file__).parent / "reporting_cities.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

_OFFICES = {
    "AR": ("Municipalidad de {}", "Municipio de {}"), "BR": ("Prefeitura de {}", "Município de {}"),
    "CO": ("Alcaldía Municipal de {}",), "DE": ("Stadt {}", "Landeshauptstadt {}"), "DK": ("{} Kommune",),
    "ES": ("Ayuntamiento de {}",), "FR": ("Ville de {}", "Mairie de {}"), "GB": ("{} City Council", "{} Council"),
    "ID": ("Pemerintah Kota {}",), "IN": ("{} Municipal Corporation",), "IT": ("Comune di {}",),
    "JP": ("{}-shi", "{} City"), "KR": ("{} Metropolitan City",), "MX": ("Gobierno Municipal de {}",),
    "NO": ("{} kommune",), "PH": ("{} Municipality",), "SE": ("{}s stad", "{} kommun"), "TR": ("{} Belediyesi",),
    "ZA": ("{} Local Municipality",),
}  # fmt: skip
_ANYWHERE = ("City of {}", "Municipality of {}", "Greater {}")


@pytest.fixture(scope="module")
def gazetteer(seeded_config: Config) -> Gazetteer:
    return Peers(Database(seeded_config.database_url), seeded_config.instance / kb.app.PLACES).gazetteer


def test_bodies_that_report_resolve_to_their_city_and_none_to_another(gazetteer: Gazetteer) -> None:
    came_out = []
    for name, country, _ in REPORTED:
        place = resolve(gazetteer, name, country).place
        came_out.append((name, country, place))
    wrong = [
        (name, country, place)
        for (name, country, place), (_, _, meant) in zip(came_out, REPORTED, strict=True)
        if (meant == "?") != (place is None) or (place and meant not in (place.name, f"{place.name}, {place.admin1}"))
    ]
    assert wrong == []


def test_every_body_signs_for_a_place_of_its_country(gazetteer: Gazetteer) -> None:
    assert [body for body, seat in _BODIES.items() if not gazetteer.bearing(seat, body[0])] == []


def _written(chance: random.Random, place: Place, others: list[str]) -> str:
    """The name of a place as a report might have it."""
    name = place.name
    match chance.randrange(5):
        case 0:
            return chance.choice(_OFFICES.get(place.country_code, _ANYWHERE)).format(name)
        case 1:
            plain = unicodedata.normalize("NFKD", name.replace("’", "'"))
            return "".join(sign for sign in plain if not unicodedata.combining(sign)).upper()
        case 2 if others:
            return chance.choice(others)
        case 3 if len(name) > 8:
            place_of_slip = chance.randrange(2, len(name))
            return name[:place_of_slip] + chance.choice("aeiorstn") + name[place_of_slip + chance.randrange(2) :]
    return f"{name}, {place.country.name}"


def test_of_perturbed_names_most_come_out_right_and_hardly_any_wrong(
    seeded_config: Config, gazetteer: Gazetteer
) -> None:
    chance = random.Random(20)  # noqa: S311 - names are drawn, not secrets
    with Database(seeded_config.database_url).reading() as session:
        places = session.scalars(select(Place).join(Country).where(Place.population >= 15_000).order_by(Place.id)).all()
        drawn = chance.choices(places, weights=[(place.population or 0) ** 0.5 for place in places], k=400)
        named = []
        for place in drawn:
            others = session.scalars(select(PlaceName.name).where(PlaceName.place_id == place.id)).all()
            latin = sorted(name for name in others if name.isascii() and len(name) > 3)
            point = (place.latitude, place.longitude)
            named.append(NamedPlace(_written(chance, place, latin), place.country.name, point))
        measured = evaluate(named, gazetteer)
    assert measured.names == measured.with_coordinates == 400
    assert measured.right + measured.wrong + measured.unresolved == 400
    assert measured.right >= 355
    # These four bear the name of a larger place, which is the one meant by most who write it.
    assert measured.wrong <= 4


NAMESAKES = [
    (1, "Portland", "US", "OR", 650_000, 45.5, -122.7),
    (2, "Portland", "US", "ME", 68_000, 43.7, -70.3),
    (3, "Córdoba", "AR", "05", 1_400_000, -31.4, -64.2),
    (4, "San Martín", "AR", "05", 20_000, -31.0, -64.0),
    (5, "San Martín", "AR", "13", 80_000, -33.1, -68.5),
    (6, "Guadalajara", "MX", "14", 1_500_000, 20.7, -103.3),
    (7, "Guadalajara", "ES", "54", 85_000, 40.6, -3.2),
    (8, "Twin Town", "IN", "16", 90_000, 19.00, 73.00),
    (9, "Twin Town", "IN", "16", 80_000, 19.05, 73.05),
    (10, "Kansas City", "US", "MO", 475_000, 39.1, -94.6),
    (11, "Denver", "US", "CO", 700_000, 39.7, -105.0),
    (12, "Jackson", "US", "MS", 154_000, 32.3, -90.2),
    (13, "Jackson", "US", "TN", 67_000, 35.6, -88.8),
    (14, "Suzhou", "CN", "04", 6_700_000, 31.3, 120.6),
    (15, "Suzhou", "CN", "01", 1_600_000, 33.6, 117.0),
    (16, "Austin", "US", "TX", 980_000, 30.3, -97.7),
    (17, "Austin", "US", "MN", 25_000, 43.7, -93.0),
    (18, "Victoria de Durango", "MX", "10", 519_000, 24.0, -104.7),
    (19, "Durango", "US", "CO", 19_000, 37.3, -107.9),
    (20, "Somerville", "US", "MA", 40_000, 42.4, -71.1),
    (21, "Somerville", "US", "NJ", 9_000, 40.6, -74.6),
    (22, "Dover", "US", "DE", 64_000, 39.2, -75.5),
    (23, "Dover", "US", "NH", 16_000, 43.2, -70.9),
    (24, "Alton", "IN", "16", 40_000, 51.1, -1.0),
    (25, "Alton", "US", "TX", 9_000, 26.3, -98.3),
    (26, "\u0391" * 300, "ES", "29", 5_200, 38.0, 23.7),
]


@pytest.fixture(scope="module")
def namesakes() -> Gazetteer:
    countries = [
        ("US", "USA", "United States"), ("AR", "ARG", "Argentina"), ("MX", "MEX", "Mexico"), ("ES", "ESP", "Spain"),
        ("IN", "IND", "India"), ("CN", "CHN", "China"),
    ]  # fmt: skip
    named = {code: name for code, _, name in countries}
    return Gazetteer.of(
        [PlaceMatch(i, name, code, named[code], *rest) for i, name, code, *rest in NAMESAKES],
        [(11, "auraria"), (10, "kansas city"), (17, "city of austin"), (18, "durango"), (14, "xingan")],
        countries,
    )


@pytest.mark.parametrize(
    ("name", "country", "place"),
    [
        ("Portland", "USA", 1),
        ("Jackson", "USA", None),
        ("Suzhou", "China", None),
        ("City of Austin", "USA", 16),
        ("Durango, Mexico", "", 18),
        ("Durango", "Mexico", 18),
        ("Durango, CO", "", 19),
        ("Xiongan", "China", None),
        ("City of Portland, ME", "USA", 2),
        ("Portland, Maine", "USA", 2),
        ("Portland (Oregon)", "USA", 1),
        ("Portland, TX", "USA", None),
        ("Portland, OR, USA", "", 1),
        ("Municipalidad de San Martín", "Argentina", None),
        ("San Martín, Córdoba", "Argentina", 4),
        ("Guadalajara", "", 6),
        ("Guadalajara, Spain", "", 7),
        ("Guadalajara, Spain", "Mexico", None),
        ("Twin Town", "India", 8),
        ("Guadalajora", "Mexico", 6),
        ("Guadalahora", "Mexico", None),
        ("Buadalajara", "Mexico", None),
        ("Denber", "USA", None),
        ("Auraria", "USA", None),
        ("\u200bKansas\u00a0City\ufeff", "USA", 10),
        ("Somerville", "USA", 20),
        ("Dover", "USA", None),
        ("Alton", "", None),
        ("\u0391" * 300, "Spain", 26),
        ("City of", "USA", None),
        ("---", "USA", None),
    ],
)
def test_what_stands_beside_a_name_tells_namesakes_apart(
    namesakes: Gazetteer, name: str, country: str, place: int | None
) -> None:
    place_match = resolve(namesakes, name, country).place
    assert (place_match.id if place_match else None) == place


def test_a_province_or_coordinates_tell_namesakes_apart_and_rule_out(namesakes: Gazetteer) -> None:
    def place(**beside: object) -> int | None:
        place_match = resolve(namesakes, "Jackson", "US", **beside).place
        return place_match.id if place_match else None

    assert place() is None
    assert place(province="Mississippi") == 12
    assert place(province="TN") == 13
    assert place(province="Texas") is None
    assert place(point=(35.5, -88.7)) == 13
    assert place(point=(0.0, 0.0)) is None
    ruled_out = resolve(namesakes, "Jackson", "US", point=(0.0, 0.0))
    assert [place_match.id for place_match in ruled_out.several] == [12, 13]
    assert ruled_out.is_ruled_out
    assert not resolve(namesakes, "Jackson", "US").is_ruled_out


def test_how_a_name_was_found_is_told(namesakes: Gazetteer) -> None:
    assert resolve(namesakes, "Guadalajara", "Mexico").how == "name"
    assert resolve(namesakes, "Gobierno de Guadalajara", "Mexico").how == "part"
    assert resolve(namesakes, "Guadlajara", "Mexico").how == "slip"
    assert resolve(namesakes, "Guadlajara, Mexico").how == "slip"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Prefeitura Municipal do Rio de Janeiro", "rio de janeiro"),
        ("Gobierno Autónomo Municipal de La Paz", "la paz"),
        ("Municipal Corporation of Greater Mumbai", "mumbai"),
        ("Ville d'Abidjan", "abidjan"),
        ("Comune di L'Aquila", "laquila"),
        ("Comune dell'Aquila", "laquila"),
        ("City of Des Moines", "des moines"),
        ("La mairie de Bujumbura", "bujumbura"),
        ("H. Ayuntamiento de Puebla", "puebla"),
        ("Gobierno Autónomo Descentralizado Municipal del Cantón Loja", "loja"),
        ("The Local Government of Quezon City", "quezon city"),
        ("Dalian Municipal People's Government", "dalian"),
        ("Göteborgs stad", "goteborg"),
        ("Espoon kaupunki", "espoo"),
        ("Yaoundé 3", "yaounde"),
        ("Ville du Mans", "le mans"),
        ("City & County of San Francisco", "san francisco"),
        ("Администрация города Томска", "томск"),
        ("Capital Development Authority, Islamabad", "islamabad"),
        ("City of St. Paul", "saint paul"),
        ("Bruxelles / Brussel", "brussel"),
        ("Metro Government of Nashville and Davidson County", "nashville"),
    ],
)
def test_an_office_is_read_off_a_name(text: str, read: str) -> None:
    assert read in [reading.name for reading in name_variants(text)]


@pytest.mark.parametrize("text", ["Villa María", "General Pico", "Royal Oak", "La Paz", "Den Haag", "Grand Rapids"])
def test_a_name_that_begins_like_an_office_is_tried_whole_first(text: str) -> None:
    assert next(name_variants(text)).name == text.casefold().replace("í", "i")


WRITTEN = [
    ("Monterrey, Mexico", "", "MX.19"),
    ("León, Mexico", "", "MX.11"),
    ("Puebla, Mexico", "", "MX.21"),
    ("Oaxaca, México", "", "MX.20"),
    ("Mérida, Mexico", "Mexico", "MX.31"),
    ("Durango (Mexico)", "", "MX.10"),
    ("Toluca, Estado de México", "", "MX.15"),
    ("Mexico, Toluca", "", "MX.15"),
    ("Atlanta, Georgia", "", "US.GA"),
    ("Tbilisi, Georgia", "", "GE.51"),
    ("Los Angeles, CA", "", "US.CA"),
    ("London, CA", "", "CA.08"),
    ("Richmond, CA", "", None),
    ("Kansas City, KS", "USA", "US.KS"),
    ("Austin TX", "", "US.TX"),
    ("Columbus", "USA", "US.OH"),
    ("Springfield", "USA", None),
    ("San Juan, Puerto Rico", "USA", "PR.127"),
    ("Kigali Rwanda", "", "RW.12"),
    ("Kota India", "", "IN.24"),
    ("Mahasarakham Municipality", "Thailand", "TH.24"),
    ("Ciudad de Juárez", "Mexico", "MX.06"),
    ("Le Grand Casablanca", "Morocco", "MA.06"),
    ("Jeypore", "India", None),
    ("Poá", "Brazil", None),
    ("Halle", "Germany", "DE.14"),
    ("New York", "USA", "US.NY"),
    ("Mombasa County Government", "Kenya", "KE.37"),
    ("Orange County", "USA", None),
    ("Hong Kong Special Administrative Region of China", "China", "HK.None"),
    ("New Mexico", "", None),
    ("Yichun, Heilongjiang", "China", "CN.08"),
    ("Taizhou, Zhejiang Province", "China", "CN.02"),
    ("Taizhou", "China", None),
    ("Xiongan", "China", None),
    ("Gwangju, Gyeonggi-do", "Korea", "KR.13"),
    ("Bogotá, Cundinamarca", "Colombia", "CO.34"),
    ("Kyiv, Kyiv Oblast", "Ukraine", "UA.12"),
    ("Kazan", "Россия", "RU.73"),
    ("Haifa", "ישראל", "IL.04"),
    ("Beijing", "中国", "CN.22"),
    ("Athens", "Ελλάδα", "GR.ESYE31"),
    ("Cairo", "مصر", "EG.11"),
]


@pytest.mark.parametrize(("name", "country", "where"), WRITTEN)
def test_countries_and_provinces_beside_a_name_are_understood(
    gazetteer: Gazetteer, name: str, country: str, where: str | None
) -> None:
    place = resolve(gazetteer, name, country).place
    assert (place and f"{place.country_code}.{place.admin1}") == where


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("city of colu", "US.OH"),
        ("Prefeitura de Campin", "BR.27"),
        ("City of Richmond, Canada", "CA.02"),
        ("Mexico, Toluca", "MX.15"),
        ("austin tx", "US.TX"),
    ],
)
def test_typing_offers_places_behind_an_office(gazetteer: Gazetteer, typed: str, first: str) -> None:
    place = suggested(gazetteer, typed, 8)[0]
    assert f"{place.country_code}.{place.admin1}" == first


@pytest.mark.parametrize("typed", ["", ",", "zzzzz council", "x, " * 5_000, "mexico " * 5_000])
def test_what_is_no_place_offers_nothing(gazetteer: Gazetteer, typed: str) -> None:
    assert suggested(gazetteer, typed, 8) == []


@pytest.mark.parametrize(
    ("country", "text", "codes"),
    [
        ("CN", "Zhejiang Sheng", {"02"}),
        ("DE", "Bavaria", {"02"}),
        ("DE", "Bayern", {"02"}),
        ("US", "Ohio", {"OH"}),
        ("US", "N.Y.", {"NY"}),
        ("UA", "Kyiv", {"12", "13"}),
        ("FR", "Ohio", set()),
        ("XX", "Ohio", set()),
    ],
)
def test_a_province_is_known_by_its_names_and_code(country: str, text: str, codes: set[str]) -> None:
    assert province_codes(country, text) == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Россия", "RU"),
        ("ישראל", "IL"),
        ("Ελλάδα", "GR"),
        ("مصر", "EG"),
        ("中国", "CN"),
        ("日本", "JP"),
        ("대한민국", "KR"),
        ("Україна", "UA"),
        ("Magyarország", "HU"),
        ("Suomi", "FI"),
        ("ไทย", "TH"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("Bolivia (Plurinational State of)", "BO"),
        ("Korea, Republic of", "KR"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Congo, Democratic Republic of the", "CD"),
        ("China, Hong Kong Special Administrative Region", "HK"),
        ("Brasil", "BR"),
        ("Deutschland", "DE"),
        ("Côte d’Ivoire", "CI"),
        ("U.S.A.", "US"),
        ("Philippines (the)", "PH"),
        ("Kingdom of Spain", "ES"),
        ("Georgia", "GE"),
        ("Congo, Rep.", "CG"),
        ("Congo, Dem. Rep.", "CD"),
        ("Congo (the Democratic Republic of the)", "CD"),
        ("Korea, Rep.", "KR"),
        ("Korea, Dem. People's Rep.", "KP"),
        ("Korea (Democratic People's Republic of)", "KP"),
        ("Plurinational State of Bolivia", "BO"),
        ("Federated States of Micronesia", "FM"),
        ("Micronesia, Fed. Sts.", "FM"),
        ("Egypt, Arab Rep.", "EG"),
        ("Gambia, The", "GM"),
        ("Kyrgyz Republic", "KG"),
        ("People's Republic of Bangladesh", "BD"),
        ("Republic of the Union of Myanmar", "MM"),
        ("Co-operative Republic of Guyana", "GY"),
        ("St. Kitts and Nevis", "KN"),
        ("St. Vincent and the Grenadines", "VC"),
        ("Solomon Is.", "SB"),
        ("Virgin Islands (British)", "VG"),
        ("Virgin Islands (U.S.)", "VI"),
        ("West Bank and Gaza", "PS"),
        ("Taiwan, China", "TW"),
        ("Congo (République démocratique du)", "CD"),
        ("Bolivia, Estado Plurinacional de", "BO"),
        ("EE. UU.", "US"),
        ("Venezuela, RB", "VE"),
        ("China (Taiwan)", "TW"),
        ("Macao SAR, China", "MO"),
        ("Korea, People's Democratic Republic of", "KP"),
        ("République démocratique du Congo", "CD"),
        ("Congo (Zaire)", None),
        ("Congo (the)", "CG"),
        ("Georgia, United States", None),
        ("Georgia (US)", None),
        ("Georgia, Republic of", "GE"),
        ("Samoa (US)", None),
        ("Saint Martin (Dutch part)", "SX"),
        ("Saint Martin (French part)", "MF"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_official_and_foreign_names(gazetteer: Gazetteer, text: str, code: str) -> None:
    assert gazetteer.country_code(text) == code


def test_a_country_that_the_catalogue_lacks_is_not_found() -> None:
    assert Countries([("FR", "FRA", "France")]).code("Spain") is None
