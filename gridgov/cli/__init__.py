"""The command line: `gridgov`, through Flask's own."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo

from geo.errors import GeoError
from gridgov.errors import GridgovError
from gridgov.language import say

REFUSED = 1


class Root(AppGroup):
    """Builds the application when a command needs it; says in a sentence what went wrong."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line."""
        extra["obj"] = ScriptInfo(create_app=_create, set_debug_flag=False)
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of ours end with exit code 1."""
        try:
            return super().invoke(ctx)
        except (GridgovError, GeoError) as error:
            click.echo(say(error.message_id, error.values), err=True)
            ctx.exit(REFUSED)


def _create() -> Flask:
    from gridgov.app import create_app

    return create_app()


@click.group(cls=Root)
def main() -> None:
    """GridGov (网格治理): from report to closure."""


def _register() -> None:
    from gridgov.cli import (
        accounts,
        backup,
        calendar,
        case,
        demo,
        jobs,
        ladder,
        load,
        map,
        replay,
        server,
        workflow,
    )

    for command in (
        accounts.account,
        accounts.token,
        backup.backup,
        backup.restore,
        calendar.calendar,
        case.case_group,
        demo.demo,
        jobs.jobs,
        ladder.ladder,
        ladder.sweep_once,
        load.load,
        map.map_group,
        replay.replay,
        server.init,
        server.serve,
        workflow.workflow,
    ):
        main.add_command(command)


_register()
