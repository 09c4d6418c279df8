"""Visits to firms: recorded with what was needed, planned, and what needs they told of."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from gridgov.api.cases import Headers
from gridgov.api.firms import FirmOut, VisitOut
from gridgov.api.paging import onward
from gridgov.api.schemas import OUT_OF_RANGE, NamedOut, code
from gridgov.api.wire import Blueprint
from gridgov.community import branches, plan
from gridgov.community import visit as verbs
from gridgov.community.firms import MOST
from gridgov.faces import firms as shown
from gridgov.faces.firm_inputs import VisitIn
from gridgov.faces.serve import serving
from gridgov.faces.wishes import request_key
from gridgov.insight.periods import FIRST, LAST

blueprint = Blueprint("visits", __name__, description="Visits to firms")
DOC: dict[str, Any] = {"x-limited": False}


class VisitArgs(Schema):
    """Which visits to list."""

    firm = code()
    before = code(16, metadata={"description": "The ref after which the page begins."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class VisitsOut(Schema):
    """Visits, the latest first."""

    visits = fields.List(fields.Nested(VisitOut), required=True)
    next = fields.String(allow_none=True, required=True)


class PlanArgs(Schema):
    """How much of the plan to list."""

    waiting = fields.Boolean(load_default=False)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class PlannedFirmOut(FirmOut):
    """A firm that might be visited, and from when on; none: nobody ever came."""

    every_days = fields.Integer()
    from_day = fields.Date(allow_none=True)
    waits = fields.Boolean()


class DueOut(Schema):
    """What is to be asked after."""

    firm = fields.Nested(NamedOut, required=True)
    on = fields.Date()
    follow_up_on = fields.Date()


class PlanOut(Schema):
    """Which firms might be visited next; a suggestion that nobody is measured by."""

    follow_ups = fields.List(fields.Nested(DueOut), required=True)
    firms = fields.List(fields.Nested(PlannedFirmOut), required=True)
    waiting = fields.Integer(required=True)


def _told(day: date) -> None:
    if not FIRST <= day.year <= LAST:
        raise ValidationError(OUT_OF_RANGE)


class PeriodArgs(Schema):
    """The days of a count, both of them in it; the last 90, where they are left out."""

    first = fields.Date(data_key="from", validate=_told)
    last = fields.Date(validate=_told)


class OfCategoryOut(Schema):
    """How many needs were of one category."""

    category = fields.Nested(NamedOut, allow_none=True)
    needs = fields.Integer()


class BranchOut(Schema):
    """What the firms of a branch needed."""

    name = fields.String(allow_none=True)
    firms = fields.Integer()
    needs = fields.Integer()
    categories = fields.List(fields.Nested(OfCategoryOut))


class BranchesOut(Schema):
    """Needs by branch of business, the most first."""

    branches = fields.List(fields.Nested(BranchOut), required=True)


@blueprint.get("/visits")
@blueprint.arguments(VisitArgs(), location="query")
@blueprint.response(200, VisitsOut)
@blueprint.doc(**DOC)
def list_visits(wanted: dict[str, Any]) -> dict[str, Any]:
    """List visits to firms where whoever asks holds a duty, the latest first."""
    with serving(write=False) as s:
        found = verbs.visits(s.session, s.actor, s.at, s.known, **wanted)
        return {
            "visits": [shown.visit(s, one) for one in found],
            "next": onward(found, wanted, "visit.ref"),
        }


@blueprint.post("/visits")
@blueprint.arguments(Headers(), location="headers")
@blueprint.arguments(VisitIn())
@blueprint.response(201, VisitOut)
@blueprint.doc(**DOC)
def record_visit(headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Record a visit; each need becomes a case at once. The same Idempotency-Key does it once."""
    key = request_key(headers.get("key"))
    with serving() as s:
        own = key and key.by(s.actor.account)
        made = verbs.record(s.session, shown.draft(body, s), s.actor, s.at, s.known, request=own)
        return shown.recorded(s, made)


@blueprint.get("/visits/plan")
@blueprint.arguments(PlanArgs(), location="query")
@blueprint.response(200, PlanOut)
@blueprint.doc(**DOC)
def plan_visits(wanted: dict[str, Any]) -> dict[str, Any]:
    """Suggest which firms to visit next: who has waited longest first."""
    with serving(write=False) as s:
        found = plan.plan(s.session, s.actor, s.at, s.known)
        today = s.at.astimezone(s.known.settings.zone).date()
        waiting = [one for one in found if one.waits(today)]
        chosen = (waiting if wanted["waiting"] else found)[: wanted["limit"]]
        due = plan.follow_ups(s.session, s.actor, s.at, s.known)
        return {
            "follow_ups": [shown.due(s, one) for one in due],
            "firms": [shown.planned(s, one) for one in chosen],
            "waiting": len(waiting),
        }


@blueprint.get("/visits/needs")
@blueprint.arguments(PeriodArgs(), location="query")
@blueprint.response(200, BranchesOut)
@blueprint.doc(**DOC)
def count_needs(wanted: dict[str, Any]) -> dict[str, Any]:
    """Count what firms needed, by branch of business."""
    with serving(write=False) as s:
        since, until = shown.span(s, wanted)
        found = branches.needs(s.session, since, until, s.actor, s.at, s.known)
        return {"branches": [shown.branch(s, one) for one in found]}
