"""The JSON face: `/api/v1`, OpenAPI 3.1, problem details for every error."""

from __future__ import annotations

from flask import Flask

from gridgov.api import openapi, wire
from gridgov.faces import cookie, gate, headers, limits, origin, problems
from gridgov.settings import Settings

PREFIX = "/api/v1"
VERSION = "1.0.0"


def init(app: Flask, settings: Settings) -> None:
    """Attach the routes, the limits and the form of errors."""
    from gridgov.api import (
        accounts,
        administration,
        attachments,
        audit,
        base_map,
        callbacks,
        cases,
        contacts,
        duties,
        exports,
        figures,
        firms,
        health,
        joint,
        map,
        me,
        meetings,
        mine,
        passkeys,
        provider,
        resolutions,
        session,
        steps,
        taking_in,
        tiles,
        visits,
        wishes,
    )

    app.config.update(
        API_TITLE="GridGov",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Needs and problems of a place, from report to closure."},
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "code": {"type": "apiKey", "in": "header", "name": "X-Case-Code"},
                    "session": {"type": "apiKey", "in": "cookie", "name": cookie.NAME},
                }
            },
        },
    )
    wire.init(app, settings)
    api = openapi.make(app)
    of_cases = (cases, wishes, steps, attachments, contacts, callbacks)
    of_places = (map, base_map, exports, figures)
    of_meetings = (joint, meetings, resolutions)
    of_firms = (firms, visits)
    administers = (me, duties, accounts, administration, taking_in, audit)
    signs_in = (session, mine, passkeys, provider)
    for face in (*of_cases, *of_places, *of_meetings, *of_firms, *signs_in, *administers):
        prefix = PREFIX + (face.blueprint.url_prefix or "")
        api.register_blueprint(face.blueprint, url_prefix=prefix)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(tiles.blueprint)
    problems.init(app)
    headers.init(app)
    origin.init(app)
    gate.init(app)
    limits.init(app, settings)
