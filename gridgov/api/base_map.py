"""Which base maps may lie below ours."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from gridgov.api.wire import Blueprint
from gridgov.app import installation
from gridgov.exchange.base_map import base_layers
from gridgov.faces import limits
from gridgov.faces.serve import serving
from gridgov.language import say

blueprint = Blueprint("base_map", __name__, description="What may lie below the map")


class BaseLayerOut(Schema):
    """A layer of WMTS tiles; `url` has {n} for 0 to 7 and {z}, {x}, {y}."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    attribution = fields.String(required=True)
    projection = fields.String(required=True)
    matrix_set = fields.String(required=True)
    max_zoom = fields.Integer(required=True)


class BaseLayersOut(Schema):
    """The base layers that this installation has a key for; none: its own streets do."""

    layers = fields.List(fields.Nested(BaseLayerOut), required=True)


@blueprint.get("/map/base")
@limits.others()
@blueprint.response(200, BaseLayersOut)
def read_base() -> dict[str, Any]:
    """Tell which base layers there are."""
    with serving(write=False):
        found = base_layers(installation().settings.tianditu_key)
        return {
            "layers": [
                one._asdict() | {"name": say(one.name), "attribution": say(one.attribution)}
                for one in found
            ]
        }
