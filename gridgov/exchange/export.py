"""Export: layers to a file, as far as whoever asks may see them; each export is noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases.find import Wanted
from gridgov.cases.known import Known
from gridgov.exchange import case_rows, figure_rows, formats, map_rows
from gridgov.exchange.datum import read_datum, zone_of
from gridgov.exchange.formats import ENCODINGS, UTF8, file_name, read_format
from gridgov.exchange.layers import LAYERS, Source
from gridgov.exchange.refusals import EncodingUnknown, LayerUnknown, OneLayerOnly, TooManyAtOnce
from gridgov.exchange.write import Progress, Way, write
from gridgov.people.actors import Actor

AT_ONCE = 5_000  # rows; more of them are a job
JOURNAL = "exports"
EVERYTHING = Wanted()


@dataclass(frozen=True)
class Asked:
    """What somebody wants to have; names as they came in."""

    layers: tuple[str, ...]
    form: str
    datum: str = "cgcs2000"
    encoding: str = UTF8
    park: str | None = None  # whose Gauss-Krüger zone
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True)
class Ready:
    """An export that can be written: what was asked for has been understood and counted."""

    name: str
    way: Way
    sources: tuple[Source, ...]

    @property
    def count(self) -> int:
        """How many rows it has."""
        return sum(source.count for source in self.sources)

    def write(self, path: Path, progress: Progress = lambda done: None) -> int:
        """Write it; returns how many rows there were."""
        return write(path, self.sources, self.way, progress)


Reader = Callable[[Session, Wanted, Actor, datetime, Known], Source]
READERS: dict[str, Reader] = {
    "cells": lambda session, wanted, actor, at, known: map_rows.cells(known.active(at)),
    "grids": lambda session, wanted, actor, at, known: map_rows.grids(known.active(at)),
    "firms": lambda session, wanted, actor, at, known: case_rows.firms(session, actor, known),
    "cases": case_rows.cases,
    "cell_figures": figure_rows.cells,
    "grid_figures": figure_rows.grids,
}


def way_of(asked: Asked, known: Known) -> Way:
    """Understand how a file is wanted. Raises what `gridgov.exchange.refusals` names."""
    form = read_format(asked.form)
    for name in asked.layers:
        if name not in LAYERS:
            raise LayerUnknown(field="layer", name=name[:20], known=", ".join(LAYERS))
    if len(asked.layers) > 1 and not form.several:
        raise OneLayerOnly(field="layer", format=form.name)
    if asked.encoding not in ENCODINGS:
        raise EncodingUnknown(field="encoding")
    settings = known.settings
    park = asked.park or settings.default_park or next(iter(known.maps.parks), "")
    datum = read_datum(asked.datum, zone_of(park, settings.gauss_krueger))
    formats.check(form, datum)
    return Way(form, datum, known.zone(park), asked.encoding)


def prepare(session: Session, asked: Asked, actor: Actor, at: datetime, known: Known) -> Ready:
    """Return an export as somebody may have it. Raises as `way_of`, and NotAllowed."""
    way = way_of(asked, known)
    found = tuple(READERS[name](session, asked.wanted, actor, at, known) for name in asked.layers)
    return Ready(file_name("_".join(asked.layers), way.form, way.datum), way, found)


def few(ready: Ready) -> Ready:
    """Return an export that is small enough to be made at once. Raises TooManyAtOnce."""
    if ready.count > AT_ONCE:
        raise TooManyAtOnce(count=ready.count)
    return ready


def note(
    session: Session, asked: Asked, rows: int, actor: Actor, at: datetime, known: Known
) -> None:
    """Note an export in the journal: who had which rows of what, never the rows."""
    data = {"layers": list(asked.layers), "format": asked.form, "datum": asked.datum}
    filters = {name: _told(name, value) for name, value in filters_of(asked.wanted).items()}
    journal(
        session,
        known.settings.keys,
        at,
        "export",
        journal=JOURNAL,
        account=actor.account,
        person=actor.person,
        data={**data, "rows": rows, "filters": filters},
    )


def filters_of(wanted: Wanted) -> Mapping[str, Any]:
    """Return the filters that differ from those of everything."""
    usual = asdict(EVERYTHING)
    return {name: value for name, value in asdict(wanted).items() if value != usual[name]}


def _told(name: str, value: Any) -> Any:
    if name in ("q", "external_ref"):  # may hold somebody's name
        return True
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
