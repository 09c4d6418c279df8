"""Which cases somebody may see: one condition for every list, count, map, search and detail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from gridgov.cases.tables import Case, Category, CoUnit, Subject
from gridgov.cases.workflow import CLOSED, EVALUATED, OPEN, REPORTED, VERIFYING
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role
from gridgov.people.scopes import OVER_CASES, Scope

ITEM, JOINT = aliased(Case, name="item"), aliased(Case, name="joint")
CAME_TRUE = ("solved", "partly_solved")
SHOWN_FOR = timedelta(days=365)  # what came true stays on the list of wishes
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
    # Each part by itself, so that each finds its index.
    others = ~_about(actor, office)
    return sa.or_(own, *(sa.and_(part, others) for part in parts))


def of_transfer() -> sa.ColumnElement[bool]:
    """Return the condition that a case is a membership transfer."""
    transfers = sa.select(Category.code).where(Category.transfer)
    return sa.func.coalesce(Case.category_code, "").in_(transfers)


def claimed_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition under which somebody has claimed a wish, which opens it to them.

    Beside `visible`, not in it: no list, count, map, search or export shows them more for it.
    """
    if actor.account is None or actor.machine or actor.number is not None:
        return sa.false()
    return sa.and_(Case.claimant_id.is_not(None), Case.claimant_id == actor.account)


def as_gis(actor: Actor, office: Office) -> sa.ColumnElement[bool] | None:
    """Return the condition under which somebody sees a case as GIS staff and as nothing else.

    None for who is no GIS staff at all. The twin of `show.roles_here` being that role alone.
    """
    if actor.machine or not actor.holds(Role.GIS):
        return None
    there = [_in_area(duty.place) for duty in actor.duties if duty.role is Role.GIS]
    besides = [part for duty in actor.duties for part in _covered(duty, office)]
    return sa.and_(sa.or_(*there), ~sa.or_(sa.false(), *besides))


def past_grid() -> sa.ColumnElement[bool]:
    """Return the condition that a firm's need goes past its grid: the twin of `show.past_grid`."""
    of_firm = sa.or_(sa.func.coalesce(Case.kind, "") == "enterprise", Case.firm_code.is_not(None))
    return sa.and_(Case.confidential, of_firm, Case.level != "grid", Case.status != VERIFYING)


def as_competitor(actor: Actor, office: Office) -> sa.ColumnElement[bool] | None:
    """Return the condition under which somebody sees a firm's need as nothing but its grid's.

    None for who has no duty in a grid.
    """
    if actor.machine or not actor.holds(*GRID_ROLES):
        return None
    besides = [
        part
        for duty in actor.duties
        if duty.role not in GRID_ROLES
        for part in _covered(duty, office)
    ]
    grids = [duty.place for duty in actor.duties if duty.role in GRID_ROLES]
    there = sa.func.coalesce(Case.grid_code, "").in_(grids)
    return sa.and_(past_grid(), there, ~sa.or_(sa.false(), *besides))


def _covered(duty: DutyHeld, office: Office) -> list[sa.ColumnElement[bool]]:
    """Return what lies within a duty that lets read: the twin of `standing.covers`."""
    if duty.role in GRID_ROLES:
        return [sa.func.coalesce(Case.grid_code, "") == duty.place]
    if duty.role in UNIT_ROLES:
        return [sa.func.coalesce(Case.unit_code, "").in_(sorted(office.below(duty.place)))]
    reads = duty.role in AREA_ROLES and duty.role not in (Role.GIS, Role.ORGANISER)
    return [_in_area(duty.place)] if reads else []


def listed(at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a wish stands on the public list: by its approved text."""
    # Written out, so that the partial index will do.
    wish: sa.BindParameter[str] = sa.bindparam(None, "wish", literal_execute=True)
    came_true = sa.and_(Case.outcome.in_(CAME_TRUE), Case.closed_at >= at - SHOWN_FOR)
    return sa.and_(
        Case.kind == wish,
        Case.public_text.is_not(None),
        ~Case.confidential,
        ~Case.joint,
        Case.joint_id.is_(None),
        Case.filed_at.is_not(None),
        sa.or_(
            Case.status.in_(sorted(OPEN - {REPORTED, VERIFYING})),
            sa.and_(Case.status.in_([CLOSED, EVALUATED]), came_true),
        ),
        # Whom a case is about must not find it here.
        ~sa.exists().where(Subject.case_id == Case.id),
    )


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
        units = sorted(office.below(duty.place))
        parts = [sa.and_(plain, Case.unit_code.in_(units)), sa.and_(plain, _jointly(units))]
        if duty.role is Role.HEAD and (areas := _organised_below(duty, office, at)):
            parts.append(sa.and_(~plain, sa.or_(*areas)))
        return parts
    if scope is not Scope.AREA:
        return []
    if duty.role is Role.ORGANISER:
        return [sa.and_(~plain, here)]
    if duty.role in _STREETWIDE:
        return [sa.and_(here, sa.or_(plain, ~of_transfer()))]
    return [sa.and_(plain, here)]


def _jointly(units: list[str]) -> sa.ColumnElement[bool]:
    """Return what is seen by leading a joint case, or by being asked to co-operate."""
    asked = sa.select(CoUnit.case_id).where(CoUnit.unit_code.in_(units))
    led = sa.select(ITEM.id).join(JOINT, ITEM.joint_id == JOINT.id)
    # While it is dispatched anew, who led it last still does (首接负责).
    last = sa.and_(JOINT.unit_code.is_(None), JOINT.lead_unit_code.in_(units))
    led = led.where(JOINT.joint, sa.or_(JOINT.unit_code.in_(units), last))
    return OneOf(Case.id, sa.union_all(asked, led).scalar_subquery())


class OneOf(FunctionElement[bool]):
    """A key among those that a query finds; PostgreSQL finds them first, and then their rows."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stand as a condition as it is: of `… = 1` SQLite takes no index."""
        return self


@compiles(OneOf)
def _among(element: OneOf, compiler: SQLCompiler, **how: Any) -> str:
    key, found = (compiler.process(one, **how) for one in element.clauses)
    return f"{key} IN {found}"


@compiles(OneOf, "postgresql")
def _among_found(element: OneOf, compiler: SQLCompiler, **how: Any) -> str:
    # Of a plain IN among other conditions PostgreSQL would ask every row.
    key, found = (compiler.process(one, **how) for one in element.clauses)
    return f"{key} = ANY (ARRAY{found})"


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
