"""Takes a history through the verbs: batch by batch, each one transaction, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.cases import grams, numbers
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known, known
from gridgov.cases.placing import Location, Placed, place
from gridgov.cases.report import Draft, intake
from gridgov.cases.rules import advance
from gridgov.cases.tables import Case
from gridgov.cases.workflow import STEPS
from gridgov.cases.write import apply, flush
from gridgov.database import transaction
from gridgov.errors import BadInput
from gridgov.park.index import ActiveMap
from gridgov.people.actors import IMPORT
from gridgov.replay.mapping import Mapping
from gridgov.replay.names import Names
from gridgov.replay.plan import Group, Planned, Row, batches, stream
from gridgov.replay.refusals import AnotherReplay
from gridgov.replay.rules import Refused
from gridgov.settings import Settings

EVENTS_A_BATCH = 500
Progress = Callable[[int, int], None]


@dataclass
class Taking:
    """A history on its way in; `done` and `ids` say of each row what is in the database."""

    mapping: Mapping
    settings: Settings
    names: Names
    rows: Sequence[Row]
    done: list[int]
    ids: dict[int, int]  # of rows whose case is there but not yet where it ends
    refused: dict[int, Refused] = field(default_factory=dict)


def take(engine: Engine, taking: Taking, progress: Progress | None = None) -> None:
    """Take all steps that are left; a run that was cut off goes on here.

    What somebody else does with a case meanwhile stands: it gets no further step. Raises
    AnotherReplay and CaseMovedOn.
    """
    groups = stream(taking.rows, taking.done)
    total, gone = sum(len(group.steps) for group in groups), 0
    for batch in batches(groups, EVENTS_A_BATCH):
        try:
            with transaction(engine) as session:
                Batch(session, taking, known(session, taking.settings)).take(batch)
        except IntegrityError as error:
            raise AnotherReplay from error
        gone += sum(len(group.steps) for group in batch)
        if progress:
            progress(gone, total)


class Batch:
    """One transaction's worth of the stream."""

    def __init__(self, session: Session, taking: Taking, known: Known) -> None:
        self.session = session
        self.taking = taking
        self.known = known
        self.cases: dict[int, Case] = {}
        self.texts: set[int] = set()  # rows whose case is found by other words than before

    def take(self, groups: Sequence[Group]) -> None:
        """Take the steps of some groups and write them."""
        taking = self.taking
        groups = [group for group in groups if group.row not in taking.refused]
        self._read(sorted({g.row for g in groups if g.row in taking.ids}))
        placed = self._placed([g.row for g in groups if g.steps[0].step == "report"])
        drawn = self._numbers(placed)
        for group in groups:
            if group.row in placed and group.steps[0].step == "report":
                self._report(group, placed[group.row], drawn[group.row])
                self._steps(group.row, group.steps[1:])
            elif (case := self.cases.get(group.row)) and case.version == group.first:
                self._steps(group.row, group.steps)
        flush(self.session)
        grams.write(self.session, [self.cases[row] for row in sorted(self.texts)])
        self._note(groups)

    def _read(self, rows: Sequence[int]) -> None:
        """Read again the cases that earlier batches left open, in one statement."""
        ids = {self.taking.ids[row]: row for row in rows}
        if not ids:
            return
        for case in self.session.scalars(sa.select(Case).where(Case.id.in_(list(ids)))):
            self.cases[ids[case.id]] = case

    def _placed(self, rows: Sequence[int]) -> dict[int, Placed]:
        found: dict[int, Placed] = {}
        for number in rows:
            row = self.taking.rows[number]
            try:
                found[number] = place(
                    self._location(row), self._map_for(row), self.taking.mapping.park.code
                )
            except BadInput as why:
                self.taking.refused[number] = Refused(row.line, row.ref, why)
        return found

    def _location(self, row: Row) -> Location:
        given = self.taking.mapping.place
        kind = given.coord_type if given else Location().coord_type
        return Location(row.lon, row.lat, kind, None, row.address)

    def _map_for(self, row: Row) -> ActiveMap:
        """Return the map of a row's day; what is older than the first map is placed on that."""
        park = self.known.maps.parks[self.taking.mapping.park.code]
        day = row.opened.astimezone(park.zone).date()
        versions = self.known.maps.versions(park.code)
        return self.known.maps.at(max(day, versions[0].active_from) if versions else day)

    def _numbers(self, placed: dict[int, Placed]) -> dict[int, str]:
        days = [
            self.taking.rows[row].opened.astimezone(self.known.zone(where.park)).date()
            for row, where in placed.items()
        ]
        return dict(zip(placed, numbers.draw_many(self.session, days), strict=True))

    def _report(self, group: Group, placed: Placed, number: str) -> None:
        row = self.taking.rows[group.row]
        draft = Draft(
            description=row.description,
            category=self.taking.names.categories.get(row.category),
            location=placed.location,
            # No contact comes along, so there is nobody to tell.
            anonymous=True,
            channel=row.channel,
            external_ref=row.ref,
            noted={"given_due": row.due} if row.due else {},
        )
        case, _ = intake(
            self.session, draft, IMPORT, row.opened, self.known,
            placed=placed, number=number, told=False, inferred=False,
        )  # fmt: skip
        self.cases[group.row] = case
        self.texts.add(group.row)

    def _steps(self, number: int, steps: Sequence[Planned]) -> None:
        case = self.cases[number]
        for planned in steps:
            step = STEPS[planned.step]
            if case.status not in step.start:
                # Closed on submit already: its category is checked by sample.
                continue
            scene = self._scene(number, case, planned)
            apply(self.session, scene, advance(scene, step), told=False, inferred=planned.inferred)
            if planned.step == "submit" and case.result:
                self.texts.add(number)

    def _scene(self, number: int, case: Case, planned: Planned) -> Scene:
        row = self.taking.rows[number]
        given: dict[str, object] = {}
        if planned.step == "dispatch" and (unit := self._unit(case, row)):
            given["unit"] = unit
        if planned.step == "submit" and row.result:
            given["result"] = row.result
        # An import's guards are waived and none of its steps looks back: no past is kept.
        return Scene(
            case=case,
            actor=IMPORT,
            at=planned.at,
            office=self.known.office,
            categories=self.known.categories,
            calendar=self.known.calendar(case.park_code),
            given=given,
        )

    def _unit(self, case: Case, row: Row) -> str | None:
        if row.unit:
            return self.taking.names.units[row.unit]
        places = (case.grid_code, case.cell_code or case.area_code)
        fallback = self.known.office.fallback(places)
        return fallback.code if fallback else None

    def _note(self, groups: Sequence[Group]) -> None:
        taking = self.taking
        for group in groups:
            case = self.cases.get(group.row)
            if case is None:
                continue
            if case.status == taking.rows[group.row].status:
                taking.ids.pop(group.row, None)
            else:
                taking.ids[group.row] = case.id
