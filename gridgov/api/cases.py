"""Cases: report, list, read, and their timeline."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from gridgov.api import limits, views
from gridgov.api.auth import for_case, maybe_signed_in, signed_in, with_token
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
from gridgov.api.serve import Serving, serving
from gridgov.api.wire import Blueprint
from gridgov.app import installation
from gridgov.cases import numbers
from gridgov.cases.act import Wish, act, carrier, find, scene_of
from gridgov.cases.facts import Scene
from gridgov.cases.find import Wanted, search
from gridgov.cases.repeat import Key
from gridgov.cases.report import Draft, Reported, report
from gridgov.cases.standing import is_reporter
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.cases.workflow import MERGED, STATUS_LABELS, Status
from gridgov.cases.write import past
from gridgov.language import say
from gridgov.people.actors import Actor, by_code

blueprint = Blueprint("cases", __name__, description="Cases, from report to evaluation")
KEY_HEADER = "Idempotency-Key"
PUBLIC: dict[str, Any] = {"security": [{}, {"token": []}]}
OF_CASE: dict[str, Any] = {"security": [{"token": []}, {"code": []}]}
OF_STAFF: dict[str, Any] = {"security": [{"token": []}]}


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
@blueprint.doc(**PUBLIC)
def report_case(headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Report a case; the same Idempotency-Key answers with the same case."""
    draft: Draft = body["draft"]
    key = request_key(headers.get("key"))
    with serving() as s:
        actor = maybe_signed_in(s.session, s.at)
        own = key and key.by(actor.account)
        taken = report(s.session, draft, actor, s.at, s.known, request=own)
        if body["steps"] and not taken.repeated:
            wishes = [wish(step) for step in body["steps"]]
            act(s.session, taken.case.number, wishes, actor, s.at, s.known)
        return reported_view(s, taken, draft)


def request_key(key: str | None) -> Key | None:
    """Return the request's idempotency key with a digest of what came with it."""
    if key is None:
        return None
    body = f"{request.method} {request.path}\n".encode() + request.get_data()
    return Key(key, installation().settings.keys.body_digest(body))


def wish(step: dict[str, Any]) -> Wish:
    """Return a step as the verb takes it."""
    given = {name: value for name, value in step.items() if name not in ("step", "version")}
    return Wish(step["step"], step.get("version"), given)


def reported_view(s: Serving, taken: Reported, draft: Draft) -> dict[str, Any]:
    """Return what the reporter of a case is answered."""
    case, known = taken.case, s.known
    contact = None if draft.anonymous else draft.contact
    collected = [name for name in ("name", "phone", "email") if getattr(contact, name, None)]
    return {
        "number": case.number,
        "query_code": known.settings.keys.query_code(case.number),
        "status": case.status,
        "status_name": say(STATUS_LABELS[Status(case.status)]),
        "version": case.version,
        "cell": views.cell(case.cell_code),
        "grid": views.grid(known, case.grid_code),
        "flags": case.flags,
        "routing": views.routing(known, _why(s, taken)),
        "notice": views.notice(known, case, collected),
        "similar": views.near(known, taken.near),
    }


def _why(s: Serving, taken: Reported) -> dict[str, Any]:
    if taken.routing:
        return taken.routing.data
    first = sa.select(Event.data).where(Event.case_id == taken.case.id, Event.version == 1)
    return dict(s.session.execute(first).scalar_one()["routing"])


@blueprint.get("/cases")
@with_token
@blueprint.arguments(CaseQuery(), location="query")
@blueprint.response(200, CasePage)
@blueprint.doc(**OF_STAFF, **{"x-limited": False})
def list_cases(wanted: Wanted) -> dict[str, Any]:
    """List the cases that whoever asks may see, the newest first."""
    with serving(write=False) as s:
        actor = signed_in(s.session, s.at)
        page = search(s.session, wanted, actor, s.at, s.known)
        return {"cases": views.listed(s, page.cases, actor), "next": page.next}


@blueprint.get("/cases/<string:number>")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, CaseOut)
@blueprint.doc(**OF_CASE)
def read_case(query: dict[str, str], number: str) -> dict[str, Any]:
    """Read a case, with the steps that it offers to whoever asks."""
    with serving(write=False) as s:
        number = numbers.read(number)
        actor = for_case(s.session, number, s.at, query.get("code"))
        case = find(s.session, number, actor, s.at, s.known)
        return case_view(s, case, actor)


@blueprint.get("/cases/<string:number>/timeline")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, TimelineOut)
@blueprint.doc(**OF_CASE)
def read_timeline(query: dict[str, str], number: str) -> dict[str, Any]:
    """Read what happened to a case; a reporter reads what is meant for them."""
    with serving(write=False) as s:
        number = numbers.read(number)
        actor = for_case(s.session, number, s.at, query.get("code"))
        case = find(s.session, number, actor, s.at, s.known)
        events = events_of(s.session, case)
        own = views.timeline(s.known, views.bare(s, case, actor), events)
        if case.status == MERGED and is_reporter(views.bare(s, case, actor)):
            # Carried reporters follow, by their own number, what becomes of it.
            shown = carrier(s.session, case)
            scene = views.bare(s, shown, by_code(shown.number))
            merged = case.updated_at
            after = [one for one in events_of(s.session, shown) if one.at >= merged]
            own += views.timeline(s.known, scene, after, carried=True)
        return {"events": own}


def events_of(session: Session, case: Case) -> list[Event]:
    """Return a case's events, the oldest first."""
    query = sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
    return list(session.scalars(query))


def case_view(s: Serving, case: Case, actor: Actor) -> dict[str, Any]:
    """Return a case as whoever asks sees it; a merged one, to its reporter, as what carries it."""
    carries = None
    if case.status == MERGED and is_reporter(views.bare(s, case, actor)):
        carries, case = case, carrier(s.session, case)
        actor = by_code(case.number)
    events = events_of(s.session, case)
    scene: Scene = scene_of(
        s.session, case, actor, s.at, s.known, [past(event) for event in events]
    )
    masked = s.session.scalar(sa.select(Reporter.masked).where(Reporter.case_id == case.id))
    view = views.whole(s.known, scene, masked=masked, carries=carries.number if carries else None)
    return view if carries is None else _carried(view, carries)


def _carried(view: dict[str, Any], carries: Case) -> dict[str, Any]:
    """Show the progress of the case that carries another, and nothing of what its reporter said."""
    own = {"number": carries.number, "text": carries.description, "address": carries.address}
    steps = [step for step in view["steps"] if step["name"] in ("confirm", "evaluate", "reopen")]
    return view | own | {"point": carries.point, "steps": steps}
