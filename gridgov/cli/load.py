"""`gridgov load`: the clerk's files."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cases.hand_over import Handed, hand_over
from gridgov.cases.known import known
from gridgov.cli.refusals import refusals
from gridgov.database import db, transaction
from gridgov.escalation.replan import replan
from gridgov.language import sentence
from gridgov.loading.load import Loaded
from gridgov.loading.load import load as load_files
from gridgov.loading.problems import FilesWrong, Problem


@click.command("load")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--add", is_flag=True, help="Only add and change: what the files lack stays.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def load(folders: tuple[Path, ...], add: bool, as_json: bool) -> None:
    """Load areas, parks, grids, units, categories, people, duties, shifts and firms.

    Several FOLDERS are taken together; without one, the folder of the setting taxonomy. A table
    without a file is left alone; one with a file becomes what the file says.
    """
    settings = installation().settings
    now = datetime.now(UTC)
    try:
        with refusals(), transaction() as session:
            found = load_files(
                session, folders or (settings.taxonomy,), now, settings.zone,
                retire=not add, keys=settings.keys,
            )  # fmt: skip
            handed = hand_over(session, now, known(session, settings)) if found.ended_duties else []
    except click.ClickException as error:
        if isinstance(error.__cause__, FilesWrong):
            print_problems(error.__cause__, as_json)
        raise
    categories = found.tables.get("categories")
    if categories and categories.touched:
        # Their limits may be others: open cases are planned again; what has fired stays.
        replan(db.engine, settings, now)
    if as_json:
        click.echo(json.dumps(_as_json(found, handed), ensure_ascii=False))
    else:
        _print(found, handed)


def print_problems(wrong: FilesWrong, as_json: bool) -> None:
    """Name every line that is wrong."""
    if as_json:
        problems = [_problem(problem) for problem in wrong.problems]
        said = {"problems": problems, "count": wrong.values["count"]}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for problem in wrong.problems:
        click.echo(f"{problem.where}: {sentence(problem)}", err=True)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": sentence(problem),
    }


def _as_json(found: Loaded, handed: list[Handed]) -> dict[str, Any]:
    return {
        "tables": {name: asdict(counts) for name, counts in found.tables.items()},
        "handed_over": [asdict(one) for one in handed],
        "warnings": [sentence(warning) for warning in found.warnings],
    }


def _print(found: Loaded, handed: list[Handed]) -> None:
    for name, counts in found.tables.items():
        click.echo(
            f"{name:<11} {counts.added:>6} added {counts.changed:>6} changed"
            f" {counts.ended:>6} ended {counts.unchanged:>6} unchanged"
        )
        if counts.missing:
            click.echo(f"{'':<11} not in the file, and left as they are: {_some(counts.missing)}")
    for one in handed:
        click.echo(f"handed over: {one.cases} cases of {one.person} ({one.role} {one.place})")
    for warning in found.warnings:
        click.echo(f"warning: {sentence(warning)}", err=True)


def _some(codes: tuple[str, ...]) -> str:
    return ", ".join(codes[:10]) + (f" … ({len(codes)})" if len(codes) > 10 else "")
