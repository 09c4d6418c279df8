"""What every face takes in: reports and steps, checked field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from geo.datum import CoordType
from gridgov.cases.contact import Contact
from gridgov.cases.fields import FIELDS, MOST_DAYS, TEXT_LENGTH, URGENCIES, Kind
from gridgov.cases.placing import Location
from gridgov.cases.report import About, Draft
from gridgov.cases.workflow import STEPS
from gridgov.words import N_

DAY = timedelta(days=1)
CODE = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
ABOUT = ("leader", "member", "unit", "person", "other")
PATTERN = N_("Control characters are not taken here.")
CODE_PATTERN = N_("This takes letters, digits, dots, dashes and underscores.")
TOO_LONG = N_("This is longer than what is taken here.")
NO_CHOICE = N_("Choose one of the listed values.")
OUT_OF_RANGE = N_("This lies outside the range that is taken here.")
PRINTABLE = validate.Regexp(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$", error=PATTERN)


def encodable(value: str) -> None:
    """Refuse half of a surrogate pair, which JSON can spell but no text can hold."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(PATTERN) from error


def text(longest: int = TEXT_LENGTH, **more: Any) -> fields.String:
    """Return a field of text without control characters."""
    rules: list[Any] = [validate.Length(max=longest, error=TOO_LONG), PRINTABLE, encodable]
    return fields.String(validate=rules, **more)


def code(longest: int = 32, **more: Any) -> fields.String:
    """Return a field for a code of ours."""
    rules = [
        validate.Length(max=longest, error=TOO_LONG),
        validate.Regexp(CODE, error=CODE_PATTERN),
    ]
    return fields.String(validate=rules, **more)


def choice(values: Any, **more: Any) -> fields.String:
    """Return a field for one of several values."""
    return fields.String(validate=validate.OneOf(list(values), error=NO_CHOICE), **more)


def degrees(**more: Any) -> fields.Float:
    """Return a field for a longitude or latitude; which it is, the map decides."""
    return fields.Float(validate=validate.Range(-180, 180, error=OUT_OF_RANGE), **more)


class Truth(fields.Boolean):
    """True or false, and nothing that merely equals them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(fields.AwareDateTime):
    """An instant that can be told in UTC, and where the office is."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        instant: datetime = super()._deserialize(value, *args, **kwargs)
        try:
            # A day aside there is an instant too: so it can be told in every zone.
            _ = instant - DAY, instant + DAY
            return instant.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(OUT_OF_RANGE) from error


class LocationIn(Schema):
    """A place: longitude and latitude in degrees of `coord_type`, and words."""

    lon = degrees(allow_none=True)
    lat = degrees(allow_none=True)
    coord_type = choice(CoordType, load_default="wgs84")
    accuracy_m = fields.Float(allow_none=True, validate=validate.Range(0, 1e6, error=OUT_OF_RANGE))
    address = text(300, allow_none=True)

    @validates_schema
    def both(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse one coordinate without the other."""
        if (data.get("lon") is None) != (data.get("lat") is None):
            missing = "lon" if data.get("lon") is None else "lat"
            raise ValidationError(N_("Give both lon and lat, or neither."), missing)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Location:
        """Return what the verbs take."""
        return Location(**data)


class ReporterIn(Schema):
    """Who reports; stored encrypted and apart."""

    name = text(50, allow_none=True)
    phone = fields.String(
        allow_none=True,
        validate=validate.Regexp(
            r"^\+?[0-9][0-9 -]{4,22}$",
            error=N_("This takes a telephone number: digits and dashes."),
        ),
    )
    email = fields.Email(allow_none=True, validate=validate.Length(max=100, error=TOO_LONG))
    notices = choice(
        ("sms",), allow_none=True, metadata={"description": "sms: be told by SMS how it goes on."}
    )

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Contact | None:
        """Return what the verbs take; a wish to be told is no contact."""
        contact = Contact(**data)
        return contact if any(contact[:3]) else None


class AboutIn(Schema):
    """Whom the case is about (被反映对象); it is hidden from them."""

    kind = choice(ABOUT, required=True)
    unit = code(allow_none=True)
    person = code(allow_none=True)
    text = text(200, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> About:
        """Return what the verbs take."""
        return About(**data)


def _answer_fits(value: Any) -> None:
    fits = isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 1000)
    if not fits or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValidationError(N_("An answer is a short text, a number, or yes or no."))
    if isinstance(value, str):
        PRINTABLE(value)
        encodable(value)


def _step_field(name: str) -> fields.Field[Any]:
    field = FIELDS[name]
    if field.kind is Kind.TEXT:
        return text()
    if field.kind is Kind.CHOICE:
        return choice(field.choices or ())
    if field.kind is Kind.LOCATION:
        return fields.Nested(LocationIn)
    plain: dict[Kind, fields.Field[Any]] = {
        Kind.FLAG: Truth(),
        Kind.DATE: fields.Date(),
        Kind.INSTANT: Instant(),
        Kind.CASE: code(20),
        Kind.CATEGORY: code(5),
        Kind.COUNT: fields.Integer(
            strict=True, validate=validate.Range(1, MOST_DAYS, error=OUT_OF_RANGE)
        ),
    }
    return plain.get(field.kind) or code()


_STEP: type[Schema] = Schema.from_dict(
    {name: _step_field(name) for name in FIELDS}, name="StepFields"
)


class StepAtOnceIn(_STEP):  # type: ignore[valid-type,misc]
    """A step with its fields, taken as soon as the case is reported."""

    step = choice(STEPS, required=True)


class StepIn(StepAtOnceIn):
    """A step with its fields, and the version of the case that its author saw."""

    version = fields.Integer(strict=True, validate=validate.Range(1, 2**31 - 1, error=OUT_OF_RANGE))


class CaseIn(Schema):
    """A report; at least `description` or `category`."""

    description = text(allow_none=True)
    category = code(5, allow_none=True)
    urgency = choice(URGENCIES, allow_none=True)
    location = fields.Nested(LocationIn, allow_none=True)
    reporter = fields.Nested(ReporterIn, allow_none=True)
    anonymous = Truth(load_default=False)
    confidential = Truth(allow_none=True)
    subject = fields.Nested(AboutIn, allow_none=True)
    answers = fields.Dict(
        keys=text(100),
        values=fields.Raw(
            validate=_answer_fits,
            metadata={"type": ["string", "number", "boolean"], "maxLength": 1000},
        ),
        validate=validate.Length(max=30, error=TOO_LONG),
        metadata={"maxProperties": 30, "propertyNames": {"maxLength": 100}},
        allow_none=True,
    )
    channel = fields.String(
        load_default="web",
        validate=validate.Regexp(
            r"^[a-z][a-z0-9_-]{0,19}$", error=N_("A channel is a short word in small letters.")
        ),
    )
    external_ref = text(100, allow_none=True)
    firm = code(
        allow_none=True, metadata={"description": "Whose need it is; for staff, or one's own."}
    )
    # A word, not words: it stays in the event's data when all that was written is erased.
    notice_version = code(
        20,
        allow_none=True,
        metadata={"description": "Of the notice that the reporter was shown and agreed to."},
    )
    steps = fields.List(
        fields.Nested(StepAtOnceIn),
        validate=validate.Length(max=10, error=TOO_LONG),
        metadata={"description": "Steps to take at once, such as settle; all or none."},
    )

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return a Draft, and the steps to take with it."""
        steps = data.pop("steps", None) or []
        contact = data.pop("reporter", None)
        agreed = data.pop("notice_version", None)
        data["noted"] = {"notice": {"agreed": agreed}} if agreed else {}
        data["location"] = data.get("location") or Location()
        data["answers"] = data.get("answers") or {}
        data["description"] = (data.get("description") or "").strip() or None
        return {"draft": Draft(contact=contact, **data), "steps": steps}


class CodeArgs(Schema):
    """The reporter's code; better sent as the header X-Case-Code."""

    code = fields.String(validate=validate.Length(max=40, error=TOO_LONG))
