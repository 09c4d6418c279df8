"""The duty board: who is on now by unit and grid, and who accepted what is urgent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gridgov.cases.known import Known
from gridgov.cases.urgent import MOST, Urgent, number, urgent
from gridgov.faces import views, worklist
from gridgov.faces.serve import Serving
from gridgov.language import say
from gridgov.people.office import DutyHeld, UnitFacts
from gridgov.people.roles import Role

STREET = (Role.DISPATCHER, Role.COMMITTEE, Role.CALLER, Role.ORGANISER)


def board(s: Serving, most: int = MOST) -> dict[str, Any]:
    """Return the board for the areas of whoever looks, with so many urgent cases at most."""
    areas = tuple(duty.place for duty in s.actor.duties if duty.place)
    asking = s.session, s.actor, s.at, s.known
    found = urgent(*asking, most)
    return {
        "urgent": [_urgent(s.known, one) for one in found],
        "urgent_number": number(*asking) if len(found) == most else len(found),
        "units": [_unit(s, one) for one in _units(s.known, areas)],
        "grids": [_grid(s, code) for code in _grids(s.known, areas)],
        "street": list(_street(s, areas)),
    }


def _units(known: Known, areas: tuple[str, ...]) -> list[UnitFacts]:
    """Return the units at work in these areas: those that serve within them, or around them."""
    return [
        unit
        for unit in sorted(known.office.units.values(), key=lambda unit: unit.name)
        if unit.active
        and (
            not unit.areas
            or any(place.startswith(area) or area.startswith(place)
                   for place in unit.areas for area in areas)
        )
    ]  # fmt: skip


def _unit(s: Serving, unit: UnitFacts) -> dict[str, Any]:
    office = s.known.office
    called = office.called_now(unit.code, s.at.astimezone(s.known.settings.zone))
    held = [
        *office.on_duty(Role.HANDLER, unit.code, s.at),
        *office.on_duty(Role.HEAD, unit.code, s.at),
    ]
    return {
        "name": unit.name,
        "called": _names(s.known, called),
        "others": _held(s.known, (duty for duty in held if duty.person not in called)),
    }


def _grids(known: Known, areas: tuple[str, ...]) -> list[str]:
    streets = known.office.street_of
    return sorted(code for code, street in streets.items() if street.startswith(areas))


def _grid(s: Serving, code: str) -> dict[str, Any]:
    office, found = s.known.office, views.grid(s.known, code)
    answering = office.who_answers(code, office.street_of[code], s.at)
    return {
        "name": found["name"] if found else code,
        "answers": _names(s.known, answering.persons),
        "rule": answering.rule,
        "members": _held(s.known, office.on_duty(Role.MEMBER, code, s.at)),
    }


def _street(s: Serving, areas: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    for role in STREET:
        held = {duty for area in areas for duty in s.known.office.on_duty(role, area, s.at)}
        if held:
            ordered = sorted(held, key=lambda duty: (duty.deputy, duty.person))
            yield {"role": say(role.label), "people": _held(s.known, ordered)}


def _held(known: Known, duties: Iterable[DutyHeld]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for duty in duties:
        person = views.person(known, duty.person)
        if person is not None:
            found.setdefault(duty.person, {"name": person["name"], "deputy": duty.deputy})
    return list(found.values())


def _names(known: Known, persons: Iterable[str]) -> list[str]:
    found = (views.person(known, person) for person in dict.fromkeys(persons))
    return [one["name"] for one in found if one]


def _urgent(known: Known, one: Urgent) -> dict[str, Any]:
    accepted = one.accepted
    return worklist.line(known, one.scene) | {
        "sent_at": one.sent.at if one.sent else None,
        "accepted_at": accepted.at if accepted else None,
        "accepted_by": _names(known, [accepted.person or ""]) if accepted else [],
        "called": _names(known, one.called),
        "following": _names(known, [one.following] if one.following else []),
        "late": one.late,
        "late_from": one.late_from,
    }
