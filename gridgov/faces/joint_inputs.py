"""What every face takes in of a joint case's items, checked field by field."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from gridgov.faces.inputs import OUT_OF_RANGE, choice, code, text
from gridgov.joint.items import ItemDraft
from gridgov.worktime.rules import Kind

MOST_UNITS = 20


class LimitIn(Schema):
    """An item's own limit of the handling."""

    kind = choice(Kind, required=True)
    amount = fields.Float(required=True, validate=validate.Range(0.1, 400, error=OUT_OF_RANGE))


class ItemIn(Schema):
    """An item for the list: without a category it has the joint case's."""

    text = text(required=True)
    category = code(5, allow_none=True)
    unit = code(allow_none=True)
    limit = fields.Nested(LimitIn, allow_none=True)
    co_units = fields.List(code(), validate=validate.Length(max=MOST_UNITS))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> ItemDraft:
        """Return what the verb takes."""
        limit = data.pop("limit", None)
        asked = tuple(dict.fromkeys(data.pop("co_units", ())))
        own = (limit["kind"], limit["amount"]) if limit else None
        return ItemDraft(limit=own, co_units=asked, **data)
