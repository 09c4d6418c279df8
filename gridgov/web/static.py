"""Serves what was built, compressed beforehand, never to be asked for again; and the words."""

from __future__ import annotations

from flask import Response, abort, request, send_from_directory

from gridgov.web import words
from gridgov.web.assets import BUILT
from gridgov.web.blueprint import blueprint

FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """Serve a built file; its name holds a digest of its content."""
    if name.endswith((".json", *ENCODINGS.values())):
        abort(404)
    sent = _compressed(name) or send_from_directory(BUILT, name)
    sent.headers["Cache-Control"] = FOREVER
    sent.headers["X-Content-Type-Options"] = "nosniff"
    return sent


@blueprint.get("/static/words/<string:language>-<string:digest>.js")
def spoken_words(language: str, digest: str) -> Response:
    """Serve what the scripts say in a language."""
    script, now = words.script(language)
    if digest != now:
        abort(404)
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = FOREVER
    return response


def _compressed(name: str) -> Response | None:
    media_type = next((TYPES[end] for end in TYPES if name.endswith(end)), None)
    for encoding, ending in ENCODINGS.items():
        fits = media_type and request.accept_encodings[encoding] > 0
        if fits and (BUILT / (name + ending)).is_file():
            sent = send_from_directory(BUILT, name + ending, mimetype=media_type)
            sent.headers["Content-Encoding"] = encoding
            sent.headers["Vary"] = "Accept-Encoding"
            return sent
    return None
