"""What is handled jointly, in words of whoever reported it: who does what, and how it stands."""

from __future__ import annotations

from typing import Any, NamedTuple

from gridgov.cases.act import carrier
from gridgov.cases.fields import SUSPENSION_REASONS
from gridgov.cases.tables import Case
from gridgov.cases.workflow import (
    CHECKING,
    CLOSED,
    DISPATCHED,
    ENDED,
    EVALUATED,
    FILED,
    HANDLING,
    MERGED,
    SUSPENDED,
    Status,
)
from gridgov.faces import views
from gridgov.joint.show import DONE, Summary, joint_of
from gridgov.joint.told import Told, told
from gridgov.language import say
from gridgov.web.shell import Visit
from gridgov.words import N_

# How an item stands; what is not named here is being worked on.
STANDS = {
    FILED: N_("A unit is being found for it."),
    DISPATCHED: N_("%(unit)s has been given it."),
    HANDLING: N_("%(unit)s is working on it."),
    CHECKING: N_("%(unit)s says that it is done; it is being checked."),
    CLOSED: N_("%(unit)s has done it."),
    EVALUATED: N_("%(unit)s has done it."),
    SUSPENDED: N_("It has to wait: %(why)s."),
    MERGED: N_("It is handled together with another."),
}
LEFT_OUT = N_("It was dropped from the list: %(why)s")
UNTIL = N_("It goes on %(day)s.")


class Line(NamedTuple):
    """An item as its reporter reads it; `state` is done, waits, left or empty."""

    text: str
    says: str
    more: str | None
    state: str


def shared(visit: Visit, case: Case) -> dict[str, Any] | None:
    """Return what a reporter reads of joint handling: who leads, and the items of their own."""
    s = visit.serving
    case = carrier(s.session, case) if case.status == MERGED else case
    if case.joint:
        found = told(s.session, case)
        lead = views.unit(s.known, case.unit_code or case.lead_unit_code)
        return {"lead": lead, "lines": [_line(visit, one) for one in found], "sum": _sum(found)}
    above = joint_of(s.session, case)
    return above and {"lead": views.unit(s.known, above[1]), "lines": [], "sum": None}


def _line(visit: Visit, one: Told) -> Line:
    status = Status(one.status)
    unit = views.unit(visit.serving.known, one.unit)
    values = {"unit": unit["name"] if unit else say(N_("A unit"))}
    if status in DONE:
        return Line(one.text, say(STANDS[status], values), one.result, "done")
    if status == SUSPENDED:
        why = say(SUSPENSION_REASONS[one.why]) if one.why in SUSPENSION_REASONS else one.why or ""
        until = say(UNTIL, {"day": one.resume_on.isoformat()}) if one.resume_on else None
        return Line(one.text, say(STANDS[status], {"why": why}), until, "waits")
    if status in ENDED and status != MERGED:
        return Line(one.text, say(LEFT_OUT, {"why": one.why or "–"}), None, "left")
    return Line(one.text, say(STANDS.get(status, STANDS[HANDLING]), values), None, "")


def _sum(found: list[Told]) -> Summary:
    whole = Summary(total=len(found))
    whole.done = sum(one.status in DONE for one in found)
    return whole
