"""`gridgov keys`, `gridgov retention`, `gridgov subject`: personal data and its keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.refusals import refusals
from gridgov.database import db, transaction
from gridgov.faces.serve import opened
from gridgov.language import say, speaks
from gridgov.privacy import package, retain, review, rotate
from gridgov.privacy.subject import erase_all, held
from gridgov.words import N_

TITLE = N_("All that is held about you")
WHY = {
    "open": N_("stays: the case is open, and the contact is needed to handle it"),
    "recourse": N_("stays as long as the case may be appealed or reopened, until"),
}
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("keys")
def keys() -> None:
    """The keys that contacts are sealed with."""


@keys.command("status")
@_json
@with_appcontext
def keys_status(as_json: bool) -> None:
    """Count the contacts by the key that sealed them; a key without any can be forgotten."""
    held = installation().settings.keys
    with transaction(write=False) as session:
        found = rotate.status(session, held)
    rows = [
        {"key": key, "contacts": count, "current": key == held.contact_key_id,
         "known": key in held.contact_key_ids}
        for key, count in sorted(found.items())
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps({"keys": rows}))
        return
    for row in rows:
        said = "current" if row["current"] else "known" if row["known"] else "UNKNOWN"
        click.echo(f"{row['key']}  {row['contacts']}  {said}")


@keys.command("rotate")
@_json
@with_appcontext
def keys_rotate(as_json: bool) -> None:
    """Seal with GRIDGOV_CONTACT_KEY what one of GRIDGOV_CONTACT_KEYS_BEFORE has sealed.

    The server runs on meanwhile. Stopped, it goes on where it was when called again.
    """

    def progress(what: str, done: int, total: int) -> None:
        click.echo(f"{what}: {done} of {total}", err=True)

    with refusals():
        settings = installation().settings
        done = rotate.rotate(db.engine, settings, progress=progress)
        with transaction() as session:
            rotate.note(session, settings.keys, datetime.now(UTC), done)
    click.echo(json.dumps(done) if as_json else "\n".join(f"{n}: {c}" for n, c in done.items()))


@click.group("retention")
def retention() -> None:
    """What is over its period: rehearse, erase, look at what no rule decides."""


@retention.command("plan")
@_json
@with_appcontext
def retention_plan(as_json: bool) -> None:
    """Count what a run would erase now; changes nothing."""
    app = installation()
    with refusals():
        found = retain.plan(db.engine, app.settings, app.store, datetime.now(UTC))
    _print(found.dump(), as_json)


@retention.command("run")
@_json
@with_appcontext
def retention_run(as_json: bool) -> None:
    """Erase what is over its period; `gridgov jobs run` does it every day."""
    app = installation()
    with refusals():
        found = retain.run(db.engine, app.settings, app.store, datetime.now(UTC))
    _print(found.dump(), as_json)


@retention.command("review")
@_json
@with_appcontext
def retention_review(as_json: bool) -> None:
    """List the cases whose old text somebody must look at."""
    with refusals(), opened(write=False) as s:
        rows = review.listed(s.session, s.at, s.known)
    if as_json:
        click.echo(json.dumps({"cases": package.plain(rows)}))
        return
    for row in rows:
        click.echo("  ".join(str(value or "-") for value in package.plain(row).values()))


@retention.command("decide")
@click.argument("number")
@click.argument("decision", type=click.Choice(["blank", "keep"]))
@with_appcontext
def retention_decide(number: str, decision: str) -> None:
    """Blank the old text of case NUMBER, or keep it until the next review."""
    with refusals(), opened() as s:
        review.decide(s.session, number, s.at, s.known, blank=decision == "blank")


@click.group("subject")
def subject() -> None:
    """A person's own request about their data, once it is certain that the number is theirs."""


@subject.command("export")
@click.argument("phone", metavar="PHONE|EMAIL")
@click.option("--to", "path", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def subject_export(phone: str, path: Path) -> None:
    """Write all that is held about a number to a package: JSON, a page, the files they gave."""
    with refusals(), opened() as s:
        language = "zh" if speaks("zh") else "en"
        found = held(s.session, phone, s.at, s.known, language)
        files = package.write(found, installation().store, path, title=say(TITLE))
    click.echo(f"{path}: {len(found.told['cases'])} cases, {files} files")


@subject.command("erase")
@click.argument("phone", metavar="PHONE|EMAIL")
@_json
@with_appcontext
def subject_erase(phone: str, as_json: bool) -> None:
    """Erase what the law lets go of a number; says of the rest why it stays and until when."""
    app = installation()
    with refusals(), opened() as s:
        answers = erase_all(s.session, phone, s.at, s.known)
    retain.sweep_files(db.engine, app.store, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"cases": package.plain([one._asdict() for one in answers])}))
        return
    for one in answers:
        until = f" {one.until:%Y-%m-%d}" if one.until else ""
        said = say(WHY[one.refused]) + until if one.refused else ", ".join(one.erased)
        click.echo(f"{one.number}  {said}")


def _print(found: dict[str, int], as_json: bool) -> None:
    rows = (f"{name}: {count}" for name, count in found.items())
    click.echo(json.dumps(found) if as_json else "\n".join(rows))
