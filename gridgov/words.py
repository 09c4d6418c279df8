"""Marks what a user reads, so that the catalogues hold it; the faces translate it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Word(str):
    """A message id inside the values of an error: the face translates it too."""

    __slots__ = ()


class Phrase(Word):
    """A message id with values of its own; as a text, the English one filled in."""

    __slots__ = ("message", "values")
    message: str
    values: dict[str, object]

    def __new__(cls, message: str, **values: object) -> Self:
        """Fill the values in."""
        made = super().__new__(cls, message % values)
        made.message, made.values = message, values
        return made


class Called(Word):
    """What the catalogues do not hold: names in English, and what Chinese readers call them."""

    __slots__ = ("chinese",)
    chinese: tuple[str, ...]

    def __new__(cls, english: Iterable[str], chinese: Iterable[str]) -> Self:
        """Keep both."""
        made = super().__new__(cls, ", ".join(english))
        made.chinese = tuple(chinese)
        return made


class Words(tuple[str, ...]):
    """Several message ids of which one or more apply."""

    __slots__ = ()

    def __str__(self) -> str:
        return " / ".join(self)


def shortened(value: object, most: int = 60) -> str:
    """Return somebody's value as a sentence can quote it; a message of ours stays as it is."""
    if isinstance(value, Word):
        return value
    text = "".join(c if c.isprintable() else "\ufffd" for c in str(value))
    return text if len(text) <= most else text[:most] + "…"


def N_(english: str) -> Word:  # noqa: N802 (gettext's own name)
    """Return the English message id as it is, marked."""
    return Word(english)


COMMA = N_(", ")
