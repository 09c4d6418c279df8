"""A case at the desk and on the phone: what was asked, whom it waits for, the steps, the past."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from geo.measure import distance_m
from gridgov.app import installation
from gridgov.cases import numbers
from gridgov.cases.act import act, find, scene_of
from gridgov.cases.attach import attached, one
from gridgov.cases.clocks import LABELS
from gridgov.cases.facts import Scene
from gridgov.cases.fields import PURPOSES
from gridgov.cases.help import asks, of_scene
from gridgov.cases.nearby import around
from gridgov.cases.show import exact_place, original_text
from gridgov.cases.standing import is_reporter, only_claims
from gridgov.cases.tables import Attachment, Case
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.errors import CaseMovedOn, GridgovError
from gridgov.faces import firms as shown
from gridgov.faces import views, worklist
from gridgov.faces.case import case_view, timeline_view
from gridgov.faces.said import asked, together
from gridgov.faces.said import given as given_words
from gridgov.faces.step_forms import forms as step_forms
from gridgov.faces.step_forms import grids, upon
from gridgov.language import say, sentence
from gridgov.privacy.read import read
from gridgov.web import forms, items, uploads
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong
from gridgov.web.shared import shared
from gridgov.web.shell import Visit, visiting
from gridgov.web.typed import ADD_ITEM, Typed, led
from gridgov.words import N_

PAGE = "/cases/<string:number>"
INLINE = ("image/", "audio/")
HANDLED = frozenset({"submit", "settle"})
BY_NUMBER = N_("Type the number of the joint case; the page Joint cases lists them all.")
AROUND_M = 300
MOVED_ON = N_("Someone else changed this case first. It is shown as it stands now: %(text)s")


@blueprint.get(PAGE)
def case(number: str) -> Answer:
    """Show a case."""
    with visiting() as visit:
        return _page(visit, numbers.read(number), Typed())


@blueprint.post(PAGE + "/steps")
def take_step(number: str) -> Answer:
    """Take the step that a form means, with its photos; what is refused is shown again."""
    number = numbers.read(number)
    given = request.form.to_dict()
    files = [file for file in request.files.getlist("file") if file.filename]
    try:
        wanted = forms.step(given)
        if files and (refused := uploads.take(number, None, files, _audience(given))):
            raise FormWrong([{"field": "file", "message": text} for text in refused])
        with visiting(write=True) as visit:
            s = visit.serving
            # The photos came as steps of their own, by the same hand.
            seen = None if wanted.version is None else wanted.version + len(files)
            act(s.session, number, [replace(wanted, version=seen)], s.actor, s.at, s.known)
    except FormWrong as error:
        return again(number, Typed(given.get("step", ""), given, error.wrong))
    except CaseMovedOn as error:
        moved = say(MOVED_ON, {"text": sentence(error)})
        wrong = [{"field": "form", "message": moved}]
        return again(number, Typed(given.get("step", ""), given, wrong), 409)
    except GridgovError as error:
        return again(number, Typed(given.get("step", ""), given, forms.of_error(error)))
    return Response(status=303, headers={"Location": f"/cases/{number}?done={wanted.step}"})


@blueprint.post(PAGE + "/contact")
def show_contact(number: str) -> Answer:
    """Show the contact, once; the timeline notes who read it and why."""
    number = numbers.read(number)
    given = request.form.to_dict()
    body = {name: given[name] for name in ("purpose", "text") if given.get(name, "").strip()}
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            found = read(s.session, number, body, s.actor, s.at, s.known)
            contact = found.contact
            return _page(visit, number, Typed(), contact=contact)
    except GridgovError as error:
        return again(number, Typed("read_contact", given, forms.of_error(error)))


@blueprint.get(PAGE + "/files/<int:key>")
def staff_file(number: str, key: int) -> Answer:
    """Show a file of a case to whoever sees the case."""
    with visiting() as visit:
        s = visit.serving
        file = one(s.session, numbers.read(number), key, s.actor, s.at, s.known)
    response = Response(installation().store.get(file.digest), mimetype=file.media_type)
    if not file.media_type.startswith(INLINE):
        response.headers["Content-Disposition"] = "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _audience(given: dict[str, str]) -> str:
    return "reporter" if given.get("step") in HANDLED else "staff"


def again(number: str, typed: Typed, status: int = 422) -> Response:
    """Show a case again, with what somebody sent that could not be taken."""
    with visiting() as visit:
        return _page(visit, number, typed, status=status)


def _page(
    visit: Visit, number: str, typed: Typed, *, status: int = 200, contact: Any = None
) -> Response:
    s = visit.serving
    found = find(s.session, number, s.actor, s.at, s.known)
    scene = scene_of(s.session, found, s.actor, s.at, s.known)
    view = case_view(s, found, s.actor)
    _, files = attached(s.session, number, s.actor, s.at, s.known)
    offers = step_forms(scene)
    made = _forms(visit, offers)
    # What was sent for an item, or for the list of items, is shown again there.
    listed = typed.item or typed.step == ADD_ITEM
    own = is_reporter(scene)
    whole = None if own else view.get("joint")
    return visit.page(
        "case.html",
        status,
        case=view,
        line=worklist.line(s.known, scene),
        then=worklist.comes_next(scene),
        forms=made,
        upon=upon(scene, offers),
        events=_events(visit, found),
        pictures=_pictures(scene, files),
        typed=Typed() if listed else typed,
        typed_item=typed if listed else Typed(),
        items=(table := items.table(visit, found, scene, whole["summary"]) if whole else None),
        item_of=items.belongs(visit, view),
        shared=shared(visit, found) if own else None,
        listed=request.args.get("item"),
        errors=led(typed, made, table),
        contact=contact,
        withheld=not original_text(scene),
        purposes=[(name, say(label)) for name, label in PURPOSES.items() if name != "callback"],
        done=request.args.get("done"),
        audience=request.args.get("for"),
        claims=only_claims(scene),
        pending=asked(s.known, scene),
        near=_near(visit, found),
        helpers=[shown.helper(s, one) for one in of_scene(scene)] if asks(scene) else [],
    )


def _near(visit: Visit, found: Case) -> list[dict[str, Any]]:
    """Return what else is open near by, for the map and the list beside it."""
    s, here = visit.serving, found.point
    scene = views.bare(s, found, s.actor)
    if only_claims(scene) or not exact_place(scene):
        return []  # the distances to what is one's own would tell where it is
    near = around(s.session, found, s.actor, s.known.office, s.at, AROUND_M) if here else []
    return [
        {
            "number": one.number,
            "title": worklist.title(s.known, views.bare(s, one, s.actor)),
            "status_name": say(STATUS_LABELS[Status(one.status)]),
            "point": one.point,
            "metres": round(distance_m(*here, *one.point)),
        }
        for one in near
        if not _one_matter(found, one)
        and here
        and one.point
        and exact_place(views.bare(s, one, s.actor))
    ]


def _one_matter(found: Case, other: Case) -> bool:
    """Tell whether both belong to one joint case, whose list names them anyway."""
    own = found.id if found.joint else found.joint_id
    return own is not None and own == (other.id if other.joint else other.joint_id)


def _forms(visit: Visit, offers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [_named(visit, form) for form in offers]
    if not any(form["name"] == "bundle" for form in found):
        return found
    into = items.bundled_into(visit)
    for form in found:
        if form["name"] == "bundle":
            form["fields"][0]["options"] = into
            form["hint"] = form["hint"] if into is not None else say(BY_NUMBER)
    # Where nothing is handled jointly, there is nothing to bundle into.
    return found if into != [] else [form for form in found if form["name"] != "bundle"]


def _named(visit: Visit, form: dict[str, Any]) -> dict[str, Any]:
    for field in form["fields"]:
        if field["kind"] == "grid":
            field["options"] = grids(visit.serving.known, field["options"])
    return form


def _pictures(scene: Scene, files: list[Attachment]) -> dict[str, list[Attachment]]:
    """Part the files into what was reported, and what whoever handled it shows."""
    ours = ("handler", "head")
    after = [file for file in files if file.event.role in ours]
    return {"before": [file for file in files if file not in after], "after": after}


def _events(visit: Visit, found: Case) -> list[dict[str, Any]]:
    """Return the past for the page, the newest first, with what was said in one text."""
    events = timeline_view(visit.serving, found, visit.actor)
    return [_event(visit, one) for one in reversed(events)]


def _event(visit: Visit, one: dict[str, Any]) -> dict[str, Any]:
    person, unit = one.get("person"), one.get("unit")
    who = [person["name"] if person else one["role_name"]]
    if unit and one["step"] in ("dispatch", "dispatch_urgent", "assign_final", "accept", "submit"):
        who.append(unit["name"])
    said = [text for text in one["text"].values() if isinstance(text, str) and text]
    data = one.get("data") or {}
    if rung := data.get("rung"):  # which deadline a light is about
        said.append(say(LABELS[rung["clock"]]))
    said += given_words(visit.serving.known, data)
    return {
        "at": one["at"],
        "version": one["version"],
        "title": one["step_name"],
        "who": " · ".join(who),
        "text": together(said),
        "routing": one.get("routing"),
        "outside": one.get("audience", "reporter") == "reporter",
        "inferred": one["inferred"],
    }
