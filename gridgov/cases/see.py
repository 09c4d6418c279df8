"""Which cases somebody may see: one condition for every list, count, map, search and detail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gridgov.cases.tables import Case, Category, Subject
from gridgov.cases.workflow import CLOSED, EVALUATED
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import UNIT_ROLES, Role
from gridgov.people.scopes import OVER_CASES, Scope

_STREETWIDE = frozenset({Role.DISPATCHER, Role.COMMITTEE})


def visible(actor: Actor, office: Office, at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a case is shown to somebody.

    What one reported oneself, and what lies within a duty; never a case about oneself or one's
    unit (被反映对象), and membership transfers only to their organiser and that unit's head.
    """
    if actor.machine:
        return sa.true()
    if actor.number is not None:
        return Case.number == actor.number
    own = Case.reporter_account_id == actor.account if actor.account else sa.false()
    parts = [part for duty in actor.duties for part in _by_duty(duty, office, at)]
    if not parts:
        return own
    return sa.or_(own, sa.and_(sa.or_(*parts), ~_about(actor, office)))


def _about(actor: Actor, office: Office) -> sa.ColumnElement[bool]:
    own = {duty.place for duty in actor.duties if duty.role in UNIT_ROLES} | {actor.unit or ""}
    # A case about a unit is hidden from all units below it too.
    units = [code for code in office.units if own & office.below(code)]
    about = sa.or_(Subject.person_code == (actor.person or ""), Subject.unit_code.in_(units))
    return sa.exists().where(Subject.case_id == Case.id, about)


def _by_duty(duty: DutyHeld, office: Office, at: datetime) -> list[sa.ColumnElement[bool]]:
    """Return what a duty shows, as far as the access table lets its role reach."""
    scope = OVER_CASES.get(duty.role)
    plain = sa.func.coalesce(Case.kind, "") != "party"
    here = _in_area(duty.place)
    if scope is Scope.GRID:
        parts = [sa.and_(plain, Case.grid_code == duty.place)]
        street = office.street_of.get(duty.place)
        if duty.role is Role.LEADER and street:
            drawn = sa.and_(Case.to_sample, Case.status.in_([CLOSED, EVALUATED]))
            parts.append(sa.and_(plain, drawn, ~Case.confidential, _in_area(street)))
        return parts
    if scope is Scope.UNIT:
        parts = [sa.and_(plain, Case.unit_code.in_(sorted(office.below(duty.place))))]
        if duty.role is Role.HEAD and (areas := _organised_below(duty, office, at)):
            parts.append(sa.and_(~plain, sa.or_(*areas)))
        return parts
    if scope is not Scope.AREA:
        return []
    if duty.role is Role.ORGANISER:
        return [sa.and_(~plain, here)]
    if duty.role in _STREETWIDE:
        transfers = sa.select(Category.code).where(Category.transfer)
        transfer = sa.func.coalesce(Case.category_code, "").in_(transfers)
        return [sa.and_(here, sa.or_(plain, ~transfer))]
    return [sa.and_(plain, here)]


def _in_area(place: str) -> sa.ColumnElement[bool]:
    return Case.area_code.startswith(place, autoescape=True)


def _organised_below(duty: DutyHeld, office: Office, at: datetime) -> list[sa.ColumnElement[bool]]:
    """Return where the nearest organisers are of a head's unit, or of one below it."""
    units = office.below(duty.place)
    held = {
        place: {office.people[one.person].unit for one in duties if one.stands(at)}
        for (role, place), duties in office.by_place.items()
        if role is Role.ORGANISER
    }
    found = []
    for place, theirs in sorted(held.items()):
        if theirs & units:
            nearer = [one for one in held if held[one] and one != place and one.startswith(place)]
            found.append(sa.and_(_in_area(place), *(~_in_area(one) for one in nearer)))
    return found
