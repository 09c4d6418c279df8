"""The command line: `gridgov`, through Flask's own."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup

from geo.errors import GeoError
from gridgov.errors import GridgovError

REFUSED = 1


class Root(FlaskGroup):
    """Says in one sentence what went wrong, instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of ours end with exit code 1."""
        try:
            return super().invoke(ctx)
        except (GridgovError, GeoError) as error:
            click.echo(_said(error), err=True)
            ctx.exit(REFUSED)


def _said(error: Any) -> str:
    from flask import current_app, has_app_context

    from gridgov.language import say

    if has_app_context() and "babel" in current_app.extensions:
        return say(error.message_id, error.values)
    return str(error)


def _create(*args: Any) -> Flask:
    from gridgov.app import create_app

    return create_app()


@click.group(
    cls=Root,
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    set_debug_flag=False,
)
def main() -> None:
    """GridGov (网格治理): from report to closure."""


def _register() -> None:
    from gridgov.cli import accounts, load, map, server

    for command in (
        accounts.account,
        accounts.token,
        load.load,
        map.map_group,
        server.init,
        server.serve,
    ):
        main.add_command(command)


_register()
