"""Units that are other bodies: where their Open311 endpoint is, and the key that they gave us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, NotFound
from gridgov.keys import Keys
from gridgov.people.tables import Unit, UnitEndpoint

LONGEST = 300
ALL_OTHERS = "*"


class EndpointWrong(BadInput):
    """Give an address that begins with http:// or https://, of 300 characters at most."""


class NoSuchUnit(NotFound):
    """There is no unit %(code)s."""


class NoEndpoint(NotFound):
    """The unit %(code)s has no endpoint."""


def put(
    session: Session,
    keys: Keys,
    unit: str,
    url: str,
    at: datetime,
    *,
    key: str | None = None,
    jurisdiction: str | None = None,
    services: Mapping[str, str] | None = None,
) -> UnitEndpoint:
    """Let a unit's cases go to an endpoint from now on. Raises NoSuchUnit, EndpointWrong."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > LONGEST:
        raise EndpointWrong(field="url")
    if session.get(Unit, unit) is None:
        raise NoSuchUnit(field="unit", code=unit)
    found = of_unit(session, unit) or UnitEndpoint(unit_code=unit, added_at=at)
    found.url, found.jurisdiction = url.rstrip("/"), jurisdiction
    found.services = dict(services or {})
    found.sealed = keys.seal(key, bound_to(found)) if key else None
    session.add(found)
    session.flush()
    return found


def remove(session: Session, unit: str) -> None:
    """Let a unit's cases go nowhere any more. Raises NoEndpoint."""
    found = of_unit(session, unit)
    if found is None:
        raise NoEndpoint(field="unit", code=unit)
    session.delete(found)
    session.flush()


def of_unit(session: Session, unit: str) -> UnitEndpoint | None:
    """Return a unit's endpoint."""
    return session.scalar(sa.select(UnitEndpoint).where(UnitEndpoint.unit_code == unit))


def listed(session: Session) -> Sequence[UnitEndpoint]:
    """Return all endpoints, by unit."""
    return session.scalars(sa.select(UnitEndpoint).order_by(UnitEndpoint.unit_code)).all()


def key_of(endpoint: UnitEndpoint, keys: Keys) -> str | None:
    """Return the key that the other body gave us."""
    return keys.unseal(endpoint.sealed, bound_to(endpoint)) if endpoint.sealed else None


def bound_to(endpoint: UnitEndpoint) -> str:
    """Return what an endpoint's key is sealed with beside our own."""
    return f"endpoint {endpoint.unit_code}"
