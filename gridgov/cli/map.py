"""`gridgov map`: check a map file, partition a boundary, import a map."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from geo.coverage import Finding
from geo.datum import CoordType
from geo.files import read_layer, write_layer
from geo.findings import findings_geojson, findings_rows, findings_table
from geo.partition import cell_codes, partition
from gridgov.app import installation
from gridgov.cases.adopt_map import HandedOver, adopt
from gridgov.cases.known import known
from gridgov.cli.refusals import refusals
from gridgov.database import transaction
from gridgov.language import say
from gridgov.loading.firms import relocate
from gridgov.loading.take_map import take_map
from gridgov.park.cluster import cluster
from gridgov.park.import_map import DATUM_NAMES, MapRefused, check, shifted
from gridgov.park.index import MapIndex, maps
from gridgov.park.read_map import MapPlan, merged, read_plan
from gridgov.people.noted import OPERATOR
from gridgov.words import N_

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MANY = 5_000
COORD_TYPE = click.Choice([str(kind) for kind in CoordType])
WHICH_PARK = N_("Name the park with --park: %(parks)s")


@click.group("map")
def map_group() -> None:
    """Check, partition and import maps of unit cells."""


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a map file is to be read."""
    for option in reversed(
        (
            click.argument("file", type=FILE),
            click.option("--layer", help="Layer of the cells; default: cells, or the first."),
            click.option("--boundary", help="File or layer; default: the layer boundary."),
            click.option("--code-field", default="code", show_default=True),
            click.option("--grids", help="Field that names the grid; default: grid."),
            click.option("--coord-type", type=COORD_TYPE, help="Datum that no CRS can say."),
            click.option("--boundary-coord-type", type=COORD_TYPE, help="That of its own file."),
        )
    ):
        command = option(command)
    return command


def _plan(
    file: Path,
    layer: str | None,
    boundary: str | None,
    code_field: str,
    grids: str | None,
    coord_type: str | None,
    boundary_coord_type: str | None,
    *,
    grids_needed: bool,
) -> MapPlan:
    return read_plan(
        file,
        layer=layer,
        boundary=boundary,
        code_field=code_field,
        grid_field=grids or "grid",
        coord_type=coord_type,
        boundary_coord_type=boundary_coord_type,
        grids_needed=grids_needed or grids is not None,
    )


@map_group.command("check")
@_reading
@click.option("--geojson", type=click.Path(path_type=Path), help="Write the findings to look at.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check_command(geojson: Path | None, as_json: bool, **reading: Any) -> None:
    """Name every gap, overlap, sliver and wrong code of a map; exit 1 if it cannot be imported."""
    with refusals():
        plan = _plan(**reading, grids_needed=False)
        _say_that_it_takes_time(plan)
        findings = check(plan)
        fatal = sum(finding.fatal for finding in findings)
        datum = shifted(plan) if fatal else None
    if geojson:
        geojson.write_text(json.dumps(findings_geojson(findings), ensure_ascii=False), "utf-8")
    if as_json:
        _print_json({"cells": len(plan.cells), "looks_like": datum, **_findings(findings)})
    else:
        _print_findings(findings)
        click.echo(f"{len(plan.cells)} cells, {fatal} mistakes, {len(findings) - fatal} warnings")
        if datum:
            click.echo(f"The map looks like {DATUM_NAMES[datum]}: try --coord-type {datum}.")
    raise SystemExit(1 if fatal else 0)


@map_group.command("import")
@_reading
@click.option("--park", help="Code of the park; default: the only one.")
@click.option("--active-from", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def import_command(
    park: str | None, active_from: datetime | None, as_json: bool, **reading: Any
) -> None:
    """Add a version of a park's map; a wrong one is refused whole."""
    now = datetime.now(UTC)
    with refusals():
        plan = _plan(**reading, grids_needed=True)
        _say_that_it_takes_time(plan)
        try:
            with transaction() as session, _bar("cells", len(plan.cells)) as progress:
                code, today = _park(maps(session), park, now)
                day = active_from.date() if active_from else today
                source = reading["file"].name
                settings = installation().settings
                taken = take_map(
                    session, settings, code, plan, day, source, OPERATOR, now, progress
                )
        except MapRefused as error:
            if as_json:
                _print_json(_findings(error.findings))
            else:
                _print_findings(error.findings, err=True)
            raise
    said = {"park": code, "version": taken.version.id, "active_from": day.isoformat()}
    said |= {"cells": len(plan.cells), "firms_moved": taken.firms}
    said["handed_over"] = [asdict(one) for one in taken.handed]
    if as_json:
        _print_json(said)
    else:
        click.echo(f"{len(plan.cells)} cells imported; active in {code} from {day}")
        _print_handed(taken.handed)


@map_group.command("adopt")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def adopt_command(as_json: bool) -> None:
    """Move open cases to a map whose day has come; lists those handed to another grid."""
    now, settings = datetime.now(UTC), installation().settings
    with refusals(), transaction() as session:
        handed = adopt(session, now, known(session, settings))
        relocate(session, now.astimezone(settings.zone).date())
    if as_json:
        _print_json({"handed_over": [asdict(one) for one in handed]})
    else:
        _print_handed(handed)


@map_group.command("partition")
@click.argument("boundary", type=FILE)
@click.option("--lines", type=FILE, multiple=True, help="Roads and water to cut along.")
@click.option("--community", required=True, help="Code of 12 digits that the cells' begin with.")
@click.option("--target-m2", default=10_000.0, show_default=True)
@click.option("--grids", type=int, help="Propose so many contiguous grids.")
@click.option("--grid-prefix", help="What their codes begin with; default: the street's code.")
@click.option("--coord-type", type=COORD_TYPE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def partition_command(
    boundary: Path,
    lines: tuple[Path, ...],
    community: str,
    target_m2: float,
    grids: int | None,
    grid_prefix: str | None,
    coord_type: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Cut a boundary into unit cells along roads and water, and give them codes."""
    with refusals():
        whole = merged(read_layer(boundary, coord_type=coord_type), boundary)
        cuts = [
            line
            for path in lines
            for line in read_layer(path, coord_type=coord_type).geometries
            if line is not None
        ]
        with _bar("cells", None) as progress:
            cells = partition(whole, cuts, target_m2=target_m2, progress=progress)
        fields: dict[str, Any] = {"code": cell_codes(cells, community)}
        if grids:
            prefix = grid_prefix if grid_prefix is not None else f"{community[:9]}-"
            digits = max(2, len(str(grids)))
            fields["grid"] = [f"{prefix}{n + 1:0{digits}}" for n in cluster(cells, grids)]
        write_layer(out, cells, fields, layer="cells")
    if as_json:
        _print_json({"cells": len(cells), "out": str(out)})
    else:
        click.echo(f"{len(cells)} cells written to {out}")


def _park(index: MapIndex, asked: str | None, now: datetime) -> tuple[str, date]:
    """Return the park meant and its today; raises a usage error where that is not clear."""
    settings = installation().settings
    code = asked or settings.default_park or (min(index.parks) if len(index.parks) == 1 else "")
    if not code:
        raise click.UsageError(say(WHICH_PARK, {"parks": ", ".join(index.parks)}))
    park = index.parks.get(code)
    return code, now.astimezone(park.zone if park else settings.zone).date()


@contextmanager
def _bar(label: str, length: int | None) -> Iterator[Callable[[int, int], None]]:
    with click.progressbar(length=length or 1, label=label, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def _say_that_it_takes_time(plan: MapPlan) -> None:
    if len(plan.cells) > MANY:
        click.echo(f"checking {len(plan.cells)} cells …", err=True)


def _findings(findings: Any) -> dict[str, Any]:
    names = ("kind", "codes", "lon", "lat", "area_m2", "fatal")
    fatal = sum(finding.fatal for finding in findings)
    return {
        "fatal": fatal,
        "warnings": len(findings) - fatal,
        "findings": [dict(zip(names, row, strict=True)) for row in findings_rows(findings)],
    }


def _print_findings(findings: Any, *, err: bool = False) -> None:
    if findings:
        click.echo(findings_table(list[Finding](findings)), err=err)


def _print_handed(handed: list[HandedOver]) -> None:
    for one in handed:
        click.echo(f"{one.number}  {one.before or '-'} -> {one.after or '-'}")
    click.echo(f"{len(handed)} open cases handed over to another grid")


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
