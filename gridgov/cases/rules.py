"""The one way through the workflow table: what may be done now, and what doing it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridgov.cases import refusals as no
from gridgov.cases.claiming import HELD
from gridgov.cases.effects import EFFECTS
from gridgov.cases.effects_of_closing import closes_on_submit
from gridgov.cases.facts import Scene
from gridgov.cases.fields import FIELDS, Kind
from gridgov.cases.guards import GUARDS
from gridgov.cases.standing import claimant, claims, is_reporter, roles_for
from gridgov.cases.workflow import CLOSED, ENDED, STEPS, TABLE, Status, Step, To, status_label
from gridgov.errors import BadInput, GridgovError
from gridgov.people.roles import Role
from gridgov.words import Words

# Filed by what the case has already: given anew only to change it.
KEPT = frozenset({"category"})
# Taken by other verbs of their own, never through a list of steps.
APART = frozenset({
    "report", "attach", "read_contact", "erase", "hand_over", "recompute", "add_item",
})  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A step taken: what changes in the case's row, and what its event says."""

    step: Step
    role: Role
    start: Status
    to: Status
    changes: dict[str, Any]
    data: dict[str, Any]
    former: tuple[tuple[str, str], ...] = ()  # kind and code of whose it was until now


@dataclass(frozen=True)
class Offer:
    """A step that a case offers to somebody now, with the fields that it needs and may have."""

    step: Step
    role: Role
    needs: tuple[tuple[str, ...], ...]
    may: tuple[str, ...]


def advance(scene: Scene, step: Step) -> Moved:
    """Take one step in a scene; raises a refusal."""
    roles = _allowed(scene, step)
    if roles[0] is Role.IMPORT:
        scene = scene.but(step=step, role=roles[0])
    else:
        _check_given(scene, step, roles[0])
        scene = _guarded(scene, step, roles)
    role = scene.role or roles[0]
    data: dict[str, Any] = dict(scene.given)
    effect = EFFECTS.get(step.name)
    changes = effect(scene, data) if effect else {}
    to = destination(scene, step)
    if to in ENDED and scene.case.pending:
        changes["pending"] = None  # nothing is left to decide
    if scene.case.claimant_id is not None and to not in HELD:
        changes |= {"claimant_id": None, "handler_code": None}
    former = tuple(_former(scene, step, changes))
    return Moved(step, role, scene.status, to, changes | {"status": to.value}, data, former)


def _former(scene: Scene, step: Step, changes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield whose the case is no longer, by another's step that does not tell them otherwise."""
    case = scene.case
    let_go = case.claimant_id is not None and changes.get("claimant_id", 0) is None
    if let_go and not claims(scene):
        yield from claimant(scene)
    if step.name == "open_joint" and case.unit_code not in (None, changes.get("unit_code")):
        yield "unit", case.unit_code


def offered(scene: Scene, only: frozenset[str] | None = None) -> Iterator[Offer]:
    """List the steps that the actor could take now, in the table's order; `only` among these."""
    for step in TABLE:
        if step.name in APART or (only is not None and step.name not in only):
            continue
        try:
            roles = _allowed(scene, step)
            seen = _guarded(scene.but(given={}, offering=True), step, roles)
        except GridgovError:
            continue
        yield Offer(step, seen.role or roles[0], tuple(_needs(scene, step)), step.may)


def destination(scene: Scene, step: Step) -> Status:
    """Return the status that a step leads to from here."""
    if step.to is To.SAME:
        return scene.status
    if step.to is To.BACK:
        return Status(scene.case.came_from or Status.REPORTED)
    if step.name == "submit" and closes_on_submit(scene):
        return CLOSED
    return Status(step.to)


def _guarded(scene: Scene, step: Step, roles: list[Role]) -> Scene:
    """Return the scene in the first role that the guards let through; raises the first refusal."""
    refused: GridgovError | None = None
    for role in roles:
        seen = scene.but(step=step, role=role)
        try:
            for guard in step.guards:
                GUARDS[guard](seen)
        except GridgovError as error:
            refused = refused or error
        else:
            return seen
    raise refused or no.NotYours(step=step.label)


def _allowed(scene: Scene, step: Step) -> list[Role]:
    roles = roles_for(scene, step)
    if not roles:
        raise no.NotYours(step=step.label)
    if scene.status not in step.start:
        item = scene.case.joint_id is not None and not is_reporter(scene)
        raise no.NotNow(step=step.label, status=status_label(scene.status, item=item))
    return roles


def _needs(scene: Scene, step: Step) -> Iterator[tuple[str, ...]]:
    """Yield each need as the fields of which one or more must be given."""
    for need in step.needs:
        names = (need,) if isinstance(need, str) else need
        if not (need in KEPT and scene.case.category_code):
            yield names


def _check_given(scene: Scene, step: Step, role: Role) -> None:
    given: Mapping[str, Any] = scene.given
    for name in given:
        if name not in step.fields:
            raise no.FieldUnknown(field=name, step=step.label, name=name)
        _check_exists(scene, name, given[name])
    if role is Role.CLOCK:
        return
    for names in _needs(scene, step):
        if all(_blank(given.get(name)) for name in names):
            labels = Words(FIELDS[name].label for name in names)
            raise no.FieldMissing(field=names[0], step=step.label, needs=labels)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _check_exists(scene: Scene, name: str, value: Any) -> None:
    """Refuse codes of which nothing is known; a category also once it is no longer given."""
    kind, office = FIELDS[name].kind, scene.office
    if value is None or kind not in _UNKNOWN:
        return
    if kind is Kind.CATEGORY:
        found = scene.categories.get(value)
        known = found is not None and (found.active or value == scene.case.category_code)
    else:
        places = {Kind.UNIT: office.units, Kind.PERSON: office.people, Kind.GRID: office.street_of}
        known = value in places[kind]  # type: ignore[operator]
    if not known:
        raise _UNKNOWN[kind](field=name, code=value)


_UNKNOWN: dict[Kind, type[BadInput]] = {
    Kind.UNIT: no.UnitUnknown,
    Kind.PERSON: no.PersonUnknown,
    Kind.GRID: no.GridUnknown,
    Kind.CATEGORY: no.CategoryUnknown,
}


def step_named(name: str) -> Step:
    """Return a step that can be sent; raises StepUnknown."""
    step = STEPS.get(name)
    if step is None or name in APART:
        raise no.StepUnknown(field="step", step=name[:40])
    return step
