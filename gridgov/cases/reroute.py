"""Where a case goes when its place, category or map has changed: located and routed again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.placing import OUTSIDE, UNCERTAIN, UNPLACED, Location, place
from gridgov.cases.routing import NO_LEADER, OF_OFFICE, route
from gridgov.cases.rules import Moved
from gridgov.people.roles import Role

OF_PLACE = frozenset({OUTSIDE, UNPLACED, UNCERTAIN, NO_LEADER})


def rerouted(scene: Scene, moved: Moved, known: Known) -> Moved:
    """Add to a correction what follows from it: place, grid, level, flags, and why."""
    case, changes, data = scene.case, dict(moved.changes), dict(moved.data)
    flags = [flag for flag in case.flags if flag not in OF_PLACE]
    grid, street = case.grid_code, case.area_code
    location = scene.given.get("location")
    if scene.category is not None and scene.category.transfer:
        location = Location()  # a membership transfer keeps no place
    if isinstance(location, Location):
        placed = place(location, known.active(scene.at), case.park_code or "")
        changes |= placed.columns
        flags += placed.flags
        grid, street = placed.grid, placed.street
        if "location" in data:
            data["location"] = {"cell": placed.cell}
    elif "grid" in scene.given:
        grid = changes["grid_code"] = scene.given["grid"]
        street = changes["area_code"] = scene.office.street_of[grid]
        changes["park_code"] = known.maps.grids[grid].park
    else:
        flags = [flag for flag in case.flags if flag != NO_LEADER]
    routing = route(
        kind=changes.get("kind", case.kind),
        cell=changes.get("cell_code", case.cell_code),
        grid=grid,
        area=street,
        flags=flags if grid is None else (),
        office=scene.office,
        at=scene.at,
        subject_persons=scene.subject_persons | about_whom(scene, grid),
        subject_units=scene.subject_units,
        in_words=_about(scene) in OF_OFFICE,
    )
    # A joint case and its items are the street's at least.
    joint = changes.get("joint", case.joint) or case.joint_id is not None
    if not joint and not scene.count("escalate") and case.level != "district":
        changes["level"] = routing.level
    changes["flags"] = [*flags, *routing.flags]
    data["routing"] = routing.data
    return replace(moved, changes=changes, data=data)


def _about(scene: Scene) -> str | None:
    return next((event.data.get("about") for event in scene.past if event.step == "report"), None)


def about_whom(scene: Scene, grid: str | None) -> frozenset[str]:
    """Return who in a grid a case is about that was reported about its leader or members."""
    kind = _about(scene)
    if grid is None or kind not in (Role.LEADER, Role.MEMBER):
        return frozenset()
    return frozenset(duty.person for duty in scene.office.on_duty(Role(kind), grid, scene.at))


def located_again(scene: Scene, known: Known) -> dict[str, Any]:
    """Return the columns that change when a case is put on the map of the scene's day.

    The level follows only where the grid is another; what was escalated stays up.
    """
    case = scene.case
    if case.point is None:
        return {}
    location = Location(
        case.raw_x, case.raw_y, case.coord_type or "cgcs2000", case.accuracy_m, case.address
    )
    placed = place(location, known.active(scene.at), case.park_code or "")
    columns = ("map_version_id", "cell_code", "grid_code", "park_code", "area_code")
    changes = {name: placed.columns[name] for name in columns}
    kept = [flag for flag in case.flags if flag not in OF_PLACE]
    if placed.grid == case.grid_code:
        no_leader = [flag for flag in case.flags if flag == NO_LEADER]
        return changes | {"flags": [*kept, *placed.flags, *no_leader]}
    routing = route(
        kind=case.kind,
        cell=placed.cell,
        grid=placed.grid,
        area=placed.street,
        flags=placed.flags,
        office=scene.office,
        at=scene.at,
        subject_persons=scene.subject_persons | about_whom(scene, placed.grid),
        subject_units=scene.subject_units,
        in_words=_about(scene) in OF_OFFICE,
    )
    changes |= {"flags": [*kept, *placed.flags, *routing.flags]}
    if case.level == "grid" or {OUTSIDE, NO_LEADER} & set(case.flags):
        changes["level"] = routing.level
    return changes
