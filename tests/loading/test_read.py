from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.loading.columns import TABLES, parse_file
from gridgov.loading.problems import FilesWrong, Problem
from gridgov.loading.read import read_file, read_folders
from gridgov.loading.words import read_words
from gridgov.people.tables import Person
from tests.loading.files import DEMO, GOOD, TAXONOMY, folder, loaded, problems, where

WORDS = read_words()
PEOPLE = "编码（必填）,姓名,备注\nann,安安,x\nben,本本,\n"


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        PEOPLE.encode(),
        PEOPLE.encode("utf-8-sig"),
        PEOPLE.encode("gbk"),
        PEOPLE.encode("gb18030"),
        PEOPLE.encode("utf-16"),
        PEOPLE.replace(",", "\t").encode("utf-16"),
        PEOPLE.replace(",", ";").encode(),
        PEOPLE.replace("\n", "\r\n").encode("gbk"),
    ],
)
def test_a_table_is_read_as_excel_writes_it(session: Session, tmp_path: Path, raw: bytes) -> None:
    path = folder(tmp_path / "f", {"people.csv": raw})
    assert loaded(session, path).tables["people"].added == 2
    assert session.get_one(Person, "ben").name == "本本"


def test_a_workbook(session: Session, tmp_path: Path) -> None:
    rows = [["工号", "姓名", "所属单位"], [1001, "安安", None], [], [1002.0, "本本", ""]]
    path = folder(tmp_path / "f", {"人员.xlsx": workbook(*rows)})
    assert loaded(session, path).tables["people"].added == 2
    assert session.get_one(Person, "1002").name == "本本"
    rows[3][1] = None
    path = folder(tmp_path / "f", {"人员.xlsx": workbook(*rows)})
    assert where(problems(session, path)) == [("人员.xlsx:4: 姓名", "ValueMissing")]


def test_dates_and_flags_of_a_workbook(session: Session, tmp_path: Path) -> None:
    rows = [
        ["人员", "职务", "任职范围", "是否副职", "任职日期"],
        ["ann", "网格长", "g1", True, datetime(2026, 1, 1)],  # noqa: DTZ001
        ["ben", "网格员", "g1", False, datetime(2026, 1, 1, 8, 30)],  # noqa: DTZ001
    ]
    files = {name: text for name, text in GOOD.items() if name != "duties.csv"}
    path = folder(tmp_path / "f", {**files, "任职.xlsx": workbook(*rows)})
    assert loaded(session, path).tables["duties"].added == 2


def test_toml(session: Session, tmp_path: Path) -> None:
    text = """
[[people]]
code = "ann"
name = "安安"

[[people]]
code = 7
name = "本本"
"""
    path = folder(tmp_path / "f", {"people.toml": text})
    assert loaded(session, path).tables["people"].added == 2
    wrong = folder(tmp_path / "f", {"people.toml": text.replace("code = 7", 'code = "#"')})
    assert where(problems(session, wrong)) == [("people.toml:6: code", "CodeWrong")]
    for broken in ("people = 3", "[people]\ncode = 1", "[[people]", "[[units]]\ncode=1"):
        wrong = folder(tmp_path / "f", {"people.toml": broken})
        assert [kind for _, kind in where(problems(session, wrong))] == ["NoTable"]


def test_lists_in_toml(session: Session, tmp_path: Path) -> None:
    files = {name: text for name, text in GOOD.items() if name != "units.csv"}
    text = """
[[units]]
code = "water"
name = "water"
kind = "公司"
areas = ["330203", "g1"]
fallback = true
"""
    found = loaded(session, folder(tmp_path / "f", {**files, "units.toml": text}))
    assert found.tables["units"].added == 1


def test_every_column_has_its_synonyms() -> None:
    assert set(WORDS.headings) == set(TABLES) == set(WORDS.files.values())
    for table, columns in TABLES.items():
        assert set(WORDS.headings[table].values()) == set(columns), table


@pytest.mark.parametrize("path", [TAXONOMY, DEMO])
def test_the_files_of_the_repository_open_in_excel(path: Path) -> None:
    for file in path.glob("*.csv"):
        assert file.read_bytes().startswith(b"\xef\xbb\xbf"), file


SAMPLES = [text.encode() for text in GOOD.values()]
SAMPLES += [path.read_bytes()[:3000] for path in sorted(TAXONOMY.glob("*.csv"))]
SAMPLES += [PEOPLE.encode("gbk"), workbook(["code", "name"], ["a", "b"])]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file with pieces cut out, put in or replaced."""
    raw = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        stop = draw(st.integers(start, min(len(raw), start + 20)))
        piece = draw(
            st.binary(max_size=6)
            | st.sampled_from(
                [b",", b"\n", b'"', b"\0", b"\r", b"2026-13-45", b"\xef\xbb\xbf", b"1e400"]
            )
        )
        raw = raw[:start] + piece + raw[stop:]
    return raw


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400) | mutated(),
    st.sampled_from(sorted(TABLES)),
    st.sampled_from([".csv", ".xlsx", ".toml"]),
)
def test_whatever_a_file_holds_only_problems_come_out(
    tmp_path: Path, raw: bytes, table: str, suffix: str
) -> None:
    file = tmp_path / f"x{suffix}"
    file.write_bytes(raw)
    found: list[Problem] = []
    try:
        parse_file(read_file(file, table, file.name), WORDS, found)
    except Problem as problem:
        found.append(problem)
    for problem in found:
        assert str(problem)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), mutated(), min_size=1, max_size=2))
def test_mutated_files_are_loaded_or_refused(
    session: Session, tmp_path: Path, files: dict[str, bytes]
) -> None:
    with session.begin_nested() as undone:
        try:
            loaded(session, folder(tmp_path / "good"))
            first = loaded(session, folder(tmp_path / "f", {**GOOD, **files}))
            again = loaded(session, folder(tmp_path / "f", {**GOOD, **files}))
            assert not any(counts.touched for counts in again.tables.values()), first
        except FilesWrong as wrong:
            assert wrong.problems
        undone.rollback()


@settings(max_examples=100)
@given(st.sampled_from(sorted(GOOD)), st.text(max_size=60))
def test_any_text_is_a_value_or_a_problem(name: str, text: str) -> None:
    """Every column of every table is given the same text."""
    from gridgov.loading.read import RawFile, RawRow

    table = name.removesuffix(".csv")
    texts = dict.fromkeys(TABLES[table], text.strip())
    raw = RawFile(table, name, tuple(texts), 1, (RawRow(2, texts),))
    found: list[Problem] = []
    parse_file(raw, WORDS, found)
    assert all(str(problem) for problem in found)


def test_read_folders_in_order(tmp_path: Path) -> None:
    found = read_folders([folder(tmp_path / "f")], WORDS, [])
    assert [file.table for file in found] == sorted(TABLES)
