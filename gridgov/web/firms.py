"""The directory, and a firm's own page: cases, visits, contacts; the firm itself keeps the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from gridgov.community import contacts
from gridgov.community.contacts import PURPOSES, Reached
from gridgov.community.firms import Wanted, branches, listed, one
from gridgov.errors import GridgovError
from gridgov.faces import firms as shown
from gridgov.faces import own_firm
from gridgov.faces.firm_inputs import FirmContactsIn, FirmPurposeIn
from gridgov.faces.firms import Pages
from gridgov.language import say
from gridgov.people.firms import KINDS, VISITORS, FirmMissing
from gridgov.people.roles import Role
from gridgov.web import forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting

PAGE = "/firms/<string:code>"
A_PAGE = 40
ROOM = 3  # contacts that the form shows at least
SAID = ("name", "position", "phone", "email")


@blueprint.get("/firms", endpoint="firms")
def show_firms() -> Answer:
    """Show the directory, or what of it was looked for."""
    given = request.args
    kind = given.get("kind") if given.get("kind") in KINDS else None
    wanted = Wanted(
        given.get("q", "")[:100],
        given.get("branch", "")[:40] or None,
        kind,
        given.get("after", "")[:32],
        A_PAGE,
    )
    with visiting() as visit:
        s = visit.serving
        found = listed(s.session, wanted, s.actor, s.at, s.known)
        onward = None
        if len(found) == A_PAGE:
            onward = {**given.to_dict(), "after": found[-1].firm.code}
        return visit.page(
            "firms.html",
            wanted=wanted,
            firms=[shown.listed(s, firm) for firm in found],
            branches=[(branch, branch) for branch in branches(s.session, s.actor, s.at, s.known)],
            kinds=[(name, say(label)) for name, label in KINDS.items()],
            onward=onward,
            may_record=s.actor.holds(*VISITORS),
            today=s.at.astimezone(visit.zone).date(),
        )


@blueprint.get(PAGE, endpoint="firm")
def show_firm(code: str) -> Answer:
    """Show a firm to whoever visits it, and to itself."""
    with visiting() as visit:
        return _page(visit, code)


@blueprint.post(PAGE + "/contacts", endpoint="keep_firm")
def keep_firm(code: str) -> Answer:
    """Take what a firm says about whom to reach; what is refused is shown again."""
    given = request.form.to_dict()
    try:
        body = forms.loaded(FirmContactsIn(), {"contacts": _people(given)})
        with visiting(write=True) as visit:
            s = visit.serving
            contacts.keep(s.session, code, body["contacts"], s.actor, s.at, s.known)
    except FormWrong as error:
        wrong = [one_of | {"field": _field(one_of["field"], given)} for one_of in error.wrong]
        return _again(code, given, wrong)
    except FirmMissing:
        raise
    except GridgovError as error:
        return _again(code, given, forms.of_error(error))
    return Response(status=303, headers={"Location": f"/firms/{code}?kept=1"})


@blueprint.post(PAGE + "/read", endpoint="show_firm_contacts")
def show_contacts(code: str) -> Answer:
    """Show a firm's contacts, once; the journal notes who read them and why."""
    try:
        purpose = forms.loaded(FirmPurposeIn(), request.form.to_dict())["purpose"]
        with visiting(write=True) as visit:
            s = visit.serving
            found = contacts.read(s.session, code, purpose, s.actor, s.at, s.known)
            return _page(visit, code, read=found)
    except FormWrong as error:
        return _again(code, {}, error.wrong)
    except GridgovError as error:
        return _again(code, {}, forms.of_error(error))


def _people(given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the contacts that the form holds; those left empty are none."""
    found = []
    for place in range(contacts.MOST):
        said = {name: given.get(f"contact.{place}.{name}", "").strip() for name in SAID}
        if any(said.values()):
            found.append({name: text for name, text in said.items() if text})
    return found


def _field(name: str, given: Mapping[str, str]) -> str:
    """Return the form's name for a field of the API: contacts.0.phone is contact.0.phone."""
    parts = name.split(".")
    filled = [
        place
        for place in range(contacts.MOST)
        if any(given.get(f"contact.{place}.{leaf}", "").strip() for leaf in SAID)
    ]
    if parts[0] == "contacts" and len(parts) > 2 and parts[1].isdecimal():
        return f"contact.{filled[int(parts[1])]}.{parts[2]}"
    return "contact.0.phone" if parts[0] == "contacts" else name


def _again(code: str, given: Mapping[str, str], wrong: Wrong) -> Response:
    with visiting() as visit:
        errors = [
            one_of | {"field": _field(one_of["field"], given)}
            if one_of["field"] == "contacts"
            else one_of
            for one_of in wrong
        ]
        return _page(visit, code, given=given, errors=errors, status=422)


def _page(
    visit: Visit,
    code: str,
    *,
    read: list[Reached] | None = None,
    given: Mapping[str, str] | None = None,
    errors: Wrong | None = None,
    status: int = 200,
) -> Response:
    s = visit.serving
    found = one(s.session, code, s.actor, s.at, s.known)
    own = s.actor.firm == code
    return visit.page(
        "firm.html",
        status,
        firm=own_firm.page(s, found, _pages()),
        own=own,
        may_visit=s.actor.holds(*VISITORS) and not own,
        may_take=s.actor.holds(Role.DISPATCHER, Role.CALLER),
        rows=_rows(visit, given) if own else [],
        read=read,
        errors=errors or [],
        purposes=[(name, say(label)) for name, label in PURPOSES.items()],
        kept=request.args.get("kept"),
        today=s.at.astimezone(visit.zone).date(),
    )


def _pages() -> Pages:
    given = request.args
    return Pages(given.get("after", "")[:80] or None, given.get("before", "")[:16] or None)


def _rows(visit: Visit, given: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Return the lines of the firm's form: as typed, else as they stand, and room for more."""
    s = visit.serving
    if given:
        return [
            {name: given.get(f"contact.{place}.{name}", "") for name in SAID}
            for place in range(contacts.MOST)
        ]
    kept = [said._asdict() for said in contacts.own(s.session, s.actor, s.known)]
    room = min(max(ROOM, len(kept) + 1), contacts.MOST)
    return [*kept, *({} for _ in range(room - len(kept)))]
