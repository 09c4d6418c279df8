"""What the forms of meetings send and offer: several values of a name, firms a line each."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from gridgov.faces import meetings as faces
from gridgov.joint.meetings import GUESTS
from gridgov.joint.tables import Meeting
from gridgov.web.admin import local
from gridgov.web.shell import Visit

Form = MultiDict[str, str]


def owners(visit: Visit) -> list[tuple[str, str]]:
    """Return the people of units on duty, to whom something may be given, with their unit."""
    office, at = visit.serving.known.office, visit.serving.at
    found = [
        (code, f"{one.name} · {office.units[one.unit].name}")
        for code, one in office.people.items()
        if one.unit in office.units and office.duties_of(code, at)
    ]
    return sorted(found, key=lambda one: one[1])


def offered(visit: Visit) -> dict[str, Any]:
    """Return the units and people that may be invited."""
    office, at = visit.serving.known.office, visit.serving.at
    units = sorted(office.units.values(), key=lambda unit: unit.name)
    people = {
        duty.person
        for (role, _), duties in office.by_place.items()
        if role in GUESTS
        for duty in duties
        if duty.stands(at)
    }
    return {
        "units": [(one.code, one.name) for one in units if one.active],
        "persons": sorted(
            ((code, office.people[code].name) for code in people), key=lambda one: one[1]
        ),
    }


def given_by(visit: Visit, found: Meeting) -> Form:
    """Return a meeting as its form would have sent it."""
    view = faces.whole(visit.serving, found)
    local_start = found.starts_at.astimezone(visit.zone)
    guests = view["guests"]
    firms = [one["firm"] or one["name"] for one in guests if not (one["unit"] or one["person"])]
    return Form(
        [("kind", found.kind), ("title", found.title), ("place", found.place),
         ("area", found.area_code), ("starts_at", f"{local_start:%Y-%m-%dT%H:%M}"),
         ("firms", "\n".join(firms)), ("cases", " ".join(view["cases"])),
         *(("units", one["unit"]) for one in guests if one["unit"]),
         *(("persons", one["person"]) for one in guests if one["person"])]
    )  # fmt: skip


def body(visit: Visit) -> dict[str, Any]:
    """Return what a plain form means, as the API would have it."""
    form = request.form
    plain = {name: form.get(name, "").strip() for name in ("kind", "title", "place", "area")}
    starts = local(visit, form.get("starts_at", ""))
    made: dict[str, Any] = {name: text for name, text in plain.items() if text}
    if starts is not None:
        made["starts_at"] = starts.isoformat()
    return made | {"invited": present(form), "cases": form.get("cases", "").split()}


def present(form: Form) -> dict[str, list[str]]:
    """Return who is named in a form."""
    firms = [*form.getlist("firm"), *form.get("firms", "").splitlines()]
    return {
        "units": [one for one in form.getlist("units") if one],
        "persons": [one for one in form.getlist("persons") if one],
        "firms": [one.strip() for one in firms if one.strip()],
    }


def version_seen() -> dict[str, int]:
    """Return the version that a form was made from."""
    text = request.form.get("version", "")
    return {"version": int(text)} if is_key(text) else {}


def is_key(text: str) -> bool:
    """Tell whether a text may be the key of a row."""
    return text.isdecimal() and text.isascii() and len(text) < 10
