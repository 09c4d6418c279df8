"""Duties begin and end, and never are overwritten; nobody grants themselves any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.epochs import bump
from gridgov.errors import BadInput, Conflict, NotAllowed, NotFound
from gridgov.keys import Keys
from gridgov.park.tables import Area, Grid
from gridgov.people.actors import Actor
from gridgov.people.last import refuse_last
from gridgov.people.roles import ADMIN_ROLES, AREA_ROLES, DUTY_ROLES, GRID_ROLES, UNIT_ROLES, Role
from gridgov.people.tables import Duty, Person, Unit

MOST = 200


class OwnDuty(NotAllowed):
    """Nobody grants themselves a duty, or prolongs their own; ask another administrator."""


class DutyRole(BadInput):
    """%(role)s is no role that a duty can have."""


class DutyPerson(BadInput):
    """There is no person %(code)s."""


class DutyPlace(BadInput):
    """%(role)s is a duty of a grid, unit or area as its role has it; %(place)s is none."""


class DutyPeriod(BadInput):
    """A duty ends after it begins, and does not begin in the past."""


class DutyStands(Conflict):
    """%(person)s holds this duty at that time already."""


class LeaderStands(Conflict):
    """This grid has a leader at that time, %(person)s; end that duty first, or begin a deputy's."""


class AdministersOtherwise(Conflict):
    """%(person)s is an administrator of another kind at that time; the three are kept apart."""


class DutyOver(Conflict):
    """This duty has ended already."""


@dataclass(frozen=True)
class Asked:
    """A duty that is asked for."""

    person: str
    role: str
    place: str = ""
    deputy: bool = False
    begins: datetime | None = None  # now
    ends: datetime | None = None


def grant(session: Session, asked: Asked, actor: Actor | None, at: datetime, keys: Keys) -> Duty:
    """Begin a duty, now or later; without an actor, the command line grants it.

    Raises: OwnDuty, DutyRole, DutyPerson, DutyPlace, DutyPeriod, DutyStands, LeaderStands,
    AdministersOtherwise.
    """
    _not_oneself(asked.person, actor)
    role = _check(session, asked)
    begins = asked.begins or at
    if begins < at or (asked.ends is not None and asked.ends <= begins):
        raise DutyPeriod(field="ends" if asked.ends else "begins")
    duty = Duty(
        person_code=asked.person,
        role=role.value,
        place=asked.place,
        deputy=asked.deputy,
        begins=begins,
        ends=asked.ends,
        granted_by=actor.person if actor else None,
        granted_at=at,
    )
    _lock(session)
    _check_others(session, duty)
    session.add(duty)
    session.flush()
    bump(session, "people")
    _note(session, keys, at, "duty begun", duty, actor)
    return duty


def deputise(
    session: Session,
    key: int,
    person: str,
    actor: Actor | None,
    at: datetime,
    keys: Keys,
    until: datetime | None = None,
) -> Duty:
    """Give a duty a deputy (AB岗), no longer than it stands itself."""
    duty = one(session, key)
    if duty.ends is not None and duty.ends <= at:
        raise DutyOver
    ends = min(filter(None, (until, duty.ends)), default=None)
    asked = Asked(person, duty.role, duty.place, True, max(at, duty.begins), ends)
    return grant(session, asked, actor, at, keys)


def end(session: Session, key: int, actor: Actor | None, at: datetime, keys: Keys) -> Duty:
    """End a duty now; its open cases are handed over by `cases.hand_over`, in this transaction.

    One that has not begun yet is over before it begins. Raises: NotFound, DutyOver,
    LastSecurityAdministrator.
    """
    duty = one(session, key, lock=True)
    if duty.ends is not None and duty.ends <= at:
        raise DutyOver
    if duty.role == Role.SECURITY_ADMIN:
        refuse_last(session, at, duty=key)
    duty.ends = max(at, duty.begins)
    duty.ended_by, duty.ended_at = actor.person if actor else None, at
    session.flush()
    bump(session, "people")
    _note(session, keys, at, "duty ended", duty, actor)
    return duty


def one(session: Session, key: int, *, lock: bool = False) -> Duty:
    """Return a duty; raises NotFound."""
    query = sa.select(Duty).where(Duty.id == key)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound(field="key")
    return found


def standing(session: Session, person: str, role: str, place: str, at: datetime) -> Duty:
    """Return the duty that somebody holds; raises NotFound."""
    same = Duty.person_code == person, Duty.role == role, Duty.place == place
    query = sa.select(Duty).where(*same, Duty.begins <= at, _stands_after(at))
    found = session.scalars(query.order_by(Duty.id)).first()
    if found is None:
        raise NotFound(field="duty")
    return found


def listed(
    session: Session,
    at: datetime,
    *,
    person: str | None = None,
    role: str | None = None,
    place: str | None = None,
    past: bool = False,
    after: int = 0,
    limit: int = 50,
) -> Sequence[Duty]:
    """Return a page of duties in the order of their keys, those that are over only with `past`."""
    query = sa.select(Duty).where(Duty.id > after).order_by(Duty.id).limit(limit)
    for column, value in ((Duty.person_code, person), (Duty.role, role), (Duty.place, place)):
        if value is not None:
            query = query.where(column == value)
    return session.scalars(query if past else query.where(_stands_after(at))).all()


def _stands_after(at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Duty.ends.is_(None), Duty.ends > at)


def _not_oneself(person: str, actor: Actor | None) -> None:
    if actor is not None and actor.person == person:
        raise OwnDuty


def _check(session: Session, asked: Asked) -> Role:
    if asked.role not in DUTY_ROLES:
        raise DutyRole(field="role", role=asked.role)
    role = Role(asked.role)
    if session.get(Person, asked.person) is None:
        raise DutyPerson(field="person", code=asked.person)
    if role in ADMIN_ROLES:
        fits = asked.place == ""
    else:
        of: tuple[tuple[frozenset[Role], type[Grid | Unit | Area]], ...] = (
            (GRID_ROLES, Grid),
            (UNIT_ROLES, Unit),
            (AREA_ROLES, Area),
        )
        row = next(row for roles, row in of if role in roles)
        fits = session.get(row, asked.place) is not None
    if not fits:
        raise DutyPlace(field="place", role=role.label, place=asked.place or "—")
    return role


def _lock(session: Session) -> None:
    # Two who grant at once would each see no leader: the stamps are one row, and serialise them.
    bump(session, "people")


def _check_others(session: Session, duty: Duty) -> None:
    """Refuse what may not stand at the same time as others; in-between moments count."""
    at_once = sa.and_(
        sa.or_(Duty.ends.is_(None), Duty.ends > duty.begins),
        sa.true() if duty.ends is None else Duty.begins < duty.ends,
    )
    others = session.scalars(
        sa.select(Duty).where(
            at_once,
            sa.or_(Duty.ends.is_(None), Duty.ends > Duty.begins),
            sa.or_(
                Duty.person_code == duty.person_code,
                sa.and_(Duty.role == Role.LEADER, Duty.place == duty.place, ~Duty.deputy),
            ),
        )
    ).all()
    for other in others:
        own = other.person_code == duty.person_code
        if own and (other.role, other.place) == (duty.role, duty.place):
            raise DutyStands(person=other.person_code)
        if own and {Role(other.role), Role(duty.role)} <= ADMIN_ROLES and other.role != duty.role:
            raise AdministersOtherwise(person=other.person_code)
    if duty.role == Role.LEADER and not duty.deputy:
        for other in others:
            if (other.role, other.place, other.deputy) == (Role.LEADER, duty.place, False):
                raise LeaderStands(person=other.person_code)


def _note(
    session: Session, keys: Keys, at: datetime, what: str, duty: Duty, actor: Actor | None
) -> None:
    data = {
        "duty": duty.id,
        "of": duty.person_code,
        "role": duty.role,
        "place": duty.place,
        "deputy": duty.deputy,
        "begins": duty.begins.isoformat(),
        "ends": duty.ends.isoformat() if duty.ends else None,
    }
    who = (actor.account, actor.person) if actor else (None, None)
    journal(session, keys, at, what, account=who[0], person=who[1], data=data)
