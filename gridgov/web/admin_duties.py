"""Duties, people and the roster, for the security administrator."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response as Answer

from gridgov.cases.hand_over import end_duty, hand_over_list
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.errors import GridgovError
from gridgov.faces import views
from gridgov.faces.inputs import choice, code
from gridgov.faces.serve import Serving
from gridgov.language import say
from gridgov.people import directory, duties
from gridgov.people.duties import Asked
from gridgov.people.roles import ADMIN_ROLES, DUTY_ROLES, LABELS, Role
from gridgov.people.tables import Duty
from gridgov.web import forms
from gridgov.web.admin import PAGE, after, local, onward, shown
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

HERE = "web.admin_duties"
LISTED = 200
DID = {
    "begun": N_("The duty has begun, or will at its hour."),
    "deputy": N_("The deputy stands in."),
    "ended": N_("The duty has ended; its open cases were handed over."),
}
WEEKDAYS = (
    N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"),
)  # fmt: skip


class DutyForm(Schema):
    """A duty to begin; the periods are read by the page."""

    person = code(required=True)
    role = choice(sorted(DUTY_ROLES), required=True)
    place = fields.String(load_default="", validate=validate.Regexp(r"^[A-Za-z0-9_.-]{0,32}$"))


@blueprint.get("/admin/duties")
def admin_duties() -> Answer:
    """List duties that stand or are to come; with `past` also those that are over."""
    with visiting() as visit:
        return _list(visit, {}, [])


@blueprint.post("/admin/duties")
def admin_begin_duty() -> Answer:
    """Begin a duty of somebody else."""
    given = {name: text.strip() for name, text in request.form.items()}
    try:
        names = DutyForm().fields
        body = forms.loaded(DutyForm(), {k: v for k, v in given.items() if k in names and v})
        with visiting(write=True) as visit:
            s = visit.serving
            begins, ends = (local(visit, given.get(name, "")) for name in ("begins", "ends"))
            asked = Asked(**body, begins=begins, ends=ends)
            made = duties.grant(s.session, asked, s.actor, s.at, _keys(s))
            key = made.id
    except FormWrong as error:
        return _refused(given, error.wrong)
    except GridgovError as error:
        return _refused(given, forms.of_error(error))
    return onward(url_for("web.admin_duty", key=key, did="begun"))


@blueprint.get("/admin/duties/<int:key>")
def admin_duty(key: int) -> Answer:
    """Show a duty, and the hand-over list (交接班) where it has ended; printable."""
    with visiting() as visit:
        return _one(visit, key, [])


@blueprint.post("/admin/duties/<int:key>/deputies")
def admin_begin_deputy(key: int) -> Answer:
    """Give a duty a deputy (AB岗)."""
    given = request.form
    try:
        with visiting(write=True) as visit:
            s, until = visit.serving, local(visit, given.get("until", ""))
            person = given.get("person", "").strip()[:32]
            duties.deputise(s.session, key, person, s.actor, s.at, _keys(s), until)
    except GridgovError as error:
        return _again(key, forms.of_error(error))
    return onward(url_for("web.admin_duty", key=key, did="deputy"))


@blueprint.post("/admin/duties/<int:key>/end")
def admin_end_duty(key: int) -> Answer:
    """End a duty now; its open cases are handed over with it."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            end_duty(s.session, key, s.actor, s.at, s.known)
    except GridgovError as error:
        return _again(key, forms.of_error(error))
    return onward(url_for("web.admin_duty", key=key, did="ended"))


@blueprint.get("/admin/people")
def admin_people() -> Answer:
    """List who may hold duties, by code."""
    with visiting() as visit:
        s = visit.serving
        found = directory.people(s.session, request.args.get("after", "")[:32], PAGE)
        rows = [(one.name, one.code, _unit(s, one.unit_code)) for one in found]
        table = {
            "caption": say(N_("People")),
            "heads": [say(N_("Full name")), say(N_("Code in our files")), say(N_("Unit"))],
            "rows": rows,
            "none": say(N_("Nobody is known yet.")),
            "how": say(N_("Load people with `gridgov load`.")),
        }
        onto = found[-1].code if len(found) == PAGE else None
        return shown(visit, "admin_list.html", "web.admin_people", tables=[table], next=onto)


@blueprint.get("/admin/roster")
def admin_roster() -> Answer:
    """List the duty roster, in the order in which people are called."""
    with visiting() as visit:
        s = visit.serving
        found = directory.roster(s.session, after(), PAGE)
        rows = [
            (_unit(s, one.unit_code), _person(s, one.person_code), _days(one.days),
             f"{one.starts}–{one.stops}")
            for one in found
        ]  # fmt: skip
        table = {
            "caption": say(N_("Duty roster")),
            "heads": [say(N_("Unit")), say(N_("Person")), say(N_("Days")), say(N_("Hours"))],
            "rows": rows,
            "none": say(N_("There is no roster yet.")),
            "how": say(N_("Load it with `gridgov load`; without one, all on duty are told.")),
        }
        onto = found[-1].id if len(found) == PAGE else None
        return shown(visit, "admin_list.html", "web.admin_roster", tables=[table], next=onto)


def _refused(given: dict[str, str], wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _list(visit, given, wrong)


def _again(key: int, wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _one(visit, key, wrong)


def _list(visit: Visit, given: dict[str, str], wrong: Wrong) -> Answer:
    s, args = visit.serving, request.args
    chosen = {name: args[name][:32] for name in ("person", "role", "place") if args.get(name)}
    past = args.get("past") == "1"
    found = duties.listed(s.session, s.at, past=past, after=after(), limit=PAGE, **chosen)
    return shown(
        visit,
        "admin_duties.html",
        HERE,
        422 if wrong else 200,
        errors=wrong,
        given=given,
        chosen=chosen,
        past=past,
        duties=[_view(s, one) for one in found],
        next=found[-1].id if len(found) == PAGE else None,
        people=_people(s),
        roles=[(role.value, say(LABELS[role])) for role in Role if role in DUTY_ROLES],
        places=_places(s),
    )


def _one(visit: Visit, key: int, wrong: Wrong) -> Answer:
    s = visit.serving
    duty, count, items = hand_over_list(s.session, key, s.actor, s.at, s.known, limit=LISTED)
    did = request.args.get("did", "")
    return shown(
        visit,
        "admin_duty.html",
        HERE,
        422 if wrong else 200,
        errors=wrong,
        duty=_view(s, duty),
        over=duty.ends is not None and duty.ends <= s.at,
        count=count,
        handed=[
            {
                "number": one.case.number,
                "status": say(STATUS_LABELS[Status(one.case.status)]),
                "to": [_person(s, person) for person in one.to],
            }
            for one in items
        ],
        beyond=count - LISTED if len(items) == LISTED else 0,
        people=_people(s),
        did=say(DID[did]) if did in DID else None,
    )


def _view(s: Serving, one: Duty) -> dict[str, Any]:
    role = Role(one.role)
    return {
        "id": one.id,
        "person": _person(s, one.person_code),
        "role": say(role.label),
        "place": "" if role in ADMIN_ROLES else _place(s, one.place),
        "deputy": one.deputy,
        "begins": one.begins,
        "ends": one.ends,
        "granted_by": _person(s, one.granted_by) if one.granted_by else None,
        "ended_by": _person(s, one.ended_by) if one.ended_by else None,
    }


def _people(s: Serving) -> list[tuple[str, str]]:
    return sorted((code, one.name) for code, one in s.known.office.people.items())


def _places(s: Serving) -> list[tuple[str, str]]:
    grids = [(one.code, one.name) for one in s.known.maps.grids.values()]
    units = [(one.code, one.name) for one in s.known.office.units.values()]
    areas = [(code, code) for code in sorted({*s.known.office.street_of.values()})]
    return [*sorted(grids), *sorted(units), *areas]


def _place(s: Serving, code: str) -> str:
    found = views.grid(s.known, code) or views.unit(s.known, code)
    return found["name"] if found else code


def _person(s: Serving, code: str | None) -> str:
    found = views.person(s.known, code)
    return found["name"] if found else code or ""


def _unit(s: Serving, code: str | None) -> str:
    found = views.unit(s.known, code)
    return found["name"] if found else ""


def _days(days: str) -> str:
    return " ".join(say(WEEKDAYS[int(day) - 1]) for day in days if day in "1234567")


def _keys(s: Serving) -> Any:
    return s.known.settings.keys
