from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.engine import Engine

from gridgov.app import create_app
from gridgov.cli.replay import replay
from tests.replay.cities import laketown, settings
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
    assert refused.exists()


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
