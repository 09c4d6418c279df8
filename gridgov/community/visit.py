"""A visit to a firm: recorded whole, with each need that was heard as a case at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases import repeat
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, Reported, report
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.community.firm_cases import told
from gridgov.community.firms import one
from gridgov.community.refusals import DayWrong, FirmNotVisited, FollowUpWrong, MetNobody
from gridgov.community.tables import Visit, VisitNeed
from gridgov.people.actors import Actor
from gridgov.people.firms import VISITORS, FirmMissing, within
from gridgov.people.office import DutyHeld
from gridgov.people.roles import Role
from gridgov.people.tables import Firm
from gridgov.words import N_

CHANNEL = "visit"
# Whom one meets, by role: nobody's name is taken down.
MET = {
    "owner": N_("the owner or manager"),
    "administration": N_("office staff"),
    "party": N_("the Party branch or union"),
    "finance": N_("finance"),
    "staff": N_("employees"),
    "nobody": N_("nobody was there"),
}
MOST_NEEDS = 10
BACK = timedelta(days=365)
AHEAD = timedelta(days=730)


class Heard(NamedTuple):
    """A need in the firm's words, or only its kind."""

    description: str | None = None
    category: str | None = None
    urgency: str | None = None
    confidential: bool | None = None


@dataclass(frozen=True)
class VisitDraft:
    """A visit as it came in."""

    firm: str
    on: date
    met: Sequence[str]
    needs: Sequence[Heard] = ()
    follow_up_on: date | None = None
    noted: dict[str, Any] | None = None  # kept in the first event of each case


class Recorded(NamedTuple):
    """A visit with what its needs became; `repeated` when the same request had come before."""

    visit: Visit
    firm: Firm
    cases: list[Case]
    reported: list[Reported]
    repeated: bool


def record(
    session: Session,
    draft: VisitDraft,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    request: repeat.Key | None = None,
) -> Recorded:
    """Record a visit and report its needs, together; with a `request` that came before, nothing.

    Raises FirmNotVisited where no duty of visiting reaches, and what a report is refused for.
    """
    firm = _visited(session, draft.firm, actor, at, known)
    _check(draft, at.astimezone(known.settings.zone).date())
    ref = f"V{secrets.token_hex(7)}"
    if request and (before := repeat.claim(session, request, ref, at)):
        return _before(session, before, firm)
    duty = _duty(session, firm, actor, at, known)
    visit = Visit(
        ref=ref,
        firm_code=firm.code,
        visited_on=draft.on,
        role=duty.role.value,
        unit_code=duty.place if duty.role is Role.HEAD else actor.unit,
        met=list(draft.met),
        follow_up_on=draft.follow_up_on,
        recorded_at=at,
    )
    session.add(visit)
    session.flush()
    taken = [report(session, _need(draft, heard, firm), actor, at, known) for heard in draft.needs]
    if duty.role is Role.ORGANISER:
        # Who has no cases but the Party's follows what was heard, and may propose a joint case.
        for need in taken:
            need.case.reporter_account_id = actor.account
    session.add_all(VisitNeed(case_id=need.case.id, visit_id=visit.id) for need in taken)
    session.flush()
    return Recorded(visit, firm, [need.case for need in taken], taken, False)


def _visited(session: Session, code: str, actor: Actor, at: datetime, known: Known) -> Firm:
    try:
        return one(session, code, actor, at, known, VISITORS)
    except FirmMissing as error:
        raise FirmNotVisited(field="firm", code=code) from error


def _check(draft: VisitDraft, today: date) -> None:
    if not today - BACK <= draft.on <= today:
        raise DayWrong(field="on")
    if not draft.met or ("nobody" in draft.met and len(draft.met) > 1):
        raise MetNobody(field="met")
    if draft.follow_up_on and not draft.on < draft.follow_up_on <= draft.on + AHEAD:
        raise FollowUpWrong(field="follow_up_on")


def _before(session: Session, ref: str, firm: Firm) -> Recorded:
    visit = session.scalars(sa.select(Visit).where(Visit.ref == ref)).one()
    needs = sa.select(Case).join(VisitNeed, VisitNeed.case_id == Case.id)
    cases = session.scalars(needs.where(VisitNeed.visit_id == visit.id).order_by(Case.id))
    return Recorded(visit, firm, list(cases), [], True)


def _duty(session: Session, firm: Firm, actor: Actor, at: datetime, known: Known) -> DutyHeld:
    """Return the duty by which somebody visits a firm: the nearest to it."""
    nearest = (Role.LEADER, Role.MEMBER, Role.HEAD, Role.ORGANISER, Role.DISPATCHER)
    held = [duty for duty in actor.duties if duty.role in VISITORS]
    for duty in sorted(held, key=lambda duty: nearest.index(duty.role)):
        only = Actor(person=actor.person, unit=actor.unit, duties=(duty,))
        here = within(only, known.office, known.active(at), VISITORS)
        if session.scalar(sa.select(Firm.code).where(Firm.code == firm.code, here)):
            return duty
    raise FirmNotVisited(field="firm", code=firm.code)


def _need(draft: VisitDraft, heard: Heard, firm: Firm) -> Draft:
    place = Location(address=firm.address)
    if firm.point:
        place = Location(firm.point.lon, firm.point.lat, "cgcs2000", address=firm.address)
    return Draft(
        description=heard.description,
        category=heard.category,
        urgency=heard.urgency,
        location=place,
        # Whatever its kind: what a firm tells a visitor is told in confidence.
        confidential=True if heard.confidential is None else heard.confidential,
        channel=CHANNEL,
        firm=firm.code,
        noted=draft.noted or {},
    )


class Shown(NamedTuple):
    """A visit with its firm, and those of its needs' cases that somebody sees."""

    visit: Visit
    firm: Firm
    cases: list[Case]


def visits(
    session: Session,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    firm: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Shown]:
    """Return visits to firms that somebody sees, the latest first; those before one, by its ref."""
    here = within(actor, known.office, known.active(at))
    own = Firm.code == actor.firm if actor.firm else sa.false()
    query = (
        sa.select(Visit, Firm)
        .join(Firm, Firm.code == Visit.firm_code)
        .where(Firm.active, sa.or_(here, own))
        .order_by(Visit.visited_on.desc(), Visit.id.desc())
        .limit(limit)
    )
    if firm:
        query = query.where(Visit.firm_code == firm)
    if before:
        then = session.scalars(sa.select(Visit).where(Visit.ref == before)).one_or_none()
        day, key = (then.visited_on, then.id) if then else (date.min, 0)
        earlier = sa.and_(Visit.visited_on == day, Visit.id < key)
        query = query.where(sa.or_(Visit.visited_on < day, earlier))
    rows = session.execute(query).all()
    seen = (
        sa.select(VisitNeed.visit_id, Case)
        .join(Case, Case.id == VisitNeed.case_id)
        .where(
            VisitNeed.visit_id.in_([visit.id for visit, _ in rows]),
            visible(actor, known.office, at),
        )
        .order_by(Case.id)
    )
    cases: dict[int, list[Case]] = {}
    for key, case in session.execute(seen):
        if told(Scene.of(known, case, actor, at)):
            cases.setdefault(key, []).append(case)
    return [Shown(visit, of, cases.get(visit.id, [])) for visit, of in rows]
