"""The guards around joint cases and their items; see `gridgov.cases.guards`."""

from __future__ import annotations

from gridgov.cases import refusals as no
from gridgov.cases.clocks import answers
from gridgov.cases.facts import Item, Scene
from gridgov.cases.standing import units_about
from gridgov.cases.tables import Case
from gridgov.cases.workflow import ENDED, OPEN, REJECTED, SUSPENDED
from gridgov.people.roles import UNIT_ROLES


def can_be_joint(scene: Scene) -> None:
    """No item is itself joint, nor a joint case another time; party cases have no units."""
    case, kind = scene.case, scene.category and scene.category.kind
    if case.joint or case.joint_id is not None or "party" in (case.kind, kind):
        raise no.NotForJoint


def not_joint(scene: Scene) -> None:
    """A joint case is closed item by item."""
    if scene.case.joint:
        raise no.JointCloses


def of_joint(scene: Scene) -> None:
    """Only a joint case has items."""
    if not scene.case.joint:
        raise no.NotJoint


def jointly_handled(scene: Scene) -> None:
    """Units co-operate on a joint case, or on an item of one."""
    if not scene.case.joint and scene.case.joint_id is None:
        raise no.NotJoint


def target_joint(scene: Scene) -> None:
    """The target is an open joint case, led by nobody whom this case is about."""
    target = scene.target
    if "target" not in scene.given:
        return
    if target is None or not target.joint or target.status in ENDED:
        raise no.TargetNotJoint(field="target")
    lead = leading(target)
    if lead in units_about(scene):
        raise no.UnitIsSubject(field="target", unit=scene.office.units[lead].name)


def leading(joint: Case) -> str:
    """Return the unit that leads a joint case; while it is dispatched anew, who led it last."""
    return joint.unit_code or joint.lead_unit_code or ""


def asks_another(scene: Scene) -> None:
    """A unit is asked once a round, and not the one that handles it anyway."""
    unit = scene.office.units.get(scene.given.get("unit", ""))
    if unit is None:
        return
    if unit.code in units_about(scene):
        raise no.UnitIsSubject(field="unit", unit=unit.name)
    if not unit.active:
        raise no.UnitNotServing(field="unit", unit=unit.name)
    if unit.code in _called(scene) or unit.code == scene.case.unit_code:
        raise no.AskedAlready(field="unit", unit=unit.name)


def _called(scene: Scene) -> set[str | None]:
    """Return the units that were asked in this round; in another they are asked anew."""
    return {event.data.get("unit") for event in scene.this_round if event.step == "ask_join"}


def asked_to_join(scene: Scene) -> None:
    """The unit was asked, and has not answered yet."""
    if joining(scene) is None:
        raise no.NotAsked


def joining(scene: Scene) -> str | None:
    """Return the first unit that was asked, has not answered, and for which the actor speaks."""
    own = {
        code
        for duty in scene.actor.duties
        if duty.role in UNIT_ROLES and duty.role == scene.role
        for code in scene.office.below(duty.place)
    }
    silent: dict[str, None] = {}  # in the order of asking
    for event in scene.past:
        if event.step == "ask_join":
            silent[event.data.get("unit") or ""] = None
        else:
            silent.pop(answers(event) or "", None)
    return next((code for code in silent if code in own), None)


def joint_stays(scene: Scene) -> None:
    """What is handled jointly does not become a matter of Party service on the way."""
    jointly = scene.case.joint or scene.case.joint_id is not None
    if jointly and scene.category is not None and scene.category.kind == "party":
        raise no.NotForJoint


def items_ended(scene: Scene) -> None:
    """What is left of a joint case's list ends before the case does."""
    if any(item.status in OPEN for item in scene.items):
        raise no.ItemsOpen


def items_done(scene: Scene) -> None:
    """Each item is closed; or suspended or dropped, and the reporter has been told since."""
    if not scene.items:
        raise no.NoItems
    if undone(scene):
        raise no.ItemsOpen
    for item in untold(scene):
        raise no.ItemUntold(number=item.number)


def undone(scene: Scene) -> list[Item]:
    """Return the items that are still being worked on."""
    return [item for item in scene.items if item.stands in OPEN - {SUSPENDED}]


def untold(scene: Scene) -> list[Item]:
    """Return what was suspended or dropped since the reporter was last told of progress."""
    told = scene.last("progress")
    return [
        item
        for item in scene.items
        if item.stands in (SUSPENDED, REJECTED)
        and (told is None or (item.since is not None and told.at < item.since))
    ]
