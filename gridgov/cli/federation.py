"""`gridgov federation`: units that are other bodies, and the cases that lie with them."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.refusals import refusals
from gridgov.database import transaction
from gridgov.federation import hand_off
from gridgov.people import endpoints


@click.group("federation")
def federation() -> None:
    """Other bodies that are units here, by their Open311 endpoint."""


@federation.command("add")
@click.argument("unit")
@click.argument("url")
@click.option("--key", help="The api_key that they gave us; asked for where it is left out.",
              prompt="Their api_key (empty: none)", hide_input=True, default="")  # fmt: skip
@click.option("--jurisdiction", help="Their jurisdiction_id.")
@click.option("--service", "services", multiple=True, metavar="OURS=THEIRS",
              help="Their service_code for our category; *=THEIRS for all others.")  # fmt: skip
@with_appcontext
def add(unit: str, url: str, key: str, jurisdiction: str | None, services: tuple[str, ...]) -> None:
    """Let the cases of UNIT go to the endpoint at URL, such as https://x.example/open311/v2."""
    pairs = [one.partition("=")[::2] for one in services]
    settings = installation().settings
    with refusals(), transaction() as session:
        endpoints.put(
            session, settings.keys, unit, url, datetime.now(UTC),
            key=key.strip() or None, jurisdiction=jurisdiction, services=dict(pairs),
        )  # fmt: skip


@federation.command("remove")
@click.argument("unit")
@with_appcontext
def remove(unit: str) -> None:
    """Send the cases of UNIT nowhere any more."""
    with refusals(), transaction() as session:
        endpoints.remove(session, unit)


@federation.command("list")
@with_appcontext
def list_all() -> None:
    """List the endpoints, and the cases that lie with them or did not get there."""
    with transaction(write=False) as session:
        for one in endpoints.listed(session):
            click.echo(f"{one.unit_code}  {one.url}")
        for row, number in hand_off.listed(session):
            told = "  ".join(filter(None, (row.remote, row.error)))
            click.echo(f"{row.id}  {number}  {row.unit_code}  {row.state}  {told}")


@federation.command("retry")
@click.argument("key", metavar="ID", type=int)
@with_appcontext
def retry(key: int) -> None:
    """Let a case that was given up go out again."""
    with refusals(), transaction() as session:
        hand_off.retry(session, key, datetime.now(UTC))
