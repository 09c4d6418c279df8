"""`gridgov demo`: the demonstration park, made at the first start and served."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gridgov.app import create_app, installation
from gridgov.cli.server import run
from gridgov.database import db
from gridgov.demo.environment import environment
from gridgov.demo.handout import Sheet, hand_out
from gridgov.demo.make import make
from gridgov.errors import Conflict
from gridgov.settings import ROOT

HOST = "127.0.0.1"
EXAMPLE = '{"category": "01002", "location": {"lon": 121.49, "lat": 29.88}}'


class PortTaken(Conflict):
    """Port %(port)s is taken or not allowed; choose another one: PORT=8001 make demo."""


@click.command("demo")
@click.option(
    "--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True
)
def demo(port: int) -> None:
    """Make the demonstration park, if it is not there, and serve it."""
    folder = ROOT / "var"
    environ = environment(os.environ, folder)
    free(port)
    app = create_app(environ=environ)
    with app.app_context():
        here, now = installation(), datetime.now(UTC)
        with _bar() as progress:
            make(db.engine, here.settings, here.store, ROOT / "config", now, progress)
        sheet = folder / "demo.json"
        address = f"http://{HOST}:{port}"
        free(port)  # somebody else may have taken it meanwhile
        told = hand_out(db.engine, here.settings.keys, sheet, address, datetime.now(UTC))
        with _jobs(environ):
            run(HOST, port, loglevel="warning", ready=lambda: click.echo(guide(told, sheet)))


@contextmanager
def _jobs(environ: Mapping[str, str]) -> Iterator[None]:
    """Run the jobs in a process beside the server, as an installation does."""
    command = (sys.executable, "-m", "gridgov", "jobs", "run")
    quiet = subprocess.DEVNULL
    beside = subprocess.Popen(  # noqa: S603 (nothing in it comes from outside)
        command, cwd=ROOT, env=dict(environ), stdout=quiet, stderr=quiet
    )
    try:
        yield
    finally:
        beside.terminate()
        beside.wait()


def free(port: int) -> None:
    """Find out before the work whether the port can be had; raises PortTaken."""
    with socket.socket() as probe:
        # As the server does: a port that a server has just left can be had.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(port=port) from error


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show a bar from the first progress on; a second start shows none."""
    bars: list[Any] = []

    def progress(done: int, total: int) -> None:
        if not bars:
            click.echo("Making the demonstration park; the next start is quick.", err=True)
            bars.append(click.progressbar(length=total, label="steps", file=sys.stderr))
            bars[0].__enter__()
        bars[0].update(done - bars[0].pos)

    try:
        yield progress
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


def guide(sheet: Sheet, path: Path) -> str:
    """Return where to look, and lines to try; they work as printed."""
    api, case = sheet["api"], sheet["cases"][0]
    bearer = f"Authorization: Bearer {sheet['roles']['dispatcher']['token']}"
    tries = (
        ("curl", "-s", f"{api}/cases/{case['number']}", "-H", f"X-Case-Code: {case['query_code']}"),
        ("curl", "-s", f"{api}/cases?status=open&limit=3", "-H", bearer),
        ("curl", "-s", f"{api}/cases", "-H", "Content-Type: application/json", "-d", EXAMPLE),
    )
    return "\n".join(
        (
            "",
            f"The demonstration park stands at {sheet['address']}",
            "",
            f"  sign in              {sheet['sign_in']}",
            f"    as a dispatcher    {sheet['roles']['dispatcher']['login']}",
            f"    password, of all   {sheet['password']}",
            f"  what it can do       {sheet['openapi']}",
            f"  whom you can be      {path}",
            "",
            "Follow a case as its reporter, list the open ones as a dispatcher, report one:",
            "",
            *(f"  {shlex.join(words)}" for words in tries),
            "",
            "Ctrl-C ends it.",
        )
    )
