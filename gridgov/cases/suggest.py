"""Which unit a case should go to, and why: the category's own, who serves here, else who must.

What firms ask for goes to the firm-service desk first, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gridgov.cases.facts import Scene
from gridgov.cases.standing import units_about
from gridgov.people.office import UnitFacts
from gridgov.words import N_

MOST = 5
DESK = "firm_desk"
BESIDE = "institution"  # of the alliance: it helps, but no case goes to it
OF_DESK = N_("firms' requests go to the firm-service desk")
OF_CATEGORY = N_("the category names it")
OF_BOTH = N_("serves this place and this category")
OF_PLACE = N_("serves this place")
OF_FALLBACK = N_("takes what nobody else does")


class Suggestion(NamedTuple):
    """A unit, and as a message id why it is suggested."""

    unit: str
    name: str
    why: str


def suggested(scene: Scene) -> list[Suggestion]:
    """Return the units that a case could be dispatched to, the best first, none twice."""
    about = units_about(scene)
    found: dict[str, Suggestion] = {}
    for unit, why in _found(scene):
        if unit.code not in about:
            found.setdefault(unit.code, Suggestion(unit.code, unit.name, why))
    return list(found.values())[:MOST]


def _found(scene: Scene) -> Iterator[tuple[UnitFacts, str]]:
    office, category = scene.office, scene.category
    serving = [one for one in office.units.values() if _serves(scene, one)]
    if scene.case.kind == "enterprise" or (scene.case.firm_code and not scene.case.kind):
        for unit in sorted(office.units.values(), key=lambda one: (-_closeness(one), one.code)):
            if unit.kind == DESK and unit.active and unit.is_for(scene.places):
                yield unit, OF_DESK
    named = office.units.get(category.unit or "") if category else None
    if named and named.active and named.is_for(scene.places):
        yield named, OF_CATEGORY
    # Who says more closely what they serve is meant more.
    serving.sort(key=lambda one: (not one.categories, -_closeness(one), one.code))
    for unit in serving:
        if not unit.fallback and unit.kind != BESIDE and (unit.categories or unit.areas):
            yield unit, OF_BOTH if unit.categories else OF_PLACE
    if fallback := office.fallback(scene.places):
        yield fallback, OF_FALLBACK


def _serves(scene: Scene, unit: UnitFacts) -> bool:
    return unit.serves(scene.case.category_code, scene.places)


def _closeness(unit: UnitFacts) -> int:
    return max((len(area) for area in unit.areas), default=0)
