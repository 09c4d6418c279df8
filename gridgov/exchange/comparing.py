"""What a filter compares: values of one kind, bound by their type, and patterns of text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from gridgov.database import UtcDateTime
from gridgov.errors import BadInput
from gridgov.exchange.cql2 import instant

LONGEST = 400
WILD = 8  # of a pattern: each of them multiplies the tries
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
TEXT, NUMBER, TIME, TRUTH = "text", "number", "time", "truth"


class FilterMismatch(BadInput):
    """The filter compares what cannot be compared; see the queryables for the types."""


class FilterNotTaken(BadInput):
    """This part of CQL2 is not taken here; the page of conformance lists what is."""


def fitting(*sides: Any) -> list[Any]:
    """Return the sides of a comparison bound by their type. Raises FilterMismatch."""
    kinds = {kind(one) for one in sides}
    if kinds == {TEXT, TIME}:
        sides = tuple(_instant(one) if isinstance(one, str) else one for one in sides)
        kinds = {kind(one) for one in sides}
    if len(kinds) != 1 or None in kinds or not any(isinstance(s, sa.ColumnElement) for s in sides):
        raise FilterMismatch(field="filter")
    return [one if isinstance(one, sa.ColumnElement) else _bound(one) for one in sides]


def truth(value: Any) -> sa.ColumnElement[bool]:
    """Return a value as a condition. Raises FilterMismatch."""
    if kind(value) != TRUTH:
        raise FilterMismatch(field="filter")
    if isinstance(value, bool):
        return sa.true() if value else sa.false()
    return cast("sa.ColumnElement[bool]", value)


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise FilterMismatch(field="filter") from error


def _bound(value: Any) -> Any:
    match value:
        case bool():
            return sa.literal(value, sa.Boolean)
        case int():
            return sa.literal(value, sa.BigInteger)
        case float():
            return sa.literal(value, sa.Float)
        case datetime():
            return sa.literal(value, UtcDateTime())
    return sa.literal(value, sa.String)


_KINDS = (
    (bool, TRUTH), (str, TEXT), (int, NUMBER), (float, NUMBER), (datetime, TIME),
    (sa.Boolean, TRUTH), (sa.String, TEXT), (sa.Numeric, NUMBER), (sa.Integer, NUMBER),
    (sa.Float, NUMBER), (UtcDateTime, TIME),
)  # fmt: skip


def kind(value: Any) -> str | None:
    """Return of what kind a value or a column is; None where nothing is compared with it."""
    of = value.type if isinstance(value, sa.ColumnElement) else value
    return next((found for cls, found in _KINDS if isinstance(of, cls)), None)


def kind_of(column: Any) -> str:
    """Return of what kind a column is: text, number, time or truth."""
    return kind(plain(column)) or TEXT


def plain(column: Any) -> Any:
    """Return a column itself where an attribute of a row's class is given."""
    return column.__clause_element__() if hasattr(column, "__clause_element__") else column


def like(dialect: str, column: Any, pattern: str) -> sa.ColumnElement[bool]:
    """Return a match of the whole text, upper and lower case told apart on both engines.

    % stands for any text, _ for one character, a backslash takes the next one as it is.
    """
    if len(pattern) > LONGEST or CONTROL.search(pattern) or pattern.count("%") > WILD:
        raise FilterNotTaken(field="filter")
    parts = re.findall(r"\\(.?)|([%_])|(.)", pattern, re.DOTALL)
    if dialect == "postgresql":
        made = "".join(wild or re.sub(r"([%_\\])", r"\\\1", a or b) for a, wild, b in parts)
        return cast("sa.ColumnElement[bool]", column.like(made, escape="\\"))
    marks = {"%": "*", "_": "?"}
    made = "".join(marks.get(w) or re.sub(r"([*?\[])", r"[\1]", a or b) for a, w, b in parts)
    return cast("sa.ColumnElement[bool]", column.op("GLOB", is_comparison=True)(made))
