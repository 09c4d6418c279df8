"""What the catalogues must hold: every marked word, every sentence of an error, all that pages and
`--help` say; Click's own words in a catalogue apart.

python -m tests.support.catalogue    adds to each catalogue what it lacks, and drops what is gone
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
import tomllib
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

import geo
import gridgov
from geo.errors import GeoError
from gridgov import cli
from gridgov.cli.help import OWN, translated
from gridgov.errors import GridgovError
from gridgov.language import CATALOGUES
from gridgov.web import words

ROOT = Path(gridgov.__file__).parent
CHINESE = CATALOGUES / "zh" / "LC_MESSAGES" / "messages.po"
# One message, or one and its plural.
Message = str | tuple[str, ...]
# Click asks for them when a command is imported, not when it is shown: our catalogue has them.
KINDS_OF_PATH = {"file", "directory", "path"}
# Only what a reader of the file needs, and nothing that differs from one run to the next.
HEADER = """\
# GridGov in Chinese. An office may change the words on the right (msgstr); they count from
# the next start. Every %(name)s and {name} stays as it is.
msgid ""
msgstr ""
"Project-Id-Version: GridGov {version}\\n"
"Language: zh\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def wanted() -> dict[str, str]:
    """Return every message id, with where it comes from."""
    found: dict[str, str] = {}
    for error in errors():
        text = " ".join((inspect.getdoc(error) or "").split())
        found.setdefault(text, f"{error.__module__}.{error.__name__}")
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.setdefault(ast.literal_eval(node.args[0]), str(path.relative_to(ROOT.parent)))
    for path in templates():
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for _, _, said in extract_from_ast(tree, ("_",)):
            message = said if isinstance(said, str) else said[0]  # with its values
            found.setdefault(str(message), str(path.relative_to(ROOT.parent)))
    for message, path in words.marked():
        found.setdefault(message, str(path.relative_to(ROOT.parent)))
    for message, place in helps():
        found.setdefault(message, place)
    return found


def helps() -> list[tuple[str, str]]:
    """Return what `--help` says of every command and option, as the command line asks for it."""
    found: list[tuple[str, str]] = []
    commands = [
        (place.partition(":")[0], cli.imported(name)) for name, place in cli.COMMANDS.items()
    ]
    for module, command in [("__init__", cli.main), *commands]:

        def say(message: str, place: str = f"gridgov/cli/{module}.py") -> str:
            found.append((message, place))
            return message

        translated(command, say)
    return found


def wanted_of_click() -> dict[Message, str]:
    """Return what the installed Click says itself, with its module."""
    asked = {"_": None, "ngettext": (1, 2)}
    found: dict[Message, str] = {}
    for name, _, message, *_rest in extract_from_dir(
        Path(click.__file__).parent, [("**.py", "python")], keywords=asked
    ):
        if message not in KINDS_OF_PATH:
            found.setdefault(message, f"click/{name}")
    return found


def templates() -> list[Path]:
    """Return every template of the pages."""
    return sorted(ROOT.glob("*/templates/**/*.html"))


def errors() -> list[type[Exception]]:
    for package in (geo, gridgov):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: list[type[Exception]] = []
    waiting: list[type[Exception]] = [GridgovError, GeoError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting += error.__subclasses__()
    here = ("geo.", "gridgov.")
    return sorted(
        (error for error in found if error.__module__.startswith(here)),
        key=lambda error: (error.__module__, error.__name__),
    )


def read(path: Path = CHINESE) -> Catalog:
    """Return a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def written(catalogue: Catalog) -> bytes:
    """Return the file of a catalogue; the same catalogue gives the same bytes again."""
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    messages = io.BytesIO()
    write_po(messages, catalogue, width=100, omit_header=True)
    return HEADER.replace("{version}", project["version"]).encode() + messages.getvalue()


def main() -> None:
    """Bring the Chinese catalogues up to date."""
    for path, messages in ((CHINESE, wanted()), (OWN, wanted_of_click())):
        old = read(path) if path.exists() else Catalog(locale="zh")
        new = Catalog(locale="zh")
        missing = 0
        for message, place in sorted(messages.items(), key=lambda item: (item[1], str(item[0]))):
            before = old.get(message)
            said = before.string if before else ""
            missing += not said
            flags = {"python-format"} if "%(" in message else ()
            new.add(message, said, locations=[(place, None)], flags=flags)
        path.write_bytes(written(new))
        print(f"{path.name}: {len(new)} messages, {missing} without a translation")


if __name__ == "__main__":
    main()
