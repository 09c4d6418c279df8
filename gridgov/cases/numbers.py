"""Case numbers: date, five random digits, check digit: `261122-03845-2`, easy to dictate.

The check digit is ISO/IEC 7064 MOD 11,10 over the eleven digits: it finds every single wrong
digit and nearly every exchange of two neighbours.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_11_10

from gridgov.cases.tables import Case
from gridgov.errors import NotFound, Unavailable

PER_DAY = 100_000
TRIES = 8
ROUNDS = 64
SHAPE = re.compile(r"(\d{6})-?(\d{5})-?(\d)")


class NumberWrong(NotFound):
    """This is not a case number; one digit may be wrong.

    A case number looks like 261122-03845-2.
    """


class NumbersUsedUp(Unavailable):
    """No case number could be assigned; try again."""


def number(day: date, random: int) -> str:
    """Make the number of a day (local to the park) from a random part below 100,000."""
    digits = f"{day:%y%m%d}{random:05d}"
    return f"{digits[:6]}-{digits[6:]}-{mod_11_10.calc_check_digit(digits)}"


def read(text: str) -> str:
    """Return a number as it is stored, dashes left out or not; raises NumberWrong."""
    match = SHAPE.fullmatch(text.strip())
    if match is None or not mod_11_10.is_valid("".join(match.groups())):
        raise NumberWrong(field="number")
    return "-".join(match.groups())


def any_of(day: date) -> str:
    """Draw a number of a day, which a case may have already."""
    return number(day, secrets.randbelow(PER_DAY))


def draw(session: Session, day: date) -> str:
    """Draw a number of a day that no case has; the unique constraint settles the rest."""
    drawn = [any_of(day) for _ in range(TRIES)]
    taken = set(session.scalars(sa.select(Case.number).where(Case.number.in_(drawn))))
    free = next((candidate for candidate in drawn if candidate not in taken), None)
    if free is None:
        raise NumbersUsedUp
    return free


def draw_many(session: Session, days: Sequence[date]) -> list[str]:
    """Draw a number for each of these days, all different; one statement as a rule."""
    found: dict[int, str] = {}
    used: set[str] = set()
    for _ in range(ROUNDS):
        drawn = {
            place: number(day, secrets.randbelow(PER_DAY))
            for place, day in enumerate(days)
            if place not in found
        }
        if not drawn:
            return [found[place] for place in range(len(days))]
        used.update(session.scalars(sa.select(Case.number).where(Case.number.in_(drawn.values()))))
        for place, candidate in drawn.items():
            if candidate not in used:
                used.add(candidate)
                found[place] = candidate
    raise NumbersUsedUp
