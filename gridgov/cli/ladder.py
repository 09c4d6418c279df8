"""`gridgov ladder` and `gridgov sweep`: the escalation ladder, and one pass of the clock."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.database import db, transaction
from gridgov.escalation.put_in_force import put_ladder
from gridgov.escalation.replan import Replanned, preview
from gridgov.escalation.sweep import Fired, rehearse, sweep
from gridgov.ladder.ladder import data_of, parse
from gridgov.ladder.ladder import ladder as in_force
from gridgov.people.noted import OPERATOR

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 20


@click.group("ladder")
def ladder() -> None:
    """Show, try and change the escalation ladder."""


@ladder.command("show")
@with_appcontext
def show() -> None:
    """Print the ladder in force, as JSON."""
    with transaction(write=False) as session:
        click.echo(json.dumps(data_of(in_force(session)), ensure_ascii=False, indent=2))


@ladder.command("plan")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def plan(file: Path, as_json: bool) -> None:
    """Show what a ladder would change on open cases; changes nothing."""
    new = parse(file.read_bytes())
    with _bar() as progress:
        found = preview(db.engine, installation().settings, datetime.now(UTC), new, progress)
    _print(found, as_json)


@ladder.command("load")
@click.argument("file", type=FILE)
@with_appcontext
def load(file: Path) -> None:
    """Put a ladder in force and plan all open cases again; what has fired stays."""
    new, now = parse(file.read_bytes()), datetime.now(UTC)
    with _bar() as progress:
        changed = put_ladder(
            db.engine, installation().settings, new, file.name, OPERATOR, now, progress
        )
    click.echo(f"{len(new.rungs)} rungs in force; {changed} open cases planned again")


@click.command("sweep")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="Rehearse an instant.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def sweep_once(at: datetime | None, as_json: bool) -> None:
    """Fire what is due, once; with --at (2026-11-22T08:30:00+0800) tell only what would fire."""
    settings = installation().settings
    if at is not None:
        _print_fired(rehearse(db.engine, settings, at), as_json)
        return
    swept = sweep(db.engine, settings, datetime.now(UTC))
    _print_fired(swept.fired, as_json)
    if swept.stuck:
        click.echo(f"{len(swept.stuck)} cases failed; see the log", err=True)
        raise SystemExit(1)


def _print_fired(fired: list[Fired], as_json: bool) -> None:
    if as_json:
        rows = [one._asdict() | {"due": one.due.isoformat()} for one in fired]
        click.echo(json.dumps({"fired": rows}, ensure_ascii=False))
        return
    for one in fired:
        said = f"  (not allowed now: {', '.join(one.refused)})" if one.refused else ""
        click.echo(
            f"{one.number}  {one.clock:<10} {one.rung:<16} {one.due:%Y-%m-%d %H:%M:%S}{said}"
        )
    click.echo(f"{len(fired)} rungs")


def _print(found: list[Replanned], as_json: bool) -> None:
    if as_json:
        rows = [
            {"number": one.number, "changes": [change._asdict() for change in one.changes]}
            for one in found
        ]
        click.echo(json.dumps({"cases": rows}, ensure_ascii=False, default=str))
        return
    for one in found[:SHOWN]:
        for change in one.changes:
            before, after = (f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in change[2:])
            click.echo(f"{one.number}  {change.clock:<10} {change.name:<16} {before} -> {after}")
    if len(found) > SHOWN:
        click.echo(f"… and {len(found) - SHOWN} cases more")
    click.echo(f"{len(found)} open cases would change")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    with click.progressbar(length=1, label="cases", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress
