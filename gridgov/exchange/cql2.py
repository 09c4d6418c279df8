"""Filters in CQL2, text or JSON, as pygeofilter's tree. Pure.

pygeofilter's own grammar of the text gives AND and OR the same rank, so that `a OR b AND c` would
find other things than the standard says: the text is read by `cql2.lark` instead. Its reading of
the JSON is taken, with `between` and `bbox` written as it wants them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError
from pygeofilter import ast, values
from pygeofilter.cql2 import SPATIAL_PREDICATES_MAP, TEMPORAL_PREDICATES_MAP
from pygeofilter.parsers.cql2_json import parse as from_json

from gridgov.errors import BadInput

LONGEST = 16_000  # characters
DEEPEST = 40
MOST = 600  # parts of a filter


class FilterUnreadable(BadInput):
    """The filter cannot be read as CQL2; look at %(near)s."""


class FilterTooLarge(BadInput):
    """The filter is longer or more deeply nested than what is taken here."""


TEXT, JSON = "cql2-text", "cql2-json"
LANGUAGES = (TEXT, JSON)


def parse(text: str, language: str = TEXT) -> Any:
    """Return a filter as pygeofilter's tree. Raises FilterUnreadable, FilterTooLarge."""
    if len(text) > LONGEST:
        raise FilterTooLarge(field="filter")
    try:
        tree = _parser.parse(text) if language == TEXT else from_json(_usual(json.loads(text)))
    except LarkError as error:
        place = getattr(error, "pos_in_stream", None) or 0
        near = text[place : place + 20] or text[-20:]
        raise FilterUnreadable(field="filter", near=near) from error
    except RecursionError as error:
        raise FilterTooLarge(field="filter") from error
    except Exception as error:  # whatever pygeofilter meets in hostile JSON
        raise FilterUnreadable(field="filter", near=text[:20]) from error
    for count, (_, depth) in enumerate(_parts(tree)):
        if depth > DEEPEST or count > MOST:
            raise FilterTooLarge(field="filter")
    return tree


def _parts(tree: Any) -> Iterator[tuple[Any, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        inner = node.get_sub_nodes() if hasattr(node, "get_sub_nodes") else None
        below = inner if isinstance(inner, list) else [inner] if inner is not None else []
        # A chain of ANDs leans to the left: what it holds is no deeper than itself.
        same = type(node) if isinstance(node, ast.And | ast.Or) else None
        waiting += [(one, depth if type(one) is same else depth + 1) for one in below]


def _usual(node: Any) -> Any:
    """Return JSON of the standard as pygeofilter's reading of it wants it."""
    if isinstance(node, list):
        return [_usual(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "bbox" in node and "type" not in node:
        return box(*node["bbox"]).__geo_interface__
    made = {name: _usual(value) for name, value in node.items()}
    args = made.get("args")
    if made.get("op") == "between" and isinstance(args, list) and len(args) == 3:
        made["args"] = [args[0], args[1:]]
    return made


def box(*edges: Any) -> Any:
    """Return four or six edges, of which the heights do not count, as a polygon."""
    numbers = [float(edge) for edge in edges]
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    return shapely.box(*numbers)


@v_args(inline=True)
class _Tree(Transformer[Any, Any]):
    """Makes pygeofilter's nodes of the text's parts."""

    def or_(self, *parts: Any) -> Any:
        return ast.Or.from_items(*parts)

    def and_(self, *parts: Any) -> Any:
        return ast.And.from_items(*parts)

    def not_(self, part: Any) -> Any:
        return ast.Not(part)

    eq = lambda self, lhs, rhs: ast.Equal(lhs, rhs)  # noqa: E731
    ne = lambda self, lhs, rhs: ast.NotEqual(lhs, rhs)  # noqa: E731
    lt = lambda self, lhs, rhs: ast.LessThan(lhs, rhs)  # noqa: E731
    lte = lambda self, lhs, rhs: ast.LessEqual(lhs, rhs)  # noqa: E731
    gt = lambda self, lhs, rhs: ast.GreaterThan(lhs, rhs)  # noqa: E731
    gte = lambda self, lhs, rhs: ast.GreaterEqual(lhs, rhs)  # noqa: E731
    between = lambda self, of, low, high: ast.Between(of, low, high, False)  # noqa: E731
    not_between = lambda self, of, low, high: ast.Between(of, low, high, True)  # noqa: E731
    in_ = lambda self, of, *options: ast.In(of, list(options), False)  # noqa: E731
    not_in = lambda self, of, *options: ast.In(of, list(options), True)  # noqa: E731
    null = lambda self, of: ast.IsNull(of, False)  # noqa: E731
    not_null = lambda self, of: ast.IsNull(of, True)  # noqa: E731
    like = lambda self, of, pattern: _like(of, pattern, False)  # noqa: E731
    not_like = lambda self, of, pattern: _like(of, pattern, True)  # noqa: E731

    def spatial(self, name: Any, lhs: Any, rhs: Any) -> Any:
        return SPATIAL_PREDICATES_MAP[name.lower()](lhs, rhs)

    def temporal(self, name: Any, lhs: Any, rhs: Any) -> Any:
        return TEMPORAL_PREDICATES_MAP[name.lower()](lhs, rhs)

    def attribute(self, name: Any) -> Any:
        return ast.Attribute(str(name))

    def quoted_attribute(self, name: Any) -> Any:
        return ast.Attribute(str(name)[1:-1])

    def text(self, token: Any) -> str:
        return _unquoted(token)

    def number(self, token: Any) -> float | int:
        return int(token) if token.lstrip("+-").isdecimal() else float(token)

    def truth(self, token: Any) -> bool:
        return bool(token.lower() == "true")

    def casei(self, value: Any) -> Any:
        return ast.Function("lower", [value])

    def timestamp(self, token: Any) -> datetime:
        return instant(_unquoted(token))

    def date(self, token: Any) -> date:
        return date.fromisoformat(_unquoted(token))

    def interval(self, start: Any, end: Any) -> Any:
        ends = (_unquoted(one) for one in (start, end))
        return values.Interval(*(None if one in ("..", "") else instant(one) for one in ends))

    def box(self, *edges: Any) -> Any:
        return values.Geometry(box(*edges).__geo_interface__)

    def wkt(self, token: Any) -> Any:
        return values.Geometry(shapely.from_wkt(str(token)).__geo_interface__)


def _like(of: Any, pattern: Any, negated: bool) -> Any:
    return ast.Like(of, pattern, False, "%", "_", "\\", negated)


def _unquoted(token: Any) -> str:
    return str(token)[1:-1].replace("''", "'")


def instant(text: str, *, end: bool = False) -> datetime:
    """Read RFC 3339, a day as its beginning or `end`, without a zone as UTC. Raises ValueError."""
    made = datetime.fromisoformat(text.strip())
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    if end and len(text.strip()) == len("2026-11-22"):
        made += timedelta(days=1, microseconds=-1)
    try:
        return made.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


_parser = Lark.open(
    "cql2.lark", rel_to=__file__, parser="lalr", transformer=_Tree(), maybe_placeholders=False
)
