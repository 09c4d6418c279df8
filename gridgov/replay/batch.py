"""One transaction's worth of a history: cases with their steps, and the clock run through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases import grams, numbers
from gridgov.cases.facts import Past, Scene
from gridgov.cases.fire import planned
from gridgov.cases.known import Known
from gridgov.cases.placing import Location, Placed, place
from gridgov.cases.report import Draft, intake
from gridgov.cases.rules import advance
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN, STEPS
from gridgov.cases.write import apply, flush, past, plain
from gridgov.errors import BadInput
from gridgov.ladder.plan import rows_of
from gridgov.ladder.tables import RungRow
from gridgov.park.index import ActiveMap
from gridgov.people.actors import IMPORT
from gridgov.people.roles import Role
from gridgov.replay.climb import climb
from gridgov.replay.mapping import Mapping
from gridgov.replay.names import Names
from gridgov.replay.past import pasts, steps_taken
from gridgov.replay.plan import Group, Row, ends, path_of
from gridgov.replay.rules import Refused
from gridgov.settings import Settings


@dataclass
class Taking:
    """A history on its way in; `done` and `ids` say of each row what is in the database."""

    mapping: Mapping
    settings: Settings
    names: Names
    rows: Sequence[Row]
    done: list[int]
    ids: dict[int, int]  # of rows whose case is there but not yet where it ends
    now: datetime
    late: set[int] = field(default_factory=set)  # rows whose clocks have not come to `as_of`
    refused: dict[int, Refused] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        """Until when the clocks of open cases run."""
        return self.mapping.judged_by(self.now)


class Batch:
    """One transaction's worth of the stream."""

    def __init__(self, session: Session, taking: Taking, known: Known) -> None:
        self.session = session
        self.taking = taking
        self.known = known
        self.scenes: dict[int, Scene] = {}
        self.rungs: dict[int, list[RungRow]] = {}
        self.texts: set[int] = set()  # rows whose case is found by other words than before

    def take(self, groups: Sequence[Group]) -> None:
        """Take the steps of some groups and write them."""
        taking = self.taking
        groups = [group for group in groups if group.row not in taking.refused]
        self._read(groups)
        begun = [g.row for g in groups if g.first == 0]
        placed = self._placed(begun)
        drawn = self._numbers(placed)
        for group in groups:
            if group.row in placed and group.first == 0:
                self._report(group, placed[group.row], drawn[group.row])
            if group.row in self.scenes:
                self._on(group)
        flush(self.session)
        grams.write(self.session, [self.scenes[row].case for row in sorted(self.texts)])
        self._note(groups)

    def _read(self, groups: Sequence[Group]) -> None:
        """Read again the cases that earlier batches left open; locked before their rungs."""
        first = {g.row: g.first for g in reversed(groups) if g.row in self.taking.ids}
        ids = {self.taking.ids[row]: row for row in first}
        if not ids:
            return
        locked = sa.select(Case).where(Case.id.in_(list(ids))).order_by(Case.id)
        cases = self.session.scalars(locked.with_for_update(of=Case)).all()
        told = pasts(self.session, list(ids))
        for case in cases:
            row = ids[case.id]
            expected = path_of(self.taking.rows[row])[: first[row]]
            if steps_taken(told[case.id].past) == expected:
                self.scenes[row] = self._scene(case, told[case.id].past)
        for case_id, rungs in rows_of(self.session, list(ids)).items():
            self.rungs[ids[case_id]] = rungs

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
            noted=self._noted(row),
        )
        case, _ = intake(
            self.session, draft, IMPORT, row.opened, self.known,
            placed=placed, number=number, told=False, inferred=False,
        )  # fmt: skip
        data = {name: plain(value) for name, value in draft.noted.items()}
        first = Past(
            "report", case.round, row.opened, Role.IMPORT, None, None, None, case.status, data
        )
        self.scenes[group.row] = self._scene(case, (first,))
        self.texts.add(group.row)

    def _noted(self, row: Row) -> dict[str, datetime]:
        noted = {"given_due": row.due} if row.due else {}
        # Whatever passes here before this instant is no news: a live sweep tells nobody of it.
        return noted if ends(row.status) else noted | {"taken_in": self.taking.now}

    def _on(self, group: Group) -> None:
        """Take a group's steps; once its past is whole, run the case's clock through all of it.

        Not before: a sweep at work meanwhile must find no rung waiting of a case that has long
        been closed, only not here yet.
        """
        scene, rungs = self.scenes[group.row], self.rungs.setdefault(group.row, [])
        if group.last and group.first and group.steps:
            scene = climb(self.session, scene, self.known, rungs, group.at)
        scene = self._steps(scene, group)
        if group.last:
            if scene.status in OPEN:
                scene = climb(self.session, scene, self.known, rungs, self._until(scene))
            if rungs or scene.status in OPEN:
                planned(self.session, scene, self.known, rungs)
        self.scenes[group.row] = scene

    def _until(self, scene: Scene) -> datetime:
        # From when the case came here on, its rungs are the live sweep's.
        came = scene.past[0].data.get("taken_in")
        return min(self.taking.as_of, datetime.fromisoformat(came)) if came else self.taking.as_of

    def _steps(self, scene: Scene, group: Group) -> Scene:
        row, events = self.taking.rows[group.row], list(scene.past)
        for wish in group.steps:
            step = STEPS[wish.step]
            # Reported already, or closed on submit: its category is checked by sample.
            if scene.case.status not in step.start:
                continue
            given = self._given(scene.case, row, wish.step)
            # An import's guards are waived and none of its steps looks back.
            scene = replace(scene, actor=IMPORT, at=wish.at, given=given)
            moved = advance(scene, step)
            event = apply(self.session, scene, moved, told=False, inferred=wish.inferred)
            events.append(past(event))
            if step.name == "submit" and scene.case.result:
                self.texts.add(group.row)
        return replace(scene, past=tuple(events), given={})

    def _given(self, case: Case, row: Row, step: str) -> dict[str, object]:
        if step == "dispatch" and (unit := self._unit(case, row)):
            return {"unit": unit}
        return {"result": row.result} if step == "submit" and row.result else {}

    def _scene(self, case: Case, events: tuple[Past, ...]) -> Scene:
        return Scene.of(self.known, case, IMPORT, case.updated_at, past=events)

    def _unit(self, case: Case, row: Row) -> str | None:
        if row.unit:
            return self.taking.names.units[row.unit]
        places = (case.grid_code, case.cell_code or case.area_code)
        fallback = self.known.office.fallback(places)
        return fallback.code if fallback else None

    def _note(self, groups: Sequence[Group]) -> None:
        taking = self.taking
        for group in groups:
            scene = self.scenes.get(group.row)
            if scene is None:
                continue
            case = scene.case
            if case.status == taking.rows[group.row].status:
                taking.ids.pop(group.row, None)
            else:
                taking.ids[group.row] = case.id
