"""What goes over the wire: JSON read strictly, bodies bounded."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any

import flask_smorest
from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from gridgov.errors import BadInput
from gridgov.settings import Settings


class Strict(DefaultJSONProvider):
    """JSON as RFC 8259 has it: no NaN or infinity; keeps the order of keys and Chinese as it is."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON; anything wrong is a ValueError."""
        try:
            return super().loads(
                s,
                parse_constant=_refuse,
                parse_float=_finite,
                object_pairs_hook=_object,
                **kwargs,
            )
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is too large")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise NameTwice(field=ascii(twice)[1:-1][:100])
    return made


def form_of(file: str | None, **more: dict[str, Any]) -> dict[str, Any]:
    """Return what the OpenAPI says of a form with a file, and of its other fields.

    Spelled out, for smorest describes files and form as if they were two bodies.
    """
    named = {"file": {"type": "string", "format": "binary", "description": file}}
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": named | more,
        "additionalProperties": False,
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


class NameTwice(BadInput):
    """A name comes twice in one object; which of its values is meant?"""


class Parser(FlaskParser):
    """Reads JSON bodies as the application does, and refuses what is declared as something else."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 (as webargs has it)
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
        "form": RAISE,
        "files": RAISE,
    }

    def load_headers(self, req: Request, schema: Schema) -> Any:
        """Return the headers that a schema names; to go through all takes longer than to read."""
        names = [field.data_key or name for name, field in schema.fields.items()]
        return {name: value for name in names if (value := req.headers.get(name)) is not None}

    def _raw_load_json(self, req: Request) -> Any:
        return req.get_json()


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of addresses whose bodies are read strictly."""

    ARGUMENTS_PARSER = Parser()


def init(app: Flask, settings: Settings) -> None:
    """Attach all of it to the application."""
    app.json = Strict(app)

    @app.before_request
    def bounded() -> None:
        if "\0" in request.path:
            raise NotFound  # no text in a database holds it
        form = (request.mimetype or "").startswith("multipart/")
        limit = settings.max_body_bytes if form else settings.max_json_bytes
        if (request.content_length or 0) > limit:
            raise RequestEntityTooLarge
        # What comes in chunks says no length; a byte more than the limit tells that it is too long.
        request.max_content_length = limit + 1
        if not form and request.content_length is None and len(request.get_data()) > limit:
            raise RequestEntityTooLarge
