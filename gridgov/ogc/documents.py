"""The documents about the collections, and features as GeoJSON, in dictionaries. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import shapely

from gridgov.exchange.collections import Collection, Feature, Rows
from gridgov.exchange.comparing import kind_of
from gridgov.exchange.features import Page
from gridgov.language import say
from gridgov.ogc import links
from gridgov.ogc.links import link
from gridgov.ogc.systems import STORED, SYSTEMS, System
from gridgov.words import N_

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}1/1.0/conf/{one}" for one in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(
        f"{_FEATURES}3/1.0/conf/{one}"
        for one in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        _CQL2 + one
        for one in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
        )
    ),
)
TITLE = N_("The map, its firms and its cases for GIS")
SAID = N_(
    "OGC API – Features: cells, grids, firms, cases and their load, as far as whoever asks may see "
    "them. Without an account the public view; with a token, the own one."
)
TYPES: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "truth": {"type": "boolean"},
}


def landing(root: str) -> dict[str, Any]:
    """Return the first document."""
    return {
        "title": say(TITLE),
        "description": say(SAID),
        "links": [
            *links.both(root, {}),
            link(f"{root}/api?f=json", "service-desc", links.OPENAPI),
            link(f"{root}/api?f=html", "service-doc", links.HTML),
            link(f"{root}/conformance?f=json", "conformance", links.JSON),
            link(f"{root}/collections?f=json", "data", links.JSON),
        ],
    }


def conformance() -> dict[str, Any]:
    """Return which parts of the standards are kept."""
    return {"conformsTo": list(CONFORMS_TO)}


def collections(root: str, found: Iterable[Collection], extent: Any) -> dict[str, Any]:
    """Return the list of collections."""
    return {
        "links": links.both(f"{root}/collections", {}),
        "crs": list(SYSTEMS),
        "collections": [collection(root, one, extent) for one in found],
    }


def collection(root: str, of: Collection, extent: Any) -> dict[str, Any]:
    """Return what a collection is; `extent` is west, south, east, north in degrees, or None."""
    own = f"{root}/collections/{of.name}"
    made: dict[str, Any] = {
        "id": of.name,
        "title": say(of.title),
        "description": say(of.said),
        "itemType": "feature",
        "crs": list(SYSTEMS),
        "storageCrs": STORED,
        "links": [
            *links.both(own, {}),
            link(f"{own}/items?f=json", "items", links.GEOJSON, say(of.title)),
            link(f"{own}/items?f=html", "items", links.HTML, say(of.title)),
            link(f"{own}/queryables?f=json", links.QUERYABLES, links.SCHEMA),
        ],
    }
    if extent is not None:
        # Of the map: a case outside it is rare, and flagged.
        made["extent"] = {"spatial": {"bbox": [extent], "crs": SYSTEMS[0]}}
    return made


def queryables(root: str, rows: Rows) -> dict[str, Any]:
    """Return what filters may name, as a JSON Schema."""
    own = f"{root}/collections/{rows.of.name}"
    properties: dict[str, Any] = {
        "geometry": {
            "format": f"geometry-{rows.of.geometry.lower()}",
            "x-ogc-role": "primary-geometry",
        }
    }
    for name, column in rows.columns.items():
        properties[name] = {"title": name} | TYPES[kind_of(column)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{own}/queryables",
        "type": "object",
        "title": say(rows.of.title),
        "properties": properties,
        "additionalProperties": False,
    }


def feature(one: Feature, system: System) -> dict[str, Any]:
    """Return a feature in a system."""
    shape = None
    if one.shape is not None:
        # Right-hand rule: outer rings run counter-clockwise (RFC 7946).
        shape = json.loads(shapely.to_geojson(system.out(shapely.orient_polygons(one.shape))))
    told = {name: _told(value) for name, value in one.properties.items()}
    return {"type": "Feature", "id": one.id, "geometry": shape, "properties": told}


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def items(
    root: str, of: Collection, page: Page, system: System, query: Mapping[str, str], at: datetime
) -> dict[str, Any]:
    """Return a page of features; `query` is what was asked for, without `f`."""
    own = f"{root}/collections/{of.name}"
    found = [
        *links.both(f"{own}/items", query, links.GEOJSON),
        link(f"{own}?f=json", "collection", links.JSON),
    ]
    if page.next is not None:
        kept = {name: value for name, value in query.items() if name != "offset"}
        following = links.asked(f"{own}/items", {**kept, "after": page.next, "f": "json"})
        found.append(link(following, "next", links.GEOJSON))
    return {
        "type": "FeatureCollection",
        "timeStamp": _told(at),
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": found,
        "features": [feature(one, system) for one in page.features],
    }


def item(
    root: str, of: Collection, one: Feature, system: System, query: Mapping[str, str], own: str
) -> dict[str, Any]:
    """Return one feature with its links; `own` is its address."""
    above = link(f"{root}/collections/{of.name}?f=json", "collection", links.JSON)
    found = [*links.both(own, query, links.GEOJSON), above]
    return feature(one, system) | {"links": found}
