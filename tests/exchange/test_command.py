"""`gridgov export`, and through it the way back in by `gridgov map import`."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pyogrio
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from gridgov.audit.tables import Entry
from gridgov.cli import main
from gridgov.database import transaction
from gridgov.exchange.base_map import base_layers, content_sources
from tests.exchange.conftest import fill
from tests.support.town import Town


def line(town: Town, *args: str, **settings_given: str) -> Result:
    settings = town.app.extensions["gridgov"].settings
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDGOV_")}
    environ = kept | {
        "GRIDGOV_DATABASE_URL": settings.database_url,
        "GRIDGOV_SECRET_KEY": settings.secret_key,
        "GRIDGOV_FILES": str(settings.files),
        "LC_ALL": "en",
    }
    environ |= {f"GRIDGOV_{name.upper()}": value for name, value in settings_given.items()}
    return CliRunner().invoke(main, args, env=environ)


def test_a_map_goes_out_and_comes_in(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    done = line(town, "export", str(path), "--layer", "cells", "--layer", "grids", "--datum", "gk")
    assert done.exit_code == 0, done.output
    assert "6 rows" in done.stdout
    assert "EPSG:4549" in done.stdout
    done = line(town, "map", "import", str(path), "--active-from", "2026-01-01")
    assert done.exit_code == 0, done.output
    assert "4 cells imported" in done.stdout


def test_cases_are_somebodys_view_and_noted(town: Town, tmp_path: Path) -> None:
    fill(town)
    path = tmp_path / "cases.csv"
    assert line(town, "export", str(path), "--layer", "cases").exit_code == 1
    given = ("--layer", "cases", "--as", "leader2", "--filter", "status=open")
    done = line(town, "export", str(path), *given)
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
    assert rows
    assert {row["grid"] for row in rows} == {"330203008-02"}
    assert {row["status"] for row in rows} == {"handling"}
    with town.app.app_context(), transaction(write=False) as session:
        entry = session.scalars(sa.select(Entry).where(Entry.journal == "exports")).one()
    assert (entry.person_code, entry.data["rows"]) == ("leader2", len(rows))


@pytest.mark.parametrize(
    ("args", "said"),
    [(("x.doc", "--layer", "cells"), "no format"),
     (("x.kml", "--layer", "cells", "--datum", "gcj02"), "always in WGS 84"),
     (("x.csv", "--layer", "cells", "--layer", "grids"), "holds one layer"),
     (("x.csv", "--layer", "cases", "--as", "leader", "--filter", "colour=red"), "colour")],
)  # fmt: skip
def test_what_cannot_be_had_is_said(
    still_town: Town, tmp_path: Path, args: tuple[str, ...], said: str
) -> None:
    done = line(still_town, "export", str(tmp_path / args[0]), *args[1:])
    assert done.exit_code == 1
    assert said in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("zones", "epsg"), [("*=EPSG:4549,park=EPSG:4550", "4550"), ("*=EPSG:4549", "4549")]
)
def test_each_park_has_its_zone(town: Town, tmp_path: Path, zones: str, epsg: str) -> None:
    path = tmp_path / "cells.fgb"
    given = ("--layer", "cells", "--datum", "gk")
    done = line(town, "export", str(path), *given, gauss_krueger=zones)
    assert done.exit_code == 0, done.output
    assert pyogrio.read_info(path)["crs"] == f"EPSG:{epsg}"


def test_the_base_map_needs_a_key() -> None:
    assert base_layers("") == []
    assert content_sources("") == ()
    layers = base_layers("secret")
    assert [one.key for one in layers] == ["vec", "cva", "img", "cia"]
    for one in layers:
        assert one.url.startswith("https://t{n}.tianditu.gov.cn/")
        assert "tk=secret" in one.url
        assert {"{x}", "{y}", "{z}"} <= {part for part in ("{x}", "{y}", "{z}") if part in one.url}
    assert content_sources("secret") == ("https://*.tianditu.gov.cn",)
