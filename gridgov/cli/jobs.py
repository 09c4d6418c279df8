"""`gridgov jobs`: what runs by the clock."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.database import db
from gridgov.faces.papers import maker
from gridgov.jobs.run import awake, scheduler
from gridgov.jobs.table import JOBS, with_papers

WATCH_S = 10


@click.group("jobs")
def jobs() -> None:
    """Run what goes by the clock: sweep, notices, map, calendar."""


@jobs.command("list")
def list_jobs() -> None:
    """List the jobs and how often they run."""
    for job in JOBS:
        click.echo(f"{job.name:<12} {job.every}")


@jobs.command("run")
@with_appcontext
def run() -> None:
    """Run all jobs until stopped; any number of processes may, each slot runs once."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with_reports = with_papers(maker(current_app._get_current_object()))  # type: ignore[attr-defined]
    made = scheduler(db.engine, installation().settings, with_reports)
    made.start()
    click.echo(", ".join(job.name for job in JOBS))
    while not stop.wait(WATCH_S):
        awake(made, datetime.now(UTC), with_reports)
    made.shutdown()
