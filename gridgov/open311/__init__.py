"""The face of Open311 (GeoReport v2) at `/open311/v2`: XML and JSON, for programs."""

from __future__ import annotations

from flask import Flask

from gridgov.settings import Settings

PREFIX = "/open311/v2"


def init(app: Flask, settings: Settings) -> None:
    """Attach the routes and the form of errors."""
    from gridgov.faces import problems
    from gridgov.open311 import forms, requests, services, updates

    for face in (services, requests, updates):
        app.register_blueprint(face.blueprint, url_prefix=PREFIX)
    problems.shown_as(app, forms.applies, forms.refused)
