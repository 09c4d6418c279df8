"""Other lines between grids, tried on last quarter's cases before anyone adopts them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response as Answer

from geo.balance import SetsImpossible
from gridgov.errors import GridgovError
from gridgov.faces import asking, views
from gridgov.faces import lines as faces
from gridgov.faces.inputs import OUT_OF_RANGE, code
from gridgov.faces.serve import Serving
from gridgov.insight.periods import between, month_of
from gridgov.language import say
from gridgov.web import meeting as page
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import Wrong, of_error
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

LARGEST = 5_000
NO_SUCH_SETS = N_("The cells cannot be cut into that many connected grids; choose another number.")


class Lines(Schema):
    """Cells with the grids that they would go to."""

    cells = fields.Dict(keys=code(15), values=code(), validate=validate.Length(max=LARGEST))
    cell = code(15)
    to = code()
    grids = fields.Integer(validate=validate.Range(1, 500, error=OUT_OF_RANGE))
    seed = fields.Integer(validate=validate.Range(0, 2**31, error=OUT_OF_RANGE))


LINES = Lines()


@blueprint.get("/rehearse")
def rehearse() -> Answer:
    """Show today's lines, and what each grid carried in last quarter."""
    with visiting() as visit:
        return _shown(visit, {})


@blueprint.post("/rehearse")
def rehearse_lines() -> Answer:
    """Propose lines, move a cell, or send the lines as a file for `gridgov map import`."""
    given = {name: text for name, text in request.form.items() if text.strip()}
    asked, wrong = given.pop("do", ""), []
    with visiting() as visit:
        s = visit.serving
        read = _read(given)
        lines: dict[str, str] = read.get("cells", {})
        try:
            if asked == "propose":
                over = faces.over(s, _period())
                made = faces.proposed(s, over, read.get("grids"), read.get("seed", 0))
                now = faces.today(s)
                lines = {cell: grid for cell, grid in made.items() if now[cell] != grid}
            elif asked == "move" and {"cell", "to"} <= read.keys():
                lines = lines | {read["cell"]: read["to"]}
            elif asked == "file":
                return _file(s, lines)
            elif asked == "begin":
                lines = {}
            return _shown(visit, lines, read)
        except SetsImpossible:
            wrong = [{"field": "grids", "message": say(NO_SUCH_SETS)}]
        except GridgovError as error:
            wrong = of_error(error)
            lines = {}
        return _shown(visit, lines, read, wrong)


def _read(given: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {name: given[name] for name in LINES.fields if name in given}
    body.pop("period", None)
    try:
        if "cells" in body:
            body["cells"] = json.loads(body["cells"])
        loaded: dict[str, Any] = LINES.load(body)
        return loaded
    except (ValueError, RecursionError, ValidationError) as error:
        raise page.AddressNotUnderstood(field="cells") from error


def _period() -> dict[str, Any]:
    return {"period": request.args["period"]} if request.args.get("period") else {}


def _file(s: Serving, lines: Mapping[str, str]) -> Response:
    made = json.dumps(faces.as_map(s, lines), ensure_ascii=False)
    return page.sent(made, "gridgov-lines.geojson", "application/geo+json")


def _shown(
    visit: Visit,
    lines: Mapping[str, str],
    read: Mapping[str, Any] | None = None,
    wrong: Wrong | None = None,
) -> Response:
    s = visit.serving
    asked = faces.over(s, _period())
    found, now = faces.rehearsed(s, asked, lines), faces.today(s)
    codes = sorted({*now.values(), *lines.values()})
    names = {code: (views.grid(s.known, code) or {"name": code})["name"] for code in codes}
    load = faces.load_of_cells(s, asked)
    return visit.page(
        "rehearse.html", status=422 if wrong else 200, found=found, names=names, errors=wrong,
        moved={cell: grid for cell, grid in lines.items() if now.get(cell) != grid},
        cells=json.dumps(dict(lines)), load=json.dumps(load), now=now, read=read or {},
        period=asking.told(between(asked.start, asked.end)), loads=load,
        span=f"from={asked.start}&to={asked.end}",
        named=request.args.get("period", ""), periods=_periods(s),
    )  # fmt: skip


def _periods(s: Serving) -> list[tuple[str, str, bool]]:
    """Return the periods to try lines on: label, address, whether it is this one."""
    today = s.at.astimezone(s.known.settings.zone).date()
    quarter, month = faces.last_quarter(s), month_of(today)
    spans = (
        (N_("Last quarter"), quarter),
        (N_("This quarter"), f"{today.year}-Q{(today.month + 2) // 3}"),
        (N_("Last month"), f"{month.before.start:%Y-%m}"),
        (N_("This year"), str(today.year)),
    )
    here = request.args.get("period") or quarter
    return [(say(label), f"/rehearse?period={name}", name == here) for label, name in spans]
