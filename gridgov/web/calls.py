"""The callers' screen: whom to ring now, what was promised and done, the answers in two taps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from gridgov.callbacks.call import Called, call, not_reached
from gridgov.callbacks.done import Reached, done
from gridgov.callbacks.find import ToCall, number, waiting
from gridgov.callbacks.rules import TRIES
from gridgov.cases import numbers
from gridgov.cases.act import Wish, act
from gridgov.cases.fields import SATISFACTION
from gridgov.cases.tables import Case
from gridgov.errors import GridgovError
from gridgov.faces import views
from gridgov.faces.case import case_view, timeline_view
from gridgov.language import say
from gridgov.web import forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

PAGE = "/calls"
MOST = 100
# What the reporter was told on the way, and what was done: what a caller asks about.
TOLD = frozenset({"progress", "ask_more", "submit", "settle", "rework", "deny", "reopen"})
# The first tap: did the unit speak with you, and is it solved?
ANSWERS = {
    "yes-yes": N_("The unit spoke with them; solved"),
    "yes-no": N_("The unit spoke with them; not solved"),
    "no-yes": N_("Nobody spoke with them; solved"),
    "no-no": N_("Nobody spoke with them; not solved"),
}
FIRST_TAP = N_("Choose first what they answered: spoken with, and solved.")
SECOND_TAP = N_("Choose how satisfied they are.")
KEYS = {"satisfied": "a", "fairly_satisfied": "s", "dissatisfied": "d"}


class Begun(NamedTuple):
    """A call that goes on now, and what was typed in it."""

    called: Called
    given: dict[str, str]
    wrong: Wrong


@blueprint.get(PAGE)
def calls() -> Answer:
    """Show whom to ring now, who comes after, and who was reached today."""
    with visiting() as visit:
        return _page(visit, None, [])


@blueprint.post(PAGE + "/<int:key>/call")
def begin_call(key: int) -> Answer:
    """Begin a call: the number is shown, the case notes it, and nobody else rings meanwhile."""
    return _calling(key, {}, [])


@blueprint.post(PAGE + "/<int:key>/answer")
def note_answer(key: int) -> Answer:
    """Note what somebody answered, and go on to the next one."""
    given = request.form.to_dict()
    try:
        wish = _wish(given)
        with visiting(write=True) as visit:
            s = visit.serving
            number = numbers.read(given.get("number", ""))
            act(s.session, number, [wish], s.actor, s.at, s.known)
    except FormWrong as error:
        return _calling(key, given, error.wrong)
    except GridgovError as error:
        return _calling(key, given, forms.of_error(error))
    return _onward(f"reached={number}")


@blueprint.post(PAGE + "/<int:key>/missed")
def note_missed(key: int) -> Answer:
    """Note that nobody answered; the list says when to try again."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            number = not_reached(s.session, key, s.actor, s.at, s.known).case.number
    except GridgovError as error:
        return _list(forms.of_error(error))
    return _onward(f"missed={number}")


def _onward(what: str) -> Response:
    return Response(status=303, headers={"Location": f"{PAGE}?{what}"})


def _wish(given: dict[str, str]) -> Wish:
    said, satisfaction = given.get("said", ""), given.get("satisfaction", "")
    wrong = [] if said in ANSWERS else [{"field": "said", "message": say(FIRST_TAP)}]
    if satisfaction not in SATISFACTION:
        wrong.append({"field": "satisfaction", "message": say(SECOND_TAP)})
    if wrong:
        raise FormWrong(wrong)
    contacted, solved = ("true" if one == "yes" else "false" for one in said.split("-"))
    filled = {"step": "evaluate", "contacted": contacted, "solved": solved}
    own = {name: given[name] for name in ("version", "satisfaction", "text") if name in given}
    return forms.step(filled | own)


def _calling(key: int, given: dict[str, str], wrong: Wrong) -> Answer:
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            called = call(s.session, key, s.actor, s.at, s.known)
            return _page(visit, Begun(called, given, wrong), wrong)
    except GridgovError as error:
        return _list([*wrong, *forms.of_error(error)])


def _list(wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _page(visit, None, wrong)


def _page(visit: Visit, begun: Begun | None, wrong: Wrong) -> Response:
    s = visit.serving
    found = waiting(s.session, s.actor, s.at, s.known, MOST)
    # Whom one rings already comes first: nobody else can take them.
    ordered = sorted(found, key=lambda one: not _leased(one, s.at))
    first = next((one for one in ordered if _now(one, s.at, begun)), None)
    others = [one for one in ordered if one is not first]
    made = done(s.session, s.actor, _midnight(visit))
    return visit.page(
        "calls.html",
        422 if wrong else 200,
        errors=wrong,
        begun=begun,
        one=_whole(visit, first) if first else None,
        now=[_line(visit, one) for one in others if one.callback.next_from <= s.at],
        later=[_line(visit, one) for one in others if one.callback.next_from > s.at],
        calls_today=made.calls,
        reached_today=made.number,
        beyond=number(s.session, s.actor, s.at, s.known) - MOST if len(found) == MOST else 0,
        reached=[_reached(visit, one) for one in made.reached],
        reached_now=request.args.get("reached"),
        missed_now=request.args.get("missed"),
        answers=[(value, say(label)) for value, label in ANSWERS.items()],
        satisfaction=[(value, say(text), KEYS[value]) for value, text in SATISFACTION.items()],
        tries=TRIES,
    )


def _leased(one: ToCall, at: datetime) -> bool:
    ends = one.callback.lease_ends
    return ends is not None and ends > at


def _now(one: ToCall, at: datetime, begun: Begun | None) -> bool:
    if begun is not None:
        return one.callback.id == begun.called.callback.id
    return one.callback.next_from <= at


def _midnight(visit: Visit) -> datetime:
    local = visit.serving.at.astimezone(visit.zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _line(visit: Visit, one: ToCall) -> dict[str, Any]:
    callback, case, masked = one
    known = visit.serving.known
    category, grid = views.category(known, case.category_code), views.grid(known, case.grid_code)
    return {
        "id": callback.id,
        "number": case.number,
        "title": category["name"] if category else say(N_("Not yet sorted")),
        "place": case.address or (grid["name"] if grid else None),
        "closed_at": callback.closed_at,
        "tries": callback.tries,
        "next_from": callback.next_from,
        "leased": _leased(one, visit.serving.at),
        "name": masked.get("name"),
        "phone": masked.get("phone"),
    }


def _whole(visit: Visit, one: ToCall) -> dict[str, Any]:
    """Return whom to ring with what they had asked, what they were told, and what was done."""
    s, case = visit.serving, one.case
    view = case_view(s, case, s.actor)
    return _line(visit, one) | {
        "version": case.version,
        "text": view["text"],
        "unit": view["unit"]["name"] if view["unit"] else None,
        "result": case.result,
        "told": _told(visit, case),
    }


def _told(visit: Visit, case: Case) -> list[dict[str, Any]]:
    found = []
    for one in timeline_view(visit.serving, case, visit.actor):
        said = " ".join(text for text in one["text"].values() if isinstance(text, str) and text)
        if one["step"] in TOLD and said:
            found.append({"at": one["at"], "title": one["step_name"], "text": said, "who": ""})
    return found[::-1]


def _reached(visit: Visit, one: Reached) -> dict[str, Any]:
    category = views.category(visit.serving.known, one.category)
    answers = one.answers
    said = "-".join("yes" if answers.get(name) else "no" for name in ("contacted", "solved"))
    return {
        "at": one.at,
        "number": one.number,
        "title": category["name"] if category else one.number,
        "said": say(ANSWERS[said]),
        "satisfaction": say(SATISFACTION.get(answers.get("satisfaction", ""), "")),
    }
