"""What the check, closing and what comes after change; see `gridgov.cases.effects`."""

from __future__ import annotations

from gridgov.cases.changes import Changes, Effects
from gridgov.cases.facts import Scene

OF_CLOSING = Effects()


@OF_CLOSING.of("submit")
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


@OF_CLOSING.of("pass", "confirm")
def _close(scene: Scene, data: Changes) -> Changes:
    return {"closed_at": scene.at}


@OF_CLOSING.of("deny", "rework")
def _back_to_work(scene: Scene, data: Changes) -> Changes:
    # All evidence stays in the events; the case itself has no result until the next submit.
    return {"closed_at": None, "outcome": None, "result": None}


@OF_CLOSING.of("reopen")
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


@OF_CLOSING.of("sample")
def _sample(scene: Scene, data: Changes) -> Changes:
    if scene.given.get("sampled") != "failed":
        return {"to_sample": False}
    flags = [flag for flag in scene.case.flags if flag != "must_reopen"]
    return {"to_sample": False, "flags": [*flags, "must_reopen"]}
