"""When what may be erased, from config/privacy.toml. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gridgov.cases.workflow import OPEN, Status

BLANK, REVIEW, KEEP = "blank", "review", "keep"
RULES = (BLANK, REVIEW, KEEP)
LEAST_TEXT_DAYS = 180


@dataclass(frozen=True)
class Retention:
    """The rules of an office; periods run from the end of a case."""

    contact: timedelta
    photos: timedelta
    text: timedelta
    review_again: timedelta
    requests: timedelta
    default: str
    by_kind: Mapping[str, str]
    by_category: Mapping[str, str]  # beginnings of category codes
    recourse: Mapping[str, timedelta]  # per status, how long its reporter may still come back

    def of_text(self, kind: str | None, category: str | None) -> str:
        """Return what becomes of an old case's text; the longest beginning of its category wins."""
        fits = [start for start in self.by_category if category and category.startswith(start)]
        if fits:
            return self.by_category[max(fits, key=len)]
        return self.by_kind.get(kind or "", self.default)

    def erasable_from(self, status: str, ended_at: datetime | None) -> datetime | None:
        """Return from when a subject's data of a case may go; None while it is open."""
        if Status(status) in OPEN or ended_at is None:
            return None
        return ended_at + self.recourse.get(status, timedelta())


def retention(told: Mapping[str, Any], contact_days: int) -> Retention:
    """Read the table [retention]; raises KeyError, TypeError or ValueError where it is wrong."""
    text = told["text"]
    found = {"default": text["default"], **text["by_kind"], **text["by_category"]}
    if wrong := set(found.values()) - set(RULES):
        raise ValueError(f"{min(wrong)} is none of {', '.join(RULES)}")
    if told["text_days"] < LEAST_TEXT_DAYS:
        raise ValueError(f"text_days is less than {LEAST_TEXT_DAYS}")
    return Retention(
        contact=timedelta(days=contact_days),
        photos=timedelta(days=told["photos_days"]),
        text=timedelta(days=told["text_days"]),
        review_again=timedelta(days=told["review_again_days"]),
        requests=timedelta(days=told["requests_days"]),
        default=text["default"],
        by_kind=text["by_kind"],
        by_category=text["by_category"],
        recourse={str(Status(s)): timedelta(days=n) for s, n in told["recourse_days"].items()},
    )
