"""What a list of cases can be asked for."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from gridgov.api.schemas import OUT_OF_RANGE, Instant, code, text
from gridgov.cases import numbers
from gridgov.cases.find import MOST, Wanted
from gridgov.cases.workflow import Status
from gridgov.words import N_

BOX = N_("bbox takes west,south,east,north in degrees.")


class Box(fields.Field[tuple[float, ...]]):
    """`west,south,east,north` in degrees."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[float, ...]:
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError as error:
            raise ValidationError(BOX) from error
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise ValidationError(BOX)
        return west, south, east, north


class Number(fields.String):
    """A case number, dashes left out or not."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        try:
            return numbers.read(str(value))
        except numbers.NumberWrong as error:
            raise ValidationError(error.message_id) from error


class Several(fields.Field[tuple[str, ...]]):
    """One or several values, separated by commas."""

    def __init__(self, values: Any, **more: Any) -> None:
        super().__init__(**more)
        self.values = frozenset(values)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        chosen = tuple(part.strip() for part in str(value).split(",") if part.strip())
        if not chosen or not set(chosen) <= self.values:
            raise ValidationError(N_("Choose one of the listed values."))
        return chosen


class CaseQuery(Schema):
    """The filters of a list of cases; all given ones must hold."""

    q = text(100, metadata={"description": "Words that the text has; Chinese from one character."})
    number = Number()
    external_ref = text(100)
    status = Several(
        {*Status, "open", "ended"},
        metadata={"type": "string", "description": "Statuses, open or ended; comma-separated."},
    )
    grid = code()
    cell = code(15)
    unit = code()
    category = code(5, metadata={"description": "A code or its beginning."})
    channel = code(20)
    joint = fields.Boolean(metadata={"description": "Only joint cases, or only others."})
    item_of = Number(metadata={"description": "Of which joint case they are items."})
    since = Instant(data_key="from")
    until = Instant(data_key="to")
    bbox = Box(metadata={"type": "string", "example": "121.48,29.87,121.50,29.89"})
    limit = fields.Integer(load_default=25, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))
    after = fields.String(validate=validate.Length(max=80))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Wanted:
        """Return what the verb takes."""
        return Wanted(**data)
