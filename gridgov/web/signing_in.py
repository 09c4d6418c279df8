"""Signing in and out: password, second factor, own password; one page, by what is due."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Response, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.errors import GridgovError
from gridgov.faces import cookie, limits, signing
from gridgov.faces.provider import NotLinked, ProviderAway, ProviderRefused
from gridgov.faces.signing import Opened
from gridgov.language import sentence
from gridgov.people.second_factor import CodeWrong
from gridgov.people.sessions import Awaits
from gridgov.web.blueprint import blueprint
from gridgov.web.home import back
from gridgov.web.shell import Visit, visiting

# Which page a session is shown that still waits for something.
WAITS = {
    Awaits.SECOND_FACTOR: "sign_in_code.html",
    Awaits.PASSWORD: "sign_in_password.html",
    Awaits.ENROLMENT: "sign_in_factor.html",
}


@blueprint.get("/sign-in")
def sign_in() -> Answer:
    """Ask for what is still wanted of whoever comes; who is wholly signed in goes on."""
    here = signing.here()
    if here is not None and here.awaits is None:
        return redirect(_next(), 303)
    if here is None:
        return _shown("sign_in.html", _refused(), provider=_provider())
    if here.awaits is Awaits.ENROLMENT:
        return enrolling()
    return _shown(WAITS[here.awaits or Awaits.PASSWORD])


@blueprint.post("/sign-in")
@limits.sign_ins()
def try_sign_in() -> Answer:
    """Try login and password."""
    given = request.form
    try:
        opened = signing.start(
            given.get("login", "").replace("\0", "").strip()[:64],
            given.get("password", "")[:1000],
            remember="remember" in given,
        )
    except GridgovError as error:
        return _shown("sign_in.html", error, login=given.get("login"), provider=_provider())
    return _onward(opened)


@blueprint.post("/sign-in/code")
@limits.sign_ins()
def try_code() -> Answer:
    """Try the second factor's code."""
    try:
        return _onward(signing.prove(request.form.get("code", "")[:40]))
    except GridgovError as error:
        return _shown("sign_in_code.html", error)


@blueprint.post("/sign-in/password")
@limits.sign_ins()
def change_password() -> Answer:
    """Change the password; the first one is one that somebody else knows."""
    given = request.form
    try:
        return _onward(signing.change_password(given.get("old", ""), given.get("new", "")))
    except GridgovError as error:
        return _shown("sign_in_password.html", error)


@blueprint.post("/sign-in/factor")
@limits.sign_ins()
def add_factor() -> Answer:
    """Add the second factor with its first code; shows the recovery codes once."""
    try:
        opened, codes = signing.confirm_factor(request.form.get("code", "")[:40])
    except CodeWrong as error:
        return enrolling(error)
    shown = _shown("sign_in_recovery.html", codes=codes, onward=_next())
    return signing.answer(shown, opened)


@blueprint.post("/sign-out")
def sign_out() -> Answer:
    """Sign out, and take the cookie back."""
    signing.stop()
    answer = _going("/")
    cookie.forget(answer)
    return answer


def _onward(opened: Opened) -> Answer:
    """Hand the cookie out; go on, or back for what the session still waits for."""
    wanted = _next()
    to = url_for("web.sign_in", next=wanted) if opened.awaits else wanted
    return signing.answer(_going(to), opened)


def _going(to: str) -> Response:
    return Response(status=303, headers={"Location": to})


def _next() -> str:
    return back(request.values.get("next"))


def _provider() -> str | None:
    """Return what the button of the office's identity provider says, where there is one."""
    settings = installation().settings
    return settings.oidc_label or urlsplit(settings.oidc_issuer).hostname


def _refused() -> GridgovError | None:
    """Return why the identity provider let nobody in, from where it sends people back."""
    name = request.args.get("refused")
    if not name:
        return None
    known = (NotLinked, ProviderAway, ProviderRefused)
    return next((one() for one in known if one.__name__ == name), ProviderRefused())


def enrolling(error: GridgovError | None = None) -> Response:
    """Show what an authenticator app scans; its first code adds the factor."""
    found = signing.begin_factor()
    code = Markup(segno.make(found.uri).svg_inline(scale=5, border=3, omitsize=True))  # noqa: S704
    return _shown("sign_in_factor.html", error, secret=found.secret, code=code)


def _shown(template: str, error: GridgovError | None = None, **values: Any) -> Response:
    wrong = [{"field": error.field or "login", "message": sentence(error)}] if error else []
    with visiting() as visit:
        page: Visit = visit
        return page.page(template, 422 if error else 200, errors=wrong, onto=_next(), **values)
