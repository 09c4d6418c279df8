"""The application: settings, database, faces; one of them per process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Request, current_app
from flask.sessions import SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from gridgov import database, language
from gridgov.people.accounts import refuse_demonstration
from gridgov.settings import ROOT, Settings, load
from gridgov.storage.store import LocalFolder, Store
from gridgov.worktime.keeping import keeping

EXTENSION = "gridgov"
HIGHEST = 2**31 - 1  # the number that a row can have


class RowNumber(IntegerConverter):
    """A row's number in an address: there is nothing beyond those that both databases hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what the rule says."""
        super().__init__(*args, **{"max": HIGHEST} | kwargs)


class NoSession(SessionInterface):
    """Flask's own session is not used: who is signed in stands in the database."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Open none."""


@dataclass(frozen=True)
class Installation:
    """What the faces need besides a session."""

    settings: Settings
    store: Store


def installation() -> Installation:
    """Return the current application's."""
    found: Installation = current_app.extensions[EXTENSION]
    return found


def create_app(settings: Settings | None = None, environ: Mapping[str, str] | None = None) -> Flask:
    """Build the application; raises with a sentence where it cannot."""
    from gridgov import api, ogc, open311, web
    from gridgov.faces import gate

    settings = settings or load(environ if environ is not None else os.environ)
    keeping()  # a mistake in the office hours stops the start, not a request
    app = Flask("gridgov", static_folder=None, root_path=str(Path(__file__).parent))
    url = database.address(settings.database_url, ROOT)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=url.render_as_string(hide_password=False),
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(str(settings.database_url)),
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_json_bytes,
        MAX_FORM_PARTS=20,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.url_map.converters["int"] = RowNumber
    app.session_interface = NoSession()
    app.extensions[EXTENSION] = Installation(settings, LocalFolder(settings.files))
    database.db.init_app(app)
    with app.app_context():
        database.prepare(database.db.engine)
        if settings.env == "production":
            refuse_demonstration(database.db.engine)
    language.init(app, settings)
    api.init(app, settings)
    web.init(app, settings)
    open311.init(app, settings)
    ogc.init(app, settings)
    gate.check(app)
    return app
