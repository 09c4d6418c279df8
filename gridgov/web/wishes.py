"""The wishes (微心愿): read by anybody, claimed with a plan by whoever is signed in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import act
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.community.wishes import OWN, STATES, State, Wanted, claimed, kinds
from gridgov.community.wishes import wishes as page_of
from gridgov.errors import GridgovError
from gridgov.faces import views
from gridgov.faces.problems import status_of
from gridgov.language import say
from gridgov.web import forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong
from gridgov.web.meeting_forms import is_key
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

SHOWN = 30


@blueprint.get("/wishes")
def wishes() -> Answer:
    """Show the wishes, the open ones first."""
    with visiting() as visit:
        return _page(visit, {})


@blueprint.post("/wishes/<string:number>")
def claim_wish(number: str) -> Answer:
    """Claim a wish with a plan; what is refused is shown beside it again."""
    given = request.form.to_dict()
    try:
        number = numbers.read(number)
        wanted = forms.step({**given, "step": "claim"})
        with visiting(write=True) as visit:
            s = visit.serving
            act(s.session, number, [wanted], s.actor, s.at, s.known)
    except FormWrong as error:
        return _again(number, given, error.wrong, 422)
    except GridgovError as error:
        return _again(number, given, forms.of_error(error), status_of(type(error)))
    return Response(status=303, headers={"Location": f"/cases/{number}?done=claim"})


def _again(number: str, given: dict[str, str], wrong: forms.Wrong, status: int) -> Response:
    typed = {"number": number, "given": given, "wrong": wrong}
    with visiting() as visit:
        return _page(visit, typed, status)


def _page(visit: Visit, typed: dict[str, Any], status: int = 200) -> Response:
    s, args = visit.serving, request.args
    state = args.get("state", State.OPEN)
    state = state if state in set(State) else State.OPEN
    known = kinds(s.known)
    category = next((code for code in known if code == args.get("category")), None)
    page = page_of(s.session, Wanted(category, state, SHOWN, args.get("after")), s.at)
    own = {"category": category} if category else {}
    here = max(1, int(args["mine"])) if is_key(args.get("mine", "")) else 1
    mine = claimed(s.session, s.actor, here)
    return visit.page(
        "wishes.html",
        status,
        wishes=[views.wish(s.known, one, s.actor) for one in page.wishes],
        mine=[_own(visit, one) for one in mine.wishes],
        mine_number=mine.number,
        mine_next=f"/wishes?mine={here + 1}" if mine.number > here * OWN else None,
        state=state,
        tabs=[
            (say(label), f"/wishes?{urlencode({'state': name} | own)}", None, name == state)
            for name, label in STATES.items()
        ],
        kinds=[_kind(visit, code, state, here=code == category) for code in (None, *known)],
        next=_address({"state": state, "after": page.next} | own) if page.next else None,
        typed=typed,
        errors=typed.get("wrong", []),
    )


def _own(visit: Visit, case: Any) -> dict[str, Any]:
    view = views.wish(visit.serving.known, case, visit.actor)
    return view | {"status_name": say(STATUS_LABELS[Status(case.status)])}


def _kind(visit: Visit, code: str | None, state: str, *, here: bool) -> tuple[str, str, None, bool]:
    named = views.category(visit.serving.known, code)
    label = named["name"] if named else say(N_("All kinds"))
    chosen = {"state": state} | ({"category": code} if code else {})
    return label, _address(chosen), None, here if code else "category" not in request.args


def _address(args: dict[str, Any]) -> str:
    return f"/wishes?{urlencode(args)}"
