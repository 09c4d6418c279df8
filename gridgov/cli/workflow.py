"""`gridgov workflow`: the workflow table, as a diagram."""

from __future__ import annotations

import click

from gridgov.cases.diagram import mermaid


@click.command("workflow")
def workflow() -> None:
    """Print the workflow table as a Mermaid diagram."""
    click.echo(mermaid(), nl=False)
