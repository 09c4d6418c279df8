"""The reporter's code in a cookie: signed, for one case's pages only, in no address and no log."""

from __future__ import annotations

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

MONTH = 30 * 86_400
FOLLOW = "/follow/"


def keep(response: Response, number: str, code: str) -> None:
    """Hand the cookie out, once the code has been found right."""
    response.set_cookie(
        _name(number), _signer().dumps([number, code]), max_age=MONTH, path=FOLLOW + number,
        httponly=True, secure=request.is_secure, samesite="Lax",
    )  # fmt: skip


def kept(number: str) -> str | None:
    """Return the code that this browser showed for a case before."""
    # Signed, so that nobody tries codes through it where the limit on guessing does not look.
    try:
        found, code = _signer().loads(request.cookies.get(_name(number), ""), max_age=MONTH)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(code) if found == number else None


def forget(response: Response, number: str) -> None:
    """Take the cookie back."""
    response.delete_cookie(_name(number), path=FOLLOW + number)


def _name(number: str) -> str:
    return f"case-{number}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="case-code")
