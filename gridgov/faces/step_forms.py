"""The steps that a case offers as forms: each asks for just what it needs, with its choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gridgov.cases.claiming import CLAIMANT
from gridgov.cases.facts import Scene
from gridgov.cases.fields import FIELDS, TEXT_LENGTH, Kind
from gridgov.cases.rules import Offer, offered
from gridgov.cases.suggest import suggested
from gridgov.cases.workflow import DISPATCHED, FILED, STEPS, Step
from gridgov.faces import views
from gridgov.language import say, speaks
from gridgov.people.roles import UNIT_ROLES
from gridgov.words import N_

# What most often comes next, in this order; the others stand below, unfolded on demand.
FIRST = (
    "verify", "file", "settle", "dispatch_urgent", "dispatch", "assign_final", "accept", "submit",
    "pass", "rework", "grant_return", "refuse_return", "extend", "refuse_extension", "suspend",
    "refuse_suspension", "open_joint", "refuse_joint", "join", "close_joint", "excuse", "uphold",
    "answer", "confirm", "deny", "supply", "progress",
)  # fmt: skip
# By one key each; those that are never offered together may share one.
KEYS = {
    "file": "l", "settle": "s", "ask_verify": "v", "verify": "v", "dispatch": "d",
    "assign_final": "f", "dispatch_urgent": "g", "accept": "a", "assign": "n", "submit": "s",
    "progress": "p", "pass": "p", "rework": "w", "grant_return": "y", "refuse_return": "x",
    "extend": "y", "refuse_extension": "x", "suspend": "y", "refuse_suspension": "x",
    "excuse": "y", "uphold": "x", "urge": "u", "comment": "c", "amend": "m", "reject": "b",
    "merge": "h", "escalate": "e", "supervise": "i", "answer": "r", "ask_return": "t",
    "open_joint": "y", "refuse_joint": "x", "close_joint": "s", "join": "j",
    "ask_extension": "o", "ask_suspension": "z", "recall": "k", "reopen": "o", "ask_more": "q",
}  # fmt: skip
AREAS = frozenset({"text", "reason", "question", "result", "instead", "no_photo", "plan"})
HINTS = {
    "submit": N_("The reporter reads the result."),
    "progress": N_("The reporter reads this."),
    "reject": N_("The reporter reads both."),
    "ask_more": N_("The reporter reads the question; clocks stand still meanwhile."),
    "settle": N_("The reporter reads the result."),
    "publish": N_("Everybody can read this: no names, no numbers."),
    "claim": N_("The office puts you in touch; whoever wishes it reads your plan."),
    "give_back": N_("The office reads why; somebody else can claim it then."),
    "summarise": N_("The unit reads this instead of the reporter's own words."),
    "propose_joint": N_("Say why no single unit can solve it; street or committee decides."),
    "open_joint": N_(
        "The unit that leads makes the list of items; the reporter is told. Without days for the "
        "whole the limit of the category counts."
    ),
    "bundle": N_("It becomes an item of that joint case, and its lead's from then on."),
    "ask_join": N_("The unit is to answer within its limit of accepting; silence goes up."),
    "drop_item": N_("The reporter is to be told of it by a progress of the joint case."),
    "close_joint": N_("The reporter reads the result."),
}
# Where a field means more in a step than its own label says.
LABELS = {
    ("open_joint", "unit"): N_("Unit that leads"),
    ("ask_join", "unit"): N_("Unit to co-operate"),
    ("bundle", "target"): N_("Joint case"),
}
# What may be said upon a step that waits on the phone itself, for want of a network.
UPON = {"accept": ("submit", "progress")}
OPTIONAL = N_("%(label)s (if needed)")


def forms(scene: Scene, only: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Return the steps on offer, what comes first first; `only` among these."""
    found = [_form(scene, one) for one in offered(scene, only)]
    rank = {name: place for place, name in enumerate(FIRST)}
    return sorted(found, key=lambda form: rank.get(form["name"], len(rank)))


def upon(scene: Scene, found: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the forms of what follows the steps on offer, for a phone on which one of them waits.

    Whether it may be taken, the workflow says once it arrives: both sides are then shown.
    """
    if scene.case.joint:
        return {}
    return {
        form["name"]: [_form(scene, _bare(STEPS[name])) for name in UPON[form["name"]]]
        for form in found
        if form["name"] in UPON
    }


def _bare(step: Step) -> Offer:
    needs = tuple((need,) if isinstance(need, str) else tuple(need) for need in step.needs)
    return Offer(step, min(step.who), needs, step.may)


def _form(scene: Scene, one: Offer) -> dict[str, Any]:
    step = one.step
    needed = {name for names in one.needs for name in names}
    fields = [*_fields(scene, one, step)]
    return {
        "name": step.name,
        "label": say(step.label),
        "first": step.name in FIRST,
        "key": KEYS.get(step.name),
        "hint": say(HINTS[step.name]) if step.name in HINTS else None,
        "fields": fields,
        "plain": not fields,
        "photo": step.name in ("submit", "verify", "settle", "supply", "attach"),
        "needed": sorted(needed),
    }


def _fields(scene: Scene, one: Offer, step: Step) -> Iterator[dict[str, Any]]:
    for names in one.needs:
        for name in names:
            # Of several of which one will do, none is demanded by the form: the verb says which.
            yield _field(scene, step, name, required=len(names) == 1)
    for name in one.may:
        yield _field(scene, step, name, required=False)


def _field(scene: Scene, step: Step, name: str, *, required: bool) -> dict[str, Any]:
    field = FIELDS[name]
    label = say(LABELS.get((step.name, name), field.label))
    if required and name == "text" and step.name in HINTS:
        label = say(step.label)
    return {
        "name": name,
        "kind": field.kind.value,
        "label": label if required else say(OPTIONAL, {"label": label}),
        "required": required,
        "area": field.kind is Kind.TEXT and name in AREAS,
        "most": TEXT_LENGTH,
        "options": _options(scene, step, name),
        "value": scene.case.category_code if name == "category" else None,
    }


def _options(scene: Scene, step: Step, name: str) -> list[tuple[str, str]] | None:
    field = FIELDS[name]
    if field.kind is Kind.CHOICE:
        nobody = name == "audience" and scene.case.claimant_id is None
        known = (field.choices or {}).items()
        return [(value, say(text)) for value, text in known if not (nobody and value == CLAIMANT)]
    if field.kind is Kind.FLAG:
        return [("true", say(N_("Yes"))), ("false", say(N_("No")))]
    if field.kind is Kind.UNIT:
        return _units(scene, step)
    if field.kind is Kind.PERSON:
        return _persons(scene, step)
    if field.kind is Kind.CATEGORY:
        chosen = [one for one in scene.categories.values() if one.active]
        return [(one.code, one.name if speaks("zh") else one.name_en or one.name) for one in chosen]
    if field.kind is Kind.GRID:
        streets = scene.office.street_of
        here = [code for code, street in streets.items() if scene.case.area_code.startswith(street)]
        return [(code, code) for code in sorted(here)]
    return None


def _units(scene: Scene, step: Step) -> list[tuple[str, str]]:
    """Return the units to choose from, what is suggested first with its reason."""
    office = scene.office
    if step.name == "assign":
        own = office.below(scene.case.unit_code) - {scene.case.unit_code or ""}
        return [(code, office.units[code].name) for code in sorted(own)]
    first = []
    if scene.status in (FILED, DISPATCHED) or step.name == "open_joint":
        for one in suggested(scene):
            named = {"unit": one.name, "why": say(one.why)}
            first.append((one.unit, say(N_("%(unit)s: %(why)s"), named)))
    known = {code for code, _ in first}
    others = [one for one in office.units.values() if one.active and one.code not in known]
    return first + [(one.code, one.name) for one in sorted(others, key=lambda one: one.name)]


def _persons(scene: Scene, step: Step) -> list[tuple[str, str]]:
    """Return who may be chosen: of the unit, where a head hands on; of the grid, who verifies."""
    office, case = scene.office, scene.case
    places = office.below(case.unit_code) if step.name == "assign" else {case.grid_code or ""}
    found = {
        duty.person
        for (role, place), held in office.by_place.items()
        if place in places and (role in UNIT_ROLES or step.name != "assign")
        for duty in held
        if duty.stands(scene.at)
    }
    return [(code, office.people[code].name) for code in sorted(found)]


def grids(known: Any, options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return grids with their names."""
    named = [(code, views.grid(known, code)) for code, _ in options]
    return [(code, found["name"] if found else code) for code, found in named]
