"""`gridgov account` and `gridgov token`: what somebody, or a program, signs in with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext

from gridgov.database import transaction
from gridgov.people.accounts import add_account, add_token, revoke_tokens


@click.group("account")
def account() -> None:
    """Accounts."""


@account.command("add")
@click.argument("login")
@click.option("--person", help="Code of the person whose duties it has.")
@with_appcontext
def account_add(login: str, person: str | None) -> None:
    """Add an account."""
    with transaction() as session:
        add_account(session, login, person, datetime.now(UTC))
    click.echo(login)


@click.group("token")
def token() -> None:
    """Bearer tokens."""


@token.command("add")
@click.argument("login")
@click.option("--label", default="cli", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@with_appcontext
def token_add(login: str, label: str, days: int) -> None:
    """Make a token and show it this once; it is stored hashed."""
    now = datetime.now(UTC)
    with transaction() as session:
        secret = add_token(session, login, label, now, now + timedelta(days=days))
    click.echo(secret)


@token.command("revoke")
@click.argument("login")
@with_appcontext
def token_revoke(login: str) -> None:
    """Revoke all tokens of an account."""
    with transaction() as session:
        click.echo(revoke_tokens(session, login, datetime.now(UTC)))
