"""`gridgov firms`: the directory from a file, and accounts that report for a firm."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.load import print_problems
from gridgov.cli.refusals import refusals
from gridgov.database import transaction
from gridgov.faces.serve import opened
from gridgov.language import sentence
from gridgov.loading.firms import read_firms
from gridgov.loading.load import Loaded, bring
from gridgov.loading.problems import FilesWrong, FirmOutside, Problem
from gridgov.loading.words import read_words
from gridgov.people.firms import tie
from gridgov.people.noted import OPERATOR


@click.group("firms")
def firms() -> None:
    """Firms of the directory, and the accounts that report for them."""


@firms.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only name every line that is wrong; change nothing.")
@click.option("--add", is_flag=True, help="Only add and change: firms that the file lacks stay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def import_command(file: Path, check: bool, add: bool, as_json: bool) -> None:
    """Bring the directory to what a CSV or XLSX FILE says: all of it, or nothing.

    A firm that the file lacks leaves the directory, and its contacts are erased. Contacts that a
    firm has said itself stay as it said them.
    """
    try:
        with refusals():
            count, found = _imported(file, check=check, add=add)
    except click.ClickException as error:
        if isinstance(error.__cause__, FilesWrong):
            print_problems(error.__cause__, as_json)
        raise
    if as_json:
        counts = {} if check else asdict(found.tables["firms"])
        warnings = [sentence(warning) for warning in found.warnings]
        told = {"firms": count, "checked": check, **counts, "warnings": warnings}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if check:
        click.echo(f"{count} firms, nothing wrong; nothing was changed")
    else:
        made = found.tables["firms"]
        click.echo(
            f"{count} firms: {made.added} added, {made.changed} changed, {made.ended} left,"
            f" {made.unchanged} unchanged; contacts of {made.contacts} changed"
        )
    for warning in found.warnings:
        click.echo(f"warning: {sentence(warning)}", err=True)


def _imported(file: Path, *, check: bool, add: bool) -> tuple[int, Loaded]:
    settings, words = installation().settings, read_words()
    problems: list[Problem] = []
    rows = {"firms": read_firms(file, words, problems)}
    with transaction(write=not check) as session:
        found = bring(
            session, rows, problems, words, datetime.now(UTC), settings.zone,
            retire=not add, keys=settings.keys, only_check=check,
        )  # fmt: skip
    found.warnings = [one for one in found.warnings if isinstance(one, FirmOutside)]
    return len(rows["firms"]), found


@firms.command("tie")
@click.argument("login")
@click.argument("firm", required=False)
@with_appcontext
def tie_command(login: str, firm: str | None) -> None:
    """Let an account of the public report for FIRM; without one, for no firm any more."""
    with refusals(), opened() as s:
        tie(s.session, s.known.settings.keys, login, firm, s.at, OPERATOR)
    click.echo(f"{login}: {firm or '-'}")
