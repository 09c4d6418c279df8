"""The list of items (问题清单) of a joint case: each is a case of its own, made here.

From its first event on it goes through the same workflow table as any case; what it is not given,
it has from the joint case: the place, whom it is about, whether it is confidential.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridgov.cases import grams, numbers
from gridgov.cases.act import find, scene_of
from gridgov.cases.cooperate import asked
from gridgov.cases.effects import EFFECTS
from gridgov.cases.facts import Scene
from gridgov.cases.fire import planned
from gridgov.cases.guards_of_joint import asks_another, leading
from gridgov.cases.known import Known
from gridgov.cases.refusals import UnitUnknown
from gridgov.cases.reroute import OF_PLACE
from gridgov.cases.rules import Moved, advance
from gridgov.cases.tables import Case, Subject
from gridgov.cases.workflow import DISPATCHED, FILED, REPORTED, STEPS, Status
from gridgov.cases.write import apply, flush, past
from gridgov.errors import BadInput
from gridgov.people.actors import Actor

CHANNEL = "joint"
PLACE = ("address", "point", "raw_x", "raw_y", "coord_type", "accuracy_m", "map_version_id",
         "cell_code", "grid_code", "park_code", "area_code")  # fmt: skip
PRIVATE = frozenset({"enterprise"})
MOST = 3_650
Limit = tuple[str, float]  # a kind of limit and how many, such as ("working_days", 5)


class LimitWrong(BadInput):
    """An item's own limit is more than nothing, and at most %(most)s days or hours."""


@dataclass(frozen=True)
class ItemDraft:
    """An item as it is put on the list: what is to be solved, by whom, with whom, by when.

    Without a category it has the joint case's; without a unit it waits to be dispatched.
    """

    text: str
    category: str | None = None
    unit: str | None = None
    limit: Limit | None = None
    co_units: tuple[str, ...] = ()


def add_item(
    session: Session, number: str, draft: ItemDraft, actor: Actor, at: datetime, known: Known
) -> Case:
    """Put an item on the list of a joint case; returns the item, filed, or dispatched."""
    if draft.limit is not None and not 0 < draft.limit[1] <= MOST:
        raise LimitWrong(field="limit", most=MOST)
    joint = find(session, number, actor, at, known, lock=True)
    scene = scene_of(session, joint, actor, at, known)
    given = {"text": draft.text, "category": draft.category, "unit": draft.unit}
    given = {name: value for name, value in given.items() if value is not None}
    moved = advance(scene.but(given=given), STEPS["add_item"])
    zone = known.zone(joint.park_code)
    item = _item(joint, draft, numbers.draw(session, at.astimezone(zone).date()), at, known)
    session.add(item)
    about: list[tuple[str | None, str | None]] = []
    about += [(code, None) for code in sorted(scene.subject_persons)]
    about += [(None, code) for code in sorted(scene.subject_units)]
    session.add_all(Subject(case=item, person_code=who, unit_code=unit) for who, unit in about)
    listed = replace(moved, data=moved.data | {"item": item.number})
    apply(session, scene.but(role=moved.role), listed)
    made = _begun(session, _scene(item, joint, scene, known), moved, draft)
    for unit in draft.co_units:
        made = _asked(session, made, moved, unit)
    planned(session, made, known, [])
    flush(session)
    grams.write(session, [item], new=True)
    return item


def _item(joint: Case, draft: ItemDraft, number: str, at: datetime, known: Known) -> Case:
    category = known.categories[draft.category or joint.category_code or ""]
    urgent = "urgent" in (joint.urgency, category.urgency)
    return Case(
        number=number,
        version=0,
        status=REPORTED.value,
        level=joint.level,
        round=1,
        category_code=category.code,
        kind=category.kind,
        urgency="urgent" if urgent else "normal",
        channel=CHANNEL,
        description=draft.text,
        # Written by staff for the unit that is to read it, as a summary is.
        summary=draft.text,
        flags=[flag for flag in joint.flags if flag in OF_PLACE],
        confidential=joint.confidential or category.kind in PRIVATE,
        anonymous=True,
        joint_id=joint.id,
        reported_at=at,
        updated_at=at,
        **{name: getattr(joint, name) for name in PLACE},
    )


def _scene(item: Case, joint: Case, seen: Scene, known: Known) -> Scene:
    return Scene.of(
        known,
        item,
        seen.actor,
        seen.at,
        subject_persons=seen.subject_persons,
        subject_units=seen.subject_units,
        lead=leading(joint),
        ladder=known.ladder,
    )


def _begun(session: Session, scene: Scene, moved: Moved, draft: ItemDraft) -> Scene:
    """Report and file it at once, and dispatch it where a unit is named."""
    first: dict[str, Any] = {"channel": CHANNEL}
    if draft.limit is not None:
        first["limit"] = list(draft.limit)
    scene = _step(session, scene, moved, "report", REPORTED, {}, first)
    filed = {"filed_at": scene.at}
    scene = _step(session, scene, moved, "file", FILED, filed, {})
    if draft.unit is None:
        return scene
    data = {"unit": draft.unit}
    changes = EFFECTS["dispatch"](scene.but(given=data), data)
    return _step(session, scene, moved, "dispatch", DISPATCHED, changes, data, told=True)


def _step(
    session: Session,
    scene: Scene,
    moved: Moved,
    name: str,
    to: Status,
    changes: dict[str, Any],
    data: dict[str, Any],
    *,
    told: bool = False,
) -> Scene:
    changes = changes | {"status": to.value}
    taken = Moved(STEPS[name], moved.role, scene.status, to, changes, data)
    event = apply(session, scene, taken, told=told)
    return scene.but(past=(*scene.past, past(event)))


def _asked(session: Session, scene: Scene, moved: Moved, unit: str) -> Scene:
    if unit not in scene.office.units:
        raise UnitUnknown(field="co_units", code=unit)
    asks_another(scene.but(given={"unit": unit}))
    scene = asked(session, scene, unit)
    return _step(session, scene, moved, "ask_join", scene.status, {}, {"unit": unit}, told=True)
