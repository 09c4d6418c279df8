"""Which slot of which job has been taken: the unique key lets only one process run it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Model, UtcDateTime


class Tick(Model):
    """A slot of a job that a process took; `done_at` stays empty where it failed or died."""

    __tablename__ = "ticks"

    job: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    slot: Mapped[datetime] = mapped_column(UtcDateTime(), primary_key=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    said: Mapped[str | None] = mapped_column(sa.String(300))
