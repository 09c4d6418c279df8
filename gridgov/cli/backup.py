"""`gridgov backup` and `gridgov restore`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.backup.archive import Progress
from gridgov.backup.make import make
from gridgov.backup.restore import restore as restore_backup
from gridgov.backup.rules import Manifest
from gridgov.cli.refusals import refusals
from gridgov.database import db

PATIENCE = 2.0  # seconds without a bar


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-missing", is_flag=True, help="Leave out attachments that are lost.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def backup(file: Path, without_missing: bool, as_json: bool) -> None:
    """Write everything to one FILE: all rows, all attachments, but no secret keys.

    Others may go on working meanwhile. Keep the keys apart from it: without them contacts stay
    unreadable. It can be restored into SpatiaLite and into PostgreSQL.
    """
    app = installation()
    with refusals(), bars() as progress:
        made = make(
            db.engine,
            app.store,
            app.settings.keys,
            file,
            datetime.now(UTC),
            without_missing=without_missing,
            progress=progress,
        )
    if made.missing:
        click.echo(f"left out, because they are lost: {len(made.missing)} attachments", err=True)
    _print(file, made, as_json)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--other-keys", is_flag=True, help="Take a backup made with other secret keys.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def restore(file: Path, other_keys: bool, as_json: bool) -> None:
    """Restore a backup FILE into an empty database, all of it or nothing.

    The file is proven first. Set the secret keys that it was made with.
    """
    app = installation()
    with refusals(), bars() as progress:
        restored = restore_backup(
            db.engine,
            app.store,
            app.settings.keys,
            file,
            other_keys=other_keys,
            progress=progress,
        )
    _print(file, restored, as_json)


def _print(file: Path, manifest: Manifest, as_json: bool) -> None:
    found: dict[str, Any] = {
        "file": str(file),
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "rows": manifest.rows,
        "files": manifest.files,
        "missing": list(manifest.missing),
        "tables": {table.name: table.rows for table in manifest.tables},
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(f"{file}: {manifest.rows} rows, {manifest.files} files")


@contextmanager
def bars() -> Iterator[Progress]:
    """Show a bar for each thing that goes on for more than two seconds."""
    began: dict[str, float] = {}
    shown: dict[str, Any] = {}
    with ExitStack() as stack:

        def progress(what: str, done: int, total: int) -> None:
            started = began.setdefault(what, time.monotonic())
            if what not in shown and time.monotonic() - started < PATIENCE:
                return
            if what not in shown:
                bar = click.progressbar(length=max(total, 1), label=what, file=sys.stderr)
                shown[what] = stack.enter_context(bar)
            shown[what].update(done - shown[what].pos)

        yield progress
