"""Links between the documents, absolute, each with what it is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"

Link = dict[str, str]


def link(href: str, rel: str, media_type: str, title: str = "") -> Link:
    """Return a link."""
    made = {"href": href, "rel": rel, "type": media_type}
    return made | ({"title": title} if title else {})


def both(address: str, query: Mapping[str, str], media_type: str = JSON) -> list[Link]:
    """Return the links of a document to itself, for programs and for people."""
    return [
        link(asked(address, {**query, "f": "json"}), "self", media_type),
        link(asked(address, {**query, "f": "html"}), "alternate", HTML),
    ]


def asked(address: str, query: Mapping[str, str]) -> str:
    """Return an address with its parameters."""
    return f"{address}?{urlencode(query)}" if query else address
