"""`gridgov backup` and `gridgov restore` as an administrator calls them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from gridgov.cli import main
from tests.support import database_url
from tests.support.town import Town


def gridgov(
    engine: Engine, files: Path, *args: str, secret: str = "a secret of the tests"
) -> Result:
    environ = {
        "GRIDGOV_DATABASE_URL": database_url(engine),
        "GRIDGOV_SECRET_KEY": secret,
        "GRIDGOV_FILES": str(files),
        "LC_ALL": "en",
    }
    return CliRunner().invoke(main, args, env=environ)


def test_backup_and_restore(
    town: Town, town_engine: Engine, empty_engine: Engine, tmp_path: Path
) -> None:
    town.report(description="路灯不亮")
    saved, files, restored = tmp_path / "a.zip", tmp_path / "files", tmp_path / "restored"

    done = gridgov(town_engine, files, "backup", str(saved), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["tables"]["cases"] == 1
    assert gridgov(town_engine, files, "backup", str(saved)).exit_code == 1

    done = gridgov(empty_engine, restored, "restore", str(saved), secret="another secret of it")
    assert done.exit_code == 1
    assert "--other-keys" in done.stderr
    done = gridgov(empty_engine, restored, "restore", str(saved))
    assert done.exit_code == 0, done.output
    assert "rows" in done.stdout
    done = gridgov(empty_engine, restored, "restore", str(saved))
    assert done.exit_code == 1
    assert "has rows already" in done.stderr
    assert gridgov(empty_engine, restored, "restore", str(tmp_path / "none")).exit_code == 2
