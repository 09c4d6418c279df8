"""The same documents for people: a heading, links, a table, a map. Pure.

The frame around them is the pages' own `base.html`, by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridgov.language import say
from gridgov.ogc import documents, links
from gridgov.words import N_

Page = dict[str, Any]
NEXT, FIRST = N_("Next page"), N_("From the beginning")
COUNTED = N_("%(shown)s of %(matched)s")
STANDARDS, DESCRIPTION = N_("Which standards are kept"), N_("Every address and parameter")
COLLECTIONS, FILTERS = N_("Collections"), N_("What can be filtered by")
NAME, KIND, PARAMETERS = N_("Name"), N_("Kind"), N_("Parameters")
MAP = N_("Map of these features")
ID = N_("Code or number")


def landing(root: str) -> Page:
    """Return the first page."""
    return {
        "title": say(documents.TITLE),
        "lead": say(documents.SAID),
        "links": [
            (f"{root}/collections", say(COLLECTIONS)),
            (f"{root}/api", say(DESCRIPTION)),
            (f"{root}/conformance", say(STANDARDS)),
        ],
    }


def conformance(root: str) -> Page:
    """Return which standards are kept, as a page."""
    found = [(one, one) for one in documents.CONFORMS_TO]
    return {"title": say(STANDARDS), "links": found, "above": _top(root)}


def api(root: str, document: Mapping[str, Any]) -> Page:
    """Return every address and its parameters, as a page."""
    body = [
        (f"{root}{path}", ", ".join(one["name"] for one in of["parameters"]))
        for path, methods in document["paths"].items()
        for of in methods.values()
    ]
    table = {"head": [say(NAME), say(PARAMETERS)], "body": body}
    return {"title": say(DESCRIPTION), "table": table, "above": _top(root)}


def collections(root: str, found: list[dict[str, Any]]) -> Page:
    """Return the collections, as a page."""
    return {
        "title": say(COLLECTIONS),
        "links": [(f"{root}/collections/{one['id']}", one["title"]) for one in found],
        "above": _top(root),
    }


def collection(root: str, of: dict[str, Any]) -> Page:
    """Return a collection, as a page with a map of its first features."""
    own = f"{root}/collections/{of['id']}"
    return {
        "title": of["title"],
        "lead": of["description"],
        "links": [(f"{own}/items", of["title"]), (f"{own}/queryables", say(FILTERS))],
        "above": (f"{root}/collections", say(COLLECTIONS)),
        "map": _map(f"{own}/items?f=json"),
    }


def queryables(root: str, name: str, document: dict[str, Any]) -> Page:
    """Return what can be filtered by, as a page."""
    body = [
        (one, " ".join(filter(None, (of.get("type"), of.get("format")))))
        for one, of in document["properties"].items()
    ]
    return {
        "title": f"{document['title']}: {say(FILTERS)}",
        "table": {"head": [say(NAME), say(KIND)], "body": body},
        "above": (f"{root}/collections/{name}", document["title"]),
    }


def items(
    root: str, of: Any, document: dict[str, Any], query: Mapping[str, str], after: bool
) -> Page:
    """Return a page of features: how many, a map, a table, and the pages beside."""
    own = f"{root}/collections/{of.name}"
    features = document["features"]
    names = list(features[0]["properties"]) if features else []
    start = {name: value for name, value in query.items() if name != "after"}
    beside = [(links.asked(f"{own}/items", start), say(FIRST))] if after else []
    beside += [
        (one["href"].replace("f=json", "f=html"), say(NEXT))
        for one in document["links"]
        if one["rel"] == "next"
    ]
    counted = {"shown": document["numberReturned"], "matched": document["numberMatched"]}
    return {
        "title": say(of.title),
        "lead": say(COUNTED, counted),
        "table": {
            "head": [say(ID), *names],
            "body": [
                (one["id"], *(one["properties"].get(name) for name in names)) for one in features
            ],
            "address": f"{own}/items/",
        },
        "links": beside,
        "above": (own, say(of.title)),
        # The map is in longitude and latitude, whatever the table's address asks for.
        "map": _map(_in_degrees(f"{own}/items", query)),
    }


def item(root: str, of: Any, document: dict[str, Any]) -> Page:
    """Return one feature with its map."""
    own = f"{root}/collections/{of.name}"
    return {
        "title": f"{say(of.title)} {document['id']}",
        "table": {
            "head": [say(NAME), ""],
            "body": [(name, value) for name, value in document["properties"].items()],
        },
        "above": (f"{own}/items", say(of.title)),
        "map": _map(_in_degrees(f"{own}/items/{document['id']}", {})),
    }


def _in_degrees(address: str, query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if name != "crs"}
    return links.asked(address, {**kept, "f": "json"})


def _map(address: str) -> dict[str, str]:
    return {"source": address, "label": say(MAP)}


def _top(root: str) -> tuple[str, str]:
    return root, say(documents.TITLE)
