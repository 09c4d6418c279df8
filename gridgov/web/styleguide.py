"""All parts of the pages on one page, to look at and to test; only in development."""

from __future__ import annotations

from datetime import timedelta

from flask import abort
from werkzeug.wrappers import Response

from gridgov.app import installation
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting

HOUR = timedelta(hours=1)


@blueprint.get("/styleguide")
def styleguide() -> Response:
    """Show every part in every state."""
    if installation().settings.env != "development":
        abort(404)
    with visiting() as visit:
        at = visit.serving.at
        shown = (("late", at - 3 * HOUR), ("soon", at + HOUR), ("", at + 50 * HOUR))
        return visit.page("styleguide.html", shown=shown)
