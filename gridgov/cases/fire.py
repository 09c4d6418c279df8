"""Rungs whose instant has passed: their steps, by the same table as people's, and their notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases.clocks import calls, clocks
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.rules import advance
from gridgov.cases.standing import claimant, units_about
from gridgov.cases.tables import Case, Event
from gridgov.cases.tell import To, hidden_from, officers
from gridgov.cases.workflow import (
    CHECKING,
    COMMITTEE,
    DISPATCHED,
    DISPATCHER,
    HANDLING,
    HEAD,
    OPEN,
    STEPS,
    SUSPENDED,
    WAITING,
    Tell,
)
from gridgov.cases.write import apply, past
from gridgov.errors import GridgovError
from gridgov.ladder.ladder import Ladder
from gridgov.ladder.plan import Change, RungKey, key_of, plan, wanted
from gridgov.ladder.tables import FIRED, RungRow
from gridgov.ladder.tables import WAITING as DUE
from gridgov.notices.tables import Notice
from gridgov.people.actors import CLOCK
from gridgov.people.roles import Role
from gridgov.worktime.rules import Due

AGAIN = 5  # a step of the clock may bring the next rung's instant with it
DISTRICT, STREET = 6, 9


def planned(
    session: Session, scene: Scene, known: Known, rows: list[RungRow], *, add: bool = True
) -> list[Change]:
    """Plan the case's rungs anew after whatever happened to it."""
    fired = {key_of(row) for row in rows if row.state == FIRED}
    return plan(session, scene.case, instants(scene, known, fired), rows, add=add)


def instants(scene: Scene, known: Known, fired: set[RungKey]) -> dict[RungKey, Due | None]:
    """Return when the rungs of a case are due that have not fired; None where they only rest."""
    case = scene.case
    made = clocks(
        scene.past,
        scene.categories.get(case.category_code or ""),
        known.ladder,
        scene.calendar,
        resume_on=case.resume_on,
    )
    # The clock of an open case goes on after a stop; any other that stands still has been left.
    resting = (case.round, "case", 1) if case.status in OPEN else None
    live = [clock for clock in made if clock.running or clock.key == resting]
    return wanted(
        live, known.ladder, case.category_code, case.urgency, scene.calendar, besides=fired
    )


def due_rows(rows: list[RungRow], known: Known, at: datetime) -> list[RungRow]:
    """Return the rungs whose instant has passed, in the order in which they fire."""
    # Late means later than the instant, in whole seconds.
    now = at.replace(microsecond=0)
    order = {rung.name: place for place, rung in enumerate(known.ladder.rungs)}
    passed = [row for row in rows if row.state == DUE and row.at is not None and row.at < now]
    return sorted(passed, key=lambda row: (row.at, order.get(row.name, 0)))


def settle(
    session: Session, scene: Scene, known: Known, rows: list[RungRow], *, told: bool = True
) -> tuple[Scene, list[RungRow]]:
    """Fire all rungs of a case whose instant has passed; only the last one's notice goes out.

    Returns the scene after it, and the rungs in the order in which they fired.
    """
    fired: list[RungRow] = []
    event: Event | None = None
    # Ladder, calendar or limits may have changed since these were planned.
    planned(session, scene, known, rows, add=False)
    for _ in range(AGAIN):
        due = due_rows(rows, known, scene.at)
        status = scene.status
        for row in due:
            scene, event = _fire(session, scene, known, row)
        fired += due
        if scene.status is status:
            break
        planned(session, scene, known, rows)
    if fired and told and _is_news(scene, fired[-1]):
        _tell(session, scene, known.ladder, fired[-1], rows, event)
    return scene, fired


def _fire(session: Session, scene: Scene, known: Known, row: RungRow) -> tuple[Scene, Event | None]:
    """Take a rung's steps; returns the scene after them, and the last one's event."""
    rung = known.ladder.named(row.name)
    row.state, row.fired_at = FIRED, scene.at
    actor, event = scene.actor, None
    for name in rung.steps if rung else ():
        by_clock = scene.but(actor=CLOCK, given={}, target=None)
        try:
            moved = advance(by_clock, STEPS[name])
        except GridgovError:
            # Where the status does not allow the step, the rung tells only, and says so.
            row.refused = [*(row.refused or []), name]
            continue
        moved.data["rung"] = {
            "name": row.name,
            "clock": row.clock,
            "round": row.round,
            "run": row.run,
        }
        event = apply(session, by_clock, moved, told=False)
        scene = scene.but(past=(*scene.past, past(event)))
    return scene.but(actor=actor), event


def _is_news(scene: Scene, row: RungRow) -> bool:
    """Tell whether a rung passed here: a case from another system does not bring its old alarms."""
    since = scene.past[0].data.get("taken_in") if scene.past else None
    return since is None or row.at is None or row.at >= datetime.fromisoformat(since)


def _tell(
    session: Session,
    scene: Scene,
    ladder: Ladder,
    row: RungRow,
    rows: list[RungRow],
    event: Event | None,
) -> None:
    case, rung = scene.case, ladder.named(row.name)
    if rung is None:
        return
    calling = {one.name for one in ladder.rungs if "next_on_duty" in one.tell}
    clock = row.round, row.clock, row.run
    # Whoever is called first was told of the dispatch.
    called = sum(
        one.state == FIRED and one.name in calling and (one.round, one.clock, one.run) == clock
        for one in rows
    )
    told = {to for tell in rung.tell for to in _recipients(tell, scene, called)}
    told |= _of_call(rung.tell, scene, row)
    about = units_about(scene)
    for kind, code in sorted(told):
        if (
            (kind == "reporter" and case.anonymous)
            or (kind == "person" and hidden_from(scene, code))
            or (kind == "unit" and code in about)
        ):
            continue
        session.add(
            Notice(
                case=case,
                event=event,
                rung=row,
                to_kind=kind,
                to_code=code,
                template=f"rung_{rung.name}",
                urgent=case.urgency == "urgent",
                data={
                    "number": case.number,
                    "status": case.status,
                    "clock": row.clock,
                    "due": row.at.isoformat() if row.at else None,
                    "refused": row.refused or [],
                },
                created_at=scene.at,
            )
        )


def _recipients(tell: str, scene: Scene, called: int) -> Iterator[To]:
    case, office, at = scene.case, scene.office, scene.at
    if case.kind == "party":
        yield from _of_party(tell, scene)
    elif tell == "reporter":
        yield "reporter", case.number
    elif tell == "actor":
        yield from _actor(case, scene)
    elif tell == "leader":
        yield from officers(Tell.ANSWERER, scene)
    elif tell == "unit" and case.unit_code:
        yield "unit", case.unit_code
    elif tell == "head":
        yield from (("person", d.person) for d in office.on_duty(HEAD, case.unit_code or "", at))
    elif tell in ("street", "district"):
        area = case.area_code[: STREET if tell == "street" else DISTRICT]
        for role in (DISPATCHER, COMMITTEE):
            yield from (("person", duty.person) for duty in office.on_duty(role, area, at))
    elif tell == "next_on_duty" and case.unit_code:
        roster = office.called_now(case.unit_code, at.astimezone(scene.calendar.zone))
        if roster:
            yield "person", roster[min(called, len(roster) - 1)]


def _of_call(tells: Sequence[str], scene: Scene, row: RungRow) -> set[To]:
    """Return whom a call to co-operate tells: the unit that was asked, its head, the lead's."""
    told: set[To] = set()
    units: list[str] = []
    if "lead" in tells:
        units.append(scene.lead or (scene.case.unit_code if scene.case.joint else None) or "")
    if "asked" in tells and row.clock == "join":
        run = row.round, row.run
        asked = [call.unit for call in calls(scene.past) if (call.round, call.run) == run]
        told |= {("unit", unit) for unit in asked}
        units += asked
    heads = (scene.office.on_duty(HEAD, unit, scene.at) for unit in units)
    return told | {("person", duty.person) for held in heads for duty in held}


def _of_party(tell: str, scene: Scene) -> Iterator[To]:
    """A party case tells its organiser; the head of the organiser's unit when it is late."""
    case, office, at = scene.case, scene.office, scene.at
    if tell == "reporter":
        yield "reporter", case.number
        return
    organisers = [duty.person for duty in office.over_area(Role.ORGANISER, case.area_code, at)]
    yield from (("person", person) for person in organisers)
    if tell not in ("actor", "next_on_duty"):
        for unit in {office.people[person].unit for person in organisers}:
            yield from (("person", duty.person) for duty in office.on_duty(HEAD, unit or "", at))


def _actor(case: Case, scene: Scene) -> Iterator[To]:
    if case.status in (DISPATCHED, HANDLING, SUSPENDED) and case.unit_code:
        if case.handler_code:
            yield "person", case.handler_code
        yield "unit", case.unit_code
    elif case.status == HANDLING and case.claimant_id is not None:
        yield from claimant(scene)
        yield from officers(Tell.ANSWERER, scene)
    elif case.status == WAITING:
        yield "reporter", case.number
    elif case.status == CHECKING and case.grid_code:
        for duty in scene.office.on_duty(Role.MEMBER, case.grid_code, scene.at):
            if not scene.handled_by(duty.person):
                yield "person", duty.person
        yield from officers(Tell.ANSWERER, scene)
    else:
        yield from officers(Tell.ANSWERER, scene)
