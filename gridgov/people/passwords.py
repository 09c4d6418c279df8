"""Passwords: which ones are taken, and how they are kept (Argon2id, argon2-cffi's parameters).

A password is refused where what is left of it, after common words, runs of the keyboard, years
and the account's own names are taken out, is shorter than four characters or digits alone: that
holds for "Ningbo@2026" and "woaini1314520" as for "password1", without a list of millions. Such a
list alone lets through whatever an office thinks of itself.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gridgov.errors import BadInput
from gridgov.settings import ROOT

SHORTEST, LONGEST = 10, 128
LEFT_OVER = 4
RUN = 4  # characters in a row of the keyboard, the alphabet or the digits
WORDS = ROOT / "config" / "common_words.txt"
ROWS = (
    "1234567890", "0987654321", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.", "qazwsxedcrfvtgbyhnujmik", "147258369", "789456123",
)  # fmt: skip
LEET = str.maketrans("@40$5317!+", "aaosseitit")
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"

YEAR, DAY = r"(19|20)\d\d", r"(0?\d|1[0-2])([0-2]\d|3[01])"

_hasher = PasswordHasher()


class PasswordTooShort(BadInput):
    """Choose a password of %(shortest)s characters or more; a sentence is easy to remember."""


class PasswordTooLong(BadInput):
    """Choose a password of at most %(longest)s characters."""


class PasswordGuessable(BadInput):
    """This is easily guessed: little more than common words, names, years or keys in a row."""


class PasswordUnchanged(BadInput):
    """Choose another password than the present one."""


def hashed(password: str) -> str:
    """Return what is stored of a password; takes tens of milliseconds, and 64 MiB."""
    return _hasher.hash(normal(password))


def verify(password: str, stored: str | None) -> bool:
    """Tell whether it is the password; where none is stored, the same work says no."""
    try:
        right = _hasher.verify(stored or _dummy(), normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Tell whether it was hashed with other parameters than those of today."""
    return _hasher.check_needs_rehash(stored)


def check(password: str, names: Iterable[str] = ()) -> None:
    """Refuse what is too short, too long, or easily guessed by whoever knows these names."""
    password = normal(password)
    if len(password) < SHORTEST:
        raise PasswordTooShort(field="password", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(field="password", longest=LONGEST)
    if len(left_over(password, names)) < LEFT_OVER:
        raise PasswordGuessable(field="password")


def left_over(password: str, names: Iterable[str] = ()) -> str:
    """Return what a guesser does not have at hand; repetitions count once."""
    text = normal(password).casefold()
    words = {part for name in names for part in _parts(name)} | common_words()
    plain = _without_runs(text)
    readings = [_without(plain, words), _without(re.sub(YEAR, "", plain).translate(LEET), words)]
    shortest = min((_unrepeated(reading) for reading in readings), key=len)
    return "" if text.isdecimal() or shortest.isdecimal() else shortest


def generated() -> str:
    """Return a password to be given to somebody: 16 characters of 31, that are hard to mix up."""
    parts = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(parts)


def normal(password: str) -> str:
    """Return a password as it is compared: NFKC, so that every keyboard types the same."""
    return unicodedata.normalize("NFKC", password)


@cache
def common_words() -> frozenset[str]:
    """Return the common words of `config/common_words.txt`, which an office may add to."""
    lines = WORDS.read_text("utf-8").splitlines()
    return frozenset(
        word for line in lines if not line.startswith("#") for word in line.casefold().split()
    )


def _parts(name: str) -> list[str]:
    parts = re.split(r"[\W_]+", normal(name).casefold())
    return [part for part in (*parts, "".join(parts)) if len(part) >= 2]


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return re.sub(rf"{YEAR}|{DAY}", "", _without_runs(text))


def _without_runs(text: str) -> str:
    kept, at = "", 0
    rows = (*ROWS, *(row[::-1] for row in ROWS))
    while at < len(text):
        longest = max(_run(text[at:], row) for row in rows)
        if longest < RUN:
            kept += text[at]
            longest = 1
        at += longest
    return kept


def _run(text: str, row: str) -> int:
    """Return how many first characters stand in this order in a row of keys."""
    length = 0
    while length < len(text) and text[: length + 1] in row:
        length += 1
    return length


def _unrepeated(text: str) -> str:
    """Return a text without what merely says a piece again: `xyxyxy` is `xy`."""
    while (shorter := re.sub(r"(.+?)\1+", r"\1", text)) != text:
        text = shorter
    return text


@cache
def _dummy() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
