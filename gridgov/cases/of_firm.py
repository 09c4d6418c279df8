"""Whose need a case is: the firm that an account reports for, or that staff names."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, NotAllowed
from gridgov.people.actors import Actor
from gridgov.people.tables import Firm


class FirmUnknown(BadInput):
    """There is no firm %(code)s in the directory; leave it out, or correct the code."""


class FirmNotYours(NotAllowed):
    """Only staff, and a firm's own account, may say which firm a report is of."""


def firm_of(
    session: Session, given: str | None, actor: Actor, *, own: bool, for_other: bool
) -> str | None:
    """Return the firm that a report is of; none for one that is somebody's `own`.

    Whose firm has left the directory reports for themselves. Raises FirmUnknown, FirmNotYours.
    """
    code = given
    if code is None and not (own or for_other):
        code = actor.firm
    if code is None:
        return None
    if not actor.machine and not actor.duties and code != actor.firm:
        raise FirmNotYours(field="firm")
    known = sa.select(Firm.code).where(Firm.code == code, Firm.active)
    if session.scalar(known) is None:
        if given is None:
            return None
        raise FirmUnknown(field="firm", code=code)
    return None if own else code
