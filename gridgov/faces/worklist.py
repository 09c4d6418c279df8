"""Cases as lines of a list: what, where, by when, whom it waits for; the same for all faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gridgov.cases import show
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.standing import only_claims
from gridgov.cases.workflow import (
    CHECKING,
    DISPATCHED,
    FILED,
    HANDLING,
    REPORTED,
    SUSPENDED,
    VERIFYING,
    WAITING,
)
from gridgov.cases.worklist import WORK, Waiting
from gridgov.faces import clocks, spoken, views
from gridgov.language import say, speaks
from gridgov.words import N_

SOON = 0.75  # of a limit: from here on it is due soon, as the ladder's first rung has it
TITLE = 40
WORKED = frozenset({"working_hours", "working_days"})
HOUR = 3600
FEW_HOURS = 10  # below which a part of an hour matters
# Whom a case waits for, and for what.
WAITS = {
    REPORTED: N_("%(who)s to take it in"),
    VERIFYING: N_("%(who)s to verify it on site"),
    WAITING: N_("the reporter to answer"),
    FILED: N_("%(who)s to dispatch it"),
    DISPATCHED: N_("%(who)s to accept it"),
    HANDLING: N_("%(who)s to handle it"),
    SUSPENDED: N_("%(who)s, suspended until its date"),
    CHECKING: N_("%(who)s to check it"),
}
NEXT = {
    REPORTED: N_("then it is filed and dispatched"),
    VERIFYING: N_("then it is taken in"),
    WAITING: N_("then it goes on where it was"),
    FILED: N_("then a unit accepts it"),
    DISPATCHED: N_("then it is handled"),
    HANDLING: N_("then the result is checked"),
    SUSPENDED: N_("then it is handled on"),
    CHECKING: N_("then it is closed and evaluated"),
}
OF_JOINT = N_("then it is closed, once each item is")
# A membership transfer nobody checks: whoever asked for it confirms it.
TO_CONFIRM = N_("the reporter to confirm it")
CONFIRMED = N_("then the reporter confirms it")
OF_UNIT = frozenset({DISPATCHED, HANDLING, SUSPENDED})


def piles(known: Known, found: Iterable[Waiting]) -> list[dict[str, Any]]:
    """Return somebody's work by the verb it waits for; each pile by urgency, then what is due."""
    lines = [(one.work.name, line(known, one.scene)) for one in found]
    counts = Counter(name for name, _ in lines)
    return [
        {
            "name": work.name,
            "label": say(work.label),
            "count": counts[work.name],
            "cases": sorted((case for name, case in lines if name == work.name), key=order),
        }
        for work in WORK
    ]


def order(one: dict[str, Any]) -> tuple[bool, bool, datetime]:
    """Order lines: urgent, then by what is due next."""
    return (not one["urgent"], one["due"] is None, one["due"] or one["reported_at"])


def line(known: Known, scene: Scene) -> dict[str, Any]:
    """Return a case as a line; times are instants, `state` is late, soon or empty."""
    case = scene.case
    running = clocks.shown(known, scene)
    stage = _nearest(running)
    return {
        "number": case.number,
        "version": case.version,
        "status": case.status,
        "status_name": views.status_name(case),
        "urgent": case.urgency == "urgent",
        "title": title(known, scene),
        "place": place(known, scene),
        "grid": None if only_claims(scene) else views.grid(known, case.grid_code),
        "unit": views.unit(known, case.unit_code),
        "reported_at": case.reported_at,
        "due": stage["due"] if stage else None,
        "case_due": clocks.due_of(running),
        "provisional": bool(stage and stage["provisional"]),
        "left_s": stage["left_s"] if stage else None,
        "left": left(scene, stage) if stage else None,
        "clock": stage["label"] if stage else None,
        "clock_kind": stage["kind"] if stage else None,
        "state": state(running),
        "lights": lights(scene),
        "cards": cards(scene),
        "pending": (case.pending or {}).get("kind"),
        "waits_for": waits_for(known, scene),
        "flags": [] if only_claims(scene) else case.flags,
    }


def left(scene: Scene, clock: dict[str, Any]) -> str | None:
    """Return the working time that is left or over; nothing where the limit runs by the wall."""
    seconds = clock["left_s"]
    if seconds is None or clock["kind"] not in WORKED:
        return None
    day = scene.calendar.day_seconds
    hours = abs(seconds) / HOUR
    amount = f"{hours:.1f}" if hours < FEW_HOURS else f"{hours:.0f}"
    said = say(N_("%(n)s working hours"), {"n": amount.removesuffix(".0")})
    if hours < 1:
        said = say(N_("%(span)s of working time"), {"span": spoken.span(seconds)})
    if abs(seconds) >= 2 * day:
        said = say(N_("%(n)s working days"), {"n": f"{abs(seconds) / day:.1f}".removesuffix(".0")})
    return say(N_("%(span)s left") if seconds >= 0 else N_("%(span)s over"), {"span": said})


def left_by_wall(line: dict[str, Any]) -> str | None:
    """Return what is left or over of a limit that runs day and night."""
    seconds = line["left_s"]
    if seconds is None:
        return None
    said = {"span": spoken.span(seconds)}
    return say(N_("%(span)s left") if seconds >= 0 else N_("%(span)s over"), said)


def title(known: Known, scene: Scene) -> str:
    """Return a case in a few words: the kind, else how it begins."""
    found = views.category(known, scene.case.category_code)
    category = scene.categories.get(scene.case.category_code or "")
    if category is not None and category.transfer:  # neutral, whoever looks over a shoulder
        return category.group if speaks("zh") else category.group_en
    if found:
        return str(found["name"])
    text = scene.case.summary or (scene.case.description if show.original_text(scene) else None)
    short = " ".join((text or "").split())
    return (short[:TITLE] + "…" if len(short) > TITLE else short) or say(N_("Not yet sorted"))


def place(known: Known, scene: Scene) -> str | None:
    """Return where it is, in words that people on the spot know; the grid where there are none."""
    if only_claims(scene):
        return None
    found = views.grid(known, scene.case.grid_code)
    address = scene.case.address if show.exact_place(scene) else None
    return address or (found["name"] if found else None)


def state(running: list[dict[str, Any]]) -> str:
    """Return how the clocks that run stand: `late`, `soon`, or empty while there is time."""
    open_ones = [one for one in running if not one["stopped"]]
    if any(one["late"] for one in open_ones):
        return "late"
    limits = [(one["used_s"], one["limit_s"]) for one in open_ones if one["limit_s"]]
    return "soon" if any(used >= SOON * limit for used, limit in limits) else ""


def lights(scene: Scene) -> list[str]:
    """Return the lights that the clock has lit in this round."""
    lit = {one.step for one in scene.this_round}
    return [colour for colour in ("red", "amber") if f"warn_{colour}" in lit]


def cards(scene: Scene) -> list[str]:
    """Return the cards that people have given in this round."""
    given = {one.step for one in scene.this_round}
    return [colour for colour in ("red", "yellow") if f"{colour}_card" in given]


def waits_for(known: Known, scene: Scene) -> str:
    """Return whom a case waits for now, and for what."""
    message = WAITS.get(scene.status)
    if _transfer(scene) and scene.status == CHECKING:
        message = TO_CONFIRM
    return say(message, {"who": _who(known, scene)}) if message else ""


def comes_next(scene: Scene) -> str:
    """Return what comes after that."""
    jointly = scene.case.joint and scene.status == HANDLING
    message = OF_JOINT if jointly else NEXT.get(scene.status)
    if _transfer(scene) and scene.status == HANDLING:
        message = CONFIRMED
    return say(message) if message else ""


def _transfer(scene: Scene) -> bool:
    return scene.category is not None and scene.category.transfer


def _who(known: Known, scene: Scene) -> str:
    case = scene.case
    if scene.status in OF_UNIT:
        unit = views.unit(known, case.unit_code)
        if unit is None and case.claimant_id is not None:
            return say(N_("whoever claimed the wish"))
        return str(unit["name"]) if unit else say(N_("the unit"))
    grid = views.grid(known, case.grid_code)
    if case.level == "grid" and grid:
        return str(grid["name"])
    return say(N_("the street's dispatcher") if case.level != "district" else N_("the district"))


def _nearest(running: list[dict[str, Any]]) -> dict[str, Any] | None:
    dated = [one for one in running if one["due"] and not one["stopped"]]
    return min(dated, key=lambda one: one["due"], default=None)
