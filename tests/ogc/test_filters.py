"""Filters find what the standard says, the same on both databases, and never what is hidden."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.database import db, transaction
from gridgov.exchange.cql2 import MOST, FilterTooLarge, FilterUnreadable, parse
from tests.ogc.conftest import ask, ids, items
from tests.support.town import SOUTH, STEP, WEST, Town

Truth = bool | None
Filter = tuple[str, dict[str, Any], Callable[[dict[str, Any]], Truth]]
TEXTS = {
    "status": ["closed", "handling", "x'y"],
    "kind": ["component", "matter", "resident"],
    "category": ["01001", "02001", "%"],
    "outcome": ["solved"],
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def of(one: dict[str, Any], name: str) -> Any:
    return one["properties"][name]


@st.composite
def comparisons(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(list(TEXTS)))
    value, op = draw(st.sampled_from(TEXTS[name])), draw(st.sampled_from(["=", "<>"]))
    return (
        f"{name} {op} {quoted(value)}",
        {"op": op, "args": [{"property": name}, value]},
        lambda one: None if of(one, name) is None else OPERATORS[op](of(one, name), value),
    )


@st.composite
def numbers(draw: st.DrawFn) -> Filter:
    value: float = draw(st.sampled_from([0, 1, 2, 0.5, 1.5, -3]))
    op = draw(st.sampled_from(list(OPERATORS)))
    return (
        f'"round" {op} {value}',
        {"op": op, "args": [{"property": "round"}, value]},
        lambda one: OPERATORS[op](of(one, "round"), value),
    )


@st.composite
def times(draw: st.DrawFn) -> Filter:
    day = draw(st.integers(1, 28))
    value = datetime(2026, 11, day, tzinfo=UTC)
    op, name = (
        draw(st.sampled_from(["<", ">="])),
        draw(st.sampled_from(["reported_at", "closed_at"])),
    )
    said = f"{value:%Y-%m-%dT%H:%M:%SZ}"

    def holds(one: dict[str, Any]) -> Truth:
        found = of(one, name)
        return None if found is None else OPERATORS[op](datetime.fromisoformat(found), value)

    return (
        f"{name} {op} TIMESTAMP('{said}')",
        {"op": op, "args": [{"property": name}, {"timestamp": said}]},
        holds,
    )


@st.composite
def lists(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(list(TEXTS)))
    values = draw(st.lists(st.sampled_from(TEXTS[name]), min_size=1, max_size=3))
    options = ", ".join(map(quoted, values))
    return (
        f"{name} IN ({options})",
        {"op": "in", "args": [{"property": name}, values]},
        lambda one: None if of(one, name) is None else of(one, name) in values,
    )


@st.composite
def patterns(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(["status", "kind", "cell", "outcome"]))
    pattern = draw(st.text("clo%_KkX3*?[", max_size=5))
    # Python's own matching of a shell's patterns, its marks taken as they are.
    marks = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    shell = "".join(marks.get(one, one) for one in pattern)
    return (
        f"{name} LIKE {quoted(pattern)}",
        {"op": "like", "args": [{"property": name}, pattern]},
        lambda one: None if of(one, name) is None else fnmatch.fnmatchcase(of(one, name), shell),
    )


@st.composite
def places(draw: st.DrawFn) -> Filter:
    edges = sorted(draw(st.lists(st.integers(0, 40), min_size=2, max_size=2, unique=True)))
    west, east = (WEST + STEP * edge / 10 + 1.3e-6 for edge in edges)
    shape = shapely.Polygon([(west, SOUTH), (east, SOUTH), (west, SOUTH + STEP)])

    def holds(one: dict[str, Any]) -> Truth:
        if one["geometry"] is None:
            return None
        return bool(shape.intersects(shapely.geometry.shape(one["geometry"])))

    return (
        f"S_INTERSECTS(geometry, {shape.wkt})",
        {"op": "s_intersects", "args": [{"property": "geometry"}, shape.__geo_interface__]},
        holds,
    )


@st.composite
def empty(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(["outcome", "closed_at", "text", "status"]))
    return (
        f"{name} IS NULL",
        {"op": "isNull", "args": [{"property": name}]},
        lambda one: of(one, name) is None,
    )


def negated(one: Filter) -> Filter:
    text, tree, holds = one

    def not_holds(each: dict[str, Any]) -> Truth:
        found = holds(each)
        return None if found is None else not found

    return f"NOT ({text})", {"op": "not", "args": [tree]}, not_holds


def both(one: Filter, other: Filter) -> Filter:
    def hold(each: dict[str, Any]) -> Truth:
        found = (one[2](each), other[2](each))
        return False if False in found else None if None in found else True

    # In brackets where an OR would otherwise be torn apart.
    texts = [f"({text})" if " OR " in text else text for text in (one[0], other[0])]
    return " AND ".join(texts), {"op": "and", "args": [one[1], other[1]]}, hold


def either(one: Filter, other: Filter) -> Filter:
    def hold(each: dict[str, Any]) -> Truth:
        found = (one[2](each), other[2](each))
        return True if True in found else None if None in found else False

    # Without brackets: AND binds tighter by itself.
    return f"{one[0]} OR {other[0]}", {"op": "or", "args": [one[1], other[1]]}, hold


LEAVES = st.one_of(comparisons(), numbers(), times(), lists(), patterns(), places(), empty())
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(negated), st.builds(both, inner, inner), st.builds(either, inner, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=FILTERS, who=st.sampled_from(["gis", "dispatcher"]))
def test_a_filter_finds_what_the_features_themselves_say(
    twins: dict[str, Town], made: Filter, who: str
) -> None:
    """Text and JSON, on both databases; what nothing is known of is found by neither side."""
    text, tree, holds = made
    for town in twins.values():
        shown = items(town, "cases", who, limit=2_000)["features"]
        expected = sorted(one["id"] for one in shown if holds(one))
        found = items(town, "cases", who, limit=2_000, filter=text)
        assert ids(found) == expected, text
        assert found["numberMatched"] == len(expected)
        again = items(
            town, "cases", who, limit=2_000, filter=json.dumps(tree), filter_lang="cql2-json"
        )
        assert ids(again) == expected


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE cases; --",
        "' OR '1'='1",
        "x' UNION SELECT 1 --",
        "\\",
        "%' --",
        '"',
        "${7*7}",
    ],
)
def test_values_are_bound_and_never_part_of_a_statement(twin: Town, text: str) -> None:
    statements: list[str] = []
    with twin.app.app_context():
        engine = db.engine
    listen = (engine, "before_cursor_execute")
    note = lambda conn, cursor, statement, *rest: statements.append(statement)  # noqa: E731
    sa.event.listen(*listen, note)
    try:
        for filter_ in (f"text = {quoted(text)}", f"text LIKE {quoted(text)}"):
            assert ask(twin, "/collections/cases/items", "dispatcher", filter=filter_).is_json
        assert items(twin, "cases", "dispatcher", status=text)["numberMatched"] == 0
    finally:
        sa.event.remove(*listen, note)
    assert statements and not [one for one in statements if text in one and len(text) > 1]
    assert ask(twin, f"/collections/cases/items/{text}", "dispatcher").status_code == 404
    with twin.app.app_context(), transaction(write=False) as session:
        assert session.scalar(sa.text("SELECT count(*) FROM cases"))


def test_a_narrow_shape_does_not_find_a_place_that_is_told_as_its_cell(twin: Town) -> None:
    exact = {one["id"]: one for one in items(twin, "cases", "dispatcher", limit=2_000)["features"]}
    coarse = [
        one
        for one in items(twin, "cases", "gis", limit=2_000)["features"]
        if one["properties"]["place"] == "cell"
    ]
    assert len(coarse) > 5
    for one in coarse:
        x, y = exact[one["id"]]["geometry"]["coordinates"]
        assert one["geometry"]["coordinates"] != [x, y]
        assert one["properties"]["address"] is None
        around = f"{x - 1e-6},{y - 1e-6},{x + 1e-6},{y + 1e-6}"
        for query in ({"bbox": around}, {"filter": f"S_INTERSECTS(geometry, BBOX({around}))"}):
            assert one["id"] not in ids(items(twin, "cases", "gis", **query))
            assert one["id"] in ids(items(twin, "cases", "dispatcher", **query))


def test_filters_in_another_system(twin: Town) -> None:
    """Latitude first in EPSG:4490, and northing first in EPSG:4549."""
    here = shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP)
    plain = items(twin, "cases", "dispatcher", filter=f"S_WITHIN(geometry, {here.wkt})")
    assert plain["numberMatched"] > 5
    swapped = shapely.transform(here, lambda xy: xy[:, ::-1])
    uri = "http://www.opengis.net/def/crs/EPSG/0/4490"
    found = items(
        twin, "cases", "dispatcher", filter=f"S_WITHIN(geometry, {swapped.wkt})", filter_crs=uri
    )
    assert ids(found) == ids(plain)


def test_cells_by_area_and_by_shape(twin: Town) -> None:
    assert items(twin, "cells", filter="area_m2 > 10000 AND area_m2 < 11000")["numberMatched"] == 4
    corner = f"POINT({WEST + STEP} {SOUTH})"
    assert items(twin, "cells", filter=f"S_TOUCHES(geometry, {corner})")["numberMatched"] == 2
    assert items(twin, "grids", filter=f"S_DISJOINT(geometry, {corner})")["numberMatched"] == 1
    assert items(twin, "grids", filter="cells = 2")["numberMatched"] == 2


def test_filters_stay_within_bounds() -> None:
    with pytest.raises(FilterTooLarge):
        parse(" AND ".join(["a = 1"] * MOST))
    with pytest.raises(FilterTooLarge):
        parse("NOT " * 100 + "a = 1")
    with pytest.raises((FilterTooLarge, FilterUnreadable)):
        parse("[" * 10_000, "cql2-json")
    parse(" AND ".join(["a = 1"] * 150))
