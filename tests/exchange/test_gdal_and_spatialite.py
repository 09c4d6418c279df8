"""GDAL of the wheel beside SpatiaLite of the system, in one process, whichever is asked first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TRIED = """
import sys
import sqlalchemy as sa
from gridgov.database import make_engine

with make_engine(f"sqlite:///{sys.argv[1]}/one.db").connect() as connection:
    connection.scalar(sa.text("SELECT spatialite_version()"))

import numpy as np
import pyogrio
import shapely

pyogrio.raw.write(
    f"{sys.argv[1]}/one.gpkg", geometry=shapely.to_wkb(np.array([shapely.Point(121.5, 29.9)])),
    field_data=[np.array(["g1"], dtype=object)], fields=["grid"], geometry_type="Point",
    crs="EPSG:4490", driver="GPKG",
)
print(pyogrio.read_info(f"{sys.argv[1]}/one.gpkg")["features"])
"""


def test_a_geopackage_is_written_after_a_database_was_opened(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
