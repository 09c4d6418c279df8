"""Reporting: one form for everybody, also signed in; it ends with number, code and what is next."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.cases.act import act
from gridgov.cases.landmark import landmark
from gridgov.cases.placing import place
from gridgov.cases.repeat import Key
from gridgov.cases.report import report as take_report
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.errors import GridgovError
from gridgov.faces import limits, views
from gridgov.faces.case import noted
from gridgov.faces.wishes import wish
from gridgov.language import say, speaks
from gridgov.people.actors import Actor
from gridgov.people.roles import GRID_ROLES
from gridgov.web import codes, forms, uploads
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

FREQUENT = 6
NEAR = N_("near %(landmark)s")
COLLECTED = ("description", "name", "phone", "photo", "location")


@blueprint.get("/report")
def report() -> Answer:
    """Show the form."""
    with visiting() as visit:
        return _form(visit, {}, [])


@blueprint.post("/report")
@limits.reports()
def send_report() -> Answer:
    """Take a report from a plain form; where scripts run, they send it to the API instead."""
    given = request.form.to_dict()
    try:
        body = forms.case(_by_contact(given))
        number, code = _taken(body, given.get("key", ""))
    except FormWrong as error:
        return _again(given, error.wrong)
    except GridgovError as error:
        return _again(given, forms.of_error(error))
    refused = uploads.take(number, None if _signed_in() else code, request.files.getlist("file"))
    to = f"{codes.FOLLOW}{number}/sent" + (f"?refused={len(refused)}" if refused else "")
    answer = Response(status=303, headers={"Location": to})
    codes.keep(answer, number, code)
    return answer


@blueprint.get("/report/place")
@limits.others()
def describe_place() -> Response:
    """Say a point in words: a landmark, the grid; for 'is it here?'."""
    where = forms.point(request.args)
    with visiting() as visit:
        s = visit.serving
        active = s.known.active(s.at)
        placed = place(where, active, s.known.settings.default_park)
        found = views.grid(s.known, placed.grid)
        words = landmark(s.session, placed, active)
        return jsonify(
            words=say(NEAR, {"landmark": words}) if words else None,
            grid=found["name"] if found else None,
            outside=placed.cell is None,
        )


def _signed_in() -> bool:
    with visiting() as visit:
        return visit.signed_in


def _taken(body: dict[str, Any], key: str) -> tuple[str, str]:
    with visiting(write=True) as visit:
        s = visit.serving
        case = take_report(
            s.session, noted(body["draft"]), s.actor, s.at, s.known, request=_key(key, s.actor)
        )
        if body["steps"] and not case.repeated:
            wishes = [wish(one) for one in body["steps"]]
            act(s.session, case.case.number, wishes, s.actor, s.at, s.known)
        number = case.case.number
        return number, s.known.settings.keys.query_code(number)


def _key(given: str, actor: Actor) -> Key | None:
    if not 8 <= len(given) <= 100:
        return None
    sent = repr(sorted(request.form.items())).encode()
    digest = installation().settings.keys.body_digest(b"POST /report\n" + sent)
    return Key(given, digest).by(actor.account)


def _by_contact(given: dict[str, str]) -> dict[str, str]:
    """Read the one choice of the form as the API's two flags; who is anonymous leaves nothing."""
    choice = given.get("contact")
    kept = {
        name: text
        for name, text in given.items()
        if choice != "anonymous" or not name.startswith("reporter.")
    }
    return kept | {
        "anonymous": "true" if choice == "anonymous" else "",
        "confidential": "true" if choice == "confidential" else "",
    }


def _again(given: dict[str, str], wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _form(visit, given, wrong, 422)


def _form(visit: Visit, given: dict[str, str], wrong: Wrong, status: int = 200) -> Response:
    known = visit.serving.known
    found = [one for one in known.categories.values() if one.active]
    frequent = _frequent(found, known.settings.frequent_categories)
    return visit.page(
        "report.html",
        status,
        given=given,
        errors=wrong,
        key=given.get("key") or secrets.token_urlsafe(16),
        frequent=frequent,
        groups=_groups(found),
        settles=visit.actor.holds(*GRID_ROLES),
        notice=views.notice(known, COLLECTED),
    )


def _frequent(found: list[CategoryFacts], chosen: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the categories with a button of their own: the office's choice, then the first."""
    by_code = {one.code: one for one in found}
    public = [one.code for one in found if one.kind in ("component", "matter")]
    wanted = dict.fromkeys(code for code in (*chosen, *public) if code in by_code)
    return [(code, _name(by_code[code])) for code in list(wanted)[:FREQUENT]]


def _groups(found: list[CategoryFacts]) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in found:
        group = one.group if speaks("zh") else one.group_en or one.group
        groups.setdefault(group, []).append((one.code, _name(one)))
    return groups


def _name(one: CategoryFacts) -> str:
    return one.name if speaks("zh") else one.name_en or one.name
