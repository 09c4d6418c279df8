"""Single values: a text of the file becomes what a row holds, or a Problem that says why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stdnum.cn import uscc

from gridgov.loading.problems import (
    ChoiceUnknown,
    ClockWrong,
    CodeWrong,
    CreditCodeWrong,
    DaysWrong,
    DigitsWrong,
    EmailWrong,
    InstantWrong,
    LimitWrong,
    NumberWrong,
    PhoneWrong,
    TextTooLong,
    TextWrong,
    ZoneWrong,
)
from gridgov.loading.words import Words

Parser = Callable[[str, Words], object]

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_LIST = re.compile(r"[\s,;、|]+")
_LIMIT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,2})?)\s*(\D.*)")
_INSTANT = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?"
    r"(?:[T\s]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::00)?")
_WORDS = re.compile(r"[,;、|]+")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,22}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LONGEST_WORD = 30
_DAYS = "一二三四五六日"
YEARS = range(1900, 2200)


def plain(text: str) -> str:
    """Bring full-width digits, letters and punctuation to their usual form."""
    return unicodedata.normalize("NFKC", text).strip()


def text(limit: int) -> Parser:
    """A text of at most so many characters."""

    def parse(value: str, words: Words) -> str:
        value = " ".join(value.split())
        if len(value) > limit:
            raise TextTooLong(limit=limit)
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
            raise TextWrong
        return value

    return parse


def code(value: str, words: Words) -> str:
    """A code that the office chose."""
    value = plain(value)
    if not _CODE.fullmatch(value):
        raise CodeWrong(value=value)
    return value


def codes(value: str, words: Words) -> list[str]:
    """Several codes, set apart by spaces, commas or semicolons."""
    return list(dict.fromkeys(code(one, words) for one in _LIST.split(plain(value)) if one))


def words_of(value: str, words: Words) -> list[str]:
    """Several words, set apart by commas or semicolons, or by spaces where there are none."""
    parts = _WORDS.split(plain(value)) if _WORDS.search(plain(value)) else plain(value).split()
    found = [" ".join(one.split()) for one in parts if one.strip()]
    if any(len(one) > LONGEST_WORD for one in found):
        raise TextTooLong(limit=LONGEST_WORD)
    return list(dict.fromkeys(str(text(LONGEST_WORD)(one, words)) for one in found))


def phone(value: str, words: Words) -> str:
    """A telephone number: digits, spaces and dashes, perhaps after a plus."""
    value = plain(value)
    if not _PHONE.fullmatch(value):
        raise PhoneWrong
    return value


def email(value: str, words: Words) -> str:
    """An e-mail address."""
    value = plain(value)
    if not _EMAIL.fullmatch(value) or len(value) > 100:
        raise EmailWrong
    return value


def digits(*lengths: int) -> Parser:
    """A code of so many digits."""

    def parse(value: str, words: Words) -> str:
        value = plain(value)
        if not re.fullmatch("[0-9]+", value) or len(value) not in lengths:
            raise DigitsWrong(value=value, digits="/".join(map(str, lengths)))
        return value

    return parse


def choice(kind: str) -> Parser:
    """One of the values of a kind, in any of the words for it."""

    def parse(value: str, words: Words) -> str:
        found = words.value(kind, value)
        if found is None:
            known = sorted(set(words.values.get(kind, {}).values()))
            choices = words.called(f"values.{kind}", known)
            raise ChoiceUnknown(value=value, choices=choices)
        return found

    return parse


def flag(value: str, words: Words) -> bool:
    """Yes or no."""
    return choice("flag")(value, words) == "yes"


def number(least: float, most: float) -> Parser:
    """A number between two others; a percentage is divided by 100."""

    def parse(value: str, words: Words) -> float:
        shown = plain(value)
        try:
            found = float(shown.removesuffix("%")) / (100 if shown.endswith("%") else 1)
        except ValueError:
            found = float("nan")
        if not least <= found <= most:
            raise NumberWrong(value=value, least=least, most=most)
        return found

    return parse


def limit(value: str, words: Words) -> list[object]:
    """A limit as the rows hold it: [kind, amount]."""
    found = _LIMIT.fullmatch(plain(value))
    kind = words.value("limit_kind", found[2].removeprefix("个")) if found else None
    if found is None or kind is None:
        raise LimitWrong(value=value)
    amount = float(found[1])
    return [kind, int(amount) if amount.is_integer() else amount]


def instant(value: str, words: Words) -> date | datetime:
    """A day, or a local time of a day; their zone is the reader's to say."""
    shown = plain(value)
    found = _INSTANT.fullmatch(shown)
    try:
        if found is None:
            made = datetime.fromisoformat(shown)
            if made.year not in YEARS or made.tzinfo is None:
                raise InstantWrong(value=value)
            return made
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        if year not in YEARS:
            raise InstantWrong(value=value)
        if found[4] is None:
            return date(year, month, day)
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError as error:
        raise InstantWrong(value=value) from error


def days(value: str, words: Words) -> str:
    """Days of the week as digits in order; ranges and Chinese names are read."""
    shown = words.value("days", value) or plain(value)
    shown = re.sub(r"周|星期|礼拜|[\s,;、]", "", shown).replace("天", "日")
    shown = "".join(str(_DAYS.index(c) + 1) if c in _DAYS else c for c in shown)
    shown = re.sub(r"([1-7])[-~至到]([1-7])", _range, shown)
    found = "".join(sorted(set(shown)))
    if not re.fullmatch("[1-7]+", found):
        raise DaysWrong(value=value)
    return found


def _range(found: re.Match[str]) -> str:
    first, last = int(found[1]), int(found[2])
    return "".join(str(day) for day in range(first, last + 1)) or "-"


def clock(value: str, words: Words) -> str:
    """A local time of day as HH:MM; 24:00 is 00:00 of the next day."""
    found = _CLOCK.fullmatch(plain(value))
    if found is None or (int(found[1]) == 24 and found[2] != "00"):
        raise ClockWrong(value=value)
    return f"{int(found[1]) % 24:02}:{found[2]}"


def zone(value: str, words: Words) -> str:
    """The name of a time zone."""
    try:
        return ZoneInfo(value).key
    except (LookupError, ValueError, OSError) as error:
        raise ZoneWrong(value=value) from error


def credit_code(value: str, words: Words) -> str:
    """A unified social credit code (GB 32100) with a right check digit."""
    if not uscc.is_valid(shown := plain(value)):
        raise CreditCodeWrong(value=value)
    return str(uscc.compact(shown))
