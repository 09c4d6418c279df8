"""`gridgov audit`: seals, and whether everything is as it was written."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.audit import seal as seals
from gridgov.audit.export import export
from gridgov.audit.findings import Verdict
from gridgov.audit.status import status
from gridgov.audit.verify import note, verify
from gridgov.cases.numbers import read
from gridgov.cli.backup import bars
from gridgov.cli.refusals import refusals
from gridgov.database import db, transaction
from gridgov.notices.seals import send_seals

SHOWN = 50


@click.group("audit")
def audit() -> None:
    """The audit trail: seal it, keep the seals elsewhere, verify it."""


@audit.command("key")
@with_appcontext
def key() -> None:
    """Print the public key by which anybody can tell our seals (Ed25519, hexadecimal)."""
    click.echo(seals.public_key(installation().settings.keys).hex())


@audit.command("seal")
@click.option("--whole", is_flag=True, help="Look among all entries, not only the newest.")
@with_appcontext
def seal(whole: bool) -> None:
    """Seal what is not sealed yet, append the seals to the file, and send them where they are kept.

    The jobs do so by themselves. Exit code 1 where the file or the address did not take them.
    """
    settings, now = installation().settings, datetime.now(UTC)
    with refusals():
        sealed = seals.seal(db.engine, settings.keys, now, whole=whole)
        done, error = export(db.engine, settings.seals_file, now)
        sent, refused = send_seals(db.engine, settings, now)
    click.echo(f"{sealed} entries sealed, {done} seals written to {settings.seals_file}")
    if settings.seals_url:
        click.echo(f"{sent} seals sent")
    if error:
        raise click.ClickException(f"{settings.seals_file}: {error}")
    if refused:
        raise click.ClickException(f"seals_url: {refused}")


@audit.command("status")
@with_appcontext
def show_status() -> None:
    """Tell what waits, and what the last verification found; exit code 1 where it stands still."""
    with refusals(), transaction(write=False) as session:
        found = status(session, datetime.now(UTC))
    click.echo(f"seals: {found.seals}, the last at {found.last_at or '-'}")
    click.echo(
        f"waiting to be sealed: {found.waiting}; sealing last ran at {found.sealed_at or '-'}"
    )
    click.echo(f"exported: up to seal {found.exported}" + _because(found.export_error))
    if found.sent is not None:
        click.echo(f"sent: up to seal {found.sent}" + _because(found.send_error))
    if found.verified:
        state = "sound" if found.verified["sound"] else "NOT SOUND"
        click.echo(f"verified at {found.verified['at']}: {state}")
    for name in found.late:
        click.echo(f"late: {name}", err=True)
    sys.exit(1 if found.late else 0)


def _because(error: str | None) -> str:
    return f" ({error})" if error else ""


@audit.command("verify")
@click.option(
    "--seals",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of seals that was kept elsewhere.",
)
@click.option("--case", "number", help="Only the chain of this case.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def verify_all(file: Path | None, number: str | None, as_json: bool) -> None:
    """Verify chains, words, heads and seals; exit code 1 where something is not as it was written.

    Only with a file that was kept elsewhere can it tell that the newest seals were taken back.
    """
    keys, now = installation().settings.keys, datetime.now(UTC)
    with refusals():
        wanted = read(number) if number else None
        with bars() as progress:
            found = verify(db.engine, keys, now, file=file, case=wanted, progress=progress)
        if wanted is None:
            note(db.engine, found, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(found.dump(), ensure_ascii=False))
    else:
        _print(found, file)
    sys.exit(0 if found.sound else 1)


def _print(found: Verdict, file: Path | None) -> None:
    for one in found.findings[:SHOWN]:
        click.echo(str(one), err=True)
    if sum(found.counts.values()) > SHOWN:
        click.echo(f"… {sum(found.counts.values())} findings in all; --json tells more", err=True)
    said = f"{found.events} events, {found.entries} journal entries, {found.seals} seals"
    if file:
        said += f", {found.lines} lines of {file}"
    click.echo(f"{said}: {'sound' if found.sound else 'NOT SOUND'}")
    if found.erased:
        click.echo(f"words erased, as entries say: {found.erased} events")
    if found.last_seal:
        click.echo(f"last seal: {found.last_seal} at {found.last_at}")
    if found.since:
        click.echo(f"cannot vouch for what stands from {found.since.isoformat()} on", err=True)
