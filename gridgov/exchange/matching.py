"""A filter as a condition on what a collection shows: bound parameters only, on both engines.

pygeofilter's own evaluator for SQLAlchemy is built upon, and kept from what differs or hurts:
functions by name, types that do not fit, patterns, and SpatiaLite's predicates, which answer -1
where there is no geometry and look at every row where no box is asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import shapely
import sqlalchemy as sa
from pygeofilter import ast, values
from pygeofilter.backends.evaluator import handle
from pygeofilter.backends.sqlalchemy.evaluate import SQLAlchemyFilterEvaluator

from gridgov.database import SRID, within_box
from gridgov.errors import BadInput
from gridgov.exchange.comparing import (
    CONTROL,
    LONGEST,
    NUMBER,
    TEXT,
    FilterMismatch,
    FilterNotTaken,
    fitting,
    kind,
    kind_of,
    like,
    plain,
    truth,
)

GEOMETRY = "geometry"
# The name of a predicate, and shapely's function of it.
PREDICATES = {
    "INTERSECTS": (shapely.intersects, "ST_Intersects"),
    "DISJOINT": (shapely.disjoint, "ST_Disjoint"),
    "CONTAINS": (shapely.contains, "ST_Contains"),
    "WITHIN": (shapely.within, "ST_Within"),
    "TOUCHES": (shapely.touches, "ST_Touches"),
    "CROSSES": (shapely.crosses, "ST_Crosses"),
    "OVERLAPS": (shapely.overlaps, "ST_Overlaps"),
    "EQUALS": (shapely.equals, "ST_Equals"),
}
LARGEST = 2**53  # of numbers: beyond it JSON's are no longer exact

Place = Callable[[str, Any], sa.ColumnElement[bool]]
ToDegrees = Callable[[Any], Any]


class PropertyUnknown(BadInput):
    """There is no property %(name)s to filter by; there are %(known)s."""


class GeometryWrong(BadInput):
    """The geometry of the filter is not valid, or lies outside the coordinates of its system."""


def condition(
    tree: Any,
    columns: Mapping[str, Any],
    dialect: str,
    place: Place | None = None,
    to_degrees: ToDegrees = lambda shape: shape,
) -> sa.ColumnElement[bool]:
    """Return the condition of a filter on these columns.

    `place` makes a condition of a predicate's name and a geometry in degrees, which `to_degrees`
    makes of one in the system that the filter is in. Raises what stands above.
    """
    try:
        made = _Evaluator(columns, dialect, place, to_degrees).evaluate(tree)
    except (NotImplementedError, KeyError, AttributeError, RecursionError) as error:
        raise FilterNotTaken(field="filter") from error
    except TypeError as error:
        raise FilterMismatch(field="filter") from error
    return truth(made)


def equals(
    name: str, text: str, columns: Mapping[str, Any], dialect: str
) -> sa.ColumnElement[bool]:
    """Return the condition that a property is what an address's parameter says."""
    of = kind_of(columns[name])
    try:
        value: Any = float(text) if of == NUMBER else text
    except ValueError as error:
        raise FilterMismatch(field=name) from error
    return condition(ast.Equal(ast.Attribute(name), value), columns, dialect)


def at_point(dialect: str, point: Any, key: Any, name: str, shape: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a column of points has this predicate with a shape in degrees."""
    there = point.is_not(None)
    if name == "INTERSECTS" and is_box(shape):
        return sa.and_(there, within_box(dialect, point, key, shape.bounds))
    literal = sa.func.ST_GeomFromText(shapely.to_wkt(shape, rounding_precision=-1), SRID)
    function = getattr(sa.func, PREDICATES[name][1])
    yes = function(point, literal, type_=sa.Integer) == 1
    if dialect == "postgresql":
        yes = function(point, literal, type_=sa.Boolean)
    if name == "DISJOINT":
        return sa.and_(there, yes)
    # SpatiaLite does not look into its index by itself; the box is exact for points.
    return sa.and_(there, within_box(dialect, point, key, shape.bounds), yes)


def is_box(shape: Any) -> bool:
    """Tell whether a shape is its own bounding box."""
    return shape.geom_type == "Polygon" and bool(shape.equals(shapely.box(*shape.bounds)))


class _Evaluator(SQLAlchemyFilterEvaluator):  # type: ignore[misc]
    def __init__(
        self,
        columns: Mapping[str, Any],
        dialect: str,
        place: Place | None,
        to_degrees: ToDegrees,
    ) -> None:
        super().__init__(columns, undefined_as_null=False)
        self._dialect = dialect
        self._place = place
        self._to_degrees = to_degrees

    @handle(ast.Attribute)
    def attribute(self, node: Any) -> Any:
        if node.name == GEOMETRY and self._place:
            return GEOMETRY_ITSELF
        if node.name not in self.field_mapping:
            known = ", ".join([*self.field_mapping, *([GEOMETRY] if self._place else [])])
            raise PropertyUnknown(field="filter", name=str(node.name)[:40], known=known)
        return plain(self.field_mapping[node.name])

    @handle(str, float, int, bool, datetime, date)
    def literal(self, node: Any) -> Any:
        if isinstance(node, bool):
            return node
        if isinstance(node, str) and (len(node) > LONGEST or CONTROL.search(node)):
            raise FilterMismatch(field="filter")
        if isinstance(node, int | float) and not abs(node) <= LARGEST:
            raise FilterMismatch(field="filter")
        if isinstance(node, date) and not isinstance(node, datetime):
            node = datetime(node.year, node.month, node.day, tzinfo=UTC)
        if isinstance(node, datetime) and node.tzinfo is None:
            return node.replace(tzinfo=UTC)
        return node

    @handle(ast.And, ast.Or)
    def combination(self, node: Any, lhs: Any, rhs: Any) -> Any:
        join = sa.and_ if isinstance(node, ast.And) else sa.or_
        return join(truth(lhs), truth(rhs))

    @handle(ast.Not)
    def not_(self, node: Any, sub: Any) -> Any:
        return sa.type_coerce(sa.not_(truth(sub)), sa.Boolean)

    @handle(ast.Comparison, subclasses=True)
    def comparison(self, node: Any, lhs: Any, rhs: Any) -> Any:
        return super().comparison(node, *fitting(lhs, rhs))

    @handle(ast.Between)
    def between(self, node: Any, lhs: Any, low: Any, high: Any) -> Any:
        return sa.type_coerce(super().between(node, *fitting(lhs, low, high)), sa.Boolean)

    @handle(ast.In)
    def in_(self, node: Any, lhs: Any, *options: Any) -> Any:
        return sa.type_coerce(super().in_(node, *fitting(lhs, *options)), sa.Boolean)

    @handle(ast.IsNull)
    def null(self, node: Any, lhs: Any) -> Any:
        if not isinstance(lhs, sa.ColumnElement):
            raise FilterMismatch(field="filter")
        return lhs.is_not(None) if node.not_ else lhs.is_(None)

    @handle(ast.Like)
    def like(self, node: Any, lhs: Any) -> Any:
        if kind(lhs) != TEXT or not isinstance(lhs, sa.ColumnElement):
            raise FilterMismatch(field="filter")
        if not isinstance(node.pattern, str):
            raise FilterMismatch(field="filter")
        made = like(self._dialect, lhs, node.pattern)
        return sa.type_coerce(sa.not_(made), sa.Boolean) if node.not_ else made

    @handle(ast.Function)
    def function(self, node: Any, *arguments: Any) -> Any:
        if node.name != "lower" or len(arguments) != 1 or kind(arguments[0]) != TEXT:
            raise FilterNotTaken(field="filter")
        (one,) = arguments
        return one.lower() if isinstance(one, str) else sa.func.lower(one, type_=sa.String)

    @handle(ast.Arithmetic, subclasses=True)
    def arithmetic(self, node: Any, lhs: Any, rhs: Any) -> Any:
        raise FilterNotTaken(field="filter")

    @handle(ast.TemporalPredicate, subclasses=True)
    def temporal(self, node: Any, lhs: Any, rhs: Any) -> Any:
        start, end = rhs if isinstance(rhs, tuple) else (rhs, rhs)
        if not isinstance(lhs, sa.ColumnElement):
            raise FilterMismatch(field="filter")
        name = type(node).__name__
        low = None if start is None else fitting(lhs, start)[1]
        high = None if end is None else fitting(lhs, end)[1]
        if name == "TimeAfter" and high is not None:
            return lhs > high
        if name == "TimeBefore" and low is not None:
            return lhs < low
        if name == "TimeEquals" and start == end and low is not None:
            return lhs == low
        if name == "TimeDuring":  # inside, without its ends
            return sa.and_(*([lhs > low] if start else []), *([lhs < high] if end else []))
        if name == "TimeOverlaps":  # what pygeofilter makes of T_INTERSECTS
            return sa.and_(
                sa.true(), *([lhs >= low] if start else []), *([lhs <= high] if end else [])
            )
        raise FilterNotTaken(field="filter")

    @handle(values.Interval)
    def interval(self, node: Any, start: Any, end: Any) -> Any:
        return start, end

    @handle(type(None))
    def nothing(self, node: Any) -> Any:
        return None

    @handle(values.Geometry)
    def geometry(self, node: Any) -> Any:
        try:
            shape = shapely.force_2d(shapely.geometry.shape(node.geometry))
        except Exception as error:  # whatever shapely meets in hostile JSON
            raise GeometryWrong(field="filter") from error
        return self._checked(shape)

    @handle(values.Envelope)
    def envelope(self, node: Any) -> Any:
        return self._checked(shapely.box(node.x1, node.y1, node.x2, node.y2))

    def _checked(self, shape: Any) -> Any:
        if shape.is_empty or not shape.is_valid:
            raise GeometryWrong(field="filter")
        made = self._to_degrees(shape)
        west, south, east, north = made.bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90 and made.is_valid):
            raise GeometryWrong(field="filter")
        return made

    @handle(ast.SpatialComparisonPredicate, subclasses=True)
    def spatial_operation(self, node: Any, lhs: Any, rhs: Any) -> Any:
        name = node.op.name
        if rhs is GEOMETRY_ITSELF:
            lhs, rhs = rhs, lhs
            name = {"WITHIN": "CONTAINS", "CONTAINS": "WITHIN"}.get(name, name)
        if self._place is None or lhs is not GEOMETRY_ITSELF or not hasattr(rhs, "geom_type"):
            raise FilterMismatch(field="filter")
        return self._place(name, rhs)


class _Itself:
    """Stands for the geometry of a feature."""


GEOMETRY_ITSELF = _Itself()
