"""Each thing happens in its own room; the reasons stand in the README's architecture section."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

import pytest
from importlinter.cli import lint_imports

from gridgov import schema
from gridgov.database import Model
from gridgov.web import words
from tests.house.source import ROOT, Module, calls, imported, modules
from tests.support.catalogue import templates

HAN = re.compile("[\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]")
FACES = {"faces", "web", "api", "open311", "ogc", "cli", "demo", "app", "language"}
CLOCKS = (FACES | {"jobs"}) - {"language"}
READERS = {"gridgov.loading.values"}  # understand dates and hours as clerks write them
COMMITS = {"database", "schema", "migrations"}
FLASK = re.compile(r"(flask(?!_sqlalchemy)\w*|werkzeug|apispec|webargs|marshmallow)(\.|$)")


def test_a_room_uses_only_the_rooms_below_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    # It would silence every logger that there is, and with them the tests that read the log.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    config = os.fspath(ROOT / "pyproject.toml")
    status = lint_imports(config_filename=config, no_cache=True, no_logo=True)
    assert status == 0, capsys.readouterr().out


def test_http_stays_in_the_faces() -> None:
    assert not [
        f"{module.at(node)} imports {name}"
        for module in modules()
        if module.room not in FACES
        for node, name in imported(module)
        if FLASK.match(name)
    ]


def test_flask_sqlalchemy_is_known_to_the_ground_alone() -> None:
    assert not [
        module.at(node)
        for module in modules()
        if module.name != "gridgov.database"
        for node, name in imported(module)
        if name.startswith("flask_sqlalchemy")
    ]


def test_one_place_begins_and_commits() -> None:
    """Everything of one request happens, or nothing of it: a verb never commits."""
    found = [
        f"{module.at(node)} {name}()"
        for module in modules()
        if module.room not in COMMITS
        for node, name in calls(module)
        if name.rpartition(".")[2] in {"commit", "begin", "sessionmaker", "scoped_session"}
        or name in {"Session", "orm.Session", "db.session"}
    ]
    found += [
        f"{module.at(node)} {node.value}"
        for module in modules()
        if module.room not in COMMITS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"\s*(BEGIN|COMMIT|ROLLBACK)( \w+)*;?\s*", node.value)
    ]
    assert not found, "use gridgov.database.transaction()"


def test_time_is_an_argument() -> None:
    """A history is replayed at its own times: only the ways in may look at a clock."""
    clocks = re.compile(
        r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today|time\.time|time\.time_ns"
        r"|func\.(now|current_timestamp|current_date))"
    )
    assert not [
        f"{module.at(node)} {name}()"
        for module in modules()
        if module.room not in CLOCKS
        for node, name in calls(module)
        if clocks.fullmatch(name)
    ]


def test_every_table_has_a_room() -> None:
    homes = {mapper.class_.__module__ for mapper in Model.registry.mappers}
    assert not {
        home for home in homes if not re.fullmatch(r"gridgov\.(\w+\.tables|epochs)", home)
    }, "rows stand in a room's tables.py"
    assert len(schema.METADATA.tables) == len(list(Model.registry.mappers))


def test_the_schema_knows_every_room_with_tables() -> None:
    rooms = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "__tablename__"
    }
    known = {each.__name__ for each in schema.TABLES}
    assert rooms == known, "name them in TABLES of gridgov/schema.py, then write a migration"


def test_what_a_user_reads_stands_in_catalogues_and_config() -> None:
    """Chinese in code is Chinese that an office cannot change and English readers cannot read."""
    assert not [
        f"{module.at(node)} {text}"
        for module in modules()
        if module.room not in {"demo", "geo"} and module.name not in READERS
        for node, text in texts(module)
        if HAN.search(text)
    ]


def test_pages_hold_no_chinese_either() -> None:
    sources = [*templates(), *words.SOURCES.rglob("*.js"), *words.SOURCES.rglob("*.css")]
    assert len(sources) > 5
    assert not [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if HAN.search(line)
    ]


def test_pages_hold_no_script_and_no_style_of_their_own() -> None:
    """The content security policy would silently drop them."""
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe")
    assert not [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in templates()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if inline.search(line)
    ]


def texts(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """Return the strings of a module as they are written, but for those that only document.

    As written: an escape such as \\u4e00 is a boundary of a set of characters, not a word.
    """
    documents = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documents
        ):
            yield node, ast.get_source_segment(module.text, node) or ""
