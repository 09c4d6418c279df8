"""Who takes a beat: somebody who holds the duty at that instant, and may."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from sqlalchemy.orm import object_session

from gridgov.cases.claims import under_way
from gridgov.cases.tables import Case
from gridgov.demo.ground import Ground
from gridgov.demo.names import BRANCH, RESIDENT
from gridgov.people.accounts import add_account
from gridgov.people.actors import ANYONE, Actor, by_code, person_acting
from gridgov.people.office import DISTRICT_DIGITS, STREET_DIGITS, DutyHeld
from gridgov.people.roles import Role


class NobodyThere(Exception):
    """The story asks for somebody whom the park does not have."""


@dataclass(frozen=True)
class Cast:
    """The people of one case, at one instant; `index` spreads the work over them."""

    ground: Ground
    index: int
    at: datetime
    hidden: frozenset[str] = frozenset()  # whom the case is about

    def acting(self, who: str, case: Case) -> Actor:
        """Return who takes a beat; raises NobodyThere."""
        if who == "reporter":
            return by_code(case.number)
        if who == "claimant":
            return self.claimant(case)
        return self.person(_one(CASTING[who](self, case), self.index, who))

    def entering(self, who: str, grid: str | None) -> Actor:
        """Return who enters a report: nobody in particular, the public's account, or staff."""
        street = self.ground.known.maps.parks
        area = next(iter(street.values())).street_code
        if who == "member" and grid:
            return self.person(_one(self.held(Role.MEMBER, grid), self.index, who))
        if who:
            return self.person(_one(self.over(Role(who), area), self.index, who))
        if self.index % 12 == 0:
            return Actor(account=self.ground.accounts[RESIDENT])
        return ANYONE

    def claimant(self, case: Case) -> Actor:
        """Return who has claimed a wish, or is to: the public's account, a Party branch where it is
        its own, and one of the neighbours where those have their hands full.
        """
        accounts = self.ground.accounts
        own = case.reporter_account_id == accounts[RESIDENT]
        account = case.claimant_id or self._with_room(case, BRANCH if own else RESIDENT)
        return self.person(BRANCH) if account == accounts[BRANCH] else Actor(account=account)

    def _with_room(self, case: Case, first: str) -> int:
        session, accounts = object_session(case), self.ground.accounts
        if session is None:
            raise NobodyThere(first)
        neighbours = (f"{RESIDENT}-{number}" for number in count(2))
        for login in chain((first,), neighbours):
            if login not in accounts:
                accounts[login] = add_account(session, login, None, self.at).id
            if under_way(session, accounts[login]) < self.ground.known.settings.max_claims:
                return accounts[login]
        raise NobodyThere(first)

    def person(self, code: str) -> Actor:
        """Return a person with the duties of this instant."""
        office = self.ground.known.office
        return person_acting(office, code, self.at, self.ground.accounts.get(code))

    def _free(self, held: Iterable[DutyHeld]) -> list[str]:
        return [duty.person for duty in held if duty.person not in self.hidden]

    def held(self, role: Role, place: str | None) -> list[str]:
        """Return who holds a role at exactly this place."""
        return self._free(self.ground.known.office.on_duty(role, place or "", self.at))

    def over(self, role: Role, area: str) -> list[str]:
        """Return who holds a role in the nearest area."""
        return self._free(self.ground.known.office.over_area(role, area, self.at))

    def answerer(self, case: Case) -> list[str]:
        """Who decides at the case's level."""
        office = self.ground.known.office
        if case.kind == "party":
            return self.over(Role.ORGANISER, case.area_code)
        if case.level == "grid":
            found = office.who_answers(case.grid_code, case.area_code, self.at, besides=self.hidden)
            return list(found.persons)
        return self.dispatcher(case)

    def dispatcher(self, case: Case) -> list[str]:
        """The dispatcher of the case's level, who is the district's at the end."""
        digits = DISTRICT_DIGITS if case.level == "district" else STREET_DIGITS
        return self.over(Role.DISPATCHER, case.area_code[:digits])

    def handler(self, case: Case) -> list[str]:
        """Who works it: the one who has it, else anyone of the unit."""
        if case.kind == "party":
            return self.over(Role.ORGANISER, case.area_code)
        held = self.held(Role.HANDLER, case.unit_code)
        own = [person for person in held if person == case.handler_code]
        return own or held or self.held(Role.HEAD, case.unit_code)

    def checker(self, case: Case) -> list[str]:
        """Somebody outside the handling unit: of the grid, else the street."""
        office = self.ground.known.office
        unit = office.below(case.unit_code)

        def outside(persons: list[str]) -> list[str]:
            return [
                person
                for person in persons
                if office.people[person].unit not in unit and person != case.handler_code
            ]

        of_grid = self.held(Role.MEMBER, case.grid_code) + self.held(Role.LEADER, case.grid_code)
        found = [] if self.hidden or case.kind == "party" else outside(of_grid)
        found = found or outside(self.dispatcher(case))
        return found or self.over(Role.COMMITTEE, case.area_code)

    def other_leader(self, case: Case) -> list[str]:
        """A leader of another grid of the street."""
        grids = sorted(self.ground.cells)
        return [p for grid in grids if grid != case.grid_code for p in self.held(Role.LEADER, grid)]

    def party_head(self, case: Case) -> list[str]:
        """The head of the organiser's unit."""
        office = self.ground.known.office
        units = {office.people[p].unit for p in self.over(Role.ORGANISER, case.area_code)}
        return [p for unit in sorted(filter(None, units)) for p in self.held(Role.HEAD, unit)]


CASTING: dict[str, Callable[[Cast, Case], list[str]]] = {
    "answerer": Cast.answerer,
    "dispatcher": Cast.dispatcher,
    "handler": Cast.handler,
    "checker": Cast.checker,
    "other_leader": Cast.other_leader,
    "party_head": Cast.party_head,
    "member": lambda cast, case: cast.held(Role.MEMBER, case.grid_code),
    "head": lambda cast, case: cast.held(Role.HEAD, case.unit_code),
    "committee": lambda cast, case: cast.over(Role.COMMITTEE, case.area_code),
    "caller": lambda cast, case: cast.over(Role.CALLER, case.area_code),
}


def _one(persons: list[str], index: int, who: str) -> str:
    if not persons:
        raise NobodyThere(who)
    return persons[index % len(persons)]
