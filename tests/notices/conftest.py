"""A town's office with notices to send, and a target on loopback that takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.app import installation
from gridgov.database import db, transaction
from gridgov.notices.channels import add_channel
from gridgov.notices.deliver import Delivered, deliver
from gridgov.notices.tables import Message, Notice
from gridgov.settings import Settings
from tests.notices.target import Target, target
from tests.support.town import Town

MORNING = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Ningbo
NIGHT = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # the Wednesday after it, 02:00
SHIFT = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)  # that Wednesday, 08:30


@dataclass
class Desk:
    """Cases, notices and the delivery, with instants of the test's own."""

    town: Town
    settings: Settings
    target: Target
    engine: Engine

    def case(self, who: str | None = None, **given: Any) -> str:
        """Report a case, and forget what was told of it."""
        number = self.reported(who, **given)["number"]
        self.forget()
        return str(number)

    def reported(self, who: str | None = None, **given: Any) -> dict[str, Any]:
        return self.town.report(who, **given)

    def forget(self) -> None:
        with transaction(self.engine) as session:
            session.execute(sa.update(Notice).values(spread_at=MORNING, reached=0))

    def channel(self, person: str, address: str | None = None) -> int:
        with transaction(self.engine) as session:
            given = address or self.target.apprise
            return add_channel(session, self.settings.keys, person, given, MORNING).id

    def notice(
        self,
        number: str,
        to: str = "dispatcher",
        *,
        kind: str = "person",
        template: str = "urge",
        urgent: bool = False,
        at: datetime = MORNING,
        **data: Any,
    ) -> int:
        """Write a notice into the outbox, as a step would."""
        with transaction(self.engine) as session:
            case = sa.inspect(Notice).relationships["case"].mapper.class_
            key = session.scalars(sa.select(case.id).where(case.number == number)).one()
            row = Notice(
                case_id=key,
                to_kind=kind,
                to_code=to,
                template=template,
                urgent=urgent,
                data={"number": number, "status": "handling"} | data,
                created_at=at,
            )
            session.add(row)
            session.flush()
            return row.id

    def deliver(self, at: datetime = MORNING, **more: Any) -> Delivered:
        return deliver(self.engine, self.settings, at, **more)

    def messages(self) -> list[Message]:
        with transaction(self.engine, write=False) as session:
            return list(session.scalars(sa.select(Message).order_by(Message.id)))

    def states(self) -> list[str]:
        return [message.state for message in self.messages()]


@pytest.fixture
def bell() -> Iterator[Target]:
    with target() as made:
        yield made


@pytest.fixture
def desk(town: Town, bell: Target, tmp_path: Path) -> Iterator[Desk]:
    with town.app.app_context():
        settings = replace(
            installation().settings,
            notice_hosts_allowed=("127.0.0.1",),
            gateway=tmp_path / "gateway.toml",
            gateway_secret="s3cret",
            notice_link_reporter="https://grid.example/r/{number}#{code}",
        )
        yield Desk(town, settings, bell, db.engine)
