"""What a step changes besides the status: one small function under each step's name. Pure.

Each returns the columns of the case that change. What goes into the event beside the given
fields is put into `data`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from gridgov.cases.facts import Scene
from gridgov.cases.guards import next_level, urgent_unit
from gridgov.cases.guards_of_joint import joining
from gridgov.cases.workflow import DISPATCHER, REPORTER

Changes = dict[str, Any]
Effect = Callable[[Scene, Changes], Changes]

WANTS_WITHDRAW = "wants_withdraw"
# What comes back to intake is worked on by nobody.
NOBODYS = {"unit_code": None, "handler_code": None, "lead_unit_code": None, "final": False}

EFFECTS: dict[str, Effect] = {}


def _of(*steps: str) -> Callable[[Effect], Effect]:
    def keep(effect: Effect) -> Effect:
        for step in steps:
            EFFECTS[step] = effect
        return effect

    return keep


def _categorised(scene: Scene) -> Changes:
    category = scene.category
    if category is None or category.code == scene.case.category_code:
        return {}
    changes: Changes = {"category_code": category.code, "kind": category.kind}
    # As at intake: firms' and Party matters are confidential unless somebody said otherwise.
    if category.kind in ("enterprise", "party") and category.kind != scene.case.kind:
        changes["confidential"] = True
    return changes


def _filed(scene: Scene) -> Changes:
    return {"filed_at": scene.case.filed_at or scene.at} | _categorised(scene)


@_of("file")
def _file(scene: Scene, data: Changes) -> Changes:
    return _filed(scene)


@_of("settle")
def _settle(scene: Scene, data: Changes) -> Changes:
    # Nobody else looked at it: it is drawn for sampling by another grid's leader.
    closed = {"closed_at": scene.at, "result": scene.given.get("result"), "to_sample": True}
    return _filed(scene) | closed | {"outcome": "solved"}


@_of("ask_more")
def _ask_more(scene: Scene, data: Changes) -> Changes:
    return {"came_from": scene.case.status}


@_of("supply", "withdraw")
def _leave_waiting(scene: Scene, data: Changes) -> Changes:
    return {"came_from": None}


@_of("merge")
def _merge(scene: Scene, data: Changes) -> Changes:
    if scene.target is None:
        return {}
    data["target"] = scene.target.number
    return {"merged_into_id": scene.target.id, "pending": None}


@_of("unmerge")
def _unmerge(scene: Scene, data: Changes) -> Changes:
    return {"merged_into_id": None} | NOBODYS


@_of("appeal")
def _appeal(scene: Scene, data: Changes) -> Changes:
    # What was dropped as an item had a unit; it is taken in anew.
    return dict(NOBODYS)


def _to_unit(scene: Scene, unit: str | None) -> Changes:
    # 首接负责: the first unit that gets it leads until another has accepted.
    lead = scene.case.lead_unit_code or unit
    changes = {"unit_code": unit, "handler_code": None, "lead_unit_code": lead}
    return changes | {"pending": _proposal(scene)}


def _proposal(scene: Scene) -> Changes | None:
    """Return a proposal to handle jointly, which waits for the street whoever has the case."""
    pending = scene.case.pending
    return pending if pending and pending["kind"] == "joint" else None


@_of("dispatch")
def _dispatch(scene: Scene, data: Changes) -> Changes:
    return _to_unit(scene, scene.given.get("unit"))


@_of("assign_final")
def _assign_final(scene: Scene, data: Changes) -> Changes:
    # The street has assigned: whoever was answerable until now is not any more.
    unit = scene.given.get("unit")
    return _to_unit(scene, unit) | {"final": True, "lead_unit_code": unit}


@_of("dispatch_urgent")
def _dispatch_urgent(scene: Scene, data: Changes) -> Changes:
    unit = scene.given.get("unit") or urgent_unit(scene)
    if unit:
        data["unit"] = unit
        local = scene.at.astimezone(scene.calendar.zone)
        data["called"] = scene.office.called_now(unit, local)
    return _filed(scene) | _to_unit(scene, unit) | {"urgency": "urgent"}


@_of("accept")
def _accept(scene: Scene, data: Changes) -> Changes:
    person = scene.actor.person or scene.case.handler_code
    return {"lead_unit_code": scene.case.unit_code, "handler_code": person}


@_of("assign")
def _assign(scene: Scene, data: Changes) -> Changes:
    changes: Changes = {}
    if "unit" in scene.given:
        changes |= {"unit_code": scene.given["unit"], "handler_code": None}
    if "person" in scene.given:
        changes["handler_code"] = scene.given["person"]
    return changes


@_of("ask_return", "ask_extension", "ask_suspension")
def _ask(scene: Scene, data: Changes) -> Changes:
    kind = scene.step.name.removeprefix("ask_") if scene.step else ""
    pending = {"kind": kind, "unit": scene.case.unit_code} | {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in scene.given.items()
    }
    changes: Changes = {"pending": pending}
    # The second request of a round, by whichever unit, moves the case to the street.
    if kind == "return" and scene.count("ask_return") and scene.case.level == "grid":
        changes["level"] = data["level"] = "street"
    return changes


@_of("grant_return", "recall")
def _taken_back(scene: Scene, data: Changes) -> Changes:
    data["unit"] = scene.case.unit_code
    cleared = {"unit_code": None, "handler_code": None, "final": False}
    return cleared | {"pending": _proposal(scene)}


@_of("refuse_return", "refuse_extension", "refuse_suspension", "extend", "refuse_joint")
def _decided(scene: Scene, data: Changes) -> Changes:
    return {"pending": None}


@_of("suspend")
def _suspend(scene: Scene, data: Changes) -> Changes:
    until = date.fromisoformat((scene.case.pending or {})["resume_on"])
    today = scene.at.astimezone(scene.calendar.zone).date()
    data |= {"resume_on": until.isoformat(), "days": (until - today).days}
    data["suspension_reason"] = (scene.case.pending or {}).get("suspension_reason")
    return {"pending": None, "resume_on": until}


@_of("resume")
def _resume(scene: Scene, data: Changes) -> Changes:
    return {"resume_on": None}


@_of("claim")
def _claim(scene: Scene, data: Changes) -> Changes:
    cleared = {"unit_code": None, "lead_unit_code": None, "pending": _proposal(scene)}
    return cleared | {"claimant_id": scene.actor.account, "handler_code": scene.actor.person}


@_of("submit")
def _submit(scene: Scene, data: Changes) -> Changes:
    changes: Changes = {name: scene.given.get(name) for name in ("outcome", "result")}
    changes["pending"] = None
    if closes_on_submit(scene):
        data["drawn"] = False
        changes["closed_at"] = scene.at
    return changes


def closes_on_submit(scene: Scene) -> bool:
    """Tell whether the category is checked by sample and this case was not drawn."""
    category = scene.category
    if category is None or category.check != "sample" or category.transfer:
        return False
    return scene.draw >= category.sample_rate


@_of("pass", "confirm")
def _close(scene: Scene, data: Changes) -> Changes:
    return {"closed_at": scene.at}


@_of("deny", "rework")
def _back_to_work(scene: Scene, data: Changes) -> Changes:
    # All evidence stays in the events; the case itself has no result until the next submit.
    return {"closed_at": None, "outcome": None, "result": None}


@_of("escalate")
def _escalate(scene: Scene, data: Changes) -> Changes:
    above = next_level(scene)
    data["level"] = above or scene.case.level
    if above is None:
        data["at_top"] = True
    return {"level": above} if above else {}


@_of("send_down")
def _send_down(scene: Scene, data: Changes) -> Changes:
    below = "grid" if scene.case.level == "street" else "street"
    data["level"] = below
    return {"level": below}


@_of("amend")
def _amend(scene: Scene, data: Changes) -> Changes:
    changes = _categorised(scene)
    if urgency := scene.given.get("urgency"):
        changes["urgency"] = urgency
    return changes


@_of("reopen")
def _reopen(scene: Scene, data: Changes) -> Changes:
    # A new round: what counts per round counts anew, since events carry their round.
    return {
        "round": scene.case.round + 1,
        "unit_code": None,
        "handler_code": None,
        "lead_unit_code": None,
        "final": False,
        "pending": None,
        "closed_at": None,
        "outcome": None,
        "result": None,
        "to_sample": False,
        "flags": [flag for flag in scene.case.flags if flag != "must_reopen"],
    }


@_of("sample")
def _sample(scene: Scene, data: Changes) -> Changes:
    if scene.given.get("sampled") != "failed":
        return {"to_sample": False}
    flags = [flag for flag in scene.case.flags if flag != "must_reopen"]
    return {"to_sample": False, "flags": [*flags, "must_reopen"]}


@_of("comment")
def _comment(scene: Scene, data: Changes) -> Changes:
    # After dispatch a reporter cannot withdraw alone: a caller asks whether they mean it. To a
    # dispatcher they may have said it by telephone, or to the platform that the case came from.
    wish = scene.role in (REPORTER, DISPATCHER) and scene.given.get("wants_withdraw")
    if not wish or WANTS_WITHDRAW in scene.case.flags:
        return {}
    return {"flags": [*scene.case.flags, WANTS_WITHDRAW]}


@_of("propose_joint")
def _propose_joint(scene: Scene, data: Changes) -> Changes:
    asked = {"kind": "joint", "unit": scene.case.unit_code, "reason": scene.given.get("reason")}
    return {"pending": asked}


@_of("open_joint")
def _open_joint(scene: Scene, data: Changes) -> Changes:
    unit = scene.given.get("unit")
    if data.get("limit_days"):
        data.setdefault("limit_kind", "working_days")
    else:
        data.pop("limit_kind", None)
    led = _to_unit(scene, unit) | {"lead_unit_code": unit, "pending": None, "final": False}
    return _filed(scene) | led | {"joint": True} | _at_street(scene)


def _at_street(scene: Scene) -> Changes:
    return {"level": "street"} if scene.case.level == "grid" else {}


@_of("bundle")
def _bundle(scene: Scene, data: Changes) -> Changes:
    if scene.target is None:
        return {}
    data["target"] = scene.target.number
    confidential = scene.case.confidential or scene.target.confidential
    listed: Changes = {"joint_id": scene.target.id, "confidential": confidential}
    if _proposal(scene):
        listed["pending"] = None  # it is handled jointly now
    return listed | _at_street(scene)


@_of("join")
def _join(scene: Scene, data: Changes) -> Changes:
    data["unit"] = joining(scene)
    return {}


@_of("drop_item")
def _drop_item(scene: Scene, data: Changes) -> Changes:
    return {"pending": None, "resume_on": None}


@_of("close_joint")
def _close_joint(scene: Scene, data: Changes) -> Changes:
    changes: Changes = {name: scene.given.get(name) for name in ("outcome", "result")}
    return changes | {"pending": None, "closed_at": scene.at}


@_of("summarise")
def _summarise(scene: Scene, data: Changes) -> Changes:
    return {"summary": scene.given.get("text")}


@_of("publish")
def _publish(scene: Scene, data: Changes) -> Changes:
    return {"public_text": scene.given.get("text")}


@_of("erase")
def _erase(scene: Scene, data: Changes) -> Changes:
    # Whose contact is gone cannot be told any more; number and code go on opening the case.
    return {"anonymous": True}
