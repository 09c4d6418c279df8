"""`gridgov exchange`: a day's cases of another platform in, and our answers out, as XLSX."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.audit.journal import journal
from gridgov.cli.refusals import refusals
from gridgov.database import db
from gridgov.faces.case import noted
from gridgov.faces.serve import opened
from gridgov.language import sentence
from gridgov.people.accounts import acting
from gridgov.replay.daily import take_in
from gridgov.replay.daily_answers import write_answers
from gridgov.replay.daily_mapping import read_daily
from gridgov.replay.replay import write_refused

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)
JOURNAL = "exports"


@click.group("exchange")
def exchange() -> None:
    """The daily exchange with other platforms, such as 12345."""


@exchange.command("import")
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="TOML: what the columns mean.")
@click.option("--as", "login", required=True, metavar="LOGIN", help="Whose work it is.")
@click.option("--refused", type=NEW, help="CSV of the refused rows; default: FILE.refused.csv.")
@with_appcontext
def take(file: Path, mapping: Path, login: str, refused: Path | None) -> None:
    """Take in the cases of FILE, and bring known ones up to date; the same again does nothing."""
    settings, began = installation().settings, monotonic()
    with refusals():
        daily = read_daily(mapping)
        done = take_in(db.engine, settings, file, daily, login, datetime.now(UTC), noted)
    changed = f"{done.taken} new, {done.updated} updated, {done.unchanged} unchanged"
    took = f"{monotonic() - began:.1f} s"
    click.echo(f"{done.read} rows read: {changed}, {len(done.refused)} refused, {took}")
    for one in done.refused[:10]:
        click.echo(f"  row {one.line} {one.ref}: {sentence(one.why)}")
    if done.refused:
        target = refused or Path(f"{file.stem}.refused.csv")
        try:
            write_refused(target, done.refused, sentence)
        except OSError as error:
            raise click.ClickException(f"{target}: {error.strerror}") from error
        click.echo(f"  all of them in {target}")


@exchange.command("answers")
@click.option("--mapping", type=FILE, required=True, help="TOML: which columns they want.")
@click.option("--to", "target", type=NEW, required=True, help="The XLSX to write.")
@click.option("--as", "login", required=True, metavar="LOGIN", help="Whose view of cases.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Changed since; default: 30 days.")
@with_appcontext
def answers(mapping: Path, target: Path, login: str, since: datetime | None) -> None:
    """Write what became of their cases, in the columns that they want."""
    with refusals(), opened() as s:
        daily = read_daily(mapping)
        actor = acting(s.session, login, s.at)
        local = since.replace(tzinfo=s.known.settings.zone) if since else None
        count = write_answers(s.session, target, daily, actor, s.at, s.known, local)
        data = {"layers": ["answers"], "format": "xlsx", "rows": count}
        journal(s.session, s.known.settings.keys, s.at, "export", journal=JOURNAL,
                person=actor.person, data=data)  # fmt: skip
    click.echo(f"{count} answers written to {target}")
