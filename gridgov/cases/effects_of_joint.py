"""What the steps of joint cases and their items change; see `gridgov.cases.effects`."""

from __future__ import annotations

from gridgov.cases.changes import Changes, Effects, at_street, filed, proposal, to_unit
from gridgov.cases.facts import Scene
from gridgov.cases.guards_of_joint import joining

OF_JOINT = Effects()


@OF_JOINT.of("propose_joint")
def _propose_joint(scene: Scene, data: Changes) -> Changes:
    asked = {"kind": "joint", "unit": scene.case.unit_code, "reason": scene.given.get("reason")}
    return {"pending": asked}


@OF_JOINT.of("open_joint")
def _open_joint(scene: Scene, data: Changes) -> Changes:
    unit = scene.given.get("unit")
    if data.get("limit_days"):
        data.setdefault("limit_kind", "working_days")
    else:
        data.pop("limit_kind", None)
    led = to_unit(scene, unit) | {"lead_unit_code": unit, "pending": None, "final": False}
    return filed(scene) | led | {"joint": True} | at_street(scene)


@OF_JOINT.of("bundle")
def _bundle(scene: Scene, data: Changes) -> Changes:
    if scene.target is None:
        return {}
    data["target"] = scene.target.number
    confidential = scene.case.confidential or scene.target.confidential
    listed: Changes = {"joint_id": scene.target.id, "confidential": confidential}
    if proposal(scene):
        listed["pending"] = None  # it is handled jointly now
    return listed | at_street(scene)


@OF_JOINT.of("join")
def _join(scene: Scene, data: Changes) -> Changes:
    data["unit"] = joining(scene)
    return {}


@OF_JOINT.of("drop_item")
def _drop_item(scene: Scene, data: Changes) -> Changes:
    return {"pending": None, "resume_on": None}


@OF_JOINT.of("close_joint")
def _close_joint(scene: Scene, data: Changes) -> Changes:
    changes: Changes = {name: scene.given.get(name) for name in ("outcome", "result")}
    return changes | {"pending": None, "closed_at": scene.at}
