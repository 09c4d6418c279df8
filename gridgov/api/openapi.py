"""What the OpenAPI says beyond the schemas: every error an address may answer, and its form."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from threading import RLock
from typing import Any

from apispec import APISpec, BasePlugin
from flask import Flask, Response, json, request
from flask_smorest import Api, Blueprint

from gridgov.api.schemas import StepIn
from gridgov.faces import access
from gridgov.faces.problems import Problem

JSON = "application/problem+json"
FRESH = "public, no-cache"  # the same for whoever asks, in whichever language
ALWAYS = (400, 413, 503)  # 413: a body where none belongs, too
OF_A_BODY = (409, 413, 415)
HEADERS = {401: "WWW-Authenticate", 429: "Retry-After"}
NUMBER = {"type": "string", "pattern": "^[0-9]{6}-?[0-9]{5}-?[0-9]$", "example": "261122-03845-2"}
KEY = {"type": "integer", "minimum": 1}
PATH_PARAMETERS = {"number": NUMBER, "key": KEY}


class Errors(BasePlugin):
    """Adds the problem details to each operation, by what it takes and whom it serves."""

    _spec: APISpec

    def init_spec(self, spec: APISpec) -> None:
        """Name each error once; operations refer to it."""
        self._spec = spec

    def path_helper(
        self,
        path: str | None = None,
        operations: dict[Any, Any] | None = None,
        parameters: list[dict[Any, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Say what a case number and a file's number look like, and who may call the route."""
        for method, operation in (operations or {}).items():
            operation["security"] = access.security(method, kwargs["rule"].endpoint)
            operation["x-secret"] = access.secret(method, kwargs["rule"].endpoint)
        for parameter in parameters or ():
            if parameter["in"] == "path" and parameter["name"] in PATH_PARAMETERS:
                parameter["schema"] = PATH_PARAMETERS[parameter["name"]]

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Replace what smorest says of errors."""
        for method, operation in (operations or {}).items():
            answers = {
                str(status): answer
                for status, answer in operation["responses"].items()
                if str(status) in ("200", "201", "204", "303")
            }
            for status in _statuses(path or "", method, operation):
                answers[str(status)] = self._problem(status)
            if types := operation.pop("x-types", None):
                binary = {"schema": {"type": "string", "format": "binary"}}
                answers["200"]["content"] = dict.fromkeys(types, binary)
            if operation.pop("x-etag", False):
                answers["304"] = {"description": "What the client has still stands."}
            operation["responses"] = answers

    def _problem(self, status: int) -> dict[str, str]:
        name = f"Problem{status}"
        if name not in self._spec.components.responses:
            schema = {"$ref": "#/components/schemas/Problem"}
            answer: dict[str, Any] = {
                "description": HTTPStatus(status).phrase,
                "content": {JSON: {"schema": schema}},
            }
            if header := HEADERS.get(status):
                answer["headers"] = {header: {"schema": {"type": "string"}, "required": True}}
            self._spec.components.response(name, answer)
        return {"$ref": f"#/components/responses/{name}"}


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    found = set(ALWAYS)
    security = operation.get("security", [])
    if any("token" in way or "session" in way for way in security):
        # Not known; or known, but not let in: by role, by the token's scope, or not yet wholly.
        found.update((401, 403))
    if operation.pop("x-secret") or "{number}" in path or "{key}" in path:
        found.add(404)
    if operation.get("parameters") or "requestBody" in operation:
        found.add(422)
    if "{login}" in path:
        found.update((404, 422))
    if method in ("post", "put"):
        found.update(OF_A_BODY)
    found.update(status for status in operation.pop("x-also", ()) if status >= 400)
    if operation.pop("x-conflicts", False):
        found.add(409)
    if operation.pop("x-limited", True):
        found.add(429)
    return sorted(found)


class Documented(Api):  # type: ignore[misc]
    """The API with its errors in the OpenAPI, which is written when somebody first asks for it.

    A start, of which there is one for each worker, takes half as long without.
    """

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        self._writes = RLock()
        self._written: Any = None
        self._sent: tuple[bytes, str] | None = None
        self._told: list[Blueprint] = []
        super().__init__(app)

    def _init_spec(self, **kwargs: Any) -> None:
        """Wait until somebody asks."""

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Attach its routes; what they say of themselves is for later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._told.append(blp)

    @property
    def spec(self) -> Any:
        """The OpenAPI, an `APISpec`."""
        with self._writes:
            if self._written is None:
                # Fills `_written` first, and looks at it here again.
                super()._init_spec(extra_plugins=[Errors()])
                self._write(self._written)
            return self._written

    @spec.setter
    def spec(self, made: Any) -> None:
        self._written = made

    def _openapi_json(self) -> Response:
        """Send it, dumped once; whoever has it as it stands gets no second one."""
        body, tag = self._dumped()
        response = Response(body, mimetype="application/json")
        response.set_etag(tag)
        response.headers["Cache-Control"] = FRESH
        response.make_conditional(request)
        return response

    def _dumped(self) -> tuple[bytes, str]:
        if self._sent is None:
            body = json.dumps(self.spec.to_dict(), indent=2, sort_keys=False).encode()
            self._sent = body, hashlib.sha256(body).hexdigest()[:32]
        return self._sent

    def _write(self, spec: Any) -> None:
        spec.components.schema("StepIn", schema=StepIn)
        for blueprint in self._told:
            name = blueprint.name
            blueprint.register_views_in_doc(self, self._app, spec, name=name, parameters=None)
            spec.tag({"name": name, "description": blueprint.description})


def make(app: Flask) -> Api:
    """Return the API, ready for blueprints."""
    return Documented(app)
