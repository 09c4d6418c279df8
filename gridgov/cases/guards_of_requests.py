"""The guards around requests: for more time, to suspend, to return; see `gridgov.cases.guards`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from gridgov.cases import refusals as no
from gridgov.cases.clocks import clocks
from gridgov.cases.facts import Scene
from gridgov.cases.workflow import DISPATCHED, LEADER

SUSPENDED_DAYS = 365
PENDING = ("return", "extension", "suspension", "joint")


def nothing_pending(scene: Scene) -> None:
    """One request at a time."""
    if scene.case.pending:
        raise no.AlreadyPending


def returnable(scene: Scene) -> None:
    """What the street assigned finally stays."""
    if scene.case.final:
        raise no.NotReturnable


def pending(kind: str) -> Callable[[Scene], None]:
    """Return the guard that a request of this kind waits."""

    def guard(scene: Scene) -> None:
        if not scene.case.pending or scene.case.pending["kind"] != kind:
            raise no.NothingPending

    guard.__doc__ = f"A request for {kind} waits."
    return guard


def leader_before_acceptance(scene: Scene) -> None:
    """A leader recalls only what nobody has accepted."""
    if scene.role is LEADER and scene.status is not DISPATCHED:
        raise no.LeaderTooLate


def asks_before_limit(scene: Scene) -> None:
    """An extension is asked for while there is still something to extend."""
    if scene.ladder is None:
        return
    found = clocks(scene.past, scene.category, scene.ladder, scene.calendar)
    running = next((one for one in found if one.name == "handle" and one.running), None)
    due = running.due(scene.calendar) if running else None
    if due is not None and scene.at.replace(microsecond=0) > due.at:
        raise no.LimitPassed


def extensions_left(scene: Scene) -> None:
    """At most two a round."""
    if scene.count("extend") >= 2:
        raise no.ExtensionsUsed


def suspensions_left(scene: Scene) -> None:
    """At most two a round, and 365 days together."""
    if scene.count("suspend") >= 2:
        raise no.SuspensionsUsed
    until = scene.given.get("resume_on")
    if until is None:
        return
    days = (until - scene.at.astimezone(scene.calendar.zone).date()).days
    if days < 1 or _suspended_before(scene) + days > SUSPENDED_DAYS:
        raise no.SuspensionTooLong(field="resume_on")


def _suspended_before(scene: Scene) -> int:
    """Count the days of this round's suspensions that were, each begun day whole."""
    days, since = 0, None
    for event in scene.this_round:
        if event.step == "suspend":
            since = event.at
        elif event.step == "resume" and since:
            days += -((since - event.at) // timedelta(days=1))
    return days


def suspension_ahead(scene: Scene) -> None:
    """What would resume today or has already is not suspended any more."""
    until = (scene.case.pending or {}).get("resume_on")
    today = scene.at.astimezone(scene.calendar.zone).date()
    if until and date.fromisoformat(until) <= today:
        raise no.SuspensionTooLong
