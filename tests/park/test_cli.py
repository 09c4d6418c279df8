from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from geo.files import read_layer
from gridgov.cli import main
from tests.park.maps import DEMO, demo_plan, replaced, squares, write_geojson
from tests.park.test_import_map import shifted
from tests.support.command import Run, command_on

TAXONOMY = DEMO.parent / "taxonomy"
BOUNDARY = str(DEMO / "boundary.geojson")


@pytest.fixture
def gridgov(fresh_engine: Engine) -> Run:
    """The command line on a database of its own."""
    return command_on(fresh_engine)


def test_partition_check_and_import(gridgov: Run, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    made = gridgov(
        *("map", "partition", BOUNDARY, "--lines", DEMO / "lines.geojson", "--grids", 24),
        *("--community", "330203008001", "--out", out, "--json"),
    )
    assert made.exit_code == 0, made.output
    assert 370 <= json.loads(made.stdout)["cells"] <= 410
    checked = gridgov("map", "check", out, "--boundary", BOUNDARY)
    assert (checked.exit_code, " 0 mistakes" in checked.stdout) == (0, True), checked.output
    assert gridgov("load", TAXONOMY, DEMO).exit_code == 0
    imported = gridgov("map", "import", out, "--boundary", BOUNDARY, "--json")
    assert imported.exit_code == 0, imported.output
    said = json.loads(imported.stdout)
    assert (said["park"], said["firms_moved"]) == ("haishu-ec-park", 600)
    again = gridgov("map", "import", out, "--boundary", BOUNDARY)
    assert (again.exit_code, "--active-from" in again.stderr) == (1, True)


def test_the_demonstrations_cells_are_what_partitioning_gives(tmp_path: Path) -> None:
    out = tmp_path / "cells.geojson"
    made = CliRunner().invoke(
        main,
        [
            *("map", "partition", BOUNDARY, "--lines", str(DEMO / "lines.geojson")),
            *("--grids", "24", "--community", "330203008001", "--out", str(out)),
        ],
    )
    assert made.exit_code == 0, made.output
    found, kept = read_layer(out), read_layer(DEMO / "cells.geojson")
    assert abs(len(found.geometries) - len(kept.geometries)) <= 5
    assert set(found.fields["grid"]) == set(kept.fields["grid"])


def test_a_wrong_map_is_told_and_refused(gridgov: Run, tmp_path: Path) -> None:
    plan = squares(3, 3)
    file = write_geojson(tmp_path / "m.geojson", replaced(plan, plan.cells[:4] + plan.cells[5:]))
    picture = tmp_path / "wrong.geojson"
    checked = gridgov("map", "check", file, "--geojson", picture)
    assert checked.exit_code == 1 and "gap" in checked.stdout
    assert json.loads(picture.read_text("utf-8"))["features"][0]["properties"]["kind"] == "gap"
    assert json.loads(gridgov("map", "check", file, "--json").stdout)["fatal"] == 1
    assert gridgov("load", TAXONOMY, DEMO).exit_code == 0
    refused = gridgov("map", "import", file)
    assert refused.exit_code == 1 and "gap" in refused.stderr


def test_a_shifted_map_says_which_option_helps(gridgov: Run, tmp_path: Path) -> None:
    assert gridgov("load", TAXONOMY, DEMO).exit_code == 0
    file = write_geojson(tmp_path / "m.geojson", shifted(demo_plan(), "gcj02"))
    arguments = ("map", "import", file, "--boundary", BOUNDARY)
    refused = gridgov(*arguments)
    assert refused.exit_code == 1 and "--coord-type gcj02" in refused.stderr
    assert gridgov(*arguments, "--coord-type", "gcj02").exit_code == 0


def test_usage(gridgov: Run, tmp_path: Path) -> None:
    file = write_geojson(tmp_path / "m.geojson", squares(2, 1))
    assert gridgov("map", "import", tmp_path / "none.gpkg").exit_code == 2
    assert gridgov("map", "import", file, "--coord-type", "mars").exit_code == 2
    assert gridgov("map", "import", file).exit_code == 2  # no park is known yet
    assert gridgov("map", "import", file, "--park", "nowhere").exit_code == 1
    text = tmp_path / "m.docx"
    text.write_text("map")
    assert gridgov("map", "check", text).exit_code == 1


def test_load_prints_what_it_did_and_what_is_wrong(gridgov: Run, tmp_path: Path) -> None:
    first = gridgov("load", TAXONOMY, "--json")
    assert json.loads(first.stdout)["tables"]["parks"]["added"] == 1
    again = gridgov("load")
    assert again.exit_code == 0 and "1 unchanged" in again.stdout
    (tmp_path / "people.csv").write_text("code,name\nann,\n")
    wrong = gridgov("load", tmp_path)
    assert wrong.exit_code == 1 and "people.csv:2: name: This must not be empty." in wrong.stderr
    told = json.loads(gridgov("load", tmp_path, "--json").stdout)["problems"]
    assert told == [
        {"file": "people.csv", "line": 2, "column": "name", "message": "This must not be empty."}
    ]
