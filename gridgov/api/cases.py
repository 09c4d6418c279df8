"""Cases: report, list, read, and their timeline."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import (
    TOO_LONG,
    CaseIn,
    CaseOut,
    CasePage,
    CodeArgs,
    ReportedOut,
    TimelineOut,
)
from gridgov.api.search import CaseQuery
from gridgov.api.wire import Blueprint
from gridgov.cases import numbers
from gridgov.cases.act import act, find
from gridgov.cases.find import Wanted, search
from gridgov.cases.report import Draft, report
from gridgov.errors import NotSignedIn
from gridgov.faces import limits, views
from gridgov.faces.auth import need
from gridgov.faces.case import case_view, noted, reported_view, timeline_view
from gridgov.faces.serve import serving
from gridgov.faces.wishes import KEY_HEADER, request_key, wish
from gridgov.people.roles import Role
from gridgov.people.tokens import TokenScope

blueprint = Blueprint("cases", __name__, description="Cases, from report to evaluation")


class Headers(Schema):
    """What may come in the headers."""

    class Meta:
        """Headers that are not ours are no concern."""

        unknown = "exclude"

    key = fields.String(
        data_key=KEY_HEADER, validate=validate.Length(min=8, max=100, error=TOO_LONG)
    )


# Schemas are given as instances: of a class, each request would make its own, with all its fields.
@blueprint.post("/cases")
@limits.reports()
@blueprint.arguments(Headers(), location="headers")
@blueprint.arguments(CaseIn())
@blueprint.response(201, ReportedOut)
@blueprint.doc(**{"x-also": (404,)})
def report_case(headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Report a case; the same Idempotency-Key answers with the same case."""
    draft: Draft = body["draft"]
    key = request_key(headers.get("key"))
    with serving() as s:
        if body["steps"] and s.actor.role is Role.ANYONE:
            raise NotSignedIn
        own = key and key.by(s.actor.account)
        taken = report(s.session, noted(draft), s.actor, s.at, s.known, request=own)
        if body["steps"] and not taken.repeated:
            need(TokenScope.ACT)
            wishes = [wish(step) for step in body["steps"]]
            act(s.session, taken.case.number, wishes, s.actor, s.at, s.known)
        return reported_view(s, taken, draft)


@blueprint.get("/cases")
@blueprint.arguments(CaseQuery(), location="query")
@blueprint.response(200, CasePage)
@blueprint.doc(**{"x-limited": False})
def list_cases(wanted: Wanted) -> dict[str, Any]:
    """List the cases that whoever asks may see, the newest first."""
    with serving(write=False) as s:
        page = search(s.session, wanted, s.actor, s.at, s.known)
        return {"cases": views.listed(s, page.cases, s.actor), "next": page.next}


@blueprint.get("/cases/<string:number>")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, CaseOut)
def read_case(query: dict[str, str], number: str) -> dict[str, Any]:
    """Read a case, with the steps that it offers to whoever asks."""
    number = numbers.read(number)
    with serving(write=False, number=number, code=query.get("code")) as s:
        case = find(s.session, number, s.actor, s.at, s.known)
        return case_view(s, case, s.actor)


@blueprint.get("/cases/<string:number>/timeline")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, TimelineOut)
def read_timeline(query: dict[str, str], number: str) -> dict[str, Any]:
    """Read what happened to a case; a reporter reads what is meant for them."""
    number = numbers.read(number)
    with serving(write=False, number=number, code=query.get("code")) as s:
        case = find(s.session, number, s.actor, s.at, s.known)
        return {"events": timeline_view(s, case, s.actor)}
