"""A row of a history, and the steps by which its case came to where it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from gridgov.cases.workflow import ENDED, Status

_WORKED = ("report", "file", "dispatch", "accept")
# The ways to the statuses that a history may end in, the shortest that the workflow table allows.
PATHS: dict[str, tuple[str, ...]] = {
    "reported": ("report",),
    "verifying": ("report", "ask_verify"),
    "waiting": ("report", "ask_more"),
    "filed": ("report", "file"),
    "dispatched": ("report", "file", "dispatch"),
    "handling": _WORKED,
    "checking": (*_WORKED, "submit"),
    "closed": (*_WORKED, "submit", "pass"),
    "rejected": ("report", "reject"),
    "withdrawn": ("report", "withdraw"),
}
AT_THE_END = frozenset({"submit", "pass", "reject", "withdraw"})


@dataclass(slots=True)
class Row:
    """A row as read: what of it becomes a case, still in the other system's words."""

    line: int
    ref: str
    channel: str
    status: str  # ours
    opened: datetime
    closed: datetime | None
    due: datetime | None  # as the source gives it
    category: str
    unit: str
    description: str | None
    result: str | None
    address: str | None
    lon: float | None
    lat: float | None
    label: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells a case of another system from all others."""
        return self.channel, self.ref


class Planned(NamedTuple):
    """A step to be taken; `inferred` where the source does not say when."""

    step: str
    at: datetime
    inferred: bool


class Group(NamedTuple):
    """The steps of one row that fall on one instant; sorted, groups are the stream of events."""

    at: datetime
    row: int
    first: int  # how many steps the case has behind it then: its version
    steps: tuple[Planned, ...]


def ends(status: str) -> bool:
    """Tell whether a case of this status is over, so that it has a time of closing."""
    return Status(status) in ENDED


def planned(row: Row) -> tuple[Planned, ...]:
    """Return the steps of a row; what the source lacks happens at the nearest time it knows."""
    path = PATHS[row.status]
    closing = row.closed if row.closed and ends(row.status) else None
    return tuple(
        Planned(
            step,
            closing if closing and step in AT_THE_END else row.opened,
            inferred=not (step == "report" or (closing is not None and step == path[-1])),
        )
        for step in path
    )


def stream(rows: Sequence[Row], done: Sequence[int]) -> list[Group]:
    """Return the steps still to be taken, all rows as one stream in the order of time.

    `done` tells of each row how many of its steps have been taken already.
    """
    groups = [group for n, row in enumerate(rows) for group in _groups(n, row, done[n])]
    groups.sort(key=lambda group: (group.at, group.row))
    return groups


def _groups(number: int, row: Row, done: int) -> Iterator[Group]:
    left = planned(row)[done:]
    for at in dict.fromkeys(step.at for step in left):
        steps = tuple(step for step in left if step.at == at)
        yield Group(at, number, done, steps)
        done += len(steps)


def batches(groups: Sequence[Group], most: int) -> Iterator[list[Group]]:
    """Cut the stream into batches of at most so many events."""
    batch: list[Group] = []
    events = 0
    for group in groups:
        if batch and events + len(group.steps) > most:
            yield batch
            batch, events = [], 0
        batch.append(group)
        events += len(group.steps)
    if batch:
        yield batch
