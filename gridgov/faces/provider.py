"""Signing in through an office's own identity provider: OpenID Connect, by Authlib's client side.

The code flow with PKCE, a state bound to the browser by a cookie, and a nonce. The ID token counts
only with the provider's signature, for us, now, and for this very nonce. Who has no account that
was linked beforehand is not let in: nothing here makes accounts. Calls go to the provider's host
and to those that a setting names, without redirects.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from werkzeug.wrappers import Response

from gridgov.app import installation
from gridgov.database import transaction
from gridgov.errors import NotAllowed, NotFound, NotSignedIn, Unavailable
from gridgov.faces import signing
from gridgov.faces.auth import now
from gridgov.faces.signing import Opened
from gridgov.keys import derive
from gridgov.notices.guard import HostNotAllowed, guarded
from gridgov.people.accounts import linked
from gridgov.people.noted import note
from gridgov.settings import Settings

COOKIE = "gridgov_provider"
MINUTES_10, KEPT = 600, timedelta(hours=1)
TIMEOUT_S, LARGEST, LEEWAY_S = 10, 262_144, 60
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
BACK = "provider.back"

_found: dict[str, tuple[datetime, dict[str, Any]]] = {}


class ProviderOff(NotFound):
    """This installation has no identity provider to sign in with."""


class ProviderAway(Unavailable):
    """The identity provider does not answer as it should just now; try again in a moment."""


class ProviderRefused(NotSignedIn):
    """The identity provider did not sign you in; begin again from our sign-in page."""


class NotLinked(NotAllowed):
    """No account here is linked to you; the security administrator can link yours."""


def leave(after: str | None, *, remember: bool) -> Response:
    """Send the browser to the provider."""
    settings, facts = _settings(), _discovered()
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    address, _ = _client(settings).create_authorization_url(
        facts["authorization_endpoint"],
        state=kept["state"],
        nonce=kept["nonce"],
        code_verifier=kept["verifier"],
    )
    answer = redirect(address, 303)
    answer.set_cookie(
        COOKIE, _signer(settings).dumps(kept | {"after": local(after), "remember": remember}),
        max_age=MINUTES_10, httponly=True, secure=request.is_secure, samesite="Lax",
    )  # fmt: skip
    return answer


def finish() -> tuple[Opened, str]:
    """Open a session for who comes back from the provider; returns where they wanted to go."""
    settings, kept = _settings(), _kept()
    given = request.args
    if not secrets.compare_digest(kept["state"].encode(), given.get("state", "").encode()):
        raise ProviderRefused
    if "error" in given or given.get("iss", settings.oidc_issuer) != settings.oidc_issuer:
        raise ProviderRefused
    claims = _claims(given.get("code", ""), kept)
    with transaction() as session:
        account = linked(session, settings.oidc_issuer, str(claims["sub"]))
        if account is None:
            note(session, settings.keys, now(), "sign_in_unlinked", None)
    if account is None:
        raise NotLinked
    # The provider stands for the password; a second factor of ours is asked for all the same.
    opened = signing.open_for(account, "provider", remember=bool(kept["remember"]), proven=False)
    return opened, local(kept["after"])


def local(after: str | None) -> str:
    """Return an address of ours to go on to; anything else becomes the first page."""
    ours = after and after.startswith("/") and not after.startswith(("//", "/\\"))
    return after if ours and after and after.isprintable() else "/"


def _claims(code: str, kept: dict[str, Any]) -> dict[str, Any]:
    settings, facts = _settings(), _discovered()
    try:
        with _outside(settings):
            token = _client(settings).fetch_token(
                _permitted(settings, facts["token_endpoint"]),
                code=code,
                code_verifier=kept["verifier"],
                grant_type="authorization_code",
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        keys = KeySet.import_key_set(_read(settings, facts["jwks_uri"]))  # type: ignore[arg-type]
        read = jwt.decode(str(token.get("id_token", "")), keys, algorithms=list(SIGNED_WITH))
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": settings.oidc_issuer},
                "aud": {"essential": True, "value": settings.oidc_client_id},
            },
            params={
                "nonce": kept["nonce"],
                "client_id": settings.oidc_client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now().timestamp()), leeway=LEEWAY_S)
    except (requests.RequestException, HostNotAllowed) as error:
        raise ProviderAway from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderRefused from error
    return dict(claims)


def _discovered() -> dict[str, Any]:
    """Return what the provider says of itself, asked for once an hour."""
    settings = _settings()
    issuer = settings.oidc_issuer
    at, facts = _found.get(issuer, (None, {}))
    if at is None or now() - at > KEPT:
        try:
            facts = _read(settings, issuer.rstrip("/") + "/.well-known/openid-configuration")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _permitted(settings, facts[name])
        except (requests.RequestException, HostNotAllowed, ValueError, KeyError) as error:
            raise ProviderAway from error
        if facts.get("issuer") != issuer:
            raise ProviderAway
        _found[issuer] = (now(), facts)
    return facts


def _read(settings: Settings, address: str) -> dict[str, Any]:
    with (
        _outside(settings),
        requests.Session() as calls,
        calls.get(
            _permitted(settings, address), timeout=TIMEOUT_S, allow_redirects=False, stream=True
        ) as answer,
    ):
        body = answer.raw.read(LARGEST + 1, decode_content=True)
    if answer.status_code != 200 or len(body) > LARGEST:
        raise ValueError(answer.status_code)
    read = json.loads(body)
    if not isinstance(read, dict):
        raise ValueError("no object")
    return read


def _permitted(settings: Settings, address: str) -> str:
    """Return an address of the provider; raises ValueError for any other."""
    parts, issuer = urlsplit(str(address)), urlsplit(settings.oidc_issuer)
    hosts = {issuer.hostname, *settings.oidc_hosts}
    if parts.hostname not in hosts or parts.scheme != issuer.scheme or parts.username:
        raise ValueError("not the provider's")
    return str(address)


def _outside(settings: Settings) -> Any:
    return guarded([urlsplit(settings.oidc_issuer).hostname or "", *settings.oidc_hosts])


def _client(settings: Settings) -> Any:
    made = OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=settings.oidc_scopes,
        redirect_uri=url_for(BACK, _external=True),
        code_challenge_method="S256",
    )
    made.trust_env = False
    return made


def _kept() -> dict[str, Any]:
    settings = _settings()
    try:
        kept: dict[str, Any] = _signer(settings).loads(
            request.cookies.get(COOKIE, ""), max_age=MINUTES_10
        )
    except BadSignature as error:
        raise ProviderRefused from error
    return kept


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derive(settings.keys.secret, "provider"))


def _settings() -> Settings:
    settings = installation().settings
    if not settings.oidc_issuer:
        raise ProviderOff
    return settings
