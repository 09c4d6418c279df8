"""Firms of the directory: their kinds, who of the staff looks after which, and their accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, Conflict, NotFound
from gridgov.keys import Keys
from gridgov.park.index import ActiveMap
from gridgov.people.actors import Actor
from gridgov.people.noted import note
from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import Role
from gridgov.people.tables import Account, Firm, FirmContact
from gridgov.words import N_

# Kinds of firm, which plans of visits go by.
KINDS = {
    "key": N_("key firm"),
    "ordinary": N_("ordinary firm"),
    "startup": N_("young firm"),
    "trader": N_("sole trader"),
    "institution": N_("institution of the chain"),
}
USUAL = "ordinary"

# Who visits firms; the committee sees what came of it.
VISITORS = frozenset({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD})
LOOKERS = VISITORS | {Role.COMMITTEE}
_AREAS = frozenset({Role.ORGANISER, Role.DISPATCHER, Role.COMMITTEE})


class FirmMissing(NotFound):
    """There is no firm %(code)s."""


class LoginUnknown(BadInput):
    """There is no account %(login)s."""


class AccountOfStaff(Conflict):
    """This account belongs to somebody on the staff; tie an account of the firm's own."""


def within(
    actor: Actor, office: Office, active: ActiveMap, roles: Iterable[Role] = LOOKERS
) -> sa.ColumnElement[bool]:
    """Return the condition that a firm lies where somebody holds one of these duties.

    A firm that is on no map is looked after by whoever answers for a whole area.
    """
    held = [duty for duty in actor.duties if duty.role in roles]
    parts = [part for duty in held for part in _by_duty(duty, office, active)]
    return sa.or_(*parts) if parts else sa.false()


def _by_duty(duty: DutyHeld, office: Office, active: ActiveMap) -> list[sa.ColumnElement[bool]]:
    if duty.role in _AREAS:
        return [Firm.cell_code.is_(None), _in([duty.place])]
    if duty.role is Role.HEAD:
        unit = office.units.get(duty.place)
        if unit is None:
            return []
        grids = [area for area in unit.areas if area in active.grids]
        areas = [area for area in unit.areas if area not in active.grids]
        everywhere = [sa.true()] if not unit.areas else []
        return [*everywhere, _in(areas), *(_in_grid(grid, active) for grid in grids)]
    return [_in_grid(duty.place, active)]


def _in(areas: Iterable[str]) -> sa.ColumnElement[bool]:
    parts = [Firm.cell_code.startswith(area, autoescape=True) for area in areas]
    return sa.or_(*parts) if parts else sa.false()


def _in_grid(grid: str, active: ActiveMap) -> sa.ColumnElement[bool]:
    cells = [cell.code for one in active.versions for cell in one.cells if cell.grid == grid]
    return Firm.cell_code.in_(cells)


def bound_to(contact: FirmContact) -> str:
    """Return what a firm's contact is sealed with beside our own key."""
    return f"firm {contact.firm_code}"


def tie(
    session: Session, keys: Keys, login: str, firm: str | None, at: datetime, by: Actor
) -> Account:
    """Let an account report for a firm from now on, or, without one, for itself.

    Raises LoginUnknown, AccountOfStaff, FirmMissing.
    """
    account = session.scalars(sa.select(Account).where(Account.login == login)).one_or_none()
    if account is None:
        raise LoginUnknown(login=login)
    if account.person_code is not None:
        raise AccountOfStaff
    there = sa.select(Firm.code).where(Firm.code == firm, Firm.active)
    if firm is not None and session.scalar(there) is None:
        raise FirmMissing(field="firm", code=firm)
    if account.firm_code != firm:
        account.firm_code = firm
        session.flush()
        note(session, keys, at, "firm_tied", account.id, actor=by, firm=firm)
    return account
