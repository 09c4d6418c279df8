"""OGC API – Features at `/ogc/v1`: Parts 1 to 3, for QGIS, GDAL and whoever speaks it.

Whoever brings no token gets the public view, an account what it may see. Every mistake in a
question is 400 here, as the standard wants it; errors are problem details.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, request

from gridgov.faces import problems
from gridgov.language import say
from gridgov.settings import Settings

PREFIX = "/ogc/"


def init(app: Flask, settings: Settings) -> None:
    """Attach the routes and the form of errors."""
    from gridgov.ogc.routes import blueprint

    app.register_blueprint(blueprint)
    problems.shown_as(app, lambda: request.path.startswith(PREFIX), _problem)


def _problem(body: dict[str, Any]) -> Response:
    if body["status"] == 422:
        body |= {"status": 400, "title": say(problems.TITLES[422])}
    text = json.dumps(body, ensure_ascii=False)
    made = Response(text, body["status"], mimetype="application/problem+json")
    if body["status"] == 401:
        made.headers["WWW-Authenticate"] = 'Bearer realm="gridgov"'
    return made
