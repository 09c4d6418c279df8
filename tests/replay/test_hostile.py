"""Whatever stands in a file or mapping: a refusal in words, and never a row lost."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from geo.errors import GeoError
from gridgov.errors import GridgovError
from gridgov.replay.mapping import Mapping
from gridgov.replay.read_mapping import checked, read_mapping
from gridgov.replay.rules import History, read_history
from gridgov.replay.source import records
from gridgov.replay.toml import build
from tests.replay.cities import BOSTON, HEADINGS, LAKETOWN, LINES, NOW, QUARTERS, run

OURS = (GridgovError, GeoError)
GOOD = "\r\n".join([HEADINGS, *LINES]).encode("latin-1")
BODY = "\r\n".join(LINES).encode("latin-1")
ENCODINGS = ["latin-1", "utf-8", "utf-16", "gb18030", "cp1252", "utf-7", "unicode_escape", "idna"]
HARMLESS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """Cut, double, exchange and sprinkle bytes."""
    data = bytearray(good)
    for _ in range(draw(st.integers(0, 8))):
        place = draw(st.integers(0, len(data)))
        end = min(len(data), place + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["drop", "double", "put", "sign"]))
        if kind == "drop":
            del data[place:end]
        elif kind == "double":
            data[place:place] = data[place:end]
        elif kind == "put":
            data[place:place] = draw(st.binary(max_size=6))
        else:
            data[place:place] = draw(
                st.sampled_from([b'"', b";", b"\n", b"\r", b"\x00", b"-", b"e9", b"nan", b"\xff"])
            )
    return bytes(data)


def history(data: bytes, mapping: Mapping) -> History | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cases.csv")
        path.write_bytes(data)
        try:
            return read_history(records(path, mapping), mapping, NOW)
        except OURS:
            return None


def laketown(**more: Any) -> Mapping:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mapping.toml")
        path.write_text(LAKETOWN, "utf-8")
        mapping = read_mapping(path)
    return Mapping(**{**vars(mapping), **more})


@HARMLESS
@given(st.binary(max_size=400) | mutated(GOOD), st.sampled_from(ENCODINGS))
def test_bytes_become_rows_or_refusals(data: bytes, encoding: str) -> None:
    found = history(data, laketown(encoding=encoding))
    if found is None:
        return
    lines = [one.line for one in found.refused] + [row.line for row in found.rows]
    assert len(set(lines)) == len(lines) == found.read
    assert all(str(one.why) and one.reason for one in found.refused)
    assert len({row.key for row in found.rows}) == len(found.rows)
    for row in found.rows:
        (row.ref + (row.description or "") + row.category + row.unit).encode("utf-8")
        assert row.closed is None or row.closed >= row.opened


@HARMLESS
@given(
    st.dictionaries(
        st.sampled_from([*vars(laketown()), "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
            | st.datetimes(),
            lambda inner: st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["column", "values", "name", "zone", "opened", "code", "square"])
                | st.text(max_size=8),
                inner,
                max_size=4,
            ),
            max_leaves=12,
        ),
    )
)  # fmt: skip
def test_a_mapping_is_used_or_refused_in_words(table: dict[str, Any]) -> None:
    try:
        checked(build(Mapping, table))
    except GridgovError as error:
        assert "%(" not in str(error)


@HARMLESS
@given(mutated(BOSTON.read_bytes()) | mutated(LAKETOWN.encode()))
def test_a_mutated_mapping_is_used_or_refused_in_words(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mapping.toml")
        path.write_bytes(data)
        try:
            history(GOOD, read_mapping(path))
        except GridgovError as error:
            assert "%(" not in str(error)


@pytest.mark.slow
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=mutated(BODY), mapping=st.just(LAKETOWN.encode()) | mutated(LAKETOWN.encode()))
def test_no_row_is_lost_on_the_way_into_the_database(
    connection: Connection, tmp_path: Path, body: bytes, mapping: bytes
) -> None:
    folder = tmp_path / str(next(_FOLDERS))
    folder.mkdir()
    files = folder / "cases.csv", folder / "mapping.toml"
    files[0].write_bytes(HEADINGS.encode("latin-1") + b"\r\n" + body)
    files[1].write_bytes(mapping)
    (folder / "quarters.geojson").write_text(QUARTERS, "utf-8")
    nested = connection.begin_nested()
    try:
        report, refused = run(connection, files)  # type: ignore[arg-type]
    except OURS:
        return
    finally:
        nested.rollback()
    assert report.rows == report.cases + report.refused
    assert report.refused == len(refused)
    assert report.cases == report.located + report.outside + report.unplaced
    assert report.cases == sum(report.statuses.values())


_FOLDERS = itertools.count()
