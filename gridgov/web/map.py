"""The map: cells, grids and cases as tiles; what one taps on is told in words beside it."""

from __future__ import annotations

from werkzeug.wrappers import Response as Answer

from gridgov.cases.workflow import STATUS_LABELS
from gridgov.faces import asking, views
from gridgov.language import say
from gridgov.web import meeting as page
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting


@blueprint.get("/map")
def map() -> Answer:
    """Show the map; without a script, the grids as a list with their cases."""
    with visiting() as visit:
        s = visit.serving
        kinds = {code: (views.category(s.known, code) or {"name": code})["name"]
                 for code in s.known.categories}  # fmt: skip
        words = {
            "categories": kinds,
            "statuses": {status.value: say(label) for status, label in STATUS_LABELS.items()},
            "grids": {one["code"]: one["name"] for one in asking.grids_of(s)},
        }
        return visit.page("map.html", words=words, filters=page.offered(s))
