"""`gridgov init` and `gridgov serve`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

import click
from flask import current_app
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.audit.role import grant
from gridgov.cases.chain import take_in
from gridgov.database import db, transaction
from gridgov.faces.limits import counts_apart
from gridgov.language import say
from gridgov.schema import bring, is_current
from gridgov.words import N_

WORKERS = 2
COUNTS_APART = N_(
    "Rate limits count in each of %(workers)s processes apart: set GRIDGOV_RATE_STORAGE to a Redis"
    " address, or serve with --workers 1."
)
THREADS = 4
COLLECTED_EVERY = (10_000, 20, 20)


@click.command("init")
@click.option("--app-role", help="PostgreSQL: the role that the application itself connects as.")
@with_appcontext
def init(app_role: str | None) -> None:
    """Make the tables, or bring them to this version; harmless twice.

    With --app-role, run as the tables' owner, it lets that role do the application's work, but not
    change or remove entries of the audit trail; say it at every upgrade.
    """
    current = is_current(db.engine)
    with transaction() as session:
        years = bring(session.connection())
        # In the same transaction, so that nothing is chained before what is older.
        chained = take_in(session, installation().settings.keys)
        if app_role is not None:
            grant(session.connection(), app_role)
    click.echo("unchanged" if current and not years else "ready")
    if chained:
        click.echo(f"events taken into the audit trail: {chained}")
    if current and years:
        click.echo("calendar: " + ", ".join(map(str, years)))


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), envvar="PORT", default=8000)
@click.option("--workers", type=click.IntRange(1, 64), default=WORKERS, show_default=True)
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Serve pages and APIs with gunicorn."""
    run(host, port, workers)


def run(
    host: str,
    port: int,
    workers: int = WORKERS,
    *,
    loglevel: str = "info",
    ready: Callable[[], None] | None = None,
) -> None:
    """Replace this process's work by gunicorn's, until it is stopped; `ready` when it listens."""
    from gunicorn.app.base import BaseApplication

    from gridgov.cli.worker import Worker

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    settings = installation().settings
    if workers > 1 and counts_apart(settings):
        # Each process counts for itself, so that a guesser gets as many times the tries.
        click.echo(say(COUNTS_APART, {"workers": workers}), err=True)
    db.engine.dispose()

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "worker_class": Worker,
                "threads": THREADS,
                "loglevel": loglevel,
                # Its path is one per user, so two servers would fight for it.
                "control_socket_disable": True,
                # Query strings may hold a code: neither they nor headers reach a log.
                "accesslog": os.environ.get("ACCESS_LOG"),
                "access_log_format": '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms',
            }
            for name, value in options.items():
                self.cfg.set(name, value)
            if ready is not None:
                self.cfg.set("when_ready", lambda arbiter: ready())

        def load(self) -> object:
            return app

    # What was loaded until now lives as long as the process, and a request makes thousands of
    # objects that die with it: the collector looks at neither so often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_EVERY)
    Server().run()
