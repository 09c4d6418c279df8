"""A map that was sent is refused in the reader's own language, without where it lay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo.errors import GeoError, NotDegrees
from gridgov.errors import GridgovError
from gridgov.loading.take_map import MapUnreadable, plan_of
from gridgov.park.read_map import MapFieldMissing
from gridgov.words import Phrase

FAR, NEAR = 500, 121


def plan(west: int, **properties: Any) -> GridgovError:
    ring = [[west, 29], [west + 1, 29], [west + 1, 30], [west, 29]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]})
    with pytest.raises(GridgovError) as refused:
        plan_of(data.encode(), "park.geojson", None)
    return refused.value


def test_what_reading_says_is_a_message_of_its_own() -> None:
    refused = plan(FAR, code="330203008001001", grid="330203008-01")
    assert isinstance(refused, MapUnreadable)
    reason = refused.values["reason"]
    assert isinstance(reason, Phrase)
    assert reason.message in {kind().message_id for kind in (GeoError, NotDegrees)}
    assert "/" not in str(reason)


def test_no_folder_of_ours_is_named() -> None:
    refused = plan(NEAR, code="330203008001001")
    assert isinstance(refused, MapFieldMissing)
    assert refused.values["path"] == "map.geojson"
