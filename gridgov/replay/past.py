"""What has become of cases: their events, and which of them the history itself has taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.facts import Past
from gridgov.cases.tables import Event
from gridgov.people.roles import Role

CHUNK = 500
BY_ITSELF = frozenset({"recompute", "hand_over"})


class Told(NamedTuple):
    """The events of a case, and of each whether its time is only inferred."""

    past: tuple[Past, ...]
    inferred: tuple[bool, ...]


def pasts(session: Session, cases: Sequence[int]) -> dict[int, Told]:
    """Read the events of some cases, the oldest first."""
    found: dict[int, list[tuple[Past, bool]]] = {}
    for start in range(0, len(cases), CHUNK):
        query = (
            sa.select(
                Event.case_id, Event.inferred, Event.step, Event.round, Event.at, Event.role,
                Event.person_code, Event.unit_code, Event.from_status, Event.to_status, Event.data,
            )
            .where(Event.case_id.in_(cases[start : start + CHUNK]))
            .order_by(Event.case_id, Event.version)
        )  # fmt: skip
        for case, inferred, *values in session.execute(query):
            found.setdefault(case, []).append((Past(*values), inferred))
    return {
        case: Told(tuple(past for past, _ in told), tuple(sure for _, sure in told))
        for case, told in found.items()
    }


def steps_taken(past: Iterable[Past]) -> list[str] | None:
    """Return the steps that a history has taken; None where somebody else has worked on the case.

    What the clock did by ladder, calendar or a new map is nobody's work.
    """
    steps: list[str] = []
    for event in past:
        if event.role == Role.IMPORT:
            steps.append(event.step)
        elif event.role != Role.CLOCK or not ("rung" in event.data or event.step in BY_ITSELF):
            return None
    return steps
