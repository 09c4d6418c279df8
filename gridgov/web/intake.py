"""Telephone and counter: what a caller says, typed as fast as it is said, by keyboard alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import Wish, act
from gridgov.cases.nearby import similar
from gridgov.cases.places import places
from gridgov.cases.placing import place
from gridgov.cases.report import Draft, Reported
from gridgov.cases.report import report as take_report
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.errors import BadInput, GridgovError
from gridgov.faces import views, worklist
from gridgov.faces.case import noted
from gridgov.faces.inputs import ABOUT
from gridgov.language import say, speaks
from gridgov.people.roles import Role
from gridgov.privacy.read import same_reporter
from gridgov.web import form_keys, forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

CHANNELS = {
    "telephone": N_("Telephone"),
    "counter": N_("Counter"),
    "hotline": N_("Hotline"),
    "visit": N_("Visit"),
}
SUBJECTS = {
    "unit": N_("a unit"),
    "leader": N_("the grid leader"),
    "member": N_("a grid member"),
    "person": N_("a person on duty"),
    "other": N_("somebody else"),
}
COLLECTED = ("description", "name", "phone", "location")


class KindUnclear(BadInput):
    """Choose one kind from the list: what was typed fits none, or several."""


class Taken(NamedTuple):
    """What the last call became: to be read out."""

    number: str
    code: str
    where: str
    merged: str | None
    earlier: dict[str, Any] | None


@blueprint.get("/intake", endpoint="intake")
def show_intake() -> Answer:
    """Show the form."""
    with visiting() as visit:
        return _page(visit, {"firm": request.args.get("firm", "")[:32]}, [])


@blueprint.post("/intake", endpoint="take_intake")
def take_intake() -> Answer:
    """Take in what was said; then number and code in large, and a fresh form below."""
    given = request.form.to_dict()
    try:
        with visiting(write=True) as visit:
            taken = _taken(visit, given)
        with visiting() as visit:
            found = taken._replace(earlier=_earlier(visit, taken.number, given.get("earlier", "")))
            return _page(visit, {"channel": given.get("channel", "")}, [], taken=found)
    except FormWrong as error:
        return _again(given, error.wrong)
    except GridgovError as error:
        return _again(given, forms.of_error(error))


@blueprint.get("/intake/places")
def suggest_places() -> Answer:
    """Suggest places for the words begun: landmarks, firms, where cases have been."""
    said = request.args.get("q", "")[:60]
    with visiting() as visit:
        s = visit.serving
        active = s.known.active(s.at)
        found = []
        for one in places(s.session, said, s.actor, s.at, s.known):
            located = active.locate(*one.point)
            grid = views.grid(s.known, located.grid if located else None)
            found.append(
                {
                    "words": one.words,
                    "kind": one.kind,
                    "lon": one.point.lon,
                    "lat": one.point.lat,
                    "grid": grid["name"] if grid else None,
                }
            )
        return jsonify(places=found)


@blueprint.get("/intake/near")
def near_intake() -> Answer:
    """Tell of open cases of the same kind near the place, to be merged into."""
    where = forms.point({"coord_type": "cgcs2000"} | request.args.to_dict())
    with visiting() as visit:
        s = visit.serving
        placed = place(where, s.known.active(s.at))
        found = similar(
            s.session,
            point=placed.point,
            category=s.known.categories.get(request.args.get("category", "")),
            actor=s.actor,
            office=s.known.office,
            at=s.at,
            metres=s.known.settings.nearby_m,
            weeks=s.known.settings.nearby_weeks,
            active=s.known.active(s.at),
        )
        return jsonify(near=views.near(s.known, found), merges=s.actor.holds(Role.DISPATCHER))


def _taken(visit: Visit, given: Mapping[str, str]) -> Taken:
    s = visit.serving
    draft: Draft = forms.case(_draft_of(visit, given))["draft"]
    if when := given.get("when", "").strip()[:200]:
        draft = replace(draft, answers={"when": when})
    taken: Reported = take_report(
        s.session, noted(draft), s.actor, s.at, s.known, request=form_keys.sent(visit)
    )
    number = taken.case.number
    target = given.get("merge", "").strip()
    if target and not taken.repeated:
        wish = Wish("merge", None, {"target": numbers.read(target)})
        act(s.session, number, [wish], s.actor, s.at, s.known)
    grid = views.grid(s.known, taken.case.grid_code)
    code = s.known.settings.keys.query_code(number)
    return Taken(
        number,
        f"{code[:4]}-{code[4:]}",
        grid["name"] if grid else say(N_("the street's dispatcher")),
        target or None,
        None,
    )


def _draft_of(visit: Visit, given: Mapping[str, str]) -> dict[str, str]:
    """Return the form as reports have it: the kind by its code, no contact of who wants none."""
    draft = {name: text for name, text in given.items() if not name.startswith("subject.")}
    draft["category"] = _category(visit, given.get("kind", ""))
    draft["channel"] = given.get("channel") if given.get("channel") in CHANNELS else "telephone"  # type: ignore[assignment]
    choice = given.get("contact")
    draft["anonymous"] = "true" if choice == "anonymous" else ""
    draft["confidential"] = "true" if choice == "confidential" else ""
    if choice == "anonymous":
        draft = {name: text for name, text in draft.items() if not name.startswith("reporter.")}
    if given.get("subject.kind"):
        draft |= {
            name: text for name, text in given.items() if name.startswith("subject.") and text
        }
    return draft


def _category(visit: Visit, said: str) -> str:
    """Return the code of the kind that was typed: its code first, else its name or a part."""
    said = said.strip()
    if not said:
        return ""
    found = {one.code: one for one in visit.serving.known.categories.values() if one.active}
    code = said.split()[0]
    if code in found:
        return code
    fits = [one.code for one in found.values() if said.casefold() in _name(one).casefold()]
    same = [one.code for one in found.values() if said.casefold() == _name(one).casefold()]
    for only in (same, fits):
        if len(only) == 1:
            return only[0]
    raise KindUnclear(field="kind")


def _earlier(visit: Visit, number: str, said: str) -> dict[str, Any] | None:
    """Return the caller's earlier case, only by the number that they gave."""
    if not said.strip():
        return None
    s = visit.serving
    try:
        case = same_reporter(s.session, number, numbers.read(said), s.actor, s.at, s.known)
    except GridgovError:
        # Not there, another's, or not to be told: which of them, nobody learns.
        return {"number": None}
    return {
        "number": case.number,
        "status": say(STATUS_LABELS[Status(case.status)]),
        "title": worklist.title(s.known, views.bare(s, case, s.actor)),
    }


def _again(given: Mapping[str, str], wrong: Wrong) -> Response:
    with visiting() as visit:
        return _page(visit, given, wrong, 422)


def _page(
    visit: Visit,
    given: Mapping[str, str],
    wrong: Wrong,
    status: int = 200,
    taken: Taken | None = None,
) -> Response:
    known = visit.serving.known
    return visit.page(
        "intake.html",
        status,
        given=given,
        errors=[one | {"field": _field(one["field"])} for one in wrong],
        taken=taken,
        key=(given.get("key") if wrong else None) or form_keys.new(),
        kinds=[
            (one.code, _name(one), one.group if speaks("zh") else one.group_en or one.group)
            for one in known.categories.values()
            if one.active
        ],
        channels=[(name, say(label)) for name, label in CHANNELS.items()],
        subjects=[(name, say(SUBJECTS[name])) for name in SUBJECTS if name in ABOUT],
        units=sorted(
            ((one.code, one.name) for one in known.office.units.values() if one.active),
            key=lambda option: option[1],
        ),
        asks_earlier=visit.actor.holds(Role.DISPATCHER),
        notice=views.notice(known, COLLECTED),
    )


def _field(name: str) -> str:
    return {"category": "kind"}.get(name, name)


def _name(one: CategoryFacts) -> str:
    return one.name if speaks("zh") else one.name_en or one.name
