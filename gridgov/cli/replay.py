"""`gridgov replay`: takes in the history of another system."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.refusals import refusals
from gridgov.database import db
from gridgov.language import sentence
from gridgov.replay.replay import Progress, write_refused
from gridgov.replay.replay import replay as take_in
from gridgov.replay.report import Report
from gridgov.replay.rules import Refused

SHOWN = 10  # lines
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("replay")
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="TOML: what the columns mean.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--refused",
    "refused_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV of the refused rows; default: FILE.refused.csv here, where there are any.",
)
@with_appcontext
def replay(file: Path, mapping: Path, as_json: bool, refused_file: Path | None) -> None:
    """Take in a history of cases at its own times; run again, it goes on where it stopped."""
    settings = installation().settings
    if refused_file:
        _write(refused_file, [])  # an hour's work must not end at a folder that is not there
    with refusals(), ExitStack() as stack:
        report, refused = take_in(
            db.engine, settings, file, mapping, datetime.now(UTC), _bars(stack)
        )
    target = refused_file or (Path(f"{file.stem}.refused.csv") if refused else None)
    if target:
        _write(target, refused)
    if as_json:
        said = report.plain() | {"refused_file": str(target) if target else None}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print(report, target)


def _write(target: Path, refused: list[Refused]) -> None:
    try:
        write_refused(target, refused, sentence)
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from error


def _bars(stack: ExitStack) -> Progress:
    """Show one bar on stderr after another, as the work goes from one to the next."""
    shown: dict[str, Any] = {}

    def progress(label: str, done: int, total: int) -> None:
        if label not in shown:
            stack.close()
            bar = click.progressbar(length=max(total, 1), label=label, file=sys.stderr)
            shown[label] = stack.enter_context(bar)
        shown[label].length = max(total, 1)
        shown[label].update(done - shown[label].pos)

    return progress


def _print(report: Report, target: Path | None) -> None:
    """Print the report for people."""
    click.echo(f"{report.rows} rows read, {report.refused} refused, {report.cases} are cases")
    for reason, count in report.reasons.items():
        click.echo(f"  refused: {count} {reason}")
    if target:
        click.echo(f"  with lines and reasons in {target}")
    click.echo(
        f"{report.located} located in a cell, {report.outside} outside, {report.unplaced} unplaced"
    )
    for status, count in report.statuses.items():
        click.echo(f"  {status}: {count}")
    if report.areas:
        for area, count in report.areas.items():
            click.echo(f"  area {area}: {count}")
        click.echo(f"  in no area: {report.in_no_area}, on a border: {report.in_several}")
    if report.labelled:
        share = 100 * report.agree / report.labelled
        click.echo(f"{report.agree} of {report.labelled} labels agree ({share:.1f} %)")
    _print_clocks(report)
    click.echo(f"{report.seconds} s")


def _print_clocks(report: Report) -> None:
    """Print what the clocks say."""
    said = report.verdicts
    click.echo(f"{said.on_time} on time, {said.overdue} overdue at {report.as_of}")
    if said.compared:
        share = 100 * said.agree / said.compared
        click.echo(f"{said.agree} of {said.compared} verdicts agree ({share:.1f} %)")
    if said.differ:
        more = len(said.differ) - SHOWN
        lines = ", ".join(map(str, said.differ[:SHOWN])) + (f" and {more} more" if more > 0 else "")
        click.echo(f"  not in lines {lines}")
    if said.unknown:
        click.echo(f"  {said.unknown} verdicts are words that the mapping does not know")
    for rung, count in report.rungs.items():
        click.echo(f"  rung {rung}: {count}")
    for clock, times in report.clocks.items():
        click.echo(
            f"  clock {clock}: {times.ended} ended, median {times.median_minutes} working minutes,"
            f" 90th percentile {times.p90_minutes}"
        )
