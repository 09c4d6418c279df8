"""The tests' own databases keep their promises: what a test does is undone or its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.database import transaction
from gridgov.park.tables import Area
from tests.support import database_url
from tests.support.cluster import NoCluster, programs


def areas(where: Session | Connection) -> int:
    return where.execute(sa.select(sa.func.count()).select_from(Area)).scalar_one()


@pytest.mark.parametrize("time", [1, 2])
def test_a_session_is_undone_even_when_it_commits(session: Session, time: int) -> None:
    assert areas(session) == 0
    session.add(Area(code="330206", name="区"))
    session.commit()
    session.add(Area(code="330206", name="again"))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    assert areas(session) == 1


@pytest.mark.parametrize("time", [1, 2])
def test_a_transaction_on_the_connection_is_undone(connection: Connection, time: int) -> None:
    assert areas(connection) == 0
    with transaction(connection) as session:
        session.add(Area(code="330206", name="区"))
    with pytest.raises(ZeroDivisionError), transaction(connection) as session:
        session.add(Area(code="330207", name="区"))
        session.flush()
        raise ZeroDivisionError
    with transaction(connection, write=False) as session:
        assert areas(session) == 1


@pytest.mark.parametrize("time", [1, 2])
def test_a_fresh_database_is_the_tests_own(fresh_engine: Engine, time: int) -> None:
    with transaction(fresh_engine) as session:
        assert areas(session) == 0
        session.add(Area(code="330206", name="区"))
    with transaction(fresh_engine) as session:
        assert areas(session) == 1
    assert "***" not in database_url(fresh_engine)


def test_the_server_goes_when_its_run_is_killed() -> None:
    # The run writes where its server is, and then dies without a word.
    code = (
        "import os, pathlib, sys; from tests.support.cluster import Cluster, wait_for_url;"
        "c = Cluster(); wait_for_url(c.folder);"
        "print(c.folder, (c.folder / 'data/postmaster.pid').read_text().split()[0], flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    folder, pid = run.stdout.split()

    for _ in range(100):
        if not Path(folder).exists() and not Path(f"/proc/{pid}").exists():
            return
        subprocess.run(["sleep", "0.1"], check=True)
    pytest.fail(f"the server {pid} outlived its run; its folder is {folder}")


def test_without_postgresql_the_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.cluster.PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(NoCluster, match="make test"):
        programs()
