"""An office never stays without a security administrator who can sign in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import bump
from gridgov.errors import Conflict
from gridgov.people.roles import Role
from gridgov.people.tables import Account, Duty


class LastSecurityAdministrator(Conflict):
    """This is the last security administrator with an account; begin another's duty first."""


def refuse_last(
    session: Session, at: datetime, *, duty: int | None = None, account: int | None = None
) -> None:
    """Refuse to end a duty or disable an account if nobody were left to administer accounts.

    Raises LastSecurityAdministrator.
    """
    # Two who go at once would each see the other stay: the stamps are one row, and serialise them.
    bump(session, "people")
    now = administering(session, at)
    left = {one for one in now if one[0] != duty and one[1] != account}
    if now and not left:
        raise LastSecurityAdministrator


def administering(session: Session, at: datetime) -> set[tuple[int, int]]:
    """Return the duties of security administrators that stand, each with an account let in."""
    standing = (
        sa.select(Duty.id, Account.id)
        .join(Account, Account.person_code == Duty.person_code)
        .where(
            Duty.role == Role.SECURITY_ADMIN,
            Duty.begins <= at,
            sa.or_(Duty.ends.is_(None), Duty.ends > at),
            Account.active,
        )
    )
    return {(row[0], row[1]) for row in session.execute(standing)}
