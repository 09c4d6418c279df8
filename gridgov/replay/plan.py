"""A row of a history, and the steps by which its case came to where it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
# What the source's own verdict may mean.
ON_TIME, OVERDUE, UNKNOWN = "on_time", "overdue", "unknown"
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
    verdict: str = ""  # the source's own

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
    first: int  # how many of its row's steps the case has behind it then
    steps: tuple[Planned, ...]
    last: bool  # whether its past is whole then

    @property
    def weight(self) -> int:
        """How much work it is: its steps, or a look at the clock."""
        return len(self.steps) or 1


def ends(status: str) -> bool:
    """Tell whether a case of this status is over, so that it has a time of closing."""
    return Status(status) in ENDED


def path_of(row: Row) -> list[str]:
    """Return the names of a row's steps."""
    return list(PATHS[row.status])


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


def stream(
    rows: Sequence[Row], done: Sequence[int], late: Collection[int], as_of: datetime
) -> list[Group]:
    """Return the steps still to be taken, all rows as one stream in the order of time.

    `done` tells of each row how many of its steps have been taken already. Of the rows in `late`
    that are all, but their clocks have not yet come to `as_of`.
    """
    groups = [group for n, row in enumerate(rows) for group in _groups(n, row, done[n])]
    groups += [Group(as_of, n, done[n], (), last=True) for n in late]
    groups.sort(key=lambda group: (group.at, group.row))
    return groups


def _groups(number: int, row: Row, done: int) -> Iterator[Group]:
    left = planned(row)[done:]
    for at in dict.fromkeys(step.at for step in left):
        steps = tuple(step for step in left if step.at == at)
        yield Group(at, number, done, steps, last=len(steps) == len(left))
        done += len(steps)
        left = left[len(steps) :]


def batches(groups: Sequence[Group], most: int) -> Iterator[list[Group]]:
    """Cut the stream into batches of at most so many events."""
    batch: list[Group] = []
    events = 0
    for group in groups:
        if batch and events + group.weight > most:
            yield batch
            batch, events = [], 0
        batch.append(group)
        events += group.weight
    if batch:
        yield batch
