"""Pages of lists that go by a key: what comes after it, and what the next page comes after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import OUT_OF_RANGE, TOO_LONG
from gridgov.people.directory import MOST


class _Limited(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class PageArgs(_Limited):
    """A page: what comes after a code or login."""

    after = fields.String(load_default="", validate=validate.Length(max=64, error=TOO_LONG))


class AfterArgs(_Limited):
    """A page: what comes after a number."""

    after = fields.Integer(
        load_default=0, validate=validate.Range(0, 2**31 - 1, error=OUT_OF_RANGE)
    )


def onward(found: Sequence[Any], wanted: Mapping[str, Any], key: str) -> Any:
    """Return what the next page comes after; none where this one is not full."""
    return attrgetter(key)(found[-1]) if len(found) == wanted["limit"] else None
