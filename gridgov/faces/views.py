"""Rows and facts turned into what the schemas dump, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gridgov.cases import checklist, show
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.nearby import Near
from gridgov.cases.routing import REASONS
from gridgov.cases.rules import Offer, offered
from gridgov.cases.standing import is_reporter, only_claims
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import STATUS_LABELS, STEPS, Status, status_label
from gridgov.community import wishes
from gridgov.faces import clocks
from gridgov.faces.serve import Serving
from gridgov.language import say, speaks
from gridgov.people.actors import Actor
from gridgov.people.roles import Role
from gridgov.privacy import data_map

_SAME = ("number", "version", "status", "level", "urgency", "channel", "external_ref", "flags",
         "confidential", "reported_at", "updated_at", "closed_at", "address", "point")  # fmt: skip
_WHOLE = ("round", "answers", "summary", "public_text", "outcome", "result", "accuracy_m",
          "anonymous", "pending", "resume_on", "filed_at")  # fmt: skip
_REPORTERS = frozenset({
    "number", "version", "status", "status_name", "urgency", "category", "text", "address", "point",
    "cell", "grid", "unit", "outcome", "result", "reported_at", "updated_at", "closed_at",
    "carried_by", "steps", "due", "anonymous", "confidential", "resume_on",
    "papers",
})  # fmt: skip
# What whoever has claimed a wish is shown of it: no words or place of the wisher, no contact.
_CLAIMANTS = frozenset({
    "number", "version", "status", "status_name", "urgency", "category", "text", "outcome",
    "result", "reported_at", "closed_at", "steps", "clocks", "due",
})  # fmt: skip


def category(known: Known, code: str | None) -> dict[str, str] | None:
    """Return a category by code and name."""
    found = known.categories.get(code or "")
    if found is None:
        return {"code": code, "name": code} if code else None
    return {"code": found.code, "name": found.name if speaks("zh") else found.name_en or found.name}


def grid(known: Known, code: str | None) -> dict[str, str] | None:
    """Return a grid by code and name."""
    found = known.maps.grids.get(code or "")
    return {"code": found.code, "name": found.name} if found else None


def unit(known: Known, code: str | None) -> dict[str, str] | None:
    """Return a unit by code and name."""
    found = known.office.units.get(code or "")
    return {"code": found.code, "name": found.name} if found else None


def person(known: Known, code: str | None) -> dict[str, str] | None:
    """Return a person by code and name."""
    found = known.office.people.get(code or "")
    return {"code": code, "name": found.name} if found and code else None


def cell(code: str | None) -> dict[str, str] | None:
    """Return a cell."""
    return {"code": code} if code else None


def routing(known: Known, data: dict[str, Any]) -> str:
    """Return in words why a case goes where it goes; never with a person's name."""
    found = grid(known, data.get("grid"))
    values = {"cell": data.get("cell") or "", "grid": found["name"] if found else ""}
    return say(REASONS.get(data.get("rule", ""), ""), values)


def status_name(case: Case, *, own: bool = False) -> str:
    """Return how a case stands; `own` is as its reporter reads it, whoever has put it on a list."""
    return say(status_label(Status(case.status), item=case.joint_id is not None and not own))


def short(known: Known, case: Case, *, original: bool, exact: bool = True) -> dict[str, Any]:
    """Return a case as in a list; `original` shows the reporter's own words, `exact` the place."""
    own = case.description if original else None
    same = {name: getattr(case, name) for name in _SAME}
    if not exact:
        same |= {"address": None, "point": None}
    return same | {
        "status_name": status_name(case),
        "category": category(known, case.category_code),
        "cell": cell(case.cell_code),
        "grid": grid(known, case.grid_code),
        "unit": unit(known, case.unit_code),
        "text": case.summary or own,
    }


def listed(serving: Serving, cases: Iterable[Case], actor: Any) -> list[dict[str, Any]]:
    """Return a page of cases."""
    known = serving.known
    views = []
    for case in cases:
        scene = bare(serving, case, actor)
        original, exact = show.original_text(scene), show.exact_place(scene)
        views.append(short(known, case, original=original, exact=exact))
    return views


def bare(serving: Serving, case: Case, actor: Any) -> Scene:
    """Return a scene without the past, enough to tell what is shown."""
    return Scene.of(serving.known, case, actor, serving.at)


def whole(
    known: Known, scene: Scene, *, masked: dict[str, str] | None, carries: str | None
) -> dict[str, Any]:
    """Return a case whole, with the steps that it offers; `carries` is the case merged into it."""
    case = scene.case
    original, exact = show.original_text(scene), show.exact_place(scene)
    view = short(known, case, original=original, exact=exact)
    view |= {name: getattr(case, name) for name in _WHOLE}
    view |= {
        "text": case.description if original else case.summary,
        "answers": case.answers if original else None,
        "raw": {"lon": case.raw_x, "lat": case.raw_y, "coord_type": case.coord_type}
        if exact
        else {"lon": None, "lat": None, "coord_type": None},
        "accuracy_m": case.accuracy_m if exact else None,
        "reporter": masked if show.contact(scene) else None,
        "handler": person(known, case.handler_code),
        "merged_into": case.merged_into.number if case.merged_into else None,
        "carried_by": carries is not None,
        "steps": [offer(known, one) for one in offered(scene)],
        "clocks": (running := clocks.shown(known, scene)),
        "due": clocks.due_of(running),
        "papers": papers(scene),
    }
    if is_reporter(scene):
        view["status_name"] = status_name(case, own=True)
        return {name: value for name, value in view.items() if name in _REPORTERS}
    if only_claims(scene):
        view["text"] = case.public_text
        return {name: value for name, value in view.items() if name in _CLAIMANTS}
    view["claimant"] = _claimant(known, case) if show.contact(scene) else None
    return view


def _claimant(known: Known, case: Case) -> str | None:
    """Return who has claimed a wish, for those who must reach them: a name, else the account."""
    if case.claimant is None:
        return None
    found = person(known, case.claimant.person_code)
    return found["name"] if found else case.claimant.login


def offer(known: Known, one: Offer) -> dict[str, Any]:
    """Return a step on offer."""
    return {
        "name": one.step.name,
        "label": say(one.step.label),
        "needs": [list(names) for names in one.needs],
        "may": list(one.may),
    }


def timeline(
    known: Known, scene: Scene, events: Sequence[Event], *, carried: bool = False
) -> list[dict[str, Any]]:
    """Return what of a case's past is shown; to a reporter no names beyond unit and grid.

    Who reads it because it carries their case is not shown what its own reporter was asked or said.
    """
    own, original = is_reporter(scene), show.original_text(scene)
    hides = carried or not original
    plain = own or only_claims(scene)
    return [
        _event(known, happened, own=plain, withheld=hides and _of_reporter(happened, carried))
        for happened in show.events(scene, events)
    ]


def _of_reporter(happened: Event, carried: bool) -> bool:
    asked = carried and happened.step == "ask_more"
    return asked or happened.step == "report" or happened.role == Role.REPORTER


def _event(known: Known, happened: Event, *, own: bool, withheld: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "version": happened.version,
        "at": happened.at,
        "step": happened.step,
        "step_name": say(STEPS[happened.step].label),
        "role": happened.role,
        "role_name": say(Role(happened.role).label),
        "unit": unit(known, happened.unit_code),
        "from_status": happened.from_status,
        "to_status": happened.to_status,
        "text": {} if withheld else happened.text,
        "inferred": happened.inferred,
    }
    if own:
        return view
    view |= {"person": person(known, happened.person_code), "audience": happened.audience}
    view["data"] = {name: value for name, value in happened.data.items() if name != "routing"}
    if "routing" in happened.data:
        view["routing"] = routing(known, happened.data["routing"])
    return view


def wish(known: Known, case: Case, actor: Actor) -> dict[str, Any]:
    """Return a wish as it stands on the public list."""
    stands = wishes.state(case)
    return {
        "number": case.number,
        "version": case.version,
        "category": category(known, case.category_code),
        "text": case.public_text,
        "state": stands.value,
        "state_name": say(wishes.STATES[stands]),
        "mine": actor.account is not None and actor.account == case.claimant_id,
    }


def papers(scene: Scene) -> list[dict[str, Any]] | None:
    """Return the papers of a membership transfer as they stand; nothing of any other case."""
    category = scene.categories.get(scene.case.category_code or "")
    if category is None or not category.transfer:
        return None
    return [
        {
            "paper": one.paper,
            "label": say(one.label),
            "ticked_at": one.at,
            "valid_until": one.valid_until,
        }
        for one in checklist.lines(scene.past, scene.case.round)
    ]


def near(known: Known, found: Iterable[Near]) -> list[dict[str, Any]]:
    """Return similar cases near by."""
    return [
        {
            "number": one.number,
            "category": category(known, one.category),
            "status": one.status,
            "status_name": say(STATUS_LABELS[Status(one.status)]),
            "cell": cell(one.cell),
            "metres": one.metres,
        }
        for one in found
    ]


def notice(known: Known, collected: Sequence[str]) -> dict[str, Any]:
    """Return the notice at intake, from the map of personal data, in the reader's language."""
    return data_map.notice(collected, known.settings, "zh" if speaks("zh") else "en")
