"""The command line: `gridgov`, through Flask's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo

from geo.errors import GeoError
from gridgov.cli.help import clicks_own, translated
from gridgov.errors import GridgovError
from gridgov.language import say, speaks

REFUSED = 1
# Imported when called for: together they would take longer than most of them run.
COMMANDS = {
    "account": "accounts:account",
    "audit": "audit:audit",
    "backup": "backup:backup",
    "calendar": "calendar:calendar",
    "case": "case:case_group",
    "demo": "demo:demo",
    "duty": "duties:duty",
    "exchange": "daily:exchange",
    "export": "exchange:export",
    "federation": "federation:federation",
    "figures": "figures:figures",
    "firms": "firms:firms",
    "init": "server:init",
    "jobs": "jobs:jobs",
    "keys": "privacy:keys",
    "ladder": "ladder:ladder",
    "load": "load:load",
    "map": "map:map_group",
    "notices": "notices:notices",
    "replay": "replay:replay",
    "report": "report:report",
    "restore": "backup:restore",
    "retention": "privacy:retention",
    "serve": "server:serve",
    "subject": "privacy:subject",
    "sweep": "ladder:sweep_once",
    "token": "accounts:token",
    "workflow": "workflow:workflow",
}


class Root(AppGroup):
    """Builds the application when a command needs it; says in a sentence what went wrong."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line, in the terminal's language."""
        extra["obj"] = ScriptInfo(create_app=_create, set_debug_flag=False)
        if not speaks("zh"):
            return super().main(*args, **extra)
        with clicks_own():
            return super(Root, translated(self, say)).main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = imported(cmd_name)
        return translated(command, say) if speaks("zh") else command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of ours end with exit code 1."""
        try:
            return super().invoke(ctx)
        except (GridgovError, GeoError) as error:
            click.echo(say(error.message_id, error.values), err=True)
            ctx.exit(REFUSED)


def imported(name: str) -> click.Command:
    """Return a command as it is written."""
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(f"gridgov.cli.{module}"), attribute)
    return command


def _create() -> Flask:
    from gridgov.app import create_app

    return create_app()


@click.group(cls=Root)
def main() -> None:
    """GridGov (网格治理): from report to closure."""
