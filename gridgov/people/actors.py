"""Who acts: a person with the duties of this instant, a reporter, anyone, or a machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridgov.people.office import DutyHeld, Office
from gridgov.people.roles import Role


@dataclass(frozen=True)
class Actor:
    """Who asks for something, as known at the instant of acting."""

    role: Role | None = None  # REPORTER, ANYONE, CLOCK or IMPORT; none for a person
    person: str | None = None
    unit: str | None = None
    account: int | None = None
    duties: tuple[DutyHeld, ...] = ()
    number: str | None = None  # the case whose code a reporter gave
    firm: str | None = None  # whose needs the account reports
    federated: str | None = None  # the number of the case at another body, which acts as a unit

    def holds(self, *roles: Role) -> bool:
        """Tell whether one of these roles is held anywhere."""
        return any(duty.role in roles for duty in self.duties)

    @property
    def machine(self) -> bool:
        """Tell whether no human being acts."""
        return self.role in (Role.CLOCK, Role.IMPORT)


ANYONE = Actor(role=Role.ANYONE)
CLOCK = Actor(role=Role.CLOCK)
IMPORT = Actor(role=Role.IMPORT)


def by_code(number: str) -> Actor:
    """Return the reporter of one case, who showed its code."""
    return Actor(role=Role.REPORTER, number=number)


def person_acting(
    known: Office,
    person: str | None,
    at: datetime,
    account: int | None = None,
    firm: str | None = None,
) -> Actor:
    """Return a person, or an account without one, with the duties of this instant."""
    if person is None or person not in known.people:
        return Actor(account=account, firm=firm)
    return Actor(
        person=person,
        unit=known.people[person].unit,
        account=account,
        duties=known.duties_of(person, at),
    )
