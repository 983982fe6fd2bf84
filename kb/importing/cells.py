"""Parses cells into numbers, years, days, points and lists; what could be two things is neither.

Whether 3/4/2021 is in March or April, and 1,234 a thousand or one, is told by the other cells of the column: see
`ColumnFormat`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from kb.core.text import fold
from kb.peers.geodesy import is_on_earth

NOTHING = frozenset(
    {
        "", "-", "--", "—", "–", ".", "...", "n/a", "na", "n.a.", "n.a", "none", "null", "nil", "nan", "unknown",
        "not known", "not available", "not applicable", "no data", "tbd", "tbc", "?", "#n/a", "s/d", "n/d",
        "n/c", "sin datos", "sin dato", "no aplica", "no disponible", "se desconoce", "desconocido", "ninguno",
        "nao se aplica", "nao disponivel", "sem dados", "desconhecido", "nenhum", "neant", "aucun", "aucune", "inconnu",
        "non disponible", "sans objet", "unbekannt", "keine angabe", "k.a.",
    }
)  # fmt: skip
"""What people write where they know nothing, folded."""


class AmbiguousValue(ValueError):
    """The text is not what the field takes, or could be two things; `why` is "no" or "two"."""

    def __init__(self, why: str = "no") -> None:
        self.why = why
        super().__init__(why)


def has_value(text: str) -> str | None:
    """The text, or None where it says that nothing is known."""
    return None if fold(text) in NOTHING else text


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """How a column writes: `days_first` in 3/4/2021, `decimal` the sign before decimals; None where nothing tells."""

    days_first: bool | None = None
    decimal: str | None = None


_SLASHED = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?")
# "May 2021", "3 May 2021", "May 3, 2021", "15 de mayo de 2021", "1er mars 2021"; "Q2 2021", "T2 2021", "1S 2021".
_NAMED_MONTH = re.compile(
    r"(?:[^\W\d]+\.?[\s-]+(?:del?\s+|\d{1,2}(?:st|nd|rd|th)?,?\s+)?"
    r"|\d{1,2}(?:\.|o|°|er|st|nd|rd|th)?[\s-]+(?:de\s+|of\s+)?[^\W\d]+\.?[\s-]+(?:del?\s+)?"
    r"|(?:[qts][1-4]|[1-4][qts])[\s/-]*)(\d{4})"
)
# "2021 (planned)", "2021年", "2021年5月".
_YEAR_FIRST = re.compile(r"(\d{4})(?:\s*\([^\d)]*\)|年(?:\d{1,2}月(?:\d{1,2}日)?)?|년)")
_NUMBER = re.compile(r"[+-]?[\d.,'’\s]*\d[\d.,'’\s]*")


def column_format(texts: Iterable[str]) -> ColumnFormat:
    """What all cells of a column tell together; a column that does both tells nothing."""
    orders: set[bool] = set()
    decimals: set[str] = set()
    for text in texts:
        if match := _SLASHED.match(text):
            first, second = int(match[1]), int(match[2])
            if first > 12 >= second:
                orders.add(True)
            elif second > 12 >= first:
                orders.add(False)
        if sign := _decimal_sign(text):
            decimals.add(sign)
    return ColumnFormat(
        next(iter(orders)) if len(orders) == 1 else None, next(iter(decimals)) if len(decimals) == 1 else None
    )


def _decimal_sign(text: str) -> str | None:
    """The decimal sign that a number can only have been written with; None where it tells nothing."""
    digits = re.sub(r"[^\d.,]", "", text)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    sign, count = (".", points) if points else (",", commas)
    if not count:
        return None
    other = "," if sign == "." else "."
    if count > 1:
        return other
    whole, _, after = digits.partition(sign)
    # Three digits after one sign may be thousands or decimals.
    return sign if len(after) != 3 or len(whole) > 3 or whole in {"", "0"} else None


def number(text: str, column_format: ColumnFormat = ColumnFormat()) -> Decimal:
    """A number with thousands set apart or not, and decimals after a point or a comma. Raises AmbiguousValue."""
    plain = text.strip().removesuffix("%").strip()
    if not _NUMBER.fullmatch(plain):
        raise AmbiguousValue
    digits = re.sub(r"['’\s]", "", plain)
    sign = _decimal_sign(digits) or column_format.decimal
    if sign is None and ("," in digits or "." in digits):
        raise AmbiguousValue("two")
    grouped = "," if sign == "." else "."
    whole, _, after = digits.partition(sign or ".")
    groups = whole.lstrip("+-").split(grouped)
    if len(groups) > 1:
        in_threes = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        # As India does it: 12,34,567.
        in_twos = grouped == "," and len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1])
        if not groups[0] or not (in_threes or in_twos):
            raise AmbiguousValue
    try:
        return Decimal(f"{whole.replace(grouped, '')}.{after}" if after else whole.replace(grouped, ""))
    except InvalidOperation:
        raise AmbiguousValue from None


_TIMES = {
    "k": 10**3, "thousand": 10**3, "mil": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6,
    "millions": 10**6, "millones": 10**6, "milhoes": 10**6, "millon": 10**6, "milhao": 10**6, "mi": 10**6, "mm": 10**6,
    "mln": 10**6, "mill": 10**6, "millionen": 10**6, "milyon": 10**6, "juta": 10**6, "trieu": 10**6, "mille": 10**3,
    "tausend": 10**3, "ribu": 10**3, "milliard": 10**9, "milliards": 10**9, "md": 10**9, "mds": 10**9, "mrd": 10**9,
    "mia": 10**9, "milliarden": 10**9, "milyar": 10**9, "miliar": 10**9, "ty": 10**9, "bilhao": 10**9,
    "bilhoes": 10**9, "billones": 10**12, "trillion": 10**12, "bn": 10**9, "b": 10**9, "billion": 10**9,
    "lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7,
}  # fmt: skip
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "US$": "USD", "R$": "BRL", "A$": "AUD", "C$": "CAD", "NT$": "TWD",
          "₩": "KRW", "₱": "PHP", "₦": "NGN", "₺": "TRY", "₫": "VND", "₪": "ILS", "zł": "PLN", "TL": "TRY",
          "GH₵": "GHS", "₵": "GHS", "฿": "THB", "₴": "UAH", "₽": "RUB", "৳": "BDT", "₸": "KZT", "₾": "GEL", "Rp": "IDR",
          "RM": "MYR", "S/": "PEN", "Kč": "CZK", "S$": "SGD", "HK$": "HKD", "MX$": "MXN", "NZ$": "NZD", "RMB": "CNY",
          "KSh": "KES", "KSH": "KES", "Ksh": "KES", "TSh": "TZS", "TSH": "TZS", "USh": "UGX", "USH": "UGX"}  # fmt: skip
_NAMES = {"euro": "EUR", "euros": "EUR", "reais": "BRL", "rupiah": "IDR", "naira": "NGN", "yuan": "CNY", "yen": "JPY",
          "baht": "THB", "ringgit": "MYR", "taka": "BDT", "cedis": "GHS", "soles": "PEN", "zloty": "PLN"}  # fmt: skip
SHARED = {
    **dict.fromkeys(("rs", "rupees"), frozenset({"INR", "PKR", "LKR", "NPR", "MUR", "SCR"})),
    **dict.fromkeys(("bs", "bolivianos", "bolivares"), frozenset({"BOB", "VES"})),
    **dict.fromkeys(("kr", "kronor", "kroner"), frozenset({"SEK", "NOK", "DKK", "ISK"})),
    **dict.fromkeys(("f", "cfa", "fcfa", "francs"), frozenset({"XOF", "XAF"})),
    **dict.fromkeys(("sh", "shs", "shillings"), frozenset({"KES", "TZS", "UGX"})),
    **dict.fromkeys(("peso", "pesos"), frozenset({"MXN", "COP", "CLP", "ARS", "UYU", "PHP", "DOP", "CUP"})),
    "¥": frozenset({"CNY", "JPY"}),
}
"""Words, folded, for currencies of several countries; the country of the row decides. “$” may be another country's."""

_MONEY = re.compile(r"\s*(?P<before>[^\d\s+-]*)\s*(?P<number>[\d.,'’\s]*\d)\s*(?P<after>.*?)\s*")


def money(
    text: str, column_format: ColumnFormat, currencies: Iterable[str], of_country: str | None = None
) -> tuple[int, str | None]:
    """An amount in whole units, and its currency where the cell names one. Raises AmbiguousValue.

    `of_country` is the currency of the row's country, which tells what “Rs.” or “pesos” are.

    No currency has three decimals where a spreadsheet shows them, so 1,234 is a thousand here.
    """
    match = _MONEY.fullmatch(text)
    if not match:
        raise AmbiguousValue
    amount_text = match["number"].strip()
    if re.fullmatch(r"\d{1,3}[.,]\d{3}", amount_text):
        if column_format.decimal == re.sub(r"\d", "", amount_text):
            raise AmbiguousValue("two")
        amount_text = re.sub(r"[.,]", "", amount_text)
    amount = number(amount_text, column_format)
    currency = None
    for word in [*_words(match["before"]), *_words(match["after"])]:
        if (times := _TIMES.get(fold(word))) is not None:
            amount *= times
        elif (named := _currency(word, currencies, of_country)) and currency in (None, named):
            currency = named
        elif word not in {"$", "de", "of"}:
            raise AmbiguousValue
    return int(amount.to_integral_value()), currency


def _words(text: str) -> list[str]:
    apart = re.sub(r"([€£₹₩₦₺₫])", r" \1 ", text)
    return [word for word in re.split(r"[\s.]+", apart) if word]


def _currency(word: str, currencies: Iterable[str], of_country: str | None) -> str | None:
    plain = fold(word)
    if of_country in SHARED.get(plain, ()):
        return of_country
    return _SIGNS.get(word) or _NAMES.get(plain) or (word.upper() if word.upper() in currencies else None)


def year(text: str, column_format: ColumnFormat = ColumnFormat()) -> int:
    """A year, or that of a day in any style; the day's order does not matter for it. Raises AmbiguousValue."""
    plain = text.strip()
    if re.fullmatch(r"\d{4}(?:\.0+)?", plain):
        return int(plain[:4])
    try:
        return day(plain, column_format).year
    except AmbiguousValue:
        # Whichever comes first of day and month, the year is the same.
        slashed = _SLASHED.fullmatch(plain)
        if slashed and len(slashed[3]) == 4 and min(int(slashed[1]), int(slashed[2])) <= 12:
            return int(slashed[3])
        if named := _NAMED_MONTH.fullmatch(fold(plain)) or _YEAR_FIRST.fullmatch(plain):
            return int(named[1])
        raise


_SPAN = re.compile(
    r"(\d{4})\s*(?:[-–—/]|to|until|till|bis|a|ate|hasta|au)\s*"
    r"(\d{4}|present|presente|today|now|ongoing|current|actualidad|heute|hoje|atual|en cours)?"
)
_FINANCIAL_YEAR = re.compile(r"(?:fy|financial year|fiscal year|ejercicio|exercice)?\s*(\d{4})\s*[-–/]\s*(\d{2}|\d{4})")


def year_span(text: str) -> tuple[int, int | None] | None:
    """The first and the last year of "2018 - 2020", the last None in "2018 - present"; None where it is no span."""
    match = _SPAN.fullmatch(fold(text.strip()))
    if not match:
        return None
    first, last = int(match[1]), int(match[2]) if match[2] and match[2].isdigit() else None
    return (first, last) if last is None or first <= last else None


def financial_year(text: str) -> tuple[int, int] | None:
    """The two years of "2015/16", "2015-16" or "FY 2015/2016"; None where it is none, or may be a month."""
    plain = fold(text.strip())
    match = _FINANCIAL_YEAR.fullmatch(plain)
    if not match or (not plain.startswith(("f", "e")) and (len(match[2]) == 4 or 0 < int(match[2]) <= 12)):
        return None
    first = int(match[1])
    return (first, first + 1) if int(match[2]) % 100 == (first + 1) % 100 else None


def day(text: str, column_format: ColumnFormat = ColumnFormat()) -> date:
    """A day: 2021-05-31, 31/5/2021 or 5/31/2021 as the column has it; Excel's count of days. Raises AmbiguousValue."""
    plain = text.strip()
    try:
        if match := _ISO.fullmatch(plain):
            return date(int(match[1]), int(match[2]), int(match[3] or 1))
        if re.fullmatch(r"\d{5}(?:\.\d+)?", plain) and 15_000 <= float(plain) <= 80_000:
            # Excel counts from the last day but one of 1899, since it takes 1900 for a leap year.
            return date(1899, 12, 30) + timedelta(days=int(float(plain)))
        if match := _SLASHED.match(plain):
            first, second, years = int(match[1]), int(match[2]), int(match[3])
            if len(match[3]) == 2:
                raise AmbiguousValue("two")
            if first > 12 or (second <= 12 and (column_format.days_first or first == second)):
                return date(years, second, first)
            if second > 12 or column_format.days_first is False:
                return date(years, first, second)
            raise AmbiguousValue("two")
    except ValueError as problem:
        raise problem if isinstance(problem, AmbiguousValue) else AmbiguousValue() from None
    raise AmbiguousValue


_POINT = re.compile(r"(?:SRID=\d+;)?\s*POINT\s*Z?\s*\(\s*(\S+)\s+(\S+)(?:\s+\S+)?\s*\)", re.IGNORECASE)


def point(text: str) -> tuple[float, float]:
    """Latitude and longitude in degrees, from `POINT(lon lat)` or "lat, lon". Raises AmbiguousValue.

    The two may be swapped: whoever knows the city tells (`city_matching`).
    """
    plain = text.strip()
    if match := _POINT.fullmatch(plain):
        return both_degrees(degrees(match[2]), degrees(match[1]))
    parts = re.split(r"\s*[,;]\s*|\s+", plain.strip("()[] "))
    if len(parts) == 4 and "," in plain and "." not in plain:
        # "52,52, 13,40": commas before decimals and between the two.
        parts = [f"{parts[0]}.{parts[1]}", f"{parts[2]}.{parts[3]}"]
    if len(parts) != 2:
        raise AmbiguousValue
    return both_degrees(degrees(parts[0]), degrees(parts[1]))


def both_degrees(latitude: float, longitude: float) -> tuple[float, float]:
    """Both, as they are, where they are a point on Earth, perhaps swapped. Raises AmbiguousValue."""
    if not (is_on_earth(latitude, longitude) or is_on_earth(longitude, latitude)):
        raise AmbiguousValue
    return latitude, longitude


def degrees(text: str) -> float:
    """A latitude or longitude as a number, with a point or comma, perhaps N, S, E or W. Raises AmbiguousValue."""
    match = re.fullmatch(r"([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([NSEWO]?)", text.strip(), re.IGNORECASE)
    if not match:
        raise AmbiguousValue
    value = float(match[1].replace(",", "."))
    return -value if match[2].upper() in {"S", "W"} else value


def yes_or_no(text: str) -> bool:
    """Yes or no, in several languages. Raises AmbiguousValue."""
    plain = fold(text)
    if plain in {"yes", "y", "true", "1", "x", "si", "sim", "oui", "ja", "ya"}:
        return True
    if plain in {"no", "n", "false", "0", "nao", "non", "nein", "tidak"}:
        return False
    raise AmbiguousValue


def pieces(text: str, *, commas: bool = False) -> list[str]:
    """The items of a list in a cell: apart by semicolons, bars, lines or bullets; by commas only where that is safe."""
    signs = r"[;|\n•]" + ("|," if commas else "")
    return [piece for part in re.split(signs, text) if (piece := part.strip(" \t-*·"))]


def slashed(text: str, *, spaced: bool = True) -> list[str]:
    """The items of "A / B"; of "A/B" too where a slash needs no space beside it."""
    return [part for piece in re.split(r"\s/\s|\s/|/\s" if spaced else "/", text) if (part := piece.strip())]


_BEFORE_NUMBERS = (
    "sustainable development goal", "sdg", "ods", "odd", "goal", "target", "objetivo", "objectif", "meta",
    "cible", "ziel",
)  # fmt: skip
_DECIMAL_COMMA = re.compile(r"\b(\d{1,2}),(\d{1,2}|[a-d])\b")


def goal_number(text: str) -> str:
    """What stands for a number in "SDG 11", "Goal 11: Cities" or "Target 11.2"; perhaps no number at all."""
    number = fold(text)
    for before in _BEFORE_NUMBERS:
        number = number.removeprefix(before).strip(" #-.:")
    return number.split(":")[0].split(" ")[0].strip(".").removesuffix(".0").lstrip("0")


def with_points(text: str) -> str:
    """Targets with points: half of the world writes "11,2", and no target is a whole number."""
    return _DECIMAL_COMMA.sub(r"\1.\2", text)
