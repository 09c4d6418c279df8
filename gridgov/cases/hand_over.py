"""Ending a duty hands over its open cases (交接班): an event on each, and a list to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from gridgov.cases.act import history
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known, known
from gridgov.cases.rules import Moved
from gridgov.cases.see import of_transfer, visible
from gridgov.cases.standing import covers
from gridgov.cases.tables import Case, HandOver
from gridgov.cases.tell import hidden_from, officers
from gridgov.cases.workflow import OPEN, STEPS, VERIFYING, Status, Tell
from gridgov.cases.write import apply, flush
from gridgov.errors import NotFound
from gridgov.notices.once import tell_once
from gridgov.people.actors import CLOCK, Actor
from gridgov.people.duties import end
from gridgov.people.office import DutyHeld
from gridgov.people.roles import GRID_ROLES, UNIT_ROLES, Role
from gridgov.people.tables import Duty

BATCH = 500
MOMENT = timedelta(microseconds=1)
# Who answers for cases by their duty; the others only look, call, or administer.
ANSWERING = frozenset({Role.LEADER, Role.DISPATCHER, Role.ORGANISER})


@dataclass(frozen=True)
class Handed:
    """A duty that has ended, and how many open cases went over with it."""

    duty: int
    person: str
    role: str
    place: str
    cases: int


def end_duty(
    session: Session, key: int, actor: Actor | None, at: datetime, seen: Known
) -> tuple[Duty, Handed]:
    """End a duty now, and hand over its open cases with it."""
    duty = end(session, key, actor, at, seen.settings.keys)
    after = known(session, seen.settings)
    handed = hand_over(session, at, after)
    nothing = Handed(duty.id, duty.person_code, duty.role, duty.place, 0)
    return duty, next((one for one in handed if one.duty == duty.id), nothing)


def hand_over(session: Session, at: datetime, seen: Known) -> list[Handed]:
    """Hand over the open cases of every duty that has ended and was not handed over yet.

    Called where a duty is ended, and by the clock for those whose period ran out.
    """
    over = sa.select(Duty).where(Duty.ends <= at, Duty.handed_at.is_(None)).order_by(Duty.id)
    duties = list(session.scalars(over.with_for_update()))
    return [_handed(session, duty, at, seen) for duty in duties]


def _handed(session: Session, duty: Duty, at: datetime, seen: Known) -> Handed:
    role = Role(duty.role)
    held = DutyHeld(duty.person_code, role, duty.place, duty.deputy, duty.begins, duty.ends)
    duty.handed_at = at
    session.flush()
    told: dict[str, int] = {}
    count = 0
    for cases in _open(session, held, seen):
        for case in cases:
            scene = _scene(session, case, held, at, seen)
            to = _to(scene, held)
            if to is None:
                continue
            count += 1
            _write(session, scene, duty.id, held, to)
            for person in to:
                told[person] = told.get(person, 0) + 1
        flush(session)
    for person, cases_told in told.items():
        data = {"count": cases_told, "role": role.label, "place": duty.place, "duty": duty.id}
        tell_once(session, [person], "handed_over", f"{duty.id}", data, at)
    return Handed(duty.id, held.person, held.role, held.place, count)


def _open(session: Session, held: DutyHeld, seen: Known) -> Iterator[list[Case]]:
    """Yield the open cases that a duty may have answered for."""
    within: sa.ColumnElement[bool]
    if held.role in UNIT_ROLES:
        within = Case.unit_code.in_(sorted(seen.office.below(held.place)))
        within = sa.and_(within, Case.handler_code == held.person)
    elif held.role is Role.MEMBER:
        within = sa.and_(Case.grid_code == held.place, Case.status == VERIFYING)
    elif held.role is Role.LEADER:
        within = Case.grid_code == held.place
    elif held.role in ANSWERING:
        within = Case.area_code.startswith(held.place, autoescape=True)
    else:
        return
    query = (
        sa.select(Case)
        .where(Case.status.in_(sorted(OPEN)), Case.reported_at < held.ends, within)
        .options(selectinload(Case.subjects))
        .order_by(Case.id)
        .limit(BATCH)
        .with_for_update(of=Case)
    )
    last = 0
    while cases := list(session.scalars(query.where(Case.id > last))):
        last = cases[-1].id
        yield cases


def _scene(session: Session, case: Case, held: DutyHeld, at: datetime, seen: Known) -> Scene:
    # Only whom a verification was asked of is told by the past.
    past = history(session, case) if held.role is Role.MEMBER else ()
    return Scene.of(
        seen,
        case,
        CLOCK,
        at,
        past=tuple(past),
        subject_persons=frozenset(one.person_code for one in case.subjects if one.person_code),
        subject_units=frozenset(one.unit_code for one in case.subjects if one.unit_code),
    )


def _to(scene: Scene, held: DutyHeld) -> list[str] | None:
    """Return who takes a case over; empty, nobody does; None, it does not change hands."""
    if hidden_from(scene, held.person):
        return None
    if held.role in UNIT_ROLES:
        return _of_unit(scene, held)
    if held.role is Role.MEMBER:
        return _of_grid(scene, held)
    before = _answering(replace(scene, at=(held.ends or scene.at) - MOMENT))
    after = _answering(scene)
    if held.person not in before or held.person in after:
        return None
    return sorted(one for one in after if not hidden_from(scene, one))


def _answering(scene: Scene) -> set[str]:
    return {code for kind, code in officers(Tell.ANSWERER, scene) if kind == "person"}


def _still(scene: Scene, person: str, roles: frozenset[Role]) -> bool:
    duties = scene.office.duties_of(person, scene.at)
    return any(duty.role in roles and covers(duty, scene) for duty in duties)


def _of_unit(scene: Scene, held: DutyHeld) -> list[str] | None:
    """The deputy, or who else is on duty in the case's unit or that of the duty."""
    if _still(scene, held.person, UNIT_ROLES):
        return None
    units = dict.fromkeys((scene.case.unit_code or held.place, held.place))
    return next(
        ([one] for unit in units for one in _others(scene, held, unit)),
        [],
    )


def _of_grid(scene: Scene, held: DutyHeld) -> list[str] | None:
    """What one member was asked to verify, another may."""
    asked = scene.last("ask_verify")
    if asked is None or asked.data.get("person") != held.person:
        return None
    if _still(scene, held.person, GRID_ROLES):
        return None
    return next(([one] for one in _others(scene, held, held.place)), [])


def _others(scene: Scene, held: DutyHeld, place: str) -> list[str]:
    found = scene.office.on_duty(held.role, place, scene.at)
    # Who stood in for them comes first (AB岗).
    found.sort(key=lambda duty: (duty.deputy == held.deputy, duty.person))
    return [
        duty.person
        for duty in found
        if duty.person != held.person and not hidden_from(scene, duty.person)
    ]


def _write(session: Session, scene: Scene, key: int, held: DutyHeld, to: Sequence[str]) -> None:
    status, step = Status(scene.case.status), STEPS["hand_over"]
    changes: dict[str, Any] = {"status": status.value}
    if held.role in UNIT_ROLES:
        changes["handler_code"] = to[0] if to else None
    data = {"duty": key, "duty_role": held.role.value, "from": held.person, "to": list(to)}
    moved = Moved(step, Role.CLOCK, status, status, changes, data)
    # Whoever takes over is told once of all of them, and nobody of each.
    apply(session, replace(scene, step=step, role=Role.CLOCK), moved, told=False)
    session.add(HandOver(duty_id=key, case_id=scene.case.id, to=list(to)))


@dataclass(frozen=True)
class Item:
    """A case on a hand-over list, and who took it over."""

    case: Case
    to: list[str]


def hand_over_list(
    session: Session,
    key: int,
    actor: Actor | None,
    at: datetime,
    seen: Known,
    *,
    after: int = 0,
    limit: int = 200,
) -> tuple[Duty, int, list[Item]]:
    """Return a duty, how many cases went over with it, and those that the actor sees.

    Membership transfers are counted for those alone who see them.

    Without an actor, the command line reads all. Raises NotFound where it is nobody's business.
    """
    duty = session.get(Duty, key)
    if duty is None:
        raise NotFound(field="key")
    of_it = HandOver.duty_id == key
    mine = actor is None or actor.person == duty.person_code
    counted = sa.select(sa.func.count()).select_from(HandOver).where(of_it)
    if actor is not None and not mine:
        shown = sa.or_(~of_transfer(), visible(actor, seen.office, at))
        counted = counted.join(Case, HandOver.case_id == Case.id).where(shown)
    count = session.scalar(counted) or 0
    query = (
        sa.select(Case, HandOver.to)
        .join(HandOver, HandOver.case_id == Case.id)
        .where(of_it, Case.id > after)
        .order_by(Case.id)
        .limit(limit)
    )
    if actor is not None:
        query = query.where(visible(actor, seen.office, at))
    items = [Item(case, list(to)) for case, to in session.execute(query)]
    administers = actor is not None and actor.holds(Role.SECURITY_ADMIN)
    if not mine and not administers and not items:
        raise NotFound(field="key")
    return duty, count, items
