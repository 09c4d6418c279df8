"""A case's clocks as they are shown: limit, used, left, due, what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from gridgov.cases.clocks import LABELS, clocks
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.workflow import OPEN
from gridgov.ladder.clock import Clock
from gridgov.ladder.ladder import Ladder
from gridgov.language import say


class RungOut(Schema):
    """A rung of the ladder that is still ahead."""

    name = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class ClockOut(Schema):
    """A clock; seconds of its kind: office time for working hours and days, else of the wall."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    kind = fields.String(required=True)
    limit_s = fields.Integer(allow_none=True, required=True)
    used_s = fields.Integer(required=True)
    left_s = fields.Integer(allow_none=True, required=True)
    due = fields.AwareDateTime(allow_none=True, required=True)
    late = fields.Boolean(required=True)
    provisional = fields.Boolean(required=True)
    stopped = fields.Boolean(required=True)
    next_rung = fields.Nested(RungOut, allow_none=True, required=True)


def shown(known: Known, scene: Scene) -> list[dict[str, Any]]:
    """Return the clocks of the present round that still count: what runs, and the whole case's."""
    case = scene.case
    if case.status not in OPEN:
        return []
    category = scene.categories.get(case.category_code or "")
    found = clocks(scene.past, category, known.ladder, scene.calendar, resume_on=case.resume_on)
    return [
        _view(clock, known.ladder, scene)
        for clock in found
        if clock.round == case.round and (clock.running or clock.name == "case")
    ]


def due_of(views: list[dict[str, Any]]) -> datetime | None:
    """Return by when the whole case is to be closed."""
    return next((view["due"] for view in views if view["name"] == "case"), None)


def _view(clock: Clock, ladder: Ladder, scene: Scene) -> dict[str, Any]:
    calendar, now = scene.calendar, scene.at
    used, due = clock.used(now, calendar), clock.due(calendar)
    return {
        "name": clock.name,
        "label": say(LABELS[clock.name]),
        "kind": clock.kind.value,
        "limit_s": clock.limit,
        "used_s": used,
        "left_s": None if clock.limit is None else clock.limit - used,
        "due": due.at if due else None,
        "late": due is not None and now.replace(microsecond=0) > due.at,
        "provisional": due is not None and due.provisional,
        "stopped": not clock.running,
        "next_rung": _next(clock, ladder, scene) if clock.running else None,
    }


def _next(clock: Clock, ladder: Ladder, scene: Scene) -> dict[str, Any] | None:
    case = scene.case
    ahead = [
        (due.at, rung.name)
        for rung in ladder.rungs
        if rung.fits(clock.name, case.category_code, case.urgency)
        and (due := rung.instant(clock, scene.calendar))
        and due.at >= scene.at
    ]
    return {"at": min(ahead)[0], "name": min(ahead)[1]} if ahead else None
