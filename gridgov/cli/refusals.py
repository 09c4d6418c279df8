"""How a refusal leaves the command line: its sentence on stderr, and exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from geo.errors import GeoError
from gridgov.errors import GridgovError
from gridgov.language import say
from gridgov.words import N_

NO_PAIR = N_("%(given)s is not NAME=VALUE.")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn an error of GridGov into a sentence; usage errors keep their exit code 2."""
    try:
        yield
    except (GridgovError, GeoError) as error:
        raise click.ClickException(say(error.message_id, dict(error.values))) from error
