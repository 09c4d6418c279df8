"""The description of this face in OpenAPI 3.0. Pure."""

from __future__ import annotations

from typing import Any

from gridgov.exchange.collections import COLLECTIONS
from gridgov.exchange.cql2 import LANGUAGES, TEXT
from gridgov.exchange.features import MOST, USUAL
from gridgov.language import say
from gridgov.ogc import documents, links
from gridgov.ogc.systems import CRS84, SYSTEMS

VERSION = "1.0.0"


def _query(name: str, schema: dict[str, Any], said: str = "") -> dict[str, Any]:
    made = {"name": name, "in": "query", "required": False, "schema": schema}
    return made | ({"description": said} if said else {})


_TEXT = {"type": "string"}
_BOX = {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"}}  # fmt: skip
_SYSTEM = {"type": "string", "format": "uri", "enum": list(SYSTEMS), "default": CRS84}
PARAMETERS: dict[str, dict[str, Any]] = {
    "f": _query("f", {"type": "string", "enum": ["json", "html"]}),
    "f-items": _query("f", {"type": "string", "enum": ["json", "geojson", "html"]}),
    "limit": _query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        "More than the maximum is taken as the maximum.",
    ),
    "after": _query("after", _TEXT, "Of the link `next`: the id that the page begins after."),
    "offset": _query(
        "offset",
        {"type": "integer", "minimum": 0, "maximum": 999_999, "default": 0},
        "How many to leave out; the link `next` is surer while others write.",
    ),
    "bbox": _query("bbox", _BOX) | {"style": "form", "explode": False},
    "bbox-crs": _query("bbox-crs", _SYSTEM),
    "crs": _query("crs", _SYSTEM),
    "datetime": _query("datetime", _TEXT, "An instant, a day, or two with / between them."),
    "filter": _query("filter", _TEXT, "CQL2 over the queryables."),
    "filter-lang": _query(
        "filter-lang", {"type": "string", "enum": list(LANGUAGES), "default": TEXT}
    ),
    "filter-crs": _query("filter-crs", _SYSTEM),
    "collectionId": {
        "name": "collectionId",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(COLLECTIONS)},
    },
    "featureId": {"name": "featureId", "in": "path", "required": True, "schema": _TEXT},
}
_OF_ITEMS = ("f-items", "limit", "after", "offset", "bbox", "bbox-crs", "datetime", "crs", "filter",
             "filter-lang", "filter-crs")  # fmt: skip
# Path, operation, what it answers, its media type, its parameters.
OPERATIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("/", "getLandingPage", links.JSON, ("f",)),
    ("/conformance", "getConformance", links.JSON, ("f",)),
    ("/api", "getApi", links.OPENAPI, ("f",)),
    ("/collections", "getCollections", links.JSON, ("f",)),
    ("/collections/{collectionId}", "getCollection", links.JSON, ("collectionId", "f")),
    (
        "/collections/{collectionId}/queryables",
        "getQueryables",
        links.SCHEMA,
        ("collectionId", "f"),
    ),
    ("/collections/{collectionId}/items", "getItems", links.GEOJSON, ("collectionId", *_OF_ITEMS)),
    (
        "/collections/{collectionId}/items/{featureId}",
        "getItem",
        links.GEOJSON,
        ("collectionId", "featureId", "f-items", "crs"),
    ),
)


def document(root: str) -> dict[str, Any]:
    """Return the description; `root` is where the face lies."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": say(documents.TITLE),
            "description": say(documents.SAID),
            "version": VERSION,
        },
        "servers": [{"url": root}],
        "security": [{}, {"token": []}],
        "paths": {
            path: {"get": _operation(name, media_type, parameters)}
            for path, name, media_type, parameters in OPERATIONS
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _PROBLEM},
            "responses": {
                name: {
                    "description": said,
                    "content": {
                        "application/problem+json": {
                            "schema": {"$ref": "#/components/schemas/problem"}
                        }
                    },
                }
                for name, said in _REFUSALS.items()
            },
        },
    }


_PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_REFUSALS = {
    "400": "A parameter is unknown or its value bad",
    "401": "Sign in first",
    "403": "Not allowed",
    "404": "Not found",
    "429": "Too many requests",
    "503": "Not available just now",
}


def _operation(name: str, media_type: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    asks = [PARAMETERS[one] for one in parameters]
    refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS}
    content = {media_type: {"schema": {"type": "object"}}, links.HTML: {"schema": _TEXT}}
    found = {"description": "The document", "content": content}
    if "crs" in parameters:
        found["headers"] = {"Content-Crs": {"schema": _TEXT}}
    return {
        "operationId": name,
        "summary": name,
        "parameters": asks,
        "responses": {"200": found} | refusals,
    }
