"""Webhooks: other systems that are told each step, with a secret to know it by."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, Conflict, NotFound
from gridgov.keys import Keys
from gridgov.notices.tables import DEAD, OPEN, SENT, WAITING, Call, Notice, Webhook

LONGEST = 300
EVENT_OF: Any = Notice.event  # rows of a room above, known here by their relationship alone
CASE_OF: Any = Notice.case


class WebhookUrlWrong(BadInput):
    """Give an address that begins with http:// or https://, of 300 characters at most."""


class WebhookThere(Conflict):
    """This address is told already; remove it first to draw another secret."""


class NoSuchWebhook(NotFound):
    """There is no webhook with this id; `gridgov notices webhook list` shows them."""


def events() -> Any:
    """Return the class of events."""
    return EVENT_OF.property.mapper.class_


def cases() -> Any:
    """Return the class of cases."""
    return CASE_OF.property.mapper.class_


def add(session: Session, keys: Keys, url: str, at: datetime) -> tuple[Webhook, str]:
    """Add a webhook, told from the next step on; returns it and its secret, shown this once.

    Raises WebhookUrlWrong, WebhookThere.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > LONGEST:
        raise WebhookUrlWrong(field="url")
    found = session.scalar(sa.select(Webhook).where(Webhook.url == url))
    if found is not None and found.removed_at is None:
        raise WebhookThere
    secret = secrets.token_urlsafe(32)
    webhook = found or Webhook(url=url)
    webhook.sealed = keys.seal(secret, bound_to(url))
    last = session.scalar(sa.select(sa.func.max(events().id))) or 0
    webhook.settled_id = webhook.seen_id = last
    webhook.seen_at = webhook.added_at = at
    webhook.removed_at = None
    session.add(webhook)
    session.flush()
    return webhook, secret


def secret_of(webhook: Webhook, keys: Keys) -> str:
    """Return a webhook's secret."""
    return keys.unseal(webhook.sealed, bound_to(webhook.url))


def find(session: Session, key: int) -> Webhook:
    """Return a webhook that is told. Raises NoSuchWebhook."""
    found = session.get(Webhook, key)
    if found is None or found.removed_at is not None:
        raise NoSuchWebhook
    return found


def remove(session: Session, key: int, at: datetime) -> None:
    """Tell a webhook nothing more. Raises NoSuchWebhook."""
    find(session, key).removed_at = at
    gone = sa.update(Call).where(Call.webhook_id == key, Call.state.in_(OPEN))
    session.execute(gone.values(state=DEAD, error=None, lease=None))
    session.flush()


def listed(session: Session) -> list[dict[str, Any]]:
    """Return the webhooks that are told, with how many of their calls are in which state."""
    counts = sa.select(Call.webhook_id, Call.state, sa.func.count()).group_by(
        Call.webhook_id, Call.state
    )
    by_state: dict[tuple[int, str], int] = {
        (key, state): count for key, state, count in session.execute(counts)
    }
    told = sa.select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.id)
    return [
        {
            "id": one.id,
            "url": one.url,
            "waiting": sum(by_state.get((one.id, state), 0) for state in OPEN),
            "sent": by_state.get((one.id, SENT), 0),
            "dead": by_state.get((one.id, DEAD), 0),
        }
        for one in session.scalars(told)
    ]


def redeliver(session: Session, key: int, number: str | None, at: datetime) -> int:
    """Let calls go out again, under their keys and in their order; returns how many.

    Those that were given up, or all of a case. Raises NoSuchWebhook.
    """
    webhook = find(session, key)
    again = sa.update(Call).where(Call.webhook_id == webhook.id)
    if number is None:
        again = again.where(Call.state == DEAD)
    else:
        case = cases()
        of_case = sa.select(case.id).where(case.number == number).scalar_subquery()
        again = again.where(Call.case_id == of_case, Call.state.in_((SENT, DEAD)))
    values = {"state": WAITING, "tries": 0, "next_at": at, "error": None}
    done = session.execute(again.values(**values).returning(Call.id)).all()
    return len(done)


def active(session: Session) -> Sequence[Webhook]:
    """Return the webhooks that are told."""
    return session.scalars(sa.select(Webhook).where(Webhook.removed_at.is_(None))).all()


def bound_to(url: str) -> str:
    """Return what a webhook's secret is sealed with beside the key."""
    return f"webhook {url}"
