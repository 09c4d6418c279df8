"""Takes in a map, whole or not at all: its version, the open cases on it, the firms on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from geo.coverage import Finding
from geo.datum import CoordType
from geo.errors import GeoError, Unreadable
from gridgov.audit.journal import journal
from gridgov.cases.adopt_map import HandedOver, adopt
from gridgov.cases.known import known
from gridgov.errors import BadInput, GridgovError
from gridgov.loading.firms import relocate
from gridgov.park.import_map import check, import_map, shifted
from gridgov.park.read_map import MapPlan, read_plan
from gridgov.park.tables import MapVersion
from gridgov.people.actors import Actor
from gridgov.settings import Settings
from gridgov.words import Phrase, Word, shortened

JOURNAL = "settings"
SUFFIXES = (".geojson", ".json", ".gpkg", ".fgb", ".shp.zip", ".zip")
MOST_SAID = 100
MOST_CELLS = 20_000  # of a file that is sent; a larger one goes by the command line
Progress = Callable[[int, int], None]


class MapFileUnknown(BadInput):
    """A map is sent as GeoJSON, GeoPackage, FlatGeobuf, or Shapefiles in a ZIP."""


class MapFileDamaged(BadInput):
    """The file cannot be opened as a map; it is damaged, or not what its name says."""


class MapUnreadable(BadInput):
    """%(reason)s The map was not taken in."""


class MapTooLarge(BadInput):
    """The map has more than %(most)s cells; take it in with `gridgov map import`."""


@dataclass(frozen=True)
class Checked:
    """A map that was looked at: what is wrong with it, and what datum it looks like."""

    plan: MapPlan
    findings: list[Finding]
    datum: CoordType | None

    @property
    def fatal(self) -> int:
        """How many mistakes refuse it; the others are warnings."""
        return sum(finding.fatal for finding in self.findings)


@dataclass(frozen=True)
class Taken:
    """A map that was taken in, and what moved with it."""

    version: MapVersion
    handed: list[HandedOver]
    firms: int


@contextmanager
def _readable(folder: str = "") -> Iterator[None]:
    try:
        yield
    except Unreadable as error:  # what the reader says of it helps nobody who sent it
        raise MapFileDamaged(field="file") from error
    except GeoError as error:
        reason = Phrase(error.message_id, **_told(error.values, folder))
        raise MapUnreadable(field="file", reason=reason) from error
    except GridgovError as error:
        error.values = _told(error.values, folder)
        raise


def _told(values: Mapping[str, object], folder: str) -> dict[str, object]:
    """Return what a mistake is told with: where the file lay for a moment is nobody's business."""
    return {
        name: shortened(str(value).replace(f"{folder}/", ""), MOST_SAID)
        if isinstance(value, str | Path) and not isinstance(value, Word)
        else value
        for name, value in values.items()
    }


def plan_of(data: bytes, name: str, coord_type: str | None) -> MapPlan:
    """Read a map file that was sent; its name tells only the format.

    Raises: MapFileUnknown, MapFileDamaged, MapUnreadable, MapTooLarge, and what reading refuses.
    """
    suffix = next((one for one in SUFFIXES if name.lower().endswith(one)), None)
    if suffix is None:
        raise MapFileUnknown(field="file")
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"map{suffix}"
        file.write_bytes(data)
        with _readable(folder):
            plan = read_plan(file, coord_type=coord_type)
    if len(plan.cells) > MOST_CELLS:
        raise MapTooLarge(most=MOST_CELLS)
    return plan


def check_map(plan: MapPlan) -> Checked:
    """Look at a map; changes nothing. Raises MapUnreadable."""
    with _readable():
        findings = check(plan)
        datum = shifted(plan) if any(finding.fatal for finding in findings) else None
    return Checked(plan, findings, datum)


def take_map(
    session: Session,
    settings: Settings,
    park: str,
    plan: MapPlan,
    active_from: date,
    source: str,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Taken:
    """Add a version of a park's map; where its day has come, open cases and firms move to it."""
    version = import_map(session, park, plan, active_from, at, source, progress)
    seen = known(session, settings)
    handed = adopt(session, at, seen)
    firms = relocate(session, at.astimezone(seen.zone(park)).date())
    journal(
        session, settings.keys, at, "map_taken", journal=JOURNAL, account=actor.account,
        person=actor.person,
        data={"park": park, "version": version.id, "active_from": active_from.isoformat()},
    )  # fmt: skip
    return Taken(version, handed, firms)
