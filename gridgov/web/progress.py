"""How a case stands, in the words of whoever reported it: who has it, what comes next, by when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gridgov.cases.workflow import Status
from gridgov.faces import spoken
from gridgov.faces.said import together
from gridgov.language import say
from gridgov.people.roles import Role
from gridgov.words import N_

UNDO = timedelta(minutes=10)
OFFICE = N_("the office")
# status: who has it now, what comes next.
STANDS = {
    Status.REPORTED: (N_("%(grid)s looks at it."), N_("It is taken in, or you are told why not.")),
    Status.VERIFYING: (N_("%(grid)s looks at it on site."), N_("Then it is taken in.")),
    Status.WAITING: (N_("We wait for what you were asked."), N_("Answer below; then it goes on.")),
    Status.FILED: (N_("It is taken in."), N_("%(grid)s gives it to a unit.")),
    Status.DISPATCHED: (N_("%(unit)s has been given it."), N_("The unit accepts it and begins.")),
    Status.HANDLING: (N_("%(unit)s is working on it."), N_("The result is checked on site.")),
    Status.SUSPENDED: (
        N_("%(unit)s has to wait with it."), N_("It goes on when what stands in the way is gone."),
    ),
    Status.CHECKING: (
        N_("%(unit)s says that it is done."), N_("We check it. You can also say whether it is."),
    ),
    Status.CLOSED: (N_("It is done."), N_("Tell us how it went.")),
    Status.EVALUATED: (N_("It is done, and you told us how it went."), N_("Thank you.")),
    Status.REJECTED: (N_("It was not taken in."), N_("Why, and where to turn, stands below.")),
    Status.WITHDRAWN: (N_("You took it back."), N_("Nothing more happens.")),
    Status.MERGED: (N_("It is handled together with another."), N_("You are told of both here.")),
}  # fmt: skip

JOINTLY = N_("Item by item, each is solved or you are told why not.")


class Stand(NamedTuple):
    """How a case stands, in sentences."""

    now: str
    then: str
    ended: bool


class Told(NamedTuple):
    """A line of the timeline."""

    at: datetime
    title: str
    who: str | None
    text: str | None


def stand(view: dict[str, Any]) -> Stand:
    """Return how a case stands."""
    status = Status(view["status"])
    now, then = STANDS[status]
    if status is Status.HANDLING and view.get("joint"):
        then = JOINTLY
    values = _names(view)
    ended = status in (Status.EVALUATED, Status.WITHDRAWN, Status.REJECTED)
    return Stand(say(now, values), say(then, values), ended)


def sent_to(view: dict[str, Any], at: datetime, zone: ZoneInfo) -> str:
    """Return where a report went, and by when it is to be done."""
    if view["status"] in (Status.CLOSED, Status.EVALUATED):
        return say(N_("It is settled."))
    where = say(N_("Sent to %(grid)s"), _names(view))
    if view.get("due") is None:
        return say(N_("%(said)s."), {"said": where})
    by = spoken.instant(view["due"], at, zone)
    return say(N_("%(said)s; to be done by %(when)s."), {"said": where, "when": by})


def undo(view: dict[str, Any], at: datetime) -> str | None:
    """Return the step that takes a report back while it is fresh, if one is offered."""
    if at - view["reported_at"] > UNDO:
        return None
    offered = {step["name"] for step in view["steps"]}
    return next((name for name in ("withdraw", "reopen") if name in offered), None)


def told(events: Iterable[dict[str, Any]]) -> list[Told]:
    """Return the timeline, the newest first."""
    lines = [
        Told(
            one["at"],
            one["step_name"],
            _who(one),
            together(str(text) for text in one["text"].values() if text) or None,
        )
        for one in events
    ]
    return lines[::-1]


def _who(one: dict[str, Any]) -> str:
    if one["role"] in (Role.REPORTER, Role.ANYONE):
        return say(N_("you"))
    return str(one["unit"]["name"] if one.get("unit") else one["role_name"])


def _names(view: dict[str, Any]) -> dict[str, str]:
    grid, unit = view.get("grid"), view.get("unit")
    return {
        "grid": grid["name"] if grid else say(OFFICE),
        "unit": unit["name"] if unit else say(N_("A unit")),
    }
