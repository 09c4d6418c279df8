"""Single records, by the made-up city's mapping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gridgov.replay.mapping import Label, Mapping
from gridgov.replay.read_mapping import read_mapping
from gridgov.replay.rules import History, read_history
from gridgov.replay.source import records
from tests.replay.cities import HEADINGS, LAKETOWN, NOW


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    (tmp_path / "mapping.toml").write_text(LAKETOWN, "utf-8")
    return replace(read_mapping(tmp_path / "mapping.toml"), encoding="utf-8")


def read(folder: Path, mapping: Mapping, *lines: str | bytes) -> History:
    whole = [HEADINGS.encode(), *(x.encode() if isinstance(x, str) else x for x in lines)]
    (folder / "cases.csv").write_bytes(b"\n".join(whole))
    return read_history(records(folder / "cases.csv", mapping), mapping, NOW)


def test_a_byte_order_mark_is_no_part_of_a_heading(tmp_path: Path, mapping: Mapping) -> None:
    (tmp_path / "cases.csv").write_bytes(
        b"\xef\xbb\xbf" + HEADINGS.encode() + "\n1;App;2019-01-01;;;offen;Müll;;;;;".encode()
    )
    found = read_history(records(tmp_path / "cases.csv", mapping), mapping, NOW)
    assert [row.ref for row in found.rows] == ["1"]


def test_bytes_of_another_encoding_cost_their_own_row_alone(
    tmp_path: Path, mapping: Mapping
) -> None:
    latin = "1;App;2019-01-01;;;offen;Müll;;;;;".encode("latin-1")
    found = read(tmp_path, mapping, latin, "2;App;2019-01-01;;;offen;Müll;a\nb;;;;")
    assert [(one.line, one.reason) for one in found.refused] == [
        (2, "text_unreadable"),
        (3, "fields_miscounted"),
        (4, "fields_miscounted"),
    ]
    found = read(tmp_path, mapping, '1;App;2019-01-01;;;offen;Müll;"a\nb";;;;', "x")
    assert [row.line for row in found.rows] == [2]
    assert [one.line for one in found.refused] == [4]


def test_the_second_hour_where_only_that_is_after_opening(tmp_path: Path, mapping: Mapping) -> None:
    found = read(
        tmp_path,
        mapping,
        "1;App;2019-10-27 02:50:00;2019-10-27 02:10:00;;erledigt;Müll;;;;;",
        "2;App;2019-10-27 03:50:00;2019-10-27 02:10:00;;erledigt;Müll;;;;;",
    )
    (row,) = found.rows
    assert row.closed is not None
    assert (row.closed - row.opened).total_seconds() == 20 * 60
    assert [one.reason for one in found.refused] == ["closed_before_opened"]


@pytest.mark.parametrize(
    ("text", "pad", "label"),
    [
        ("2108.0", 5, "02108"),
        ("2108", 5, "02108"),
        ("02108", 5, "02108"),
        ("2108.0", 0, "2108.0"),
        ("West", 5, "West"),
        (" nan ", 5, ""),
        ("", 5, ""),
    ],
)
def test_a_label_is_padded(
    text: str, pad: int, label: str, tmp_path: Path, mapping: Mapping
) -> None:
    assert mapping.areas is not None
    areas = replace(mapping.areas, label=Label("Viertel", pad))
    found = read(
        tmp_path,
        replace(mapping, areas=areas),
        f"1;App;2019-01-01;;;offen;Müll;;;;;{text}",
    )
    assert [row.label for row in found.rows] == [label]


def test_a_day_has_no_more_cases_than_numbers(
    tmp_path: Path, mapping: Mapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.replay.rules.MOST_A_DAY", 2)
    lines = [f"{n};App;2019-01-0{1 + n % 2} 10:00:00;;;offen;Müll;;;;;" for n in range(5)]
    found = read(tmp_path, mapping, *lines)
    assert len(found.rows) == 4
    assert [one.reason for one in found.refused] == ["day_full"]


def test_without_a_status_the_time_of_closing_decides(tmp_path: Path, mapping: Mapping) -> None:
    found = read(
        tmp_path,
        replace(mapping, status=None),
        "1;App;2019-01-01;2019-01-02;;;Müll;;;;;",
        "2;App;2019-01-01;;;;Müll;;;;;",
    )
    assert [row.status for row in found.rows] == ["closed", "handling"]
