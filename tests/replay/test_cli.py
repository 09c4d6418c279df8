from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.engine import Engine

from gridgov.app import create_app
from gridgov.cli.replay import replay
from tests.replay.cities import laketown, settings
from tests.replay.harbour import harbour, line
from tests.support import database_url


def invoke(engine: Engine, *words: object) -> Result:
    app = create_app(settings(GRIDGOV_DATABASE_URL=database_url(engine)))
    return app.test_cli_runner().invoke(replay, [str(word) for word in words])


def test_json_stands_alone_on_stdout(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, mapping = laketown(tmp_path)
    result = invoke(fresh_engine, file, "--mapping", mapping, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert {"rows", "refused", "cases", "located", "outside", "unplaced"} <= said.keys()
    assert {"labelled", "agree", "statuses", "seconds"} <= said.keys()
    assert said["verdicts"] == {
        "on_time": 0, "overdue": 1, "compared": 0, "agree": 0, "unknown": 0, "differ": [],
    }  # fmt: skip
    # Beside the late case, one that nobody took in and one that nobody accepted.
    assert said["rungs"] == {"amber": 4, "near": 4}
    assert said["clocks"]["case"] == {"ended": 3, "median_minutes": 450.0, "p90_minutes": 1072.9}
    assert said["refused_file"] == "cases.refused.csv"
    assert len((tmp_path / "cases.refused.csv").read_text("utf-8").splitlines()) == 17
    assert "cases" in result.stderr


def test_people_read_a_table(fresh_engine: Engine, tmp_path: Path) -> None:
    file, mapping = laketown(tmp_path)
    refused = tmp_path / "why.csv"
    result = invoke(fresh_engine, file, "--mapping", mapping, "--refused", refused)
    assert result.exit_code == 0, result.output
    assert "21 rows read, 16 refused, 5 are cases" in result.stdout
    assert "2 of 3 labels agree (66.7 %)" in result.stdout
    assert "0 on time, 1 overdue at 2019-12-31T23:00:00+00:00" in result.stdout
    assert "clock case: 3 ended, median 450.0 working minutes" in result.stdout
    assert refused.exists()


def test_verdicts_that_differ_are_shown_with_their_lines(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    lines = [line(str(n), "2021-02-03 12:00:00", verdict="good") for n in range(12)]
    file, mapping = harbour(tmp_path, *lines, line("x", verdict="late"), line("y", verdict="?"))
    result = invoke(fresh_engine, file, "--mapping", mapping)
    assert result.exit_code == 0, result.output
    assert "1 of 13 verdicts agree (7.7 %)" in result.stdout
    assert "not in lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more" in result.stdout
    assert "1 verdicts are words that the mapping does not know" in result.stdout
    assert "rung amber: 28" in result.stdout


def test_what_cannot_run_ends_with_1(fresh_engine: Engine, tmp_path: Path) -> None:
    file, mapping = laketown(tmp_path)
    mapping.write_text("numer = 1", "utf-8")
    result = invoke(fresh_engine, file, "--mapping", mapping, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "numer" in result.stderr
    good = laketown(tmp_path / "other") if (tmp_path / "other").mkdir() is None else None
    nowhere = tmp_path / "no" / "why.csv"
    assert good is not None
    result = invoke(fresh_engine, good[0], "--mapping", good[1], "--refused", nowhere)
    assert result.exit_code == 1


def test_usage_ends_with_2(fresh_engine: Engine, tmp_path: Path) -> None:
    file, _ = laketown(tmp_path)
    assert invoke(fresh_engine, file).exit_code == 2
    assert invoke(fresh_engine, tmp_path / "none.csv", "--mapping", file).exit_code == 2
