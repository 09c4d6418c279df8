"""Who a case goes to, with the reason in data and words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from gridgov.cases.placing import OUTSIDE, UNPLACED
from gridgov.people.office import Office
from gridgov.people.roles import Role
from gridgov.words import N_

NO_LEADER = "no_leader"
# Kinds of subject (被反映对象) who would have to work on the case or decide it.
OF_OFFICE = frozenset({"leader", "member", "unit"})

# Why a case goes where it goes; the values are those of `Routing.data`.
REASONS = {
    "party": N_("Party-service cases go straight to the organiser."),
    "subject": N_("The case is about someone who would have to decide it, so the street does."),
    "enterprise": N_("Firms' requests go to the street's dispatcher, not to a grid leader."),
    OUTSIDE: N_("The place lies outside the map, so the street decides."),
    UNPLACED: N_("The case has no place on the map, so the street decides."),
    "leader": N_("Cell %(cell)s belongs to %(grid)s; its leader answers."),
    "deputy": N_("Cell %(cell)s belongs to %(grid)s; no leader is on duty, so the deputy answers."),
    NO_LEADER: N_(
        "Cell %(cell)s belongs to %(grid)s; no leader is on duty, so the street decides."
    ),
}


class Routing(NamedTuple):
    """Where a case goes: its level, who answers, and why."""

    rule: str
    level: str
    role: Role
    persons: tuple[str, ...]
    data: dict[str, Any]

    @property
    def flags(self) -> tuple[str, ...]:
        """What the routing adds to the case's flags."""
        return (NO_LEADER,) if self.rule == NO_LEADER else ()


def route(
    *,
    kind: str | None,
    cell: str | None,
    grid: str | None,
    area: str,
    flags: Iterable[str],
    office: Office,
    at: datetime,
    subject_persons: frozenset[str] = frozenset(),
    subject_units: frozenset[str] = frozenset(),
    in_words: bool = False,
) -> Routing:
    """Decide who a case goes to; the rules in their order are those of REASONS.

    `in_words` says that it is about leader, members or a unit, whether or not they are known.
    """
    if kind == "party":
        persons = tuple(duty.person for duty in office.over_area(Role.ORGANISER, area, at))
        return _made("party", "street", Role.ORGANISER, persons, cell, grid)
    hidden = subject_persons | frozenset(
        code
        for code, person in office.people.items()
        if any(person.unit in office.below(unit) for unit in subject_units)
    )
    street = office.who_answers(None, area, at, besides=hidden)
    rule = None
    if subject_persons or subject_units or in_words:
        rule = "subject"
    elif kind == "enterprise":
        rule = "enterprise"
    else:
        rule = next((flag for flag in flags if flag in (OUTSIDE, UNPLACED)), None)
    if rule or not grid:
        return _made(rule or OUTSIDE, "street", street.role, street.persons, cell, grid)
    answers = office.who_answers(grid, area, at)
    level = "street" if answers.rule == NO_LEADER else "grid"
    return _made(answers.rule, level, answers.role, answers.persons, cell, grid)


def _made(
    rule: str, level: str, role: Role, persons: tuple[str, ...], cell: str | None, grid: str | None
) -> Routing:
    data = {"rule": rule, "cell": cell, "grid": grid, "role": role.value, "persons": list(persons)}
    return Routing(rule, level, role, persons, data)
