"""What `--help` says to who reads Chinese: our texts by the catalogue, Click's own by gettext."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from inspect import cleandoc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import click
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gridgov.cli.columns import Columns
from gridgov.language import CATALOGUES

Say = Callable[[str], str]
C = TypeVar("C", bound=click.Command)
LANGUAGE = "zh"
CLICKS = "click"
OWN = CATALOGUES / LANGUAGE / "LC_MESSAGES" / f"{CLICKS}.po"


class Reading(click.Context):
    """Lays its help out by columns."""

    formatter_class = Columns


def translated(command: C, say: Say) -> C:
    """Return a command as it is shown: `say` is asked for every message in it."""
    found = copy(command)
    found.context_class = Reading
    said = [say(part) for part in _paragraphs(command.help)]
    if said:
        found.help = "\n\n".join(said)
        # Click would shorten it at a space, and Chinese has none.
        found.short_help = said[0]
    found.options_metavar = command.options_metavar and say(command.options_metavar)
    found.params = [_parameter(one, say) for one in command.params]
    if isinstance(found, click.Group):
        found.subcommand_metavar = say(found.subcommand_metavar)
        found.commands = {name: translated(one, say) for name, one in found.commands.items()}
    return found


def _parameter(parameter: click.Parameter, say: Say) -> click.Parameter:
    """Return an option as it is shown; what stands for an argument is its name, and stays."""
    found = copy(parameter)
    if not isinstance(found, click.Option):
        return found
    found.help = found.help and say(" ".join(found.help.split()))
    found.prompt = found.prompt and say(found.prompt)
    of_own = found.is_flag or isinstance(found.type, click.Choice | click.DateTime)
    if found.metavar is None and not of_own:
        found.metavar = say(found.type.name.upper())
    return found


def _paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a docstring, each of them one message."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", cleandoc(text or "")) if part]


@contextmanager
def clicks_own() -> Iterator[None]:
    """Have Click say its own words in Chinese.

    It asks Python's gettext for them, which finds compiled files in a folder, and none else.
    """
    with ExitStack() as stack:
        with suppress(OSError):  # nowhere to write: Click's words stay English, all goes on
            folder = stack.enter_context(
                TemporaryDirectory(prefix="gridgov-", ignore_cleanup_errors=True)
            )
            target = Path(folder, LANGUAGE, "LC_MESSAGES", f"{CLICKS}.mo")
            target.parent.mkdir(parents=True)
            with OWN.open("rb") as source, target.open("wb") as compiled:
                write_mo(compiled, read_po(source, locale=LANGUAGE))
            gettext.bindtextdomain(CLICKS, folder)
            stack.callback(gettext.textdomain, gettext.textdomain())
            gettext.textdomain(CLICKS)
            stack.callback(_speak, os.environ.get("LANGUAGE"))
            _speak(LANGUAGE)
        yield


def _speak(language: str | None) -> None:
    """Tell gettext the language: it looks at this before it looks where we do."""
    if language is None:
        os.environ.pop("LANGUAGE", None)
    else:
        os.environ["LANGUAGE"] = language
