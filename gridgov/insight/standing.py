"""What all answers of one moment share: how far the roll-ups are, what moved on, what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.errors import Unavailable
from gridgov.insight.full import hidden_from
from gridgov.insight.read import Judged, judge
from gridgov.insight.state import moved_on, state, usable
from gridgov.insight.tables import State
from gridgov.people.actors import Actor

TRIES = 3
SHARED = "figures"
Made = TypeVar("Made")


class FiguresComing(Unavailable):
    """The figures are being made anew just now; try again in a moment."""


class Standing:
    """How things stand at one moment for one who asks; each part read once, when first needed."""

    def __init__(self, session: Session, actor: Actor, known: Known, now: datetime) -> None:
        self._session, self._known = session, known
        self.actor, self.now = actor, now

    @cached_property
    def _state(self) -> State | None:
        return state(self._session)

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The cases about whoever asks or their unit."""
        return hidden_from(self._session, self.actor, self._known, self.now)

    @cached_property
    def run(self) -> int | None:
        """The run of the roll-ups; None where they do not serve."""
        found = self._state
        return found.run if found and usable(found, self._session, self._known) else None

    @cached_property
    def moved(self) -> list[Judged]:
        """The cases that have moved on since the roll-ups were made."""
        ids = moved_on(self._session, self._state) if self._state else []
        return list(judge(self._session, ids, self._known))

    def holds(self) -> bool:
        """Tell whether the roll-ups that were looked at are those of now.

        Every statement sees what is committed by then: what was summed must be of one piece.
        """
        if self.__dict__.get("run") is None:
            return True
        again = state(self._session)
        return again is not None and again.complete and again.run == self.run


def at_once(
    session: Session,
    actor: Actor,
    known: Known,
    now: datetime,
    make: Callable[[Standing], Made],
) -> Made:
    """Make any number of answers of one moment, reading what they share but once.

    Within another call for the same moment, it shares that one's. Made again where the roll-ups
    were brought up to date meanwhile. Raises FiguresComing.
    """
    shared: Standing | None = session.info.get(SHARED)
    if shared is not None and (shared.actor, shared.now) == (actor, now):
        return make(shared)
    for _ in range(TRIES):
        standing = session.info[SHARED] = Standing(session, actor, known, now)
        try:
            made = make(standing)
        finally:
            session.info[SHARED] = shared
        if standing.holds():
            return made
    raise FiguresComing
