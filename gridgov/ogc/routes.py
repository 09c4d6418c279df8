"""The eight addresses of OGC API – Features; each document as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import shapely
from flask import Blueprint, Response, render_template, request

from gridgov.exchange import collected, collections, features
from gridgov.faces import limits
from gridgov.faces.serve import Serving, serving
from gridgov.ogc import documents, links, openapi, pages, questions, systems
from gridgov.ogc.questions import GEOJSON, HTML, JSON

blueprint = Blueprint("ogc", __name__, url_prefix="/ogc/v1", template_folder="templates")
FORMS = (JSON, HTML)
ITEM_FORMS = (JSON, GEOJSON, HTML)


def root() -> str:
    """Return where this face lies."""
    return f"{request.url_root}ogc/v1"


@blueprint.get("/", strict_slashes=False)
@limits.features()
def landing() -> Response:
    """Return where everything is."""
    form, _ = _asked()
    with serving(write=False):
        made = documents.landing(root())
    return _sent(form, made, lambda: pages.landing(root()))


@blueprint.get("/conformance")
@limits.features()
def conformance() -> Response:
    """Return which parts of the standards are kept."""
    form, _ = _asked()
    with serving(write=False):
        made = documents.conformance()
    return _sent(form, made, lambda: pages.conformance(root()))


@blueprint.get("/api")
@limits.features()
def api() -> Response:
    """Return the description in OpenAPI 3.0."""
    form, _ = _asked()
    with serving(write=False):
        made = openapi.document(root())
    return _sent(form, made, lambda: pages.api(root(), made), links.OPENAPI)


@blueprint.get("/collections")
@limits.features()
def list_collections() -> Response:
    """Return the collections that whoever asks may open."""
    form, _ = _asked()
    with serving(write=False) as s:
        made = documents.collections(root(), collections.open_to(s.actor), _extent(s))
    return _sent(form, made, lambda: pages.collections(root(), made["collections"]))


@blueprint.get("/collections/<string:collection>")
@limits.features()
def read_collection(collection: str) -> Response:
    """Return what a collection is."""
    form, _ = _asked()
    with serving(write=False) as s:
        of = collections.find(collection, s.actor)
        made = documents.collection(root(), of, _extent(s))
    return _sent(form, made, lambda: pages.collection(root(), made))


@blueprint.get("/collections/<string:collection>/queryables")
@limits.features()
def read_queryables(collection: str) -> Response:
    """Return what a collection's filters may name."""
    form, _ = _asked()
    with serving(write=False) as s:
        made = documents.queryables(root(), _rows(s, collection))
    return _sent(form, made, lambda: pages.queryables(root(), collection, made), links.SCHEMA)


@blueprint.get("/collections/<string:collection>/items")
@limits.features()
def list_items(collection: str) -> Response:
    """Return a page of features."""
    with serving(write=False) as s:
        rows = _rows(s, collection)
        form, given = _asked((*questions.OF_ITEMS, *rows.columns), ITEM_FORMS)
        asked = questions.items(given, rows.columns)
        page = features.page(s.session, rows, asked.wanted)
        query = {name: value for name, value in given.items() if name != "f"}
        made = documents.items(root(), rows.of, page, asked.system, query, s.at)
    sent = _sent(
        form,
        made,
        lambda: pages.items(root(), rows.of, made, query, "after" in query),
        links.GEOJSON,
    )
    return _in_system(sent, asked.system)


@blueprint.get("/collections/<string:collection>/items/<string:feature>")
@limits.features()
def read_item(collection: str, feature: str) -> Response:
    """Return one feature."""
    form, given = _asked(("f", "crs"), ITEM_FORMS)
    system = systems.read(given.get("crs"), "crs")
    with serving(write=False) as s:
        rows = _rows(s, collection)
        found = features.one(s.session, rows, feature)
        query = {name: value for name, value in given.items() if name != "f"}
        made = documents.item(root(), rows.of, found, system, query, request.base_url)
    sent = _sent(form, made, lambda: pages.item(root(), rows.of, made), links.GEOJSON)
    return _in_system(sent, system)


def _asked(
    known: tuple[str, ...] = ("f",), forms: tuple[str, ...] = FORMS
) -> tuple[str, dict[str, str]]:
    given = questions.given(request.args.to_dict(flat=False), known)
    best = request.accept_mimetypes.best_match((links.JSON, links.GEOJSON, links.HTML))
    return questions.form(given, forms, best == links.HTML), given


def _rows(s: Serving, collection: str) -> collections.Rows:
    return collected.rows(s.session, collection, s.actor, s.at, s.known)


def _extent(s: Serving) -> list[float] | None:
    boundaries = [version.boundary for version in s.known.active(s.at).versions]
    if not boundaries:
        return None
    return [round(edge, 6) for edge in shapely.total_bounds(boundaries).tolist()]


def _sent(
    form: str,
    document: dict[str, Any],
    page: Callable[[], dict[str, Any]],
    media_type: str = links.JSON,
) -> Response:
    if form == HTML:
        as_json = links.asked(request.base_url, {**request.args.to_dict(), "f": JSON})
        text = render_template("ogc/document.html", page=page(), as_json=as_json)
        return Response(text, mimetype=links.HTML)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, content_type=media_type)


def _in_system(response: Response, system: systems.System) -> Response:
    response.headers["Content-Crs"] = f"<{system.uri}>"
    return response
