"""What several steps change alike, and how a step's effect is written down. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gridgov.cases.facts import Scene

Changes = dict[str, Any]
Effect = Callable[[Scene, Changes], Changes]

# What comes back to intake is worked on by nobody.
NOBODYS = {"unit_code": None, "handler_code": None, "lead_unit_code": None, "final": False}


class Effects(dict[str, Effect]):
    """The effects of some steps, each under its step's name."""

    def of(self, *steps: str) -> Callable[[Effect], Effect]:
        """Write down what these steps change."""

        def keep(effect: Effect) -> Effect:
            self.update(dict.fromkeys(steps, effect))
            return effect

        return keep


def categorised(scene: Scene) -> Changes:
    """Return what another category than the case's changes."""
    category = scene.category
    if category is None or category.code == scene.case.category_code:
        return {}
    changes: Changes = {"category_code": category.code, "kind": category.kind}
    # As at intake: firms' and Party matters are confidential unless somebody said otherwise.
    if category.kind in ("enterprise", "party") and category.kind != scene.case.kind:
        changes["confidential"] = True
    return changes


def filed(scene: Scene) -> Changes:
    """Return what being filed changes, by whichever step."""
    return {"filed_at": scene.case.filed_at or scene.at} | categorised(scene)


def to_unit(scene: Scene, unit: str | None) -> Changes:
    """Return what being given to a unit changes."""
    # 首接负责: the first unit that gets it leads until another has accepted.
    lead = scene.case.lead_unit_code or unit
    changes = {"unit_code": unit, "handler_code": None, "lead_unit_code": lead}
    return changes | {"pending": proposal(scene)}


def proposal(scene: Scene) -> Changes | None:
    """Return a proposal to handle jointly, which waits for the street whoever has the case."""
    pending = scene.case.pending
    return pending if pending and pending["kind"] == "joint" else None


def at_street(scene: Scene) -> Changes:
    """Return what brings a case to the street at least."""
    return {"level": "street"} if scene.case.level == "grid" else {}
