"""What the verbs know besides the rows: settings, and what is kept in memory, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridgov.cases.taxonomy import CategoryFacts, taxonomy
from gridgov.ladder.ladder import Ladder, ladder
from gridgov.park.index import ActiveMap, MapIndex, maps
from gridgov.people.office import Office, office
from gridgov.settings import Settings
from gridgov.worktime.rows import Calendars, calendars
from gridgov.worktime.rules import Calendar


@dataclass(frozen=True)
class Known:
    """Map, people, taxonomy and settings as this transaction sees them."""

    settings: Settings
    maps: MapIndex
    office: Office
    categories: Mapping[str, CategoryFacts]
    ladder: Ladder
    calendars: Calendars

    def active(self, at: datetime) -> ActiveMap:
        """Return the map of an instant's day."""
        return self.maps.at(at.astimezone(self.settings.zone).date())

    def zone(self, park: str | None) -> ZoneInfo:
        """Return the time zone of a park, or the office's."""
        found = self.maps.parks.get(park or "")
        return found.zone if found else self.settings.zone

    def calendar(self, park: str | None) -> Calendar:
        """Return the working time of a park."""
        return self.calendars.of(park, self.zone(park))


def known(session: Session, settings: Settings) -> Known:
    """Read what the verbs need to know; a single statement where nothing has changed."""
    return Known(
        settings,
        maps(session),
        office(session),
        taxonomy(session),
        ladder(session),
        calendars(session),
    )
