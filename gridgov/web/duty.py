"""The duty board: who is on now, who accepted what is urgent, who is called next; printable."""

from __future__ import annotations

from werkzeug.wrappers import Response as Answer

from gridgov.faces.duty_board import board
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting


@blueprint.get("/duty")
def duty() -> Answer:
    """Show who is on duty at this instant."""
    with visiting() as visit:
        return visit.page("duty.html", **board(visit.serving))
