"""Vector tiles at `/tiles`, beside the JSON: the address that map libraries expect."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, jsonify, request

from gridgov.api import wire
from gridgov.api.search import CaseQuery
from gridgov.cases.find import Wanted
from gridgov.exchange import tiles
from gridgov.exchange.tile import Tile
from gridgov.faces import limits
from gridgov.faces.serve import serving

blueprint = Blueprint("tiles", __name__, url_prefix="/tiles")
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# A tile of the map itself may be kept for a while; what happens on it, only with a question.
FRESH = {"cells": "private, max-age=300", "grids": "private, max-age=300"}


class TileQuery(CaseQuery):
    """The filters of a list of cases, without its pages."""

    class Meta:
        """A tile is not a page."""

        exclude = ("limit", "after")


@blueprint.get("/<string:layer>.json")
@limits.tiles()
def read_tilejson(layer: str) -> Response:
    """Return what a map library asks first (TileJSON 3.0)."""
    with serving(write=False) as s:
        address = f"{request.url_root}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"
        return jsonify(tiles.tilejson(layer, address, s.at, s.known))


@blueprint.get("/<string:layer>/<int:z>/<int:x>/<int:y>.mvt")
@limits.tiles()
@wire.Parser().use_args(TileQuery(), location="query")
def read_tile(wanted: Wanted, layer: str, z: int, x: int, y: int) -> Response:
    """Return a tile; 204 where it holds nothing."""
    tiles.check(layer)
    filters = wanted if request.args else None
    with serving(write=False) as s:
        data = tiles.make(s.session, layer, Tile(z, x, y), s.actor, s.at, s.known, filters)
    response = Response(data, 200 if data else 204, mimetype=MEDIA_TYPE)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.headers["Cache-Control"] = FRESH.get(layer, "private, no-cache")
    if data:
        response.make_conditional(request)
    return response
