"""Joint cases beside their rows: who leads, who co-operates, which items there are, who follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from gridgov.cases.facts import Item, Scene
from gridgov.cases.guards_of_joint import leading
from gridgov.cases.rules import Moved
from gridgov.cases.tables import Case, CoUnit, Event
from gridgov.cases.workflow import REPORTER, STEPS, Status
from gridgov.cases.write import apply
from gridgov.notices.tables import Notice

# After these the reporter has to be told of an item before its joint case can be closed.
LEFT_UNDONE = ("suspend", "drop_item", "reject")
# What concerns everybody whose case was merged into this one; the rest is its own reporter's.
OF_ALL = frozenset({
    "progress", "extend", "suspend", "submit", "pass", "settle", "open_joint", "close_joint",
    "reject", "drop_item",
})  # fmt: skip
JOINT = aliased(Case)


def of_joint(case: Case) -> list[Any]:
    """Return what else is read of a case's row: nothing, but of joint cases and their items."""
    if not case.joint and case.joint_id is None:
        return []
    return _beside(case.id, case.joint_id)


def _beside(key: Any, joint: Any) -> list[Any]:
    """Return who leads, and which units were asked, as columns; `key` and `joint` are values or
    columns.
    """
    lead = sa.select(sa.func.coalesce(JOINT.unit_code, JOINT.lead_unit_code))
    asked = sa.select(sa.func.aggregate_strings(CoUnit.unit_code, ","))
    return [
        lead.where(JOINT.id == joint).scalar_subquery().label("lead"),
        asked.where(CoUnit.case_id == key).scalar_subquery().label("asked"),
    ]


def jointly(session: Session, case: Case, row: Any) -> dict[str, Any]:
    """Return what a scene knows of a joint case or an item, from what `of_joint` has read."""
    if not case.joint and case.joint_id is None:
        return {}
    items = items_of(session, [case.id])[case.id] if case.joint else ()
    return _known(row, items)


def jointly_of_many(session: Session, cases: Iterable[Case]) -> dict[int, dict[str, Any]]:
    """Return the same of many cases: two statements, none where none is joint or an item."""
    some = [case for case in cases if case.joint or case.joint_id is not None]
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    if not some:
        return found
    query = sa.select(Case.id, *_beside(Case.id, Case.joint_id))
    rows = session.execute(query.where(Case.id.in_([case.id for case in some])))
    items = items_of(session, [case.id for case in some if case.joint])
    return found | {row.id: _known(row, items[row.id]) for row in rows}


def _known(row: Any, items: Iterable[Item]) -> dict[str, Any]:
    asked = frozenset(row.asked.split(",")) if row.asked else frozenset()
    return {"lead": row.lead, "co_units": asked, "items": tuple(items)}


def items_of(session: Session, ids: Sequence[int]) -> dict[int, list[Item]]:
    """Read the items of joint cases, in the order in which they came to be."""
    found: dict[int, list[Item]] = defaultdict(list)
    if not ids:
        return found
    since = sa.select(sa.func.max(Event.at)).where(
        Event.case_id == Case.id, Event.step.in_(LEFT_UNDONE)
    )
    query = sa.select(
        Case.joint_id, Case.number, Case.status, Case.unit_code, Case.merged_into_id,
        since.scalar_subquery().label("since"),
    )  # fmt: skip
    rows = session.execute(query.where(Case.joint_id.in_(ids)).order_by(Case.id)).all()
    carried = carriers(session, {row.merged_into_id for row in rows if row.merged_into_id})
    for row in rows:
        by, stands = carried.get(row.merged_into_id, (None, None))
        # Merged into its own joint case it is done with that.
        stands = stands if by != row.joint_id else None
        item = Item(row.number, row.status, row.unit_code, row.since, stands)
        found[row.joint_id].append(item)
    return found


def carriers(session: Session, ids: set[int]) -> dict[int, tuple[int, str]]:
    """Return what carries the cases that were merged into these, over as many merges as there are,
    with how it stands.
    """
    last = {key: key for key in ids}
    found: dict[int, tuple[int, str]] = {}
    while last:
        query = sa.select(Case.id, Case.status, Case.merged_into_id)
        rows = {row.id: row for row in session.execute(query.where(Case.id.in_(last.values())))}
        found |= {key: (rows[at].id, rows[at].status) for key, at in last.items()}
        last = {
            key: rows[at].merged_into_id
            for key, at in last.items()
            if rows[at].merged_into_id is not None
        }
    return found


def followers(session: Session, case: Case) -> Sequence[Case]:
    """Return all that were merged into a case, directly or over others (群诉)."""
    tree = sa.select(Case.id).where(Case.merged_into_id == case.id).cte("tree", recursive=True)
    tree = tree.union(sa.select(Case.id).join(tree, Case.merged_into_id == tree.c.id))
    found = sa.select(Case).where(Case.id.in_(sa.select(tree.c.id)))
    return session.scalars(found.order_by(Case.id)).all()


def tell_followers(session: Session, scene: Scene, moved: Moved, event: Event) -> None:
    """Tell everybody whose case was merged into this one what its reporter is told, each by their
    own number.
    """
    if not scene.carried or moved.step.name not in OF_ALL:
        return
    for one in followers(session, scene.case):
        if not one.anonymous:
            session.add(
                Notice(
                    case=one,
                    event=event,
                    to_kind=REPORTER,
                    to_code=one.number,
                    template=moved.step.name,
                    urgent=False,
                    data={"number": one.number, "status": moved.to.value},
                    created_at=scene.at,
                )
            )


def together(session: Session, scene: Scene, moved: Moved) -> Scene:
    """Write what a step means for others: who was asked and has joined, what was listed."""
    step, case = moved.step.name, scene.case
    if step == "ask_join" and moved.data.get("unit"):
        return asked(session, scene, moved.data["unit"])
    answers = moved.data["unit"] if step == "join" else case.unit_code if step == "accept" else None
    if answers in scene.co_units:
        answered = sa.update(CoUnit).where(
            CoUnit.case_id == case.id, CoUnit.unit_code == answers, CoUnit.joined_at.is_(None)
        )
        session.execute(answered.values(joined_at=scene.at))
    if step == "bundle" and scene.target is not None:
        listed(session, scene.but(case=scene.target, past=()), moved, case.number)
        return scene.but(lead=leading(scene.target))
    if case.joint and moved.changes.get("confidential"):
        # Its items say what it says: a matter in confidence is none on its list alone.
        items = sa.update(Case).where(Case.joint_id == case.id, ~Case.confidential)
        session.execute(items.values(confidential=True))
    return scene


def asked(session: Session, scene: Scene, unit: str) -> Scene:
    """Note that a unit was asked to co-operate; asked in an earlier round, it answers anew."""
    if unit in scene.co_units:
        again = sa.update(CoUnit).where(CoUnit.case_id == scene.case.id, CoUnit.unit_code == unit)
        session.execute(again.values(asked_at=scene.at, joined_at=None))
        return scene
    session.add(CoUnit(case=scene.case, unit_code=unit, asked_at=scene.at))
    return scene.but(co_units=scene.co_units | {unit})


def listed(session: Session, scene: Scene, moved: Moved, number: str) -> None:
    """Write into a joint case's past that a case was put on its list."""
    status = Status(scene.case.status)
    same = {"status": status.value}
    step = STEPS["add_item"]
    apply(session, scene, Moved(step, moved.role, status, status, same, {"item": number}))
