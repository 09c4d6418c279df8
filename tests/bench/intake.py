"""Intake over HTTP on PostGIS against pgbench, which runs the very same SQL."""

from __future__ import annotations

import os
import random
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from gridgov.app import create_app
from gridgov.cases.tables import Case, Event
from gridgov.database import db, transaction
from tests.bench.captured import Statement, captured, script
from tests.bench.figures import Figure, alternate, medians, ratio, say
from tests.bench.ground import PLAIN, WORDS, Ground, environment, points
from tests.bench.serving import CLIENTS, load, serving
from tests.support.cluster import programs

VARIANTS = 100  # pgbench takes 128 scripts
SECONDS, ROUNDS = 6, 3


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    pgbench = programs() / "pgbench"
    if not pgbench.exists():
        say(f"intake: {pgbench} is missing, so there is nothing to hold intake against")
        return []
    engine, _ = ground.filled(ground.postgis)
    environ = environment(engine, ground.folder)
    bodies = _bodies()
    scripts, statements = _scripts(environ, bodies)
    folder = ground.folder / "pgbench"
    folder.mkdir()
    for number, text in enumerate(scripts):
        (folder / f"{number}.sql").write_text(text, "utf-8")
    requests = [_request(body) for body in bodies]
    with serving(environ) as port:
        load(port, requests, 2, 201)
        rounds = alternate(
            ROUNDS,
            lambda: _worked(engine) and load(port, requests, SECONDS, 201),
            lambda: _worked(engine) and _pgbench(pgbench, engine.url, folder),
            name="intake: transactions a second",
        )
    ours, peer = medians(rounds)
    return [
        Figure(
            "intake over HTTP, PostGIS, 2 workers, 4 clients",
            f"{ours:.0f}/s",
            f"pgbench, the same SQL: {peer:.0f}/s",
            f"{ratio(rounds):.2f}",
            "≥ 0.4",
        ),
        Figure("SQL statements per intake", str(statements), wanted="≤ 12"),
    ]


def _worked(engine: Engine) -> bool:
    """Close what has come in: a hundred places would else hold more open cases each round."""
    with transaction(engine) as session:
        done = sa.update(Case).where(Case.status == "reported").values(status="closed")
        session.execute(done.execution_options(synchronize_session=False))
    return True


def _bodies() -> list[dict[str, Any]]:
    draw = random.Random(4)
    return [
        {
            "description": "".join(draw.sample(WORDS, 6)) + "，请尽快处理",
            "category": draw.choice(PLAIN),
            "location": {"lon": lon, "lat": lat, "accuracy_m": 15, "address": "望春路 12 号"},
            "reporter": {"name": "王小明", "phone": f"1380000{n:04}"},
        }
        for n, (lon, lat) in enumerate(points(VARIANTS, seed=4).tolist())
    ]


def _request(body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "{key}"}
    return {"method": "POST", "path": "/api/v1/cases", "headers": headers, "json": body}


def _scripts(environ: dict[str, str], bodies: list[dict[str, Any]]) -> tuple[list[str], int]:
    """Take each report in once, in-process, and note what was asked of the database."""
    app = create_app(environ={k: v for k, v in environ.items() if k.startswith("GRIDGOV_")})
    made, counts = [], []
    with app.app_context():
        client, engine = app.test_client(), db.engine
        client.post("/api/v1/cases", json=bodies[0])  # reads map, people and taxonomy
        for body in bodies:
            statements: list[Statement] = []
            while sum("INTO cases" in sql for sql, _ in statements) != 1:
                # Again where the number was taken: pgbench could not go on as the report did.
                key = secrets.token_hex(8)
                head = {"Idempotency-Key": key}
                with captured(engine) as statements:
                    answer = client.post("/api/v1/cases", json=body, headers=head)
                assert answer.status_code == 201, answer.json
            with engine.connect() as connection:
                made.append(_script(connection, statements, answer.json["number"], key))
            counts.append(len(statements))
        engine.dispose()
    return made, max(counts)


def _script(connection: sa.Connection, statements: list[Statement], number: str, key: str) -> str:
    case = connection.scalar(sa.select(Case.id).where(Case.number == number))
    event = connection.scalar(sa.select(Event.id).where(Event.case_id == case))
    new = {number: "number", key: "key", case: "case_id", event: "event_id"}
    return script(statements, new, {"cases": "case", "events": "event"})


def _pgbench(program: Path, url: URL, folder: Path) -> float:
    files = [part for file in sorted(folder.glob("*.sql")) for part in ("-f", str(file))]
    command = [str(program), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1"]
    at = ["-h", url.host or "", "-p", str(url.port or 5432), "-U", url.username or "", "-T"]
    done = subprocess.run(
        [*command, *at, str(SECONDS), *files, url.database or ""],
        env=os.environ | {"PGPASSWORD": url.password or ""},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^tps = ([\d.]+) \(without", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: ([1-9]\d*)", done.stdout)
    if done.returncode or not found or failed:
        raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
    return float(found[1])
