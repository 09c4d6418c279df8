"""How much of a case leaves the system: its text, and its place exact or as its cell only.

The conditions are the SQL twins of `gridgov.cases.show`, so that a million cases need no rules
run in Python. Party cases never leave, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridgov.cases.known import Known
from gridgov.cases.see import past_grid, visible
from gridgov.cases.show import PUBLIC, PUBLIC_KINDS, READ_CONFIDENTIAL
from gridgov.cases.tables import Case, Subject
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import OPEN, SUSPENDED, Status
from gridgov.insight.tables import D
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role

NOT_PUBLIC = (Status.REJECTED, Status.WITHDRAWN, Status.MERGED)
FEWEST = 5  # a published count below it is hidden
MONTHS = 12  # what the public map shows: this month and the eleven before


@dataclass(frozen=True)
class Detail:
    """Conditions on a case: whether it is shown, its text, and its exact place."""

    shown: sa.ColumnElement[bool]
    text: sa.ColumnElement[bool]
    exact: sa.ColumnElement[bool]
    public: bool  # nobody in particular asks: counts below FEWEST are hidden
    all_exact: bool = False  # whatever is shown is shown where it lies
    late: sa.ColumnElement[bool] | None = None  # beyond its limit; for people with a duty


def detail(actor: Actor, known: Known, at: datetime) -> Detail:
    """Return what somebody gets; who has no account gets the public view."""
    open_to_all = sorted(_public_codes(known.categories.values()))
    if not (actor.machine or actor.account or actor.duties):
        shown = sa.and_(
            Case.kind.in_(PUBLIC_KINDS),
            Case.category_code.in_(open_to_all),
            Case.status.not_in(NOT_PUBLIC),
            ~Case.confidential,
            Case.joint_id.is_(None),
            # Whom a case is about must not find it on the map.
            ~sa.exists().where(Subject.case_id == Case.id),
            Case.reported_at >= since(at, known),
        )
        return Detail(shown, sa.false(), Case.kind == "component", True)
    plain = sa.func.coalesce(Case.kind, "") != "party"
    text = _text(actor, known.office)
    private = sa.or_(
        Case.confidential,
        Case.category_code.is_(None),
        Case.kind.not_in(PUBLIC_KINDS),
        Case.category_code.not_in(open_to_all),
    )
    shown = sa.and_(plain, visible(actor, known.office, at))
    if {duty.role for duty in actor.duties} <= READ_CONFIDENTIAL - GRID_ROLES:
        return Detail(shown, sa.true(), sa.true(), False, all_exact=True, late=_late(actor, at))
    return Detail(shown, text, sa.or_(~private, text), False, late=_late(actor, at))


def _late(actor: Actor, at: datetime) -> sa.ColumnElement[bool] | None:
    """Tell what is late by the figures' rows, which a job brings up to date every minute."""
    if not (actor.machine or actor.duties):
        return None
    due = D.case_due < at.replace(microsecond=0)
    there = sa.exists().where(D.case_id == Case.id, due).correlate(Case)
    running = Case.status.in_(sorted(OPEN - {SUSPENDED}))
    # Of what is not open the row is not even looked for.
    return sa.case((running, there), else_=sa.false())


def since(at: datetime, known: Known) -> datetime:
    """Return the beginning of what the public map shows, a local midnight."""
    local = at.astimezone(known.settings.zone)
    month = local.year * 12 + local.month - MONTHS
    first = local.replace(year=month // 12, month=month % 12 + 1, day=1)
    return first.replace(hour=0, minute=0, second=0, microsecond=0)


def _public_codes(categories: Iterable[CategoryFacts]) -> set[str]:
    return {one.code for one in categories if one.public in PUBLIC}


def _text(actor: Actor, office: Office) -> sa.ColumnElement[bool]:
    """The twin of `show.original_text`, for cases that are seen and are no party cases."""
    if actor.machine or actor.number is not None:
        return sa.true()
    covering = [(duty.role, _covers(duty, office)) for duty in actor.duties]
    anyhow = [covers for _, covers in covering]
    own = sa.and_(
        sa.func.coalesce(Case.reporter_account_id, 0) == (actor.account or -1),
        ~sa.or_(sa.false(), *anyhow),
    )
    reads = sa.or_(
        sa.false(),
        *(
            sa.and_(c, ~past_grid()) if role in GRID_ROLES else c
            for role, c in covering
            if role in READ_CONFIDENTIAL
        ),
    )
    gis = sa.or_(sa.false(), *(c for role, c in covering if role is Role.GIS))
    others = sa.or_(sa.false(), *(c for role, c in covering if role is not Role.GIS))
    confidential = sa.and_(Case.confidential, reads)
    plain = sa.and_(~Case.confidential, sa.or_(~gis, others))
    return sa.or_(own, confidential, plain)


def _covers(duty: DutyHeld, office: Office) -> sa.ColumnElement[bool]:
    if duty.role in GRID_ROLES:
        return sa.func.coalesce(Case.grid_code, "") == duty.place
    if duty.role in UNIT_ROLES:
        return sa.func.coalesce(Case.unit_code, "").in_(sorted(office.below(duty.place)))
    if duty.role in AREA_ROLES and duty.role is not Role.ORGANISER:
        return Case.area_code.startswith(duty.place, autoescape=True)
    return sa.false()
