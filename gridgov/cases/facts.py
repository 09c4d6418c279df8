"""What the rules look at: the case with its past, who acts, and what was given. No session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Self

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import Status, Step
from gridgov.keys import Keys
from gridgov.ladder.ladder import Ladder
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import UNIT_ROLES, Role
from gridgov.worktime.rules import Calendar


class Past(NamedTuple):
    """An event as the rules see it."""

    step: str
    round: int
    at: datetime
    role: str
    person: str | None
    unit: str | None
    from_status: str | None
    to_status: str
    data: dict[str, Any]


class Item(NamedTuple):
    """An item of a joint case; `since` when it was last suspended or rejected.

    `carried` is how the case stands that carries it, where that is another than the joint case.
    """

    number: str
    status: str
    unit: str | None
    since: datetime | None
    carried: str | None = None

    @property
    def stands(self) -> str:
        """How it stands with what was asked for, by whatever number that goes on."""
        return self.carried or self.status


# What a scene works out once; another scene has to work it out anew.
DERIVED = ("category", "this_round", "places", "handling_units")


@dataclass(frozen=True)
class Scene:
    """Everything that is known of a case when somebody looks at it or acts."""

    case: Case
    actor: Actor
    at: datetime
    office: Office
    categories: Mapping[str, CategoryFacts]
    calendar: Calendar
    keys: Keys  # by which what is done is chained
    past: tuple[Past, ...] = ()
    subject_persons: frozenset[str] = frozenset()
    subject_units: frozenset[str] = frozenset()
    carried: int = 0  # cases merged into this one
    lead: str | None = None  # the unit that leads the joint case whose item this is
    co_units: frozenset[str] = frozenset()  # asked to co-operate
    items: tuple[Item, ...] = ()  # of a joint case
    photos: bool = False  # whether staff added a photo this round
    given: Mapping[str, Any] = field(default_factory=dict)
    target: Case | None = None
    draw: float = 1.0  # in [0, 1): below the sample rate, the case is drawn for a check
    role: Role | None = None  # in which the actor takes the step at hand
    step: Step | None = None
    ladder: Ladder | None = None  # whose limits count where the category names none
    offering: bool = False  # whether the step is only looked at, with nothing given yet

    @classmethod
    def of(cls, known: Known, case: Case, actor: Actor, at: datetime, **more: Any) -> Self:
        """Return a scene of a case; without `more`, enough to tell who stands how to it."""
        return cls(
            case=case,
            actor=actor,
            at=at,
            office=known.office,
            categories=known.categories,
            calendar=known.calendar(case.park_code),
            keys=known.settings.keys,
            **more,
        )

    def but(self, **changes: Any) -> Self:
        """Return the same scene with some things otherwise.

        `dataclasses.replace` would be a tenth of a step's time, and there are dozens to an offer.
        """
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        for derived in DERIVED:
            made.__dict__.pop(derived, None)
        made.__dict__.update(changes)
        return made

    @property
    def status(self) -> Status:
        """Where the case stands."""
        return Status(self.case.status)

    @cached_property
    def category(self) -> CategoryFacts | None:
        """The category given with the step, else the case's."""
        code = self.given.get("category") or self.case.category_code
        return self.categories.get(code) if code else None

    @cached_property
    def this_round(self) -> tuple[Past, ...]:
        """The events of the present round."""
        return tuple(event for event in self.past if event.round == self.case.round)

    def last(self, *steps: str, whole: bool = False) -> Past | None:
        """Return the latest of these steps, in this round or in the whole past."""
        events = self.past if whole else self.this_round
        return next((event for event in reversed(events) if event.step in steps), None)

    def count(self, *steps: str, whole: bool = False) -> int:
        """Count these steps, in this round or in the whole past."""
        events = self.past if whole else self.this_round
        return sum(event.step in steps for event in events)

    @cached_property
    def places(self) -> tuple[str | None, ...]:
        """The codes by which units say what they serve."""
        return (self.case.grid_code, self.case.cell_code or self.case.area_code)

    @cached_property
    def handling_units(self) -> frozenset[str]:
        """The unit that handled it: of the last submit, with all units below it."""
        submit = self.last("submit", "settle", "close_joint", whole=True)
        return self.office.below(submit.unit) if submit else frozenset()

    @cached_property
    def hands(self) -> frozenset[str]:
        """Who accepted or submitted, or settled, in this round."""
        steps = ("accept", "submit", "settle", "close_joint")
        return frozenset(e.person for e in self.this_round if e.step in steps and e.person)

    def handled_by(self, person: str | None) -> bool:
        """Tell whether somebody belongs to the unit that handled it."""
        facts = self.office.people.get(person or "")
        if facts is None:
            return person in self.hands
        held = self.office.duties_of(person or "", self.at)
        units = {facts.unit} | {duty.place for duty in held if duty.role in UNIT_ROLES}
        return person in self.hands or bool(units & self.handling_units)
