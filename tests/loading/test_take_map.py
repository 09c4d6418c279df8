"""A map that was sent is refused in the reader's own language."""

from __future__ import annotations

import json

import pytest

from geo.errors import GeoError
from gridgov.loading.take_map import MapUnreadable, plan_of
from gridgov.words import Phrase


@pytest.mark.parametrize(
    "geometry", [None, {"type": "Polygon", "coordinates": [[[500, 29], [501, 29], [501, 30]]]}]
)
def test_what_reading_says_is_translated_and_names_no_folder(geometry: object) -> None:
    features = [{"type": "Feature", "properties": {"code": "x"}, "geometry": geometry}]
    data = json.dumps({"type": "FeatureCollection", "features": features[: bool(geometry)]})
    with pytest.raises(MapUnreadable) as refused:
        plan_of(data.encode(), "park.geojson", None)
    reason = refused.value.values["reason"]
    assert isinstance(reason, Phrase)
    known = {one for kind in GeoError.__subclasses__() for one in (kind, *kind.__subclasses__())}
    assert reason.message in {" ".join((kind.__doc__ or "").split()) for kind in known}
    assert "/" not in str(reason)
