"""Figures: rates, times and scores of a period, the cases behind each, map, trend, rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import OUT_OF_RANGE, CaseShort, Instant, NamedOut, Truth, choice, code
from gridgov.api.wire import Blueprint
from gridgov.cases.find import MOST, Wanted, count, search
from gridgov.faces import figures as faces
from gridgov.faces import views
from gridgov.faces.lines import over, proposed, rehearsed
from gridgov.faces.serve import serving
from gridgov.insight.ask import ask
from gridgov.insight.behind import NUMBERS, behind
from gridgov.insight.figures import COUNTED, summed, told
from gridgov.insight.overview import hot_spots, over_map, to_decide
from gridgov.insight.reach import reach
from gridgov.people.roles import Role

blueprint = Blueprint("figures", __name__, description="Figures, and the cases behind them")
UNLIMITED = {"x-limited": False}
BY = ("grid", "unit", "category", "channel")
LARGEST = 5_000


class FiguresArgs(Schema):
    """A period (this month), an instant to judge at (now), and filters; all must hold."""

    period = fields.String(
        validate=validate.Length(max=10),
        metadata={"description": "2026, 2026-Q4, 2026-11, 2026-W47 or 2026-11-22"},
    )
    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to", metadata={"description": "The day after the last."})
    as_of = Instant(metadata={"description": "Judged from the events, as of then; else now."})
    grid = code()
    unit = code(metadata={"description": "A unit, with those below it."})
    category = code(5, metadata={"description": "A code or its beginning."})
    channel = code(20)
    cell = code(15)


class ShownArgs(FiguresArgs):
    """As well: the periods to compare with, and by what to break down."""

    compare = fields.Boolean(load_default=True)
    by = choice(BY)


class BehindArgs(FiguresArgs):
    """As well: which number, and the page of its list."""

    number = choice(NUMBERS, required=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))
    after = fields.String(validate=validate.Length(max=80))


class MapArgs(FiguresArgs):
    """As well: per cell or grid, and whether by weeks."""

    per = choice(("cell", "grid"), load_default="cell")
    weeks = fields.Boolean(load_default=False)


class TrendArgs(FiguresArgs):
    """As well: in which steps, and of what a line each."""

    step = choice(("day", "week", "month"), load_default="week")
    by = choice(BY)


class FiguresOut(Schema):
    """Counts, rates, scores and times, each with how it is counted and the cases behind it."""

    period = fields.Dict(required=True)
    as_of = fields.AwareDateTime(required=True)
    filters = fields.Dict(required=True)
    scope = fields.Dict(required=True)
    source = choice(("rollups", "cases", "events"), required=True)
    query = fields.String(required=True)
    counts = fields.List(fields.Dict(), required=True)
    rates = fields.List(fields.Dict(), required=True)
    evaluation = fields.Dict(required=True)
    score = fields.Dict(required=True)
    clocks = fields.List(fields.Dict(), required=True)
    before = fields.Dict()
    year_before = fields.Dict()
    by = fields.List(fields.Dict())


class BehindOut(Schema):
    """A page of the cases behind a number, and how many they are."""

    cases = fields.List(fields.Nested(CaseShort), required=True)
    next = fields.String(allow_none=True, required=True)
    count = fields.Integer(required=True)


class PlaceOut(Schema):
    """One cell or grid, in one week where asked by weeks; `few`: hatch it."""

    code = fields.String(required=True)
    week = fields.String(allow_none=True, required=True)
    load_ = fields.Integer(data_key="load", attribute="load", required=True)
    late = fields.Integer(required=True)
    satisfaction = fields.Float(allow_none=True, required=True)
    few = fields.Boolean(required=True)


class MapOut(Schema):
    """Load, lateness and satisfaction over the map."""

    places = fields.List(fields.Nested(PlaceOut), required=True)


class TrendOut(Schema):
    """Lines of points: each has its day, counts and rates."""

    lines = fields.List(fields.Dict(), required=True)


class SpotOut(Schema):
    """A cell in which a category has grown; `usual` is the mean of four spans before."""

    cell = fields.String(required=True)
    category = fields.Nested(NamedOut, required=True)
    load_ = fields.Integer(data_key="load", attribute="load", required=True)
    usual = fields.Float(required=True)


class SpotsOut(Schema):
    """Hot spots, the fastest growing first."""

    spots = fields.List(fields.Nested(SpotOut), required=True)


class DecideOut(Schema):
    """What waits for a word from above: how many of each kind, and the cases."""

    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    cases = fields.List(fields.Dict(), required=True)


class RehearseIn(FiguresArgs):
    """Which cells would go to which grid; or, with `propose`, that GridGov proposes it."""

    cells = fields.Dict(keys=code(15), values=code(), validate=validate.Length(max=LARGEST))
    propose = Truth(load_default=False)
    grids = fields.Integer(
        validate=validate.Range(1, 500, error=OUT_OF_RANGE),
        metadata={"description": "How many grids to propose; else as many as there are."},
    )
    seed = fields.Integer(load_default=0, validate=validate.Range(0, 2**31, error=OUT_OF_RANGE))


class RehearseOut(Schema):
    """Each grid's cells and load, as the lines are and as they would be; and the lines."""

    grids = fields.List(fields.Dict(), required=True)
    spread = fields.Integer(required=True)
    spread_then = fields.Integer(required=True)
    outside = fields.Integer(required=True)
    cells = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


@blueprint.get("/figures")
@blueprint.arguments(ShownArgs(), location="query")
@blueprint.response(200, FiguresOut)
@blueprint.doc(**UNLIMITED)
def read_figures(args: dict[str, Any]) -> dict[str, Any]:
    """Read the figures of a period, as far as one's duties reach."""
    with serving(write=False) as s:
        return faces.shown(s, faces.question(s, args), args["compare"], args.get("by"))


@blueprint.get("/figures/cases")
@blueprint.arguments(BehindArgs(), location="query")
@blueprint.response(200, BehindOut)
@blueprint.doc(**UNLIMITED)
def list_behind(args: dict[str, Any]) -> dict[str, Any]:
    """List the cases behind a number, with their exact count."""
    with serving(write=False) as s:
        asked = faces.question(s, args)
        condition = behind(
            s.session, args["number"], asked.asked, reach(s.actor, s.known.office), s.actor,
            s.known, s.at, as_of=asked.as_of,
        )  # fmt: skip
        wanted = Wanted(limit=args["limit"], after=args.get("after"), behind=condition)
        page = search(s.session, wanted, s.actor, s.at, s.known)
        number = count(s.session, wanted, s.actor, s.at, s.known)
        return {"cases": views.listed(s, page.cases, s.actor), "next": page.next, "count": number}


@blueprint.get("/figures/map")
@blueprint.arguments(MapArgs(), location="query")
@blueprint.response(200, MapOut)
@blueprint.doc(**UNLIMITED)
def read_map(args: dict[str, Any]) -> dict[str, Any]:
    """Read load, lateness and satisfaction per cell or grid; cells below 5 are marked."""
    with serving(write=False) as s:
        asked = faces.question(s, args)
        places = over_map(
            s.session, asked.asked, reach(s.actor, s.known.office), s.actor, s.known, s.at,
            per=args["per"], weeks=args["weeks"], as_of=asked.as_of,
        )  # fmt: skip
        return {"places": [one._asdict() for one in places]}


@blueprint.get("/figures/trend")
@blueprint.arguments(TrendArgs(), location="query")
@blueprint.response(200, TrendOut)
@blueprint.doc(**UNLIMITED)
def read_trend(args: dict[str, Any]) -> dict[str, Any]:
    """Read counts and rates over time, as one line or one for each grid, unit, category, …."""
    with serving(write=False) as s:
        asked, by = faces.question(s, args), args.get("by")
        within = reach(s.actor, s.known.office)
        found = ask(
            s.session, asked.asked, within, s.actor, s.known, s.at,
            as_of=asked.as_of, by=(by, args["step"]) if by else (args["step"],), minutes=False,
        ).by  # fmt: skip
        lines: dict[str, list[dict[str, Any]]] = {}
        for key, totals in sorted(found.items()):
            lines.setdefault(key[0] if by else "", []).append(
                _point(key[-1], totals.counts, to_a_unit=within.role is Role.HEAD)
            )
        return {
            "lines": [
                {"code": name, "name": faces.name_of(s, by, name) if by else "", "points": points}
                for name, points in lines.items()
            ]
        }


def _point(day: Any, counts: Mapping[str, int], *, to_a_unit: bool) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "counts": {name: summed(parts, counts) for name, (_, parts) in COUNTED.items()},
        "rates": told(counts, to_a_unit=to_a_unit),
    }


@blueprint.get("/figures/hot-spots")
@blueprint.arguments(FiguresArgs(), location="query")
@blueprint.response(200, SpotsOut)
@blueprint.doc(**UNLIMITED)
def read_hot_spots(args: dict[str, Any]) -> dict[str, Any]:
    """Read in which cells which category grows."""
    with serving(write=False) as s:
        asked, within = faces.question(s, args).asked, reach(s.actor, s.known.office)
        found = hot_spots(s.session, asked, within, s.actor, s.known, s.at)
        return {
            "spots": [
                one._asdict() | {"category": views.category(s.known, one.category)} for one in found
            ]
        }


@blueprint.get("/figures/decide")
@blueprint.response(200, DecideOut)
@blueprint.doc(**UNLIMITED)
def read_decide() -> dict[str, Any]:
    """Read what is to be decided: requests, urgent cases, denied, reopened, suspensions ending."""
    with serving(write=False) as s:
        found, counts, _ = to_decide(s.session, s.actor, s.known, s.at)
        shown = views.listed(s, [one.case for one in found], s.actor)
        dump = CaseShort().dump
        pairs = zip(found, shown, strict=True)
        return {"counts": counts, "cases": [dump(row) | {"why": one.why} for one, row in pairs]}


@blueprint.post("/figures/rehearse")
@blueprint.arguments(RehearseIn())
@blueprint.response(200, RehearseOut)
@blueprint.doc(**UNLIMITED)
def rehearse_lines(body: dict[str, Any]) -> dict[str, Any]:
    """Read what each grid would have carried under other lines; without a period, last quarter."""
    with serving(write=False) as s:
        asked = over(s, body)
        lines = body.get("cells") or {}
        if body["propose"]:
            lines = proposed(s, asked, body.get("grids"), body["seed"])
        found = rehearsed(s, asked, lines)
        return found._asdict() | {"grids": [one._asdict() for one in found.grids], "cells": lines}
