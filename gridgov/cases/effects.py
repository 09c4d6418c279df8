"""What a step changes besides the status: one small function under each step's name. Pure.

Each returns the columns of the case that change. What goes into the event beside the given
fields is put into `data`. Those around closing and joint cases stand in files of their own.
"""

from __future__ import annotations

from datetime import date

from gridgov.cases.changes import (
    NOBODYS,
    Changes,
    Effects,
    categorised,
    filed,
    proposal,
    to_unit,
)
from gridgov.cases.effects_of_closing import OF_CLOSING
from gridgov.cases.effects_of_joint import OF_JOINT
from gridgov.cases.facts import Scene
from gridgov.cases.guards import next_level, urgent_unit
from gridgov.cases.workflow import DISPATCHER, REPORTER

WANTS_WITHDRAW = "wants_withdraw"

EFFECTS = Effects(OF_JOINT | OF_CLOSING)


@EFFECTS.of("file")
def _file(scene: Scene, data: Changes) -> Changes:
    return filed(scene)


@EFFECTS.of("settle")
def _settle(scene: Scene, data: Changes) -> Changes:
    # Nobody else looked at it: it is drawn for sampling by another grid's leader.
    closed = {"closed_at": scene.at, "result": scene.given.get("result"), "to_sample": True}
    return filed(scene) | closed | {"outcome": "solved"}


@EFFECTS.of("ask_more")
def _ask_more(scene: Scene, data: Changes) -> Changes:
    return {"came_from": scene.case.status}


@EFFECTS.of("supply", "withdraw")
def _leave_waiting(scene: Scene, data: Changes) -> Changes:
    return {"came_from": None}


@EFFECTS.of("merge")
def _merge(scene: Scene, data: Changes) -> Changes:
    if scene.target is None:
        return {}
    data["target"] = scene.target.number
    return {"merged_into_id": scene.target.id, "pending": None}


@EFFECTS.of("unmerge")
def _unmerge(scene: Scene, data: Changes) -> Changes:
    return {"merged_into_id": None} | NOBODYS


@EFFECTS.of("appeal")
def _appeal(scene: Scene, data: Changes) -> Changes:
    # What was dropped as an item had a unit; it is taken in anew.
    return dict(NOBODYS)


@EFFECTS.of("dispatch")
def _dispatch(scene: Scene, data: Changes) -> Changes:
    return to_unit(scene, scene.given.get("unit"))


@EFFECTS.of("assign_final")
def _assign_final(scene: Scene, data: Changes) -> Changes:
    # The street has assigned: whoever was answerable until now is not any more.
    unit = scene.given.get("unit")
    return to_unit(scene, unit) | {"final": True, "lead_unit_code": unit}


@EFFECTS.of("dispatch_urgent")
def _dispatch_urgent(scene: Scene, data: Changes) -> Changes:
    unit = scene.given.get("unit") or urgent_unit(scene)
    if unit:
        data["unit"] = unit
        local = scene.at.astimezone(scene.calendar.zone)
        data["called"] = scene.office.called_now(unit, local)
    return filed(scene) | to_unit(scene, unit) | {"urgency": "urgent"}


@EFFECTS.of("accept")
def _accept(scene: Scene, data: Changes) -> Changes:
    person = scene.actor.person or scene.case.handler_code
    return {"lead_unit_code": scene.case.unit_code, "handler_code": person}


@EFFECTS.of("assign")
def _assign(scene: Scene, data: Changes) -> Changes:
    changes: Changes = {}
    if "unit" in scene.given:
        changes |= {"unit_code": scene.given["unit"], "handler_code": None}
    if "person" in scene.given:
        changes["handler_code"] = scene.given["person"]
    return changes


@EFFECTS.of("ask_return", "ask_extension", "ask_suspension")
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


@EFFECTS.of("grant_return", "recall")
def _taken_back(scene: Scene, data: Changes) -> Changes:
    data["unit"] = scene.case.unit_code
    cleared = {"unit_code": None, "handler_code": None, "final": False}
    return cleared | {"pending": proposal(scene)}


@EFFECTS.of("refuse_return", "refuse_extension", "refuse_suspension", "extend", "refuse_joint")
def _decided(scene: Scene, data: Changes) -> Changes:
    return {"pending": None}


@EFFECTS.of("suspend")
def _suspend(scene: Scene, data: Changes) -> Changes:
    until = date.fromisoformat((scene.case.pending or {})["resume_on"])
    today = scene.at.astimezone(scene.calendar.zone).date()
    data |= {"resume_on": until.isoformat(), "days": (until - today).days}
    data["suspension_reason"] = (scene.case.pending or {}).get("suspension_reason")
    return {"pending": None, "resume_on": until}


@EFFECTS.of("resume")
def _resume(scene: Scene, data: Changes) -> Changes:
    return {"resume_on": None}


@EFFECTS.of("claim")
def _claim(scene: Scene, data: Changes) -> Changes:
    cleared = {"unit_code": None, "lead_unit_code": None, "pending": proposal(scene)}
    return cleared | {"claimant_id": scene.actor.account, "handler_code": scene.actor.person}


@EFFECTS.of("escalate")
def _escalate(scene: Scene, data: Changes) -> Changes:
    above = next_level(scene)
    data["level"] = above or scene.case.level
    if above is None:
        data["at_top"] = True
    return {"level": above} if above else {}


@EFFECTS.of("send_down")
def _send_down(scene: Scene, data: Changes) -> Changes:
    below = "grid" if scene.case.level == "street" else "street"
    data["level"] = below
    return {"level": below}


@EFFECTS.of("amend")
def _amend(scene: Scene, data: Changes) -> Changes:
    changes = categorised(scene)
    if urgency := scene.given.get("urgency"):
        changes["urgency"] = urgency
    return changes


@EFFECTS.of("comment")
def _comment(scene: Scene, data: Changes) -> Changes:
    # After dispatch a reporter cannot withdraw alone: a caller asks whether they mean it. To a
    # dispatcher they may have said it by telephone, or to the platform that the case came from.
    wish = scene.role in (REPORTER, DISPATCHER) and scene.given.get("wants_withdraw")
    if not wish or WANTS_WITHDRAW in scene.case.flags:
        return {}
    return {"flags": [*scene.case.flags, WANTS_WITHDRAW]}


@EFFECTS.of("summarise")
def _summarise(scene: Scene, data: Changes) -> Changes:
    return {"summary": scene.given.get("text")}


@EFFECTS.of("publish")
def _publish(scene: Scene, data: Changes) -> Changes:
    return {"public_text": scene.given.get("text")}


@EFFECTS.of("erase")
def _erase(scene: Scene, data: Changes) -> Changes:
    # Whose contact is gone cannot be told any more; number and code go on opening the case.
    return {"anonymous": True}
