"""`gridgov notices`: channels, one pass of the delivery, what did not arrive, webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.refusals import refusals
from gridgov.database import db, transaction
from gridgov.faces.papers import maker
from gridgov.notices import claim, webhooks
from gridgov.notices.calls import call_all
from gridgov.notices.channels import add_channel, list_channels, remove_channel
from gridgov.notices.deliver import deliver
from gridgov.notices.spread import unreached
from gridgov.people.noted import OPERATOR

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("notices")
def notices() -> None:
    """Channels to people, the delivery of notices, webhooks to other systems."""


@notices.command("send")
@_json
@with_appcontext
def send(as_json: bool) -> None:
    """Send what is due, once; `gridgov jobs run` does it all the time."""
    settings, now = installation().settings, datetime.now(UTC)
    with refusals():
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        done = deliver(db.engine, settings, now, papers=maker(app))
        called = call_all(db.engine, settings, now)
    _print({"notices": vars(done), "webhooks": vars(called)}, as_json)


@notices.command("dead")
@_json
@with_appcontext
def dead(as_json: bool) -> None:
    """List what was given up, with why; and urgent notices for which nobody had a channel."""
    with transaction(write=False) as session:
        letters = [
            {
                "id": one.id,
                "to": one.recipient,
                "channel": one.channel,
                "at": one.created_at.isoformat(),
                "error": one.error,
                "notices": [
                    {"number": each.notice.data.get("number"), "template": each.notice.template}
                    for each in one.deliveries
                ],
            }
            for one in claim.dead_letters(session)
        ]
        nobody = [
            {"number": one.data.get("number"), "to": one.to_code, "at": one.created_at.isoformat()}
            for one in unreached(session)
        ]
    _print({"dead": letters, "unreached": nobody}, as_json)


@notices.command("retry")
@click.argument("key", metavar="ID", type=int)
@with_appcontext
def retry(key: int) -> None:
    """Let a message that was given up go out again, under the same idempotency key."""
    with refusals(), transaction() as session:
        claim.retry(session, installation().settings.keys, key, datetime.now(UTC), OPERATOR)
    click.echo(key)


@notices.group("channel")
def channel() -> None:
    """How people are reached: sms:NUMBER, voice:NUMBER, or an address of Apprise."""


@channel.command("add")
@click.argument("person")
@click.argument("address", metavar="URL")
@with_appcontext
def channel_add(person: str, address: str) -> None:
    """Add a channel of PERSON; it is stored sealed."""
    settings = installation().settings
    with refusals(), transaction() as session:
        made = add_channel(session, settings.keys, person, address, datetime.now(UTC))
        click.echo(f"{made.id}  {made.label}")


@channel.command("list")
@click.argument("person", required=False)
@_json
@with_appcontext
def channel_list(person: str | None, as_json: bool) -> None:
    """List the channels of PERSON or of all, addresses masked."""
    with transaction(write=False) as session:
        rows = [
            {"id": one.id, "person": one.person_code, "kind": one.kind, "address": one.label}
            for one in list_channels(session, person)
        ]
    _print({"channels": rows}, as_json)


@channel.command("remove")
@click.argument("key", metavar="ID", type=int)
@with_appcontext
def channel_remove(key: int) -> None:
    """Remove a channel; what still waits for it is given up."""
    with refusals(), transaction() as session:
        remove_channel(session, key)


@notices.group("webhook")
def webhook() -> None:
    """Other systems that are told every step."""


@webhook.command("add")
@click.argument("url")
@with_appcontext
def webhook_add(url: str) -> None:
    """Tell URL every step from now on; prints its secret this once."""
    settings = installation().settings
    with refusals(), transaction() as session:
        made, secret = webhooks.add(session, settings.keys, url, datetime.now(UTC))
        click.echo(f"{made.id}  {secret}")


@webhook.command("list")
@_json
@with_appcontext
def webhook_list(as_json: bool) -> None:
    """List the webhooks, with how many of their calls wait or were given up."""
    with transaction(write=False) as session:
        _print({"webhooks": webhooks.listed(session)}, as_json)


@webhook.command("remove")
@click.argument("key", metavar="ID", type=int)
@with_appcontext
def webhook_remove(key: int) -> None:
    """Tell a webhook nothing more."""
    with refusals(), transaction() as session:
        webhooks.remove(session, key, datetime.now(UTC))


@webhook.command("redeliver")
@click.argument("key", metavar="ID", type=int)
@click.option("--case", "number", help="All steps of a case; default: what was given up.")
@with_appcontext
def webhook_redeliver(key: int, number: str | None) -> None:
    """Send again what a webhook was given up on, or all steps of a case, in their order."""
    with refusals(), transaction() as session:
        click.echo(webhooks.redeliver(session, key, number, datetime.now(UTC)))


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, told in found.items():
        rows = told if isinstance(told, list) else [told]
        click.echo(f"{name}:")
        for row in rows:
            click.echo("  " + "  ".join(f"{key}={value}" for key, value in row.items()))
