"""Reads a file with the system's own GDAL, another version than the wheel's; prints JSON.

Run by the system's Python: python3 other_gdal.py FILE
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PYTHON = "/usr/bin/python3"


def read(path: Path) -> dict[str, Any]:
    """Return a file's layers by name: driver, count, extent, fields, CRS and features."""
    assert shutil.which("ogr2ogr"), "run `make test`, which installs gdal-bin"
    said = subprocess.run(
        [PYTHON, __file__, str(path)], capture_output=True, text=True, check=True
    ).stdout
    return {layer["name"]: layer for layer in json.loads(said)}


def main(path: str) -> None:
    """Print what GDAL finds."""
    from osgeo import gdal, ogr

    gdal.UseExceptions()
    ogr.UseExceptions()
    source = gdal.OpenEx(f"/vsizip/{path}" if path.endswith(".zip") else path)
    found = []
    for number in range(source.GetLayerCount()):
        layer = source.GetLayer(number)
        crs = layer.GetSpatialRef()
        features = [json.loads(feature.ExportToJson()) for feature in layer]
        shaped = any(feature["geometry"] for feature in features)
        found.append(
            {
                "name": layer.GetName(),
                "driver": source.GetDriver().ShortName,
                "version": gdal.VersionInfo("RELEASE_NAME"),
                "count": layer.GetFeatureCount(),
                "extent": layer.GetExtent() if shaped else None,
                "fields": [field.GetName() for field in layer.schema],
                "crs": crs.ExportToWkt() if crs else "",
                "features": features,
            }
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
