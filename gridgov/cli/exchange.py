"""`gridgov export`: layers to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from marshmallow import ValidationError

from gridgov.api.exports import Filters
from gridgov.cli.refusals import NO_PAIR, refusals
from gridgov.errors import NotSignedIn
from gridgov.exchange.export import Asked, note, prepare
from gridgov.exchange.formats import ENCODINGS, UTF8, by_suffix
from gridgov.exchange.layers import CASES, CELL_FIGURES, GRID_FIGURES, LAYERS
from gridgov.faces.problems import flat
from gridgov.faces.serve import opened
from gridgov.language import say
from gridgov.people.accounts import acting
from gridgov.people.actors import IMPORT

OF_CASES = {CASES.name, CELL_FIGURES.name, GRID_FIGURES.name}


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--layer", "layers", multiple=True, required=True, type=click.Choice(list(LAYERS)),
    help="May be repeated, for GeoPackage and XLSX.",
)  # fmt: skip
@click.option("--datum", default="cgcs2000", show_default=True,
              help="wgs84, cgcs2000, gk, gcj02, bd09, or EPSG:4549.")  # fmt: skip
@click.option("--encoding", type=click.Choice(ENCODINGS), default=UTF8, help="Of a Shapefile.")
@click.option("--park", help="Whose Gauss-Krüger zone is meant.")
@click.option(
    "--filter",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="As in the list of cases: status=open, grid=…, from=…; may be repeated.",
)
@click.option(
    "--as", "login", metavar="LOGIN", help="Whose view of cases; needed for cases and figures."
)
@with_appcontext
def export(
    file: Path,
    layers: tuple[str, ...],
    datum: str,
    encoding: str,
    park: str | None,
    pairs: tuple[str, ...],
    login: str | None,
) -> None:
    """Write layers to FILE, whose suffix says the format; a file of that name is replaced."""
    with refusals():
        asked = Asked(layers, by_suffix(file.name).name, datum, encoding, park, _filters(pairs))
        if OF_CASES & set(layers) and login is None:
            raise NotSignedIn
        with opened(write=False) as s:
            actor = acting(s.session, login, s.at) if login else IMPORT
            ready = prepare(s.session, asked, actor, s.at, s.known)
            file.unlink(missing_ok=True)
            with click.progressbar(length=ready.count, label="rows", file=sys.stderr) as bar:
                rows = ready.write(file, lambda done: bar.update(done - bar.pos))
        with opened() as s:
            note(s.session, asked, rows, actor, s.at, s.known)
    click.echo(f"{rows} rows written to {file} ({ready.way.datum.said})")


def _filters(pairs: tuple[str, ...]) -> Any:
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(say(NO_PAIR, {"given": repr(pair)}), param_hint="--filter")
        given[name] = value
    try:
        return Filters().load(given)
    except ValidationError as error:
        wrong = flat(error.messages)
        text = "\n".join(f"{one['field']}: {one['message']}" for one in wrong)
        raise click.ClickException(text) from error
