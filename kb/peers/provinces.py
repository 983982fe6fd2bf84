"""States and provinces of the countries whose people write them after a city, by name and common code.

Values are the codes of GeoNames' first administrative division, as `places.admin1` holds them.
"""

from collections.abc import Iterator

from .name_index import loose

_BY_COUNTRY = {
    "AU": """
        01 act australian capital territory|02 nsw new south wales|03 nt northern territory|04 qld queensland
        05 sa south australia|06 tas tasmania|07 vic victoria|08 wa western australia
    """,
    "BR": """
        01 ac acre|02 al alagoas|03 ap amapa|04 am amazonas|05 ba bahia|06 ce ceara|07 df distrito federal
        08 es espirito santo|11 ms mato grosso do sul|13 ma maranhao|14 mt mato grosso|15 mg minas gerais|16 pa para
        17 pb paraiba|18 pr parana|20 pi piaui|21 rj rio de janeiro|22 rn rio grande do norte|23 rs rio grande do sul
        24 ro rondonia|25 rr roraima|26 sc santa catarina|27 sp sao paulo|28 se sergipe|29 go goias|30 pe pernambuco
        31 to tocantins
    """,
    "CA": """
        01 ab alberta|02 bc british columbia|03 mb manitoba|04 nb new brunswick|05 nl newfoundland and labrador
        07 ns nova scotia|08 on ontario|09 pe prince edward island|10 qc quebec|11 sk saskatchewan|12 yt yukon
        13 nt northwest territories|14 nu nunavut
    """,
    "MX": """
        01 ags aguascalientes|02 bc baja california|03 bcs baja california sur|04 camp campeche|05 chis chiapas
        06 chih chihuahua|07 coah coahuila|08 col colima|09 cdmx ciudad de mexico|10 dgo durango|11 gto guanajuato
        12 gro guerrero|13 hgo hidalgo|14 jal jalisco|15 mex mexico|16 mich michoacan|17 mor morelos|18 nay nayarit
        19 nl nuevo leon|20 oax oaxaca|21 pue puebla|22 qro queretaro|23 qroo quintana roo|24 slp san luis potosi
        25 sin sinaloa|26 son sonora|27 tab tabasco|28 tamps tamaulipas|29 tlax tlaxcala|30 ver veracruz|31 yuc yucatan
        32 zac zacatecas
    """,
    "US": """
        AL al alabama|AK ak alaska|AZ az arizona|AR ar arkansas|CA ca california|CO co colorado|CT ct connecticut
        DE de delaware|DC dc district of columbia|FL fl florida|GA ga georgia|HI hi hawaii|ID id idaho|IL il illinois
        IN in indiana|IA ia iowa|KS ks kansas|KY ky kentucky|LA la louisiana|ME me maine|MD md maryland
        MA ma massachusetts|MI mi michigan|MN mn minnesota|MS ms mississippi|MO mo missouri|MT mt montana
        NE ne nebraska|NV nv nevada|NH nh new hampshire|NJ nj new jersey|NM nm new mexico|NY ny new york
        NC nc north carolina|ND nd north dakota|OH oh ohio|OK ok oklahoma|OR or oregon|PA pa pennsylvania
        RI ri rhode island|SC sc south carolina|SD sd south dakota|TN tn tennessee|TX tx texas|UT ut utah
        VT vt vermont|VA va virginia|WA wa washington|WV wv west virginia|WI wi wisconsin|WY wy wyoming
    """,
}


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Code of GeoNames, common code and name of each."""
    for entry in text.replace("\n", "|").split("|"):
        if entry.strip():
            admin1, code, name = entry.split(maxsplit=2)
            yield admin1, code, name


_CODES = {
    country: {word: admin1 for admin1, *words in _entries(text) for word in words}
    for country, text in _BY_COUNTRY.items()
}
_COMMON = {
    country: {admin1: code.upper() for admin1, code, _ in _entries(text)} for country, text in _BY_COUNTRY.items()
}


def province_code(country: str, text: str) -> str | None:
    """The code of a state or province by its name or common code; None where it is none that is known here."""
    return _CODES.get(country, {}).get(loose(text.replace(".", "")))


def common_code(country: str, admin1: str | None) -> str | None:
    """What people of the country write for a state or province, as in "ON" for Ontario; None where they write none."""
    return _COMMON.get(country, {}).get(admin1 or "")
