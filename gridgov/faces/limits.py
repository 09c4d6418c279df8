"""Rate limits on what can be called without a token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from gridgov.app import installation
from gridgov.errors import GridgovError, NotFound
from gridgov.faces import cookie
from gridgov.faces.auth import CODE_HEADER, authorization
from gridgov.keys import token_hash
from gridgov.people.sessions import genuine
from gridgov.settings import Settings

limiter = Limiter(key_func=get_remote_address)
MEMORY = "memory://"
WRONG_CODES = parse("10 per hour")
# Redis stands beside the server: who waits longer for it than this keeps the public waiting.
PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}
_alone = FixedWindowRateLimiter(MemoryStorage())


class RedisClientMissing(GridgovError):
    """GRIDGOV_RATE_STORAGE names a Redis, and its client is not here: install the package redis."""


def init(app: Flask, settings: Settings) -> None:
    """Attach the limits; raises RedisClientMissing."""
    shared = settings.rate_storage != MEMORY
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.rate_storage,
        RATELIMIT_STORAGE_OPTIONS=PATIENCE if shared else {},
        # Without its Redis a process counts for itself until it is back, rather than refuse.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=shared,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    # Its own handler says nothing; that Redis is away belongs into the server's log.
    limiter.logger.handlers.clear()
    try:
        limiter.init_app(app)
    except ConfigurationError as error:
        raise RedisClientMissing from error
    # Every limit of ours stands at its route. Before each request the library would look for such
    # as hold for all, which costs as much as the limit itself.
    asked = app.before_request_funcs[None]
    asked[:] = [one for one in asked if getattr(one, "__self__", None) is not limiter]


def counts_apart(settings: Settings) -> bool:
    """Tell whether several processes would each count for themselves, in production."""
    return settings.env == "production" and settings.rate_storage == MEMORY


def _exempt() -> bool:
    # The limiter is one for all applications of a process, so each asks its own settings.
    if _off():
        return True
    # A wrong token is refused before anything is done, so its mere presence may exempt here. A
    # cookie that has ended is not: it must be one of ours, and does not help to guess codes.
    if request.headers.get("Authorization", "").startswith("Bearer "):
        return True
    secret = cookie.given()
    guesses = CODE_HEADER in request.headers or "code" in request.values
    return bool(secret and not guesses and genuine(installation().settings.keys, secret))


def _off() -> bool:
    return installation().settings.rate_limits == "off"


def sign_ins() -> Callable[[Any], Any]:
    """Limit what one client tries to sign in with, whatever else the request brings."""
    rate = lambda: installation().settings.rate_sign_in  # noqa: E731
    made: Callable[[Any], Any] = limiter.shared_limit(rate, scope="sign-in", exempt_when=_off)
    return made


def reports() -> Callable[[Any], Any]:
    """Limit reports of one client without a token."""
    return _limit("report", lambda: installation().settings.rate_report)


def others() -> Callable[[Any], Any]:
    """Limit all other calls of one client without a token."""
    return _limit("code", lambda: installation().settings.rate_code)


def tiles() -> Callable[[Any], Any]:
    """Limit tiles, of which one look at a map takes many."""
    return _limit("tiles", lambda: installation().settings.rate_tiles)


def programs() -> Callable[[Any], Any]:
    """Limit what one key may call, or one client without a key."""
    rate = lambda: installation().settings.rate_programs  # noqa: E731
    made: Callable[[Any], Any] = limiter.shared_limit(
        rate, scope="programs", key_func=_program, exempt_when=_off
    )
    return made


def _program() -> str:
    brought = authorization()
    # Never the key itself: what counts may be kept by another server.
    return token_hash(brought) if brought else get_remote_address()


def features() -> Callable[[Any], Any]:
    """Limit what GIS asks of one client without a token, apart from all other calls."""
    return _limit("features", lambda: installation().settings.rate_features)


def _limit(scope: str, rate: Callable[[], str]) -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = limiter.shared_limit(rate, scope=scope, exempt_when=_exempt)
    return made


@contextmanager
def guesses(number: str, code: str | None) -> Iterator[None]:
    """Refuse a case's codes to a network from which ten wrong ones came within an hour.

    Counted are wrong codes only, by case and by network (IPv4 /24, IPv6 /64), also of numbers
    that do not exist. So nobody can lock the reporter out from elsewhere, nor prolong it by
    asking on; and who guesses with 40 bits to find gains nothing by changing addresses.
    """
    given = request.headers.get(CODE_HEADER) or code
    if not given or _off():
        yield
        return
    key = ("wrong-code", _network(), number)
    if not _counting(lambda by: by.test(WRONG_CODES, *key)):
        ends = _counting(lambda by: by.get_window_stats(WRONG_CODES, *key)).reset_time
        raise TooManyRequests(retry_after=max(1, int(ends - time.time()) + 1))
    try:
        yield
    except NotFound:
        _counting(lambda by: by.hit(WRONG_CODES, *key))
        raise


def _counting(ask: Callable[[RateLimiter], Any]) -> Any:
    """Ask who counts; this process itself where the Redis for all of them does not answer."""
    try:
        return ask(limiter.limiter)
    except limiter.storage.base_exceptions:
        return ask(_alone)


def _network() -> str:
    address = get_remote_address()
    try:
        bits = 24 if ip_address(address).version == 4 else 64
        return str(ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        return address
