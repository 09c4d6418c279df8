"""The directory from a file: 620 firms of a workbook; every bad line is named, or all is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from stdnum.cn import uscc

from gridgov.database import transaction
from gridgov.people.tables import Firm, FirmContact
from tests.park.maps import DEMO
from tests.support.command import Run, command_on

HEAD = ["企业名称", "统一社会信用代码", "地址", "经度", "纬度", "坐标系", "行业", "企业类型",
        "联系人", "职务", "联系电话"]  # fmt: skip
FIRMS = 620


@pytest.fixture
def gridgov(fresh_engine: Engine) -> Run:
    """The command line on a database of its own, with the demonstration's map in it."""
    run = command_on(fresh_engine)
    assert run("load", DEMO.parent / "taxonomy", DEMO).exit_code == 0
    boundary = ("--boundary", DEMO / "boundary.geojson")
    assert run("map", "import", DEMO / "cells.geojson", *boundary).exit_code == 0
    return run


def credit_code(place: int) -> str:
    body = f"91330203DEMX{place:05d}"
    return body + str(uscc.calc_check_digit(body))


def lines(count: int = FIRMS) -> list[list[Any]]:
    """Firms around the park, in the datum of a Chinese map."""
    return [
        [f"示例企业{n}", credit_code(n), f"示例路{n}号", 121.4935 + n % 10 * 0.0005,
         29.876 + n % 7 * 0.0005, "gcj02", "物流仓储", "重点企业", f"王{n}", "行政",
         f"138{n:08d}"]
        for n in range(1, count + 1)
    ]  # fmt: skip


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def stored(engine: Engine) -> dict[str, Firm]:
    with transaction(engine, write=False) as session:
        return {firm.code: firm for firm in session.scalars(sa.select(Firm).where(Firm.active))}


def contacts(engine: Engine) -> int:
    with transaction(engine, write=False) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(FirmContact)) or 0


def test_a_workbook_of_620_firms(gridgov: Run, fresh_engine: Engine, tmp_path: Path) -> None:
    path = workbook(tmp_path / "2026年企业名录.xlsx", lines())
    checked = gridgov("firms", "import", path, "--check")
    assert (checked.exit_code, checked.stdout.split()[0]) == (0, "620"), checked.output
    assert len(stored(fresh_engine)) == 600 and contacts(fresh_engine) == 0
    told = json.loads(gridgov("firms", "import", path, "--json").stdout)
    assert (told["firms"], told["added"], told["ended"]) == (620, 620, 600)
    assert (told["contacts"], told["warnings"]) == (620, [])
    found = stored(fresh_engine)
    assert len(found) == 620
    one = found[credit_code(1)]
    assert (one.branch, one.kind) == ("物流仓储", "key")
    assert all(firm.cell_code for firm in found.values())
    # Half a kilometre lies between the two datums.
    assert one.point is not None and 0.003 < 121.494 - one.point.lon < 0.006
    again = json.loads(gridgov("firms", "import", path, "--json").stdout)
    assert (again["unchanged"], again["added"], again["contacts"]) == (620, 0, 0)


def test_who_leaves_the_directory_leaves_no_contact(
    gridgov: Run, fresh_engine: Engine, tmp_path: Path
) -> None:
    gridgov("firms", "import", workbook(tmp_path / "a.xlsx", lines(20)))
    assert contacts(fresh_engine) == 20
    fewer = workbook(tmp_path / "b.xlsx", lines(15))
    gridgov("firms", "import", fewer, "--add")
    assert contacts(fresh_engine) == 20
    gridgov("firms", "import", fewer)
    assert contacts(fresh_engine) == 15 and len(stored(fresh_engine)) == 15
    gridgov("firms", "import", workbook(tmp_path / "a.xlsx", lines(20)))
    assert len(stored(fresh_engine)) == 20


def test_every_bad_line_is_named_and_nothing_is_taken(
    gridgov: Run, fresh_engine: Engine, tmp_path: Path
) -> None:
    rows = lines(12)
    rows[0][1] = rows[0][1][:-1] + ("0" if rows[0][1][-1] != "0" else "1")
    rows[2][1] = rows[1][1]
    rows[3][3], rows[3][4] = rows[3][4], rows[3][3]
    rows[4][5] = "北京54"
    rows[5][7] = "世界五百强"
    rows[6][0] = None
    rows[7][10] = "打听一下"
    rows[8][10] = None
    rows[9][1] = None
    for check in (["--check"], []):
        path = workbook(tmp_path / "firms.xlsx", rows)
        wrong = gridgov("firms", "import", path, "--json", *check)
        assert wrong.exit_code == 1
        problems = json.loads(wrong.stdout.splitlines()[0])["problems"]
        assert [(one["line"], one["column"]) for one in problems] == [
            (2, "统一社会信用代码"),
            (4, "code"),
            (4, "统一社会信用代码"),
            (5, "纬度"),
            (6, "坐标系"),
            (7, "企业类型"),
            (8, "企业名称"),
            (9, "联系电话"),
            (10, "联系人"),
            (11, "code"),
        ], problems
        assert len(stored(fresh_engine)) == 600


def test_firms_beside_the_map_are_told_of(gridgov: Run, tmp_path: Path) -> None:
    rows = lines(5)
    rows[1][3] = 122.5
    path = tmp_path / "名录.csv"
    text = [",".join(HEAD), *(",".join(str(value) for value in row) for row in rows)]
    path.write_text("\n".join(text), encoding="gb18030")
    for check in (["--check"], []):
        made = gridgov("firms", "import", path, *check)
        assert made.exit_code == 0, made.output
        assert "1 firms lie outside the map" in made.stderr
        assert credit_code(2) in made.stderr


def test_a_file_that_is_none_is_told_so(gridgov: Run, tmp_path: Path) -> None:
    path = tmp_path / "firms.xlsx"
    path.write_bytes(b"PK nothing")
    made = gridgov("firms", "import", path, "--check")
    assert made.exit_code == 1 and "firms.xlsx" in made.stderr
    assert gridgov("firms", "import", tmp_path / "none.csv").exit_code == 1
