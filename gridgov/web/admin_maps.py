"""Maps, for the system administrator: versions; a file is checked, drawn, and then taken in."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import shapely
from flask import request
from werkzeug.wrappers import Response as Answer

from geo.coverage import Finding, Kind
from geo.datum import CoordType
from gridgov.app import installation
from gridgov.errors import BadInput, GridgovError
from gridgov.language import say
from gridgov.loading.take_map import Checked, check_map, plan_of, take_map
from gridgov.park.read_map import MapPlan
from gridgov.park.versions import versions
from gridgov.web import forms
from gridgov.web.admin import onward, shown
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

HERE = "web.admin_maps"
SHOWN, NUMBERED = 200, 60
WIDTH = 1000.0
NAME = 120
KINDS = {
    Kind.GAP: N_("gap"),
    Kind.OVERLAP: N_("overlap"),
    Kind.OUTSIDE_BOUNDARY: N_("outside the boundary"),
    Kind.SLIVER: N_("sliver"),
    Kind.INVALID_RING: N_("invalid ring"),
    Kind.NOT_POLYGON: N_("not a polygon"),
    Kind.DUPLICATE_CODE: N_("code used twice"),
    Kind.MALFORMED_CODE: N_("malformed code"),
    Kind.NO_GRID: N_("without a grid"),
}


class NoMapFile(BadInput):
    """Choose the file of the map first."""


class DateMissing(BadInput):
    """Say from which day on the map counts."""


@blueprint.get("/admin/maps")
def admin_maps() -> Answer:
    """List the versions of all maps, and take a file to check."""
    with visiting() as visit:
        return _list(visit, [])


@blueprint.post("/admin/maps")
def admin_check_map() -> Answer:
    """Check a map file and draw what is wrong with it; nothing is taken in yet."""
    given = request.form.to_dict()
    try:
        with visiting():
            pass  # whoever may not is refused before anything is read
        return _check(given)
    except GridgovError as error:
        return _refused(forms.of_error(error))


@blueprint.post("/admin/maps/taken")
def admin_take_map() -> Answer:
    """Take in a map that was checked, from a day on."""
    given = request.form.to_dict()
    try:
        with visiting():
            pass
        plan = _stored(given)
        with visiting(write=True) as visit:
            s = visit.serving
            day, name = _day(given.get("active_from", "")), given.get("name", "")[:NAME]
            park = given.get("park", "")[:32]
            taken = take_map(s.session, s.known.settings, park, plan, day, name, s.actor, s.at)
            moved = len(taken.handed)
    except GridgovError as error:
        return _refused(forms.of_error(error))
    return onward(f"/admin/maps?taken={moved}")


def _check(given: dict[str, str]) -> Answer:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise NoMapFile(field="file")
    app = installation()
    data = sent.stream.read(app.settings.max_body_bytes + 1)
    name = sent.filename[-NAME:]
    coord_type = given.get("coord_type") if given.get("coord_type") in list(CoordType) else None
    checked = check_map(plan_of(data, name, coord_type))
    # Kept for the second step; what nobody takes is erased with the other files of no case.
    digest = app.store.put(data)
    with visiting() as visit:
        return shown(
            visit,
            "admin_map.html",
            HERE,
            name=name,
            digest=digest,
            coord_type=coord_type or "",
            cells=len(checked.plan.cells),
            fatal=checked.fatal,
            warnings=len(checked.findings) - checked.fatal,
            beyond=max(0, len(checked.findings) - SHOWN),
            findings=[_finding(n, one) for n, one in enumerate(checked.findings[:SHOWN], 1)],
            datum=checked.datum,
            drawn=drawing(checked),
            parks=_parks(visit),
            tomorrow=_today(visit),
        )


def _stored(given: dict[str, str]) -> MapPlan:
    data = installation().store.get(given.get("digest", ""))
    return plan_of(data, given.get("name", ""), given.get("coord_type") or None)


def _list(visit: Visit, wrong: Wrong) -> Answer:
    found = versions(visit.serving.session)
    kinds = [(str(kind), say(label)) for kind, label in _DATUMS.items()]
    return shown(
        visit,
        "admin_maps.html",
        HERE,
        422 if wrong else 200,
        errors=wrong,
        versions=found,
        parks=dict(_parks(visit)),
        coord_types=kinds,
        taken=request.args.get("taken"),
    )


_DATUMS = {
    CoordType.CGCS2000: N_("CGCS2000"),
    CoordType.WGS84: N_("WGS 84"),
    CoordType.GCJ02: N_("GCJ-02 (WeChat, AMap, Tencent)"),
    CoordType.BD09: N_("BD-09 (Baidu)"),
}


def _refused(wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _list(visit, wrong)


def _parks(visit: Visit) -> list[tuple[str, str]]:
    return [(park.code, park.name) for park in visit.serving.known.maps.parks.values()]


def _today(visit: Visit) -> date:
    return visit.serving.at.astimezone(visit.zone).date()


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError as error:
        raise DateMissing(field="active_from") from error


def _finding(number: int, one: Finding) -> dict[str, Any]:
    return {
        "number": number,
        "kind": say(KINDS[one.kind]),
        "codes": " ".join(one.codes[:4]) + (" …" if len(one.codes) > 4 else ""),
        "area": "" if one.area_m2 is None else f"{one.area_m2:.2f}",
        "place": "" if one.place is None else f"{one.place[0]:.5f}, {one.place[1]:.5f}",
        "fatal": one.fatal,
    }


def drawing(checked: Checked) -> dict[str, Any] | None:
    """Return a map of cells and findings as paths of an SVG: x to the east, y to the south."""
    shapes = [cell.geometry for cell in checked.plan.cells if _drawable(cell.geometry)]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds([*shapes, checked.plan.boundary])
    scale = WIDTH / max((east - west) * (squeeze := math.cos(math.radians(south))), 1e-9)
    height = (north - south) * scale

    def path(shape: Any) -> str:
        rings = []
        for ring in shapely.get_rings(shape):
            points = shapely.get_coordinates(ring)
            xy = (
                f"{(x - west) * squeeze * scale:.1f},{(north - y) * scale:.1f}" for x, y in points
            )
            rings.append("M" + "L".join(xy) + "Z")
        return "".join(rings)

    marks = []
    for number, one in enumerate(checked.findings[:SHOWN], 1):
        place = one.place
        if place is None or not _drawable(one.geometry):
            continue
        x, y = (place[0] - west) * squeeze * scale, (north - place[1]) * scale
        marks.append(
            {"number": number if number <= NUMBERED else "", "fatal": one.fatal,
             "path": path(one.geometry), "x": round(x, 1), "y": round(y, 1)}
        )  # fmt: skip
    return {
        "box": f"-20 -20 {WIDTH + 40:.0f} {height + 40:.0f}",
        "cells": [path(shape) for shape in shapes],
        "marks": marks,
    }


def _drawable(shape: Any) -> bool:
    return (
        shape is not None
        and not shape.is_empty
        and shape.geom_type in ("Polygon", "MultiPolygon")
        and bool(shapely.is_valid_input(shape))
    )
