"""Who is invited to a meeting, or came: units and people by code, firms by code or in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.joint import refusals as no
from gridgov.joint.tables import Guest
from gridgov.people.tables import Firm


@dataclass(frozen=True)
class Present:
    """Units and people by code, firms by code or in words."""

    units: Sequence[str] = ()
    persons: Sequence[str] = ()
    firms: Sequence[str] = ()


NOBODY = Present()


def guests(
    session: Session, named: Present, at: datetime, known: Known, there: Collection[Guest] = ()
) -> list[Guest]:
    """Return the guests that are named, each once. Raises GuestUnknown.

    Those of `there` are known by having been taken, though their duty or unit has ended since.
    """
    office, found = known.office, []
    before = {who(one) for one in there}
    for code in dict.fromkeys(named.units):
        one = Guest(unit_code=code, invited=True)
        if who(one) not in before and (code not in office.units or not office.units[code].active):
            raise no.GuestUnknown(field="units", code=code)
        found.append(one)
    for code in dict.fromkeys(named.persons):
        one = Guest(person_code=code, invited=True)
        if who(one) not in before and not office.duties_of(code, at):
            raise no.GuestUnknown(field="persons", code=code)
        found.append(one)
    for said in dict.fromkeys(named.firms):
        firm = session.get(Firm, said)
        name = firm.name if firm else said
        found.append(Guest(firm=name, firm_code=firm.code if firm else None, invited=True))
    return found


def who(guest: Guest) -> tuple[str | None, ...]:
    """Return what makes a guest the same one: a firm of the directory stays so by another name."""
    return (guest.unit_code, guest.person_code, guest.firm_code or guest.firm)
