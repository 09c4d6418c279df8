"""Whom a step is told: the table's words turned into persons, units and the reporter. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gridgov.cases.facts import Scene
from gridgov.cases.rules import Moved
from gridgov.cases.standing import claimant, is_subject
from gridgov.cases.workflow import COMMITTEE, DISPATCHER, HEAD, Tell
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

To = tuple[str, str]
DISTRICT = 6


def recipients(scene: Scene, moved: Moved, *, reachable: bool) -> list[To]:
    """Return (kind, code) of everyone to tell, each once, and never who did it.

    `scene` is the one after the step; `reachable` tells whether the reporter left a contact or
    reported with an account.
    """
    told = {to for tell in moved.step.tell for to in officers(tell, scene, moved.data.get("unit"))}
    if "routing" in moved.data:
        told |= set(officers(Tell.ANSWERER, scene))
    # The next on the roster is called when the first has not accepted in time.
    told |= {("person", person) for person in moved.data.get("called", ())[:1]}
    told |= set(moved.former)
    told -= {("person", scene.actor.person or ""), ("account", str(scene.actor.account))}
    if not reachable or moved.role is Role.REPORTER:
        told = {to for to in told if to[0] != "reporter"}
    return sorted(to for to in told if not (to[0] == "person" and hidden_from(scene, to[1])))


def hidden_from(scene: Scene, person: str) -> bool:
    """Tell whether the case is about a person, or about a unit of theirs."""
    office = scene.office
    unit = office.people[person].unit if person in office.people else None
    whose = Actor(person=person, unit=unit, duties=office.duties_of(person, scene.at))
    return is_subject(scene.but(actor=whose))


def officers(tell: Tell, scene: Scene, unit: str | None = None) -> Iterator[To]:
    """Yield whom one word of the table means for a case as it stands now."""
    case, office, at = scene.case, scene.office, scene.at
    area = case.area_code[:DISTRICT] if case.level == "district" else case.area_code
    if tell is Tell.REPORTER:
        yield "reporter", case.number
    elif tell is Tell.UNIT:
        if code := case.unit_code or unit:
            yield "unit", code
        else:
            yield from claimant(scene)
    elif tell is Tell.ASKED:
        for code in [unit] if unit else sorted(scene.co_units):
            yield "unit", code
    elif tell is Tell.LEAD:
        for duty in office.on_duty(HEAD, scene.lead or "", at):
            yield "person", duty.person
    elif tell is Tell.HEAD:
        for duty in office.on_duty(HEAD, case.unit_code or "", at):
            yield "person", duty.person
    elif case.kind == "party":
        for duty in office.over_area(Role.ORGANISER, area, at):
            yield "person", duty.person
    elif tell is Tell.COMMITTEE:
        for duty in office.over_area(COMMITTEE, area, at):
            yield "person", duty.person
    elif tell is Tell.ANSWERER and case.level == "grid":
        for person in office.who_answers(case.grid_code, area, at).persons:
            yield "person", person
    else:
        # Where the case is about the nearest dispatchers, it is the next level's that hear of it.
        besides = frozenset(
            duty.person
            for duty in office.over_area(DISPATCHER, area, at)
            if hidden_from(scene, duty.person)
        )
        for duty in office.over_area(DISPATCHER, area, at, besides=besides):
            yield "person", duty.person
