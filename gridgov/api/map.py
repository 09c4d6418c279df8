"""The map: cells and grids as GeoJSON, where a point lies, the categories."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

import shapely
from flask import Response, request
from marshmallow import Schema, fields, validate

from geo.datum import CoordType
from gridgov.api.schemas import (
    OUT_OF_RANGE,
    CellOut,
    NamedOut,
    NearOut,
    PointOut,
    choice,
    code,
    degrees,
)
from gridgov.api.wire import Blueprint
from gridgov.cases.nearby import similar
from gridgov.cases.placing import Location, place
from gridgov.faces import limits, views
from gridgov.faces.serve import Serving, serving
from gridgov.language import speaks
from gridgov.park.index import ActiveMap

blueprint = Blueprint("map", __name__, description="Cells, grids, places, categories")
GEOJSON = "application/geo+json"
FRESH = "public, no-cache"


class PlaceArgs(Schema):
    """A point in degrees of `coord_type`."""

    lon = degrees(required=True)
    lat = degrees(required=True)
    coord_type = choice(CoordType, load_default="wgs84")
    accuracy_m = fields.Float(validate=validate.Range(0, 1e6, error=OUT_OF_RANGE))


class NearbyArgs(PlaceArgs):
    """A point, and the category of what would be reported there."""

    category = code(5, required=True)


class LocatedOut(Schema):
    """Where a point lies; `point` is in CGCS2000 (EPSG:4490)."""

    point = fields.Nested(PointOut, allow_none=True)
    cell = fields.Nested(CellOut, allow_none=True, required=True)
    grid = fields.Nested(NamedOut, allow_none=True, required=True)
    flags = fields.List(fields.String(), required=True)


class NearbyOut(Schema):
    """Open cases of the category near the point."""

    similar = fields.List(fields.Nested(NearOut), required=True)


class CategoryOut(NamedOut):
    """A kind of request."""

    group = fields.String(data_key="class")
    kind = fields.String()
    urgency = fields.String()
    needs_place = fields.Boolean()
    photo = fields.String()
    public = fields.String()
    local = fields.Boolean()
    standard_ref = fields.String(allow_none=True)


class CategoriesOut(Schema):
    """All kinds of request that can be reported now."""

    categories = fields.List(fields.Nested(CategoryOut), required=True)


class Collection(Schema):
    """A GeoJSON FeatureCollection (RFC 7946), in degrees of CGCS2000, taken as WGS 84."""

    type = fields.String(required=True)
    features = fields.List(fields.Dict(), required=True)


@blueprint.get("/map/cells")
@limits.others()
@blueprint.response(200, Collection, content_type=GEOJSON)
@blueprint.doc(**{"x-etag": True})
def cells() -> Response:
    """Return all cells of the map as it stands today."""
    return _collection("cells")


@blueprint.get("/map/grids")
@limits.others()
@blueprint.response(200, Collection, content_type=GEOJSON)
@blueprint.doc(**{"x-etag": True})
def grids() -> Response:
    """Return all grids of the map as it stands today."""
    return _collection("grids")


@blueprint.get("/map/locate")
@limits.others()
@blueprint.arguments(PlaceArgs(), location="query")
@blueprint.response(200, LocatedOut)
def locate(query: dict[str, Any]) -> dict[str, Any]:
    """Tell which cell and grid a point lies in."""
    with serving(write=False) as s:
        placed = place(Location(**query), s.known.active(s.at), s.known.settings.default_park)
        return {
            "point": placed.point,
            "cell": views.cell(placed.cell),
            "grid": views.grid(s.known, placed.grid),
            "flags": list(placed.flags),
        }


@blueprint.get("/map/nearby")
@limits.others()
@blueprint.arguments(NearbyArgs(), location="query")
@blueprint.response(200, NearbyOut)
def nearby(query: dict[str, Any]) -> dict[str, Any]:
    """Tell of open cases of a category near a point, before a duplicate is made."""
    with serving(write=False) as s:
        category = s.known.categories.get(query.pop("category"))
        placed = place(Location(**query), s.known.active(s.at), s.known.settings.default_park)
        found = similar(
            s.session,
            point=placed.point,
            category=category,
            actor=s.actor,
            office=s.known.office,
            at=s.at,
            metres=s.known.settings.nearby_m,
            weeks=s.known.settings.nearby_weeks,
            active=s.known.active(s.at),
        )
        return {"similar": views.near(s.known, found)}


@blueprint.get("/categories")
@limits.others()
@blueprint.response(200, CategoriesOut)
def categories() -> dict[str, Any]:
    """List the kinds of request."""
    with serving(write=False) as s:
        found = [one for one in s.known.categories.values() if one.active]
        return {
            "categories": [
                one._asdict()
                | {
                    "name": one.name if speaks("zh") else one.name_en or one.name,
                    "group": one.group if speaks("zh") else one.group_en or one.group,
                }
                for one in found
            ]
        }


def _collection(kind: str) -> Response:
    with serving(write=False) as s:
        body, tag = _features(kind, _Active(s))
    response = Response(body, mimetype=GEOJSON)
    response.set_etag(tag)
    response.headers["Cache-Control"] = FRESH
    response.make_conditional(request)
    return response


class _Active:
    """The map of today, equal to another of the same versions: what the cache goes by."""

    def __init__(self, s: Serving) -> None:
        self.map: ActiveMap = s.known.active(s.at)
        self.key = (
            tuple(version.info for version in self.map.versions),
            tuple(self.map.grids.values()),
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Active) and self.map is other.map


@lru_cache(maxsize=8)
def _features(kind: str, active: _Active) -> tuple[bytes, str]:
    made = _cells(active.map) if kind == "cells" else _grids(active.map)
    collection = {"type": "FeatureCollection", "features": made}
    body = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
    return body, hashlib.sha256(body).hexdigest()[:32]


def _cells(active: ActiveMap) -> list[dict[str, Any]]:
    return [
        _feature(
            cell.shape,
            cell.code,
            {
                "code": cell.code,
                "grid": cell.grid,
                "area_m2": round(cell.area_m2, 2),
                "perimeter_m": round(cell.perimeter_m, 2),
                "landmark": cell.landmark,
            },
        )
        for version in active.versions
        for cell in version.cells
    ]


def _grids(active: ActiveMap) -> list[dict[str, Any]]:
    features = []
    for version in active.versions:
        by_grid: dict[str, list[Any]] = {}
        for cell in version.cells:
            by_grid.setdefault(cell.grid, []).append(cell)
        for key, members in sorted(by_grid.items()):
            shape = shapely.coverage_union_all([cell.shape for cell in members])
            facts = {
                "code": key,
                "name": active.grids[key].name,
                "kind": active.grids[key].kind,
                "park": active.grids[key].park,
                "cells": len(members),
                "area_m2": round(sum(cell.area_m2 for cell in members), 2),
            }
            features.append(_feature(shape, key, facts))
    return features


def _feature(shape: Any, key: str, properties: dict[str, Any]) -> dict[str, Any]:
    # RFC 7946 wants outer rings counter-clockwise.
    geometry = json.loads(shapely.to_geojson(shapely.orient_polygons(shape)))
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": properties}
