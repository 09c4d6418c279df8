"""The one blueprint of all pages; each module of pages puts its routes on it."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

blueprint = Blueprint("web", __name__, template_folder="templates")


@blueprint.before_request
def _readable() -> None:
    """Refuse an address that asks for what no text in a database holds."""
    if any("\0" in text for text in request.args.values()):
        raise NotFound
