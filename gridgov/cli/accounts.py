"""`gridgov account` and `gridgov token`: what somebody, or a program, signs in with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from gridgov.app import installation
from gridgov.database import transaction
from gridgov.keys import Keys
from gridgov.people import accounts
from gridgov.people.noted import OPERATOR, note
from gridgov.people.second_factor import reset_second_factor
from gridgov.people.tokens import USUAL, TokenScope, scopes


@contextmanager
def operating() -> Iterator[tuple[Session, Keys, datetime]]:
    """Give a transaction, the keys and the instant at which the operator acts."""
    with transaction() as session:
        yield session, installation().settings.keys, datetime.now(UTC)


@click.group("account")
def account() -> None:
    """Accounts."""


@account.command("add")
@click.argument("login")
@click.option("--person", help="Code of the person whose duties it has.")
@with_appcontext
def account_add(login: str, person: str | None) -> None:
    """Add an account; it signs in with what `account password` or `account link` gives it."""
    with operating() as (session, keys, now):
        made = accounts.add_account(session, login, person, now)
        note(session, keys, now, "added", made.id, actor=OPERATOR)
    click.echo(login)


@account.command("password")
@click.argument("login")
@with_appcontext
def account_password(login: str) -> None:
    """Make a first password and show it this once; whoever gets it must change it at once."""
    settings = installation().settings
    with operating() as (session, keys, now):
        days = settings.first_password_days
        made = accounts.give_first_password(session, keys, login, now, OPERATOR, days)
    click.echo(made.password)
    click.echo(f"until {made.until.astimezone(settings.zone):%Y-%m-%d %H:%M}", err=True)


@account.command("unlock")
@click.argument("login")
@with_appcontext
def account_unlock(login: str) -> None:
    """Let somebody try again who is locked after five failures."""
    with operating() as (session, keys, now):
        accounts.unlock(session, keys, login, now, OPERATOR)


@account.command("reset-second-factor")
@click.argument("login")
@with_appcontext
def account_reset_second_factor(login: str) -> None:
    """Take away a second factor that was lost, with recovery codes and passkeys; end sessions."""
    with operating() as (session, keys, now):
        key = accounts.account_id(session, login)
        reset_second_factor(session, keys, key, now, actor=OPERATOR)


@account.command("link")
@click.argument("login")
@click.argument("issuer")
@click.argument("subject")
@with_appcontext
def account_link(login: str, issuer: str, subject: str) -> None:
    """Say who an account is at the identity provider: its issuer, and the subject there."""
    with operating() as (session, keys, now):
        accounts.link(session, keys, login, issuer, subject, now, OPERATOR)


@account.command("unlink")
@click.argument("login")
@click.argument("issuer")
@with_appcontext
def account_unlink(login: str, issuer: str) -> None:
    """Forget who an account is at an identity provider."""
    with operating() as (session, keys, now):
        click.echo(accounts.unlink(session, keys, login, issuer, now, OPERATOR))


@account.command("disable")
@click.argument("login")
@with_appcontext
def account_disable(login: str) -> None:
    """Let an account in no more; its sessions and tokens end."""
    with operating() as (session, keys, now):
        accounts.disable(session, keys, login, now, OPERATOR)


@account.command("enable")
@click.argument("login")
@with_appcontext
def account_enable(login: str) -> None:
    """Let a disabled account in again."""
    with operating() as (session, keys, now):
        accounts.enable(session, keys, login, now, OPERATOR)


@click.group("token")
def token() -> None:
    """Bearer tokens."""


@token.command("add")
@click.argument("login")
@click.option("--label", default="cli", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@click.option(
    "--scope",
    "wanted",
    multiple=True,
    type=click.Choice([one.value for one in TokenScope]),
    default=[one.value for one in USUAL],
    show_default=True,
    help="What it may do; several times for several.",
)
@with_appcontext
def token_add(login: str, label: str, days: int, wanted: tuple[str, ...]) -> None:
    """Make a token and show it this once; it is stored hashed."""
    may = scopes(wanted)
    with operating() as (session, keys, now):
        secret = accounts.add_token(session, login, label, now, now + timedelta(days=days), may)
        key, names = accounts.account_id(session, login), [scope.value for scope in may]
        note(session, keys, now, "token_made", key, actor=OPERATOR, scopes=names)
    click.echo(secret)


@token.command("revoke")
@click.argument("login")
@with_appcontext
def token_revoke(login: str) -> None:
    """Revoke all tokens of an account."""
    with operating() as (session, keys, now):
        gone = accounts.revoke_tokens(session, login, now)
        key = accounts.account_id(session, login)
        note(session, keys, now, "tokens_revoked", key, actor=OPERATOR)
    click.echo(gone)
