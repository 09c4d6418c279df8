"""The replay of a real history on SpatiaLite, against the bare inserts of the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
from time import perf_counter

from sqlalchemy.engine import Engine

from gridgov.settings import ROOT
from tests.bench.figures import Figure, medians, ratio, say
from tests.bench.ground import Ground, environment
from tests.support.databases import opened

FILE = ROOT.parent / "shared/data/boston-311-3.9km2.csv"
MAPPING = ROOT / "config/replay/boston.toml"
TABLES = ("cases", "events", "subjects", "notices", "case_grams")
ROUNDS = 2


def run(ground: Ground) -> list[Figure]:
    """Measure, where the history is at hand."""
    if not FILE.exists():
        say(f"replay: skipped, because {FILE.name} is not beside the repository")
        return []
    rounds = [_round(ground, number) for number in range(ROUNDS)]
    ours, peer = medians(rounds)
    return [
        Figure(
            "replay of 5,552 rows of Boston, SpatiaLite",
            f"{ours:.0f} cases/s",
            f"bare inserts of the same rows: {peer:,.0f}/s",
            f"{ratio(rounds):.3f}",
            "≥ 150/s",
        )
    ]


def _round(ground: Ground, number: int) -> tuple[float, float]:
    """Replay into one database, and copy what came of it into another; return cases a second."""
    with (
        opened(ground.sqlite, ground.sqlite.copy()) as engine,
        opened(ground.sqlite, ground.sqlite.copy()) as bare,
    ):
        command = [sys.executable, "-m", "gridgov", "replay", str(FILE)]
        done = subprocess.run(
            [*command, "--mapping", str(MAPPING), "--json"],
            env=environment(engine, ground.folder),
            cwd=ground.folder,
            capture_output=True,
            check=False,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"the replay failed: {done.stderr[-2000:]}")
        report = json.loads(done.stdout)
        seconds, rows = _copied(engine, bare)
        cases = report["cases"]
        say(
            f"replay: round {number + 1} of {ROUNDS}: {cases} cases in {report['seconds']:.1f} s,"
            f" the bare inserts of their {rows:,} rows {seconds:.2f} s"
        )
        return cases / report["seconds"], cases / seconds


def _copied(engine: Engine, bare: Engine) -> tuple[float, int]:
    """Insert a database's rows into another by executemany; return the seconds and how many."""
    source, target = engine.raw_connection(), bare.raw_connection()
    spent, count = 0.0, 0
    try:
        # The floor's rows stand without the map and the people that they name.
        target.cursor().execute("PRAGMA foreign_keys=OFF")
        for table in TABLES:
            # The number of its row joins a case to its grams; elsewhere it is the id.
            names = "rowid, grams, body" if table == "case_grams" else "*"
            rows = source.cursor().execute(f"SELECT {names} FROM {table}").fetchall()
            if not rows:
                continue
            marks = ", ".join("?" * len(rows[0]))
            began = perf_counter()
            cursor = target.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            into = f"{table} ({names})" if names != "*" else table
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)
            cursor.execute("COMMIT")
            spent += perf_counter() - began
            count += len(rows)
    finally:
        source.close()
        target.close()
    return spent, count
