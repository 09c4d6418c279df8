"""What goes over the wire: JSON read strictly, bodies bounded, headers that protect."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import RequestEntityTooLarge

from gridgov.settings import Settings


class Strict(DefaultJSONProvider):
    """JSON as RFC 8259 has it: no NaN or infinity; keeps the order of keys and Chinese as it is."""

    ensure_ascii = False
    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON; anything wrong is a ValueError."""
        try:
            return super().loads(s, parse_constant=_refuse, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def init(app: Flask, settings: Settings) -> None:
    """Attach all of it to the application."""
    app.json = Strict(app)

    @app.before_request
    def bounded() -> None:
        form = (request.mimetype or "").startswith("multipart/")
        limit = settings.max_body_bytes if form else settings.max_json_bytes
        if (request.content_length or 0) > limit:
            raise RequestEntityTooLarge
        request.max_content_length = limit

    @app.after_request
    def protected(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Accept-Language, Authorization, X-Case-Code"
        return response
