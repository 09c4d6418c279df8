"""The one way through the workflow table: what may be done now, and what doing it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gridgov.cases import refusals as no
from gridgov.cases.effects import EFFECTS, closes_on_submit
from gridgov.cases.facts import Scene
from gridgov.cases.fields import FIELDS
from gridgov.cases.guards import GUARDS
from gridgov.cases.standing import role_for
from gridgov.cases.workflow import CLOSED, STATUS_LABELS, STEPS, TABLE, Status, Step, To
from gridgov.errors import GridgovError
from gridgov.people.roles import Role
from gridgov.words import Words

# Filed by what the case has already: given anew only to change it.
KEPT = frozenset({"category"})
# Taken by other verbs of their own, never through a list of steps.
APART = frozenset({"report", "attach", "hand_over", "recompute"})


@dataclass(frozen=True)
class Moved:
    """A step taken: what changes in the case's row, and what its event says."""

    step: Step
    role: Role
    start: Status
    to: Status
    changes: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """A step that a case offers to somebody now, with the fields that it needs and may have."""

    step: Step
    role: Role
    needs: tuple[tuple[str, ...], ...]
    may: tuple[str, ...]


def advance(scene: Scene, step: Step) -> Moved:
    """Take one step in a scene; raises a refusal."""
    role = _allowed(scene, step)
    scene = replace(scene, step=step, role=role)
    if role is not Role.IMPORT:
        _check_given(scene, step)
        for guard in step.guards:
            GUARDS[guard](scene)
    data: dict[str, Any] = dict(scene.given)
    effect = EFFECTS.get(step.name)
    changes = effect(scene, data) if effect else {}
    to = destination(scene, step)
    return Moved(step, role, scene.status, to, changes | {"status": to.value}, data)


def offered(scene: Scene) -> Iterator[Offer]:
    """List the steps that the actor could take now, in the table's order."""
    for step in TABLE:
        if step.name in APART:
            continue
        try:
            role = _allowed(scene, step)
            seen = replace(scene, step=step, role=role, given={})
            for guard in step.guards:
                GUARDS[guard](seen)
        except GridgovError:
            continue
        yield Offer(step, role, tuple(_needs(scene, step)), step.may)


def destination(scene: Scene, step: Step) -> Status:
    """Return the status that a step leads to from here."""
    if step.to is To.SAME:
        return scene.status
    if step.to is To.BACK:
        return Status(scene.case.came_from or Status.REPORTED)
    if step.name == "submit" and closes_on_submit(scene):
        return CLOSED
    return Status(step.to)


def _allowed(scene: Scene, step: Step) -> Role:
    role = role_for(scene, step)
    if role is None:
        raise no.NotYours(step=step.label)
    if scene.status not in step.start:
        raise no.NotNow(step=step.label, status=STATUS_LABELS[scene.status])
    return role


def _needs(scene: Scene, step: Step) -> Iterator[tuple[str, ...]]:
    """Yield each need as the fields of which one or more must be given."""
    for need in step.needs:
        names = (need,) if isinstance(need, str) else need
        if not (need in KEPT and scene.case.category_code):
            yield names


def _check_given(scene: Scene, step: Step) -> None:
    given: Mapping[str, Any] = scene.given
    for name in given:
        if name not in step.fields:
            raise no.FieldUnknown(field=name, step=step.label, name=name)
    if scene.role is Role.CLOCK:
        return
    for names in _needs(scene, step):
        if all(given.get(name) in (None, "") for name in names):
            labels = Words(FIELDS[name].label for name in names)
            raise no.FieldMissing(field=names[0], step=step.label, needs=labels)


def step_named(name: str) -> Step:
    """Return a step that can be sent; raises StepUnknown."""
    step = STEPS.get(name)
    if step is None or name in APART:
        raise no.StepUnknown(field="step", step=name[:40])
    return step
