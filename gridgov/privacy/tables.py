"""Old texts that somebody has looked at and kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Model, UtcDateTime


class TextReview(Model):
    """That an old case's text was reviewed and holds nothing personal, or is needed longer."""

    __tablename__ = "text_reviews"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    again_at: Mapped[datetime] = mapped_column(UtcDateTime())
