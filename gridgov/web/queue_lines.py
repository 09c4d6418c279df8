"""A case in the dispatcher's queue: its words, the unit suggested, the forms of its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridgov.cases import show
from gridgov.cases.facts import Scene
from gridgov.cases.queue import SENDING, STEPS, Queued
from gridgov.cases.suggest import Suggestion, suggested
from gridgov.faces import worklist
from gridgov.faces.said import asked
from gridgov.faces.step_forms import forms as step_forms
from gridgov.language import say
from gridgov.web.forms import Wrong
from gridgov.web.shell import Visit
from gridgov.web.typed import form_of, of_step

WORDS = 80


def line_of(visit: Visit, one: Queued) -> dict[str, Any]:
    """Return a case of the queue as its line shows it, with the forms that it offers."""
    known, scene = visit.serving.known, one.scene
    line = worklist.line(known, scene)
    units = suggested(scene) if one.steps & SENDING else []
    return line | {
        "pile": one.pile,
        "words": _words(scene),
        "left": line["left"] or worklist.left_by_wall(line),
        "suggested": [_suggestion(visit, unit) for unit in units[:1]],
        "forms": [_short(form, units) for form in step_forms(scene, STEPS)] if one.steps else [],
        "asked": asked(known, scene),
    }


def _words(scene: Scene) -> str:
    """Return how it was said, cut short, as far as whoever looks may read it."""
    case = scene.case
    said = case.summary or (case.description if show.original_text(scene) else None) or ""
    words = " ".join(said.split())
    return words if len(words) <= WORDS else words[:WORDS] + "…"


def _suggestion(visit: Visit, one: Suggestion) -> dict[str, Any]:
    """Return a unit with why it is suggested and who of it is on duty now."""
    known = visit.serving.known
    called = known.office.called_now(one.unit, visit.serving.at.astimezone(visit.zone))
    names = [known.office.people[code].name for code in called if code in known.office.people]
    return {"name": one.name, "why": say(one.why), "on_duty": names[:2]}


def _short(form: dict[str, Any], units: list[Suggestion]) -> dict[str, Any]:
    """Offer only the suggested units in the list; the case's own page offers all."""
    if form["name"] == "open_joint":  # any unit may lead
        return form
    codes = {one.unit for one in units}
    for field in form["fields"]:
        if field["name"] == "unit" and codes:
            field["options"] = [option for option in field["options"] if option[0] in codes]
            field["value"] = units[0].unit
    return form


def led(wrong: Wrong, lines: list[dict[str, Any]], typed: Mapping[str, Any]) -> Wrong:
    """Return what is wrong, leading to the line where it was typed, if that still stands here."""
    number, step = typed.get("number", ""), typed.get("given", {}).get("step", "")
    line = next((one for one in lines if one["number"] == number), None)
    if not number or line is None:
        return wrong
    form = form_of(line["forms"], step)
    asked = [one for one in form["fields"] if shown_in_line(one)] if form else []
    else_to = f"act-{number}-{step}" if form else f"case-{number}"
    made = form and form | {"fields": asked, "photo": False}
    return of_step(wrong, made, of=f"{number}-", else_to=else_to)


def shown_in_line(field: Mapping[str, Any]) -> bool:
    """Tell whether the queue asks for a field; the case's page asks for all."""
    return field["required"] or field["name"] in ("text", "reason")
