"""The dispatcher's queue: what is urgent, to decide, to dispatch, due next; one by one or many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import Wish, act, find, scene_of
from gridgov.cases.find import Wanted
from gridgov.cases.queue import PILES, queue
from gridgov.cases.suggest import suggested
from gridgov.cases.workflow import OPEN, REPORTED, STATUS_LABELS
from gridgov.errors import BadInput, GridgovError
from gridgov.faces import worklist
from gridgov.language import say, sentence, speaks
from gridgov.people.saved_filters import filters_of, forget_filter, keep_filter
from gridgov.web import forms
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.live import queue_mark
from gridgov.web.queue_lines import led, line_of
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

FILTERS = ("q", "status", "grid", "unit", "category", "channel", "state", "pile")
STATES = {"late": N_("Late"), "soon": N_("Due soon")}
LONGEST = 100
MOST_AT_ONCE = 50
CHANNELS = {
    "web": N_("Web page"), "wechat": N_("WeChat"), "telephone": N_("Telephone"),
    "counter": N_("Counter"), "hotline": N_("Hotline"), "visit": N_("Visit"), "mail": N_("Mail"),
}  # fmt: skip


class NothingChosen(BadInput):
    """Tick the cases that are meant first."""


class TooManyAtOnce(BadInput):
    """Choose at most %(most)s cases at once."""


class NoSuggestion(BadInput):
    """No unit is suggested for this case; open it and choose one."""


class NotForMany(BadInput):
    """This can be done for one case at a time only."""


@blueprint.get("/queue", endpoint="queue")
def show_queue() -> Answer:
    """Show the queue; the filters stand in the address."""
    with visiting() as visit:
        return _page(visit, _filters(request.args), done=request.args.get("done"))


@blueprint.post("/queue/step")
def queue_step() -> Answer:
    """Take a step of one case from the queue, and come back to it."""
    given = request.form.to_dict()
    filters = _filters(dict(parse_qsl(given.pop("back", ""))))
    number = given.pop("number", "")
    try:
        wanted = forms.step(given)
        with visiting(write=True) as visit:
            s = visit.serving
            act(s.session, numbers.read(number), [wanted], s.actor, s.at, s.known)
    except FormWrong as error:
        return _again(filters, error.wrong, number, given)
    except GridgovError as error:
        return _again(filters, forms.of_error(error), number, given)
    return _back(filters | {"done": number})


@blueprint.post("/queue/bulk")
def queue_bulk() -> Answer:
    """Dispatch or urge many: each goes through the workflow in a transaction of its own."""
    given = request.form
    filters = _filters(dict(parse_qsl(given.get("back", ""))))
    step = given.get("bulk", "")
    chosen = [one for one in given.getlist("case") if one]
    refused: Wrong = []
    done: list[str] = []
    try:
        if not chosen:
            raise NothingChosen
        if len(chosen) > MOST_AT_ONCE:
            raise TooManyAtOnce(most=MOST_AT_ONCE)
        if step not in ("dispatch", "urge"):
            raise NotForMany
    except BadInput as error:
        return _again(filters, forms.of_error(error))
    for one in chosen:
        number, _, version = one.partition(":")
        try:
            _one_of_many(step, numbers.read(number), int(version) if version.isdecimal() else None)
            done.append(number)
        except GridgovError as error:
            refused.append({"field": number, "message": sentence(error)})
    with visiting() as visit:
        return _page(visit, filters, many=(done, refused))


@blueprint.post("/queue/filters")
def queue_filters() -> Answer:
    """Keep the filters of the address by a name, or forget one."""
    given = request.form
    filters = _filters(dict(parse_qsl(given.get("back", ""))))
    try:
        with visiting(write=True) as visit:
            s, account = visit.serving, visit.actor.account
            if account is None:
                raise BadInput
            if given.get("forget", "").isdecimal():
                forget_filter(s.session, account, int(given["forget"]))
            else:
                keep_filter(s.session, account, given.get("name", ""), urlencode(filters))
    except GridgovError as error:
        return _again(filters, forms.of_error(error))
    return _back(filters)


def _one_of_many(step: str, number: str, version: int | None) -> None:
    with visiting(write=True) as visit:
        s = visit.serving
        if step == "urge":
            wishes = [Wish("urge", version)]
        else:
            case = find(s.session, number, s.actor, s.at, s.known)
            scene = scene_of(s.session, case, s.actor, s.at, s.known)
            units = suggested(scene)
            if not units:
                raise NoSuggestion
            # What is not taken in yet is taken in and dispatched as one, all or none.
            first = [Wish("file", version)] if scene.status == REPORTED else []
            wishes = [*first, Wish("dispatch", version, {"unit": units[0].unit})]
        act(s.session, number, wishes, s.actor, s.at, s.known)


def _filters(given: Mapping[str, str]) -> dict[str, str]:
    found = {name: given.get(name, "").strip()[:LONGEST] for name in FILTERS}
    return {name: value for name, value in found.items() if value}


def _wanted(filters: Mapping[str, str]) -> Wanted:
    status = filters.get("status")
    return Wanted(
        q=filters.get("q"),
        status=(status,) if status else (),
        grid=filters.get("grid"),
        unit=filters.get("unit"),
        category=filters.get("category"),
        channel=filters.get("channel"),
    )


def _back(filters: Mapping[str, str]) -> Response:
    query = urlencode(filters)
    return Response(status=303, headers={"Location": "/queue" + (f"?{query}" if query else "")})


def _again(
    filters: Mapping[str, str],
    wrong: Wrong,
    number: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with visiting() as visit:
        typed = {"number": number, "given": given or {}}
        return _page(visit, filters, status=422, wrong=wrong, typed=typed)


def _page(
    visit: Visit,
    filters: Mapping[str, str],
    *,
    status: int = 200,
    wrong: Wrong | None = None,
    **more: Any,
) -> Response:
    s = visit.serving
    mark = queue_mark(visit)
    found = queue(s.session, _wanted(filters), s.actor, s.at, s.known)
    lines = [line_of(visit, one) for one in found.cases]
    counts = Counter(line["pile"] for line in lines)
    states = Counter(line["state"] for line in lines)
    if state := filters.get("state"):
        lines = [line for line in lines if line["state"] == state]
    of_pile: dict[str, list[dict[str, Any]]] = {name: [] for name in PILES}
    for line in sorted(lines, key=worklist.order):
        of_pile[line["pile"]].append(line)
    shown = [name for name in PILES if filters.get("pile") in (None, name)]
    piles = [
        {
            "name": name,
            "label": say(PILES[name]),
            "cases": of_pile[name],
        }
        for name in shown
    ]
    return visit.page(
        "queue.html",
        status,
        mark=mark,
        piles=piles,
        tabs=_tabs(filters, counts, states, len(found.cases)),
        more=found.more,
        filters=filters,
        back=urlencode(filters),
        choices=_choices(visit),
        kept=filters_of(s.session, visit.actor.account) if visit.actor.account else [],
        errors=led(wrong or [], lines, more.get("typed") or {}),
        **({"typed": {}, "many": None, "done": None} | more),
    )


def _tabs(
    filters: Mapping[str, str], piles: Counter[str], states: Counter[str], whole: int
) -> list[tuple[str, str, int, bool]]:
    rest = {name: value for name, value in filters.items() if name not in ("pile", "state")}
    pile, state = filters.get("pile"), filters.get("state")

    def address(**more: str) -> str:
        query = urlencode(rest | more)
        return "/queue" + (f"?{query}" if query else "")

    tabs = [(say(N_("All of it")), address(), whole, not pile and not state)]
    tabs += [
        (say(label), address(pile=name), piles[name], pile == name)
        for name, label in PILES.items()
        if name != "next"
    ]
    return tabs + [
        (say(label), address(state=name), states[name], state == name)
        for name, label in STATES.items()
    ]


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    known = visit.serving.known
    categories = [one for one in known.categories.values() if one.active]
    return {
        "status": [(one.value, say(label)) for one, label in STATUS_LABELS.items() if one in OPEN],
        "grid": sorted((one.code, one.name) for one in known.maps.grids.values()),
        "unit": sorted(
            ((one.code, one.name) for one in known.office.units.values() if one.active),
            key=lambda option: option[1],
        ),
        "category": [
            (one.code, one.name if speaks("zh") else one.name_en or one.name) for one in categories
        ],
        "channel": [(name, say(label)) for name, label in CHANNELS.items()],
    }
