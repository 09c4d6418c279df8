"""Seals as signed calls to one address, kept there out of reach of who can change the database.

A body is lines of JSON as the file of seals has them: what the receiver appends, one body after
the other, is a file for `gridgov audit verify --seals`. One call is under way at a time, so seals
arrive in their order; one whose answer was lost comes again, the same lines under the same key.
Nothing is given up: a gap would be a finding.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from gridgov.audit.rows import hold, mark, marked
from gridgov.audit.seal import exported
from gridgov.audit.status import WEBHOOK
from gridgov.audit.tables import Seal
from gridgov.database import transaction
from gridgov.notices.calls import Signed, post_signed
from gridgov.notices.claim import LEASE
from gridgov.notices.deliver import DEADLINE_S, PASS
from gridgov.notices.rules import wait
from gridgov.notices.send import sentence
from gridgov.notices.threads import Clock, Sending
from gridgov.settings import Settings

log = logging.getLogger(__name__)

BATCH = 500
LINES = "application/x-ndjson"


@dataclass(frozen=True)
class _Out:
    of: str
    lease: str
    first: int
    last: int
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        return f"seals-{self.first}-{self.last}"


def send_seals(
    engine: Engine | Connection,
    settings: Settings,
    now: datetime,
    *,
    deadline: float = DEADLINE_S,
) -> tuple[int, str | None]:
    """Send the seals that were not sent yet; returns how many, and what went wrong."""
    if not settings.seals_url:
        _forget(engine, now)
        return 0, None
    done, clock = 0, Clock(now)
    while clock() - now < PASS:
        out = _claim(engine, settings.seals_url, clock())
        if out is None:
            break
        error = Sending(partial(_post, out, settings, clock)).outcome(deadline)
        said = None if error is None else sentence(error)
        _mark(engine, out, said, clock())
        if said:
            log.error("seals %s to %s did not go out: %s", out.first, out.last, said)
            return done, said
        done += out.last - out.first + 1
    return done, None


def _claim(engine: Engine | Connection, url: str, now: datetime) -> _Out | None:
    """Lease the next seals; none where all are out, or it is not time yet."""
    of = hashlib.sha256(url.encode()).hexdigest()[:16]
    with transaction(engine) as session:
        held = hold(session, WEBHOOK, now)
        # Another address begins with the first seal.
        before: dict[str, Any] = held if held.get("of") == of else {"of": of, "number": 0}
        if before.get("next_at") and datetime.fromisoformat(before["next_at"]) > now:
            return None
        query = sa.select(Seal).where(Seal.number > before["number"]).order_by(Seal.number)
        if before.get("last"):  # what may have arrived comes again as it was
            query = query.where(Seal.number <= before["last"])
        seals = session.scalars(query.limit(BATCH)).all()
        if not seals:
            mark(session, WEBHOOK, now, {"of": of, "number": before["number"]})
            return None
        lines = "".join(json.dumps(exported(one)) + "\n" for one in seals)
        out = _Out(of, secrets.token_hex(8), seals[0].number, seals[-1].number, lines.encode())
        leased = {"last": out.last, "lease": out.lease, "next_at": (now + LEASE).isoformat()}
        mark(session, WEBHOOK, now, before | leased | {"tries": before.get("tries", 0) + 1})
    return out


def _post(out: _Out, settings: Settings, clock: Clock) -> None:
    call = Signed(settings.seals_url, settings.seals_secret, out.key, out.body, LINES)
    post_signed(call, settings, clock)


def _mark(engine: Engine | Connection, out: _Out, error: str | None, now: datetime) -> None:
    with transaction(engine) as session:
        data = hold(session, WEBHOOK, now)
        if data.get("of") != out.of or data.get("lease") != out.lease:
            return  # it took so long that another process sends them, or they go elsewhere now
        if error is None:
            data = {"of": out.of, "number": out.last}
        else:
            again = now + wait(data["tries"], out.key)
            data |= {"lease": None, "next_at": again.isoformat(), "error": error[:300]}
        mark(session, WEBHOOK, now, data)


def _forget(engine: Engine | Connection, now: datetime) -> None:
    """Let nothing be late that is sent nowhere any more."""
    with transaction(engine, write=False) as session:
        found = marked(session, WEBHOOK)
        if found is None or not found.data:
            return
    with transaction(engine) as session:
        mark(session, WEBHOOK, now, {})
