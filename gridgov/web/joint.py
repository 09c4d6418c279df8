"""Joint cases: the list of them, and what is done with the items on a joint case's own page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import act, find
from gridgov.cases.find import Wanted, count, search
from gridgov.cases.worklist import scenes
from gridgov.errors import CaseMovedOn, GridgovError, NotFound
from gridgov.faces import joint, joint_lists, worklist
from gridgov.faces.joint_inputs import ItemIn
from gridgov.faces.problems import status_of
from gridgov.joint.items import add_item
from gridgov.language import say, sentence
from gridgov.web import forms
from gridgov.web.blueprint import blueprint
from gridgov.web.case import MOVED_ON, again
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.items import named
from gridgov.web.shell import Visit, visiting
from gridgov.web.typed import ADD_ITEM, Typed
from gridgov.words import N_

PAGE = "/cases/<string:number>/items"
SHOWN = 30
SUSPENDED_ONES = "suspended"
LISTS = {
    "open": N_("Under way"),
    SUSPENDED_ONES: N_("Suspended items"),
    "ended": N_("Closed or ended"),
}


@blueprint.get("/joint", endpoint="joint")
def joint_page() -> Answer:
    """List joint cases, those under way first; or the suspended items of them all."""
    shown = request.args.get("shown", "")
    shown = shown if shown in LISTS else "open"
    after = request.args.get("after", "")[:80] or None
    with visiting() as visit:
        s = visit.serving
        wanted = {name: _wanted(name) for name in LISTS}
        counts = {
            name: count(s.session, one, s.actor, s.at, s.known) for name, one in wanted.items()
        }
        page = search(s.session, _wanted(shown, after), s.actor, s.at, s.known)
        rows = _suspended(visit, page.cases) if shown == SUSPENDED_ONES else _led(visit, page.cases)
        tabs = [
            (say(label), f"/joint?shown={name}", counts[name], name == shown)
            for name, label in LISTS.items()
        ]
        further = urlencode({"shown": shown, "after": page.next}) if page.next else None
        return visit.page(
            "joint.html", tabs=tabs, shown=shown, rows=rows, count=counts[shown], next=further
        )


@blueprint.post(PAGE)
def add_to_list(number: str) -> Answer:
    """Put an item on the list of a joint case."""
    number = numbers.read(number)
    try:
        draft = forms.loaded(ItemIn(), _draft(request.form))
        with visiting(write=True) as visit:
            s = visit.serving
            made = add_item(s.session, number, draft, s.actor, s.at, s.known).number
    except (FormWrong, GridgovError) as error:
        many = tuple(request.form.getlist("co_units"))
        typed = Typed(ADD_ITEM, request.form.to_dict(), _wrong(error), many=many)
        return _refused(number, error, typed)
    return _back(number, made)


@blueprint.post(PAGE + "/<string:item>/steps")
def step_on_item(number: str, item: str) -> Answer:
    """Take a step on an item from the list, and come back to it."""
    number = numbers.read(number)
    given = request.form.to_dict()
    try:
        wanted = forms.step(given)
        with visiting(write=True) as visit:
            s = visit.serving
            above = find(s.session, number, s.actor, s.at, s.known)
            item = numbers.read(item)
            if find(s.session, item, s.actor, s.at, s.known).joint_id != above.id:
                raise NotFound(field="item")
            act(s.session, item, [wanted], s.actor, s.at, s.known)
    except (FormWrong, GridgovError) as error:
        typed = Typed(given.get("step", ""), given, _wrong(error), item)
        return _refused(number, error, typed)
    return _back(number, item)


def _wanted(shown: str, after: str | None = None) -> Wanted:
    if shown == SUSPENDED_ONES:
        return Wanted(behind=joint_lists.hung(), after=after, limit=SHOWN)
    return Wanted(joint=True, status=(shown,), after=after, limit=SHOWN)


def _led(visit: Visit, cases: Any) -> list[dict[str, Any]]:
    s = visit.serving
    whole = joint.of_joint(s, cases)
    return [
        worklist.line(s.known, scene)
        | {"about": named(visit, scene), "joint": whole[scene.case.id]}
        for scene in scenes(s.session, cases, s.actor, s.at, s.known)
    ]


def _suspended(visit: Visit, cases: Any) -> list[dict[str, Any]]:
    s = visit.serving
    notes = joint_lists.notes(s, cases)
    return [
        worklist.line(s.known, scene)
        | {"about": named(visit, scene), "resume_on": scene.case.resume_on}
        | notes[scene.case.id]
        for scene in scenes(s.session, cases, s.actor, s.at, s.known)
    ]


def _draft(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return an item as the API would have it: what is left empty is not there."""
    plain = {name: form.get(name, "").strip() for name in ("text", "category", "unit")}
    made: dict[str, Any] = {name: text for name, text in plain.items() if text}
    if amount := form.get("amount", "").strip():
        made["limit"] = {"kind": form.get("kind", ""), "amount": amount}
    return made | {"co_units": [one for one in form.getlist("co_units") if one]}


def _wrong(error: Exception) -> Wrong:
    if isinstance(error, FormWrong):
        # A field of a field is told of beside the form's own.
        return [one | {"field": one["field"].rpartition(".")[2]} for one in error.wrong]
    if isinstance(error, CaseMovedOn):
        return [{"field": "form", "message": say(MOVED_ON, {"text": sentence(error)})}]
    return forms.of_error(error) if isinstance(error, GridgovError) else []


def _refused(number: str, error: Exception, typed: Typed) -> Response:
    status = status_of(type(error)) if isinstance(error, GridgovError) else 422
    return again(number, typed, status)


def _back(number: str, item: str) -> Response:
    return Response(status=303, headers={"Location": f"/cases/{number}?item={item}#item-{item}"})
