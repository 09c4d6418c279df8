"""Who of the alliance could help: units by kind of request, by words and by place. Pure.

A unit says its fields of service in the words that cases say them with (合同, 融资); a field that
stands in a case's text speaks for the unit. A place alone is no reason, but a nearer one counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from gridgov.people.office import Office, UnitFacts
from gridgov.words import N_

MOST = 8

# Why a unit is proposed; the values are those of `Reason.data`.
REASONS = {
    "category": N_("It serves this kind of request."),
    "words": N_("What is asked names its fields of service: %(words)s."),
    "place": N_("It serves this place."),
    "everywhere": N_("It serves every place."),
}


class Reason(NamedTuple):
    """Why a unit is proposed: the rule, and what it found."""

    rule: str
    data: dict[str, Any]


class Helper(NamedTuple):
    """A unit that could help, and why."""

    unit: UnitFacts
    reasons: tuple[Reason, ...]


def helpers(
    office: Office,
    *,
    text: str,
    category: str | None,
    places: Iterable[str | None],
    besides: Collection[str] = (),
) -> list[Helper]:
    """Return the units that could help, the likeliest first; `besides` are never proposed.

    Words weigh most, each of them; then a kind of request that the unit names; then how closely
    it names the place. A unit that takes whatever nobody else does is no helper.
    """
    places, said = tuple(places), fold(text)
    found = []
    for unit in office.units.values():
        if unit.active and not unit.fallback and unit.code not in besides:
            reasons = _reasons(unit, said, category, places)
            if reasons:
                found.append((_weight(unit, reasons), Helper(unit, reasons)))
    found.sort(key=lambda one: (one[0], one[1].unit.code))
    return [one for _, one in found[:MOST]]


def _reasons(
    unit: UnitFacts, said: str, category: str | None, places: tuple[str | None, ...]
) -> tuple[Reason, ...]:
    if not unit.is_for(places):
        return ()
    found = []
    if words := [word for word in unit.offers if fold(word) and fold(word) in said]:
        found.append(Reason("words", {"words": words}))
    starts = [start for start in unit.categories if category and category.startswith(start)]
    if starts:
        found.append(Reason("category", {"category": category, "serves": max(starts, key=len)}))
    if not found:
        return ()
    if not unit.areas:
        return (*found, Reason("everywhere", {}))
    area = max((one for one in unit.areas if _within(one, places)), key=len)
    return (*found, Reason("place", {"area": area}))


def _within(area: str, places: tuple[str | None, ...]) -> bool:
    return any(place and place.startswith(area) for place in places)


def _weight(unit: UnitFacts, reasons: tuple[Reason, ...]) -> tuple[int, int, int]:
    """Return what is sorted by: the smaller the likelier."""
    of = {reason.rule: reason.data for reason in reasons}
    words = len(of["words"]["words"]) if "words" in of else 0
    return (-words, "category" not in of, -len(of.get("place", {}).get("area", "")))


def fold(text: str) -> str:
    """Bring spellings together: width, case, and spaces are of no account."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
