"""Visits to firms on the phone: where one might go, who is near, and a record in under a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from geo.datum import to_cgcs2000
from gridgov.community import branches, plan
from gridgov.community.firms import near, one
from gridgov.community.visit import MET, Recorded, record, visits
from gridgov.database import LonLat
from gridgov.errors import GridgovError
from gridgov.faces import firms as shown
from gridgov.faces.firm_inputs import HereIn, VisitIn
from gridgov.language import say, speaks
from gridgov.people.firms import VISITORS
from gridgov.people.tables import Firm
from gridgov.web import form_keys, forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting

SUGGESTED, LATEST, NEAR = 20, 10, 20
NEEDS = 3  # that the form has room for; the API takes more
KINDS = ("enterprise", "wish", "matter", "component", "resident")


@blueprint.get("/visits", endpoint="visits")
def show_visits() -> Answer:
    """Show where a visit is suggested, what to ask after, and the latest visits."""
    with visiting() as visit:
        return _overview(visit)


@blueprint.post("/visits", endpoint="near_visits")
def show_near() -> Answer:
    """Show the firms nearest to where one stands; the place comes in the form and goes with it."""
    given = {name: text for name, text in request.form.items() if text.strip()}
    try:
        here = forms.loaded(HereIn(), _numbers(given))
    except FormWrong:
        with visiting() as visit:
            return _overview(visit, status=422)
    point = LonLat(*to_cgcs2000(here["lon"], here["lat"], here["coord_type"]))
    with visiting() as visit:
        s = visit.serving
        found = near(s.session, point, NEAR, s.actor, s.at, s.known)
        return _overview(visit, near=[shown.listed(s, firm) for firm in found])


def _numbers(given: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = dict(given)
    for name in ("lon", "lat"):
        try:
            made[name] = float(given.get(name, ""))
        except ValueError:
            made.pop(name, None)
    return made


def _overview(
    visit: Visit, *, near: list[dict[str, Any]] | None = None, status: int = 200
) -> Response:
    s = visit.serving
    today = s.at.astimezone(visit.zone).date()
    waiting = [
        planned for planned in plan.plan(s.session, s.actor, s.at, s.known) if planned.waits(today)
    ]
    needs = []
    if s.actor.holds(*branches.READERS):
        since, until = shown.span(s, {})
        needs = branches.needs(s.session, since, until, s.actor, s.at, s.known)
    latest = visits(s.session, s.actor, s.at, s.known, limit=LATEST)
    asked = plan.follow_ups(s.session, s.actor, s.at, s.known)
    return visit.page(
        "visits.html",
        status,
        visits_may=s.actor.holds(*VISITORS),
        near=near,
        waiting=len(waiting),
        suggested=[shown.planned(s, one_of) for one_of in waiting[:SUGGESTED]],
        follow_ups=[shown.due(s, due) for due in asked],
        needs=[shown.branch(s, branch) for branch in needs],
        latest=[shown.visit(s, one_of) for one_of in latest],
        today=today,
    )


@blueprint.get("/visits/new", endpoint="new_visit")
def show_new() -> Answer:
    """Show the form, for one firm where the address names it."""
    with visiting() as visit:
        return _form(visit, request.args.to_dict(), [])


@blueprint.post("/visits/new", endpoint="record_visit")
def take_visit() -> Answer:
    """Record a visit; then its cases with their numbers, to be told to the firm."""
    given = request.form
    try:
        body = forms.loaded(VisitIn(), _body(given))
        with visiting(write=True) as visit:
            s = visit.serving
            made = record(
                s.session,
                shown.draft(body, s),
                s.actor,
                s.at,
                s.known,
                request=form_keys.sent(visit),
            )
            return _done(visit, made)
    except FormWrong as error:
        return _again(given, error.wrong)
    except GridgovError as error:
        return _again(given, forms.of_error(error))


def _body(given: MultiDict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"met": given.getlist("met"), "needs": []}
    for name in ("firm", "on", "follow_up_on"):
        if text := given.get(name, "").strip():
            body[name] = text
    for place in range(NEEDS):
        said = {
            "description": given.get(f"need.{place}", "").strip(),
            "category": given.get(f"category.{place}", "").strip(),
        }
        if any(said.values()):
            body["needs"].append({name: text for name, text in said.items() if text})
    return body


def _done(visit: Visit, made: Recorded) -> Response:
    view = shown.recorded(visit.serving, made)
    for need in view["needs"]:
        need["query_code"] = f"{need['query_code'][:4]}-{need['query_code'][4:]}"
    return visit.page("visit_done.html", made=view)


def _again(given: MultiDict[str, str], wrong: Wrong) -> Response:
    with visiting() as visit:
        typed = given.to_dict() | {"met": given.getlist("met")}
        return _form(visit, typed, wrong, 422)


def _form(visit: Visit, given: Mapping[str, Any], wrong: Wrong, status: int = 200) -> Response:
    s = visit.serving
    return visit.page(
        "visit_new.html",
        status,
        given=given,
        errors=[said | {"field": _field(said["field"])} for said in wrong],
        firm=_firm(visit, given.get("firm", "")),
        key=(given.get("key") if wrong else None) or form_keys.new(),
        today=s.at.astimezone(visit.zone).date(),
        met=[(name, say(label)) for name, label in MET.items()],
        places=range(NEEDS),
        kinds=[
            (found.code, found.name if speaks("zh") else found.name_en or found.name)
            for kind in KINDS
            for found in s.known.categories.values()
            if found.active and found.kind == kind
        ],
    )


def _firm(visit: Visit, code: str) -> Firm | None:
    s = visit.serving
    try:
        return one(s.session, code, s.actor, s.at, s.known, VISITORS) if code else None
    except GridgovError:
        return None


def _field(name: str) -> str:
    """Return the form's name for a field of the API: needs.0.description is need.0."""
    parts = name.split(".")
    if parts[0] == "needs" and len(parts) > 1:
        return f"category.{parts[1]}" if parts[-1] == "category" else f"need.{parts[1]}"
    return {"description": "need.0", "category": "category.0"}.get(name, parts[0])
