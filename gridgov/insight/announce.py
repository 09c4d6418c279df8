"""Weekly and monthly reports, announced to the committee: on Mondays and firsts, from 08:00 on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.insight.periods import Period, month_of
from gridgov.notices.once import holders, tell_once
from gridgov.people.roles import Role

HOUR = time(8)
ADDRESS = "/figures/report.pdf?"


def due(now: datetime, known: Known) -> list[tuple[str, str, Period, datetime]]:
    """Return the reports last due: template, name of the period, the period, when it was due."""
    zone = known.settings.zone
    local = now.astimezone(zone)
    day = (local - timedelta(hours=HOUR.hour)).date()
    monday, month = day - timedelta(days=day.weekday()), month_of(day)
    year, week, _ = (monday - timedelta(days=7)).isocalendar()
    past = month.before
    return [
        ("weekly_report", f"{year}-W{week:02}", Period(monday - timedelta(days=7), monday, "week"),
         datetime.combine(monday, HOUR, zone)),
        ("monthly_report", f"{past.start:%Y-%m}", past, datetime.combine(month.start, HOUR, zone)),
    ]  # fmt: skip


def announce(session: Session, known: Known, now: datetime) -> int:
    """Tell each of the committee once of each report; late rather than never."""
    told = holders(known.office, Role.COMMITTEE, now)
    new = 0
    for template, name, period, at in due(now, known):
        # As of the hour at which it was due: who opens it later reads what the meeting read.
        query = {"from": period.start, "to": period.end, "as_of": at.isoformat()}
        data = {"period": name, "path": ADDRESS + urlencode(query)}
        new += tell_once(session, told, template, name, data, now)
    return new
