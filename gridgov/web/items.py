"""The list of items on the page of a joint case: each with its owner, its time, its next steps."""

from __future__ import annotations

from typing import Any

from gridgov.cases.act import find
from gridgov.cases.facts import Scene
from gridgov.cases.fields import OUTCOMES, SUSPENSION_REASONS
from gridgov.cases.find import Wanted, search
from gridgov.cases.guards_of_joint import undone, untold
from gridgov.cases.show import original_text
from gridgov.cases.standing import roles_for
from gridgov.cases.tables import Case
from gridgov.cases.workflow import ENDED, FILED, HANDLING, OPEN, STEPS, SUSPENDED
from gridgov.cases.worklist import came_back, scenes
from gridgov.errors import NotFound
from gridgov.faces import views, worklist
from gridgov.faces.said import asked
from gridgov.faces.step_forms import forms as step_forms
from gridgov.joint import show
from gridgov.joint.show import Item
from gridgov.language import say, speaks
from gridgov.web.shell import Visit
from gridgov.words import N_

# What may be done with an item from the list itself; all the rest stands on its own page.
FROM_LIST = frozenset({
    "dispatch", "assign_final", "pass", "rework", "join", "ask_join", "urge", "drop_item",
    "grant_return", "refuse_return", "extend", "refuse_extension", "suspend", "refuse_suspension",
})  # fmt: skip
CHOSEN_OF = 50  # joint cases; where there are more, one is named by its number
LIMITS = {
    "working_days": N_("working days"),
    "working_hours": N_("working hours"),
    "calendar_days": N_("calendar days"),
    "urgent_hours": N_("hours, day and night"),
}
ADDS = STEPS["add_item"]
CLOSES = STEPS["close_joint"]


def table(visit: Visit, case: Case, scene: Scene, summary: dict[str, Any]) -> dict[str, Any]:
    """Return the items that whoever looks may see, what they may add, what is in the way."""
    s = visit.serving
    found = show.items_of(s.session, [case.id], s.actor, s.at, s.known)[case.id]
    seen = scenes(s.session, [one.case for one in found], s.actor, s.at, s.known)
    rows = [_row(visit, one, item) for one, item in zip(found, seen, strict=True)]
    return {
        "rows": rows,
        "unseen": summary["total"] - len(rows),
        "adds": _adding(scene) if may_add(scene) else None,
        "closing": _closing(scene, rows) if may_close(scene) else None,
    }


def may_add(scene: Scene) -> bool:
    """Tell whether whoever looks may put an item on the list."""
    return scene.case.joint and scene.status in ADDS.start and bool(roles_for(scene, ADDS))


def may_close(scene: Scene) -> bool:
    """Tell whether closing is for whoever looks, once nothing is in the way."""
    return scene.case.joint and scene.status in OPEN and bool(roles_for(scene, CLOSES))


def belongs(visit: Visit, view: dict[str, Any]) -> dict[str, Any] | None:
    """Return the joint case that an item belongs to; `seen` tells whether it may be opened."""
    s = visit.serving
    above: dict[str, Any] | None = view.get("item_of")
    if above is None:
        return None
    try:
        find(s.session, above["number"], s.actor, s.at, s.known)
    except NotFound:
        return above | {"seen": False}
    return above | {"seen": True}


def _row(visit: Visit, one: Item, scene: Scene) -> dict[str, Any]:
    known, case = visit.serving.known, one.case
    line = worklist.line(known, scene)
    own = case.description if original_text(scene) else None
    return line | {
        "text": case.summary or own or line["title"],
        "ended": scene.status in ENDED,
        "left": line["left"] or worklist.left_by_wall(line),
        "co_units": [
            {"unit": views.unit(known, each.unit), "joined_at": each.joined_at}
            for each in one.co_units
        ],
        "progress": one.progress,
        "asked": asked(known, scene),
        "back": came_back(scene) and scene.status in (FILED, HANDLING),
        "why": say(SUSPENSION_REASONS[one.suspended_for]) if one.suspended_for else None,
        "resume_on": case.resume_on if scene.status == SUSPENDED else None,
        "outcome": say(OUTCOMES[case.outcome]) if case.outcome in OUTCOMES else None,
        "result": case.result,
        "forms": step_forms(scene, FROM_LIST),
    }


def _adding(scene: Scene) -> dict[str, Any]:
    units = sorted(scene.office.units.values(), key=lambda unit: unit.name)
    sorts = [one for one in scene.categories.values() if one.active and one.kind != "party"]
    return {
        "units": [(one.code, one.name) for one in units if one.active],
        "categories": [
            (one.code, one.name if speaks("zh") else one.name_en or one.name) for one in sorts
        ],
        "limits": [(kind, say(label)) for kind, label in LIMITS.items()],
    }


def _closing(scene: Scene, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is still in the way of closing, by which items; the guard says the same."""
    texts = {row["number"]: row["text"] for row in rows}
    return {
        "empty": not scene.items,
        "accepted": scene.status == HANDLING,
        "undone": [(one.number, texts.get(one.number, one.number)) for one in undone(scene)],
        "untold": [(one.number, texts.get(one.number, one.number)) for one in untold(scene)],
    }


def bundled_into(visit: Visit, most: int = CHOSEN_OF) -> list[tuple[str, str]] | None:
    """Return the open joint cases that a case may be bundled into; None: too many to choose of."""
    s = visit.serving
    wanted = Wanted(joint=True, status=("open",), limit=most)
    page = search(s.session, wanted, s.actor, s.at, s.known)
    if page.next:
        return None
    each = scenes(s.session, page.cases, s.actor, s.at, s.known)
    return [(one.case.number, f"{named(visit, one)} · {one.case.number}") for one in each]


def named(visit: Visit, scene: Scene) -> str:
    """Return a joint case in a few words: what it is about, else its kind."""
    case = scene.case
    own = case.description if original_text(scene) else None
    text = " ".join((case.summary or own or "").split())
    if not text:
        return worklist.title(visit.serving.known, scene)
    return text[: worklist.TITLE] + "…" if len(text) > worklist.TITLE else text
