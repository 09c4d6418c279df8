"""What `--help` says of every command in the terminal's language.

python -m tests.support.help_pages    one JSON object: the words of a command, and its page
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
from click.testing import CliRunner

from gridgov.cli import main


def paths(command: click.Command = main, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return every command, as one calls it."""
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from paths(found, (*words, name))


def page(words: tuple[str, ...]) -> str:
    """Return what a terminal of 80 columns shows."""
    done = CliRunner().invoke(main, [*words, "--help"], env={"COLUMNS": "80"}, prog_name="gridgov")
    assert done.exit_code == 0, done.output
    return done.stdout


if __name__ == "__main__":
    print(json.dumps({" ".join(words): page(words) for words in paths()}))
