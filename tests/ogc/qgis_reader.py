"""Opens a collection by QGIS's own provider and prints what it found, as JSON.

Run by the system's Python, without a screen: qgis_reader.py ADDRESS COLLECTION
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main(address: str, name: str) -> dict[str, Any]:
    """Return what QGIS finds, a page of three features at a time."""
    from qgis.core import QgsFeatureRequest, QgsRectangle, QgsVectorLayer

    uri = f"url='{address}' typename='{name}' pageSize='3' pagingEnabled='true'"
    layer = QgsVectorLayer(uri, name, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    features = list(layer.getFeatures())
    box = QgsRectangle(121.4901, 29.8801, 121.4909, 29.8809)
    inside = layer.getFeatures(QgsFeatureRequest().setFilterRect(box))
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "fields": layer.fields().names(),
        "ids": sorted(one["id"] for one in features),
        "wkt": features[0].geometry().asWkt(9),
        "inside": sorted(one["id"] for one in inside),
    }


if __name__ == "__main__":
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(main(*sys.argv[1:])))
    application.exitQgis()
