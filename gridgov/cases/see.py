"""Which cases somebody may see: one condition for every list, count, map, search and detail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gridgov.cases.tables import Case, Category, Subject
from gridgov.cases.workflow import CLOSED, EVALUATED
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import UNIT_ROLES, Role

_STREETWIDE = frozenset({Role.DISPATCHER, Role.COMMITTEE})
_WITHOUT_PARTY = frozenset({Role.CALLER, Role.GIS})


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
    plain = sa.func.coalesce(Case.kind, "") != "party"
    transfers = sa.select(Category.code).where(Category.transfer)
    here = Case.area_code.startswith(duty.place, autoescape=True)
    if duty.role in (Role.LEADER, Role.MEMBER):
        parts = [sa.and_(plain, Case.grid_code == duty.place)]
        street = office.street_of.get(duty.place)
        if duty.role is Role.LEADER and street:
            drawn = sa.and_(Case.to_sample, Case.status.in_([CLOSED, EVALUATED]))
            parts.append(sa.and_(plain, drawn, ~Case.confidential, Case.area_code == street))
        return parts
    if duty.role in UNIT_ROLES:
        parts = [sa.and_(plain, Case.unit_code.in_(sorted(office.below(duty.place))))]
        if duty.role is Role.HEAD and (areas := _organised_below(duty, office, at)):
            inside = [Case.area_code.startswith(area, autoescape=True) for area in areas]
            parts.append(sa.and_(~plain, sa.or_(*inside)))
        return parts
    if duty.role is Role.ORGANISER:
        return [sa.and_(~plain, here)]
    if duty.role in _STREETWIDE:
        transfer = sa.func.coalesce(Case.category_code, "").in_(transfers)
        return [sa.and_(here, sa.or_(plain, ~transfer))]
    if duty.role in _WITHOUT_PARTY:
        return [sa.and_(plain, here)]
    return []


def _organised_below(duty: DutyHeld, office: Office, at: datetime) -> list[str]:
    units = office.below(duty.place)
    return sorted(
        held.place
        for (role, _), duties in office.by_place.items()
        if role is Role.ORGANISER
        for held in duties
        if held.stands(at) and office.people[held.person].unit in units
    )
