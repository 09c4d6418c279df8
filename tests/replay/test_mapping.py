from __future__ import annotations

from pathlib import Path

import pytest

from gridgov.cases.workflow import STEPS, Status, To
from gridgov.replay.mapping import Mapping
from gridgov.replay.plan import PATHS
from gridgov.replay.read_mapping import read_mapping
from gridgov.replay.refusals import KeyMissing, KeyUnknown, MappingUnreadable, MappingWrong
from tests.replay.cities import BOSTON, LAKETOWN


def read(text: str, folder: Path) -> Mapping:
    (folder / "mapping.toml").write_text(text, "utf-8")
    return read_mapping(folder / "mapping.toml")


def test_the_example_can_be_used() -> None:
    mapping = read_mapping(BOSTON)
    assert mapping.times.target == "sla_target_dt"
    assert mapping.verdict is not None
    assert mapping.judged_at is not None
    assert mapping.judged_at.isoformat() == "2024-01-01T05:00:00+00:00"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('column = "Vorgang"', 'colum = "Vorgang"', "number.colum"),
        ("as_of =", "asof =", "asof"),
        ("grids = 3", "gird = 3", "map.gird"),
        (
            'label = { column = "Viertel" }',
            'label = { columns = "Viertel" }',
            "areas.label.columns",
        ),
    ],
)
def test_an_unknown_key_is_named(old: str, new: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(KeyUnknown, match=named.replace(".", r"\.")):
        read(LAKETOWN.replace(old, new, 1), tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match=r"times\.opened"):
        read(LAKETOWN.replace('opened = "Eröffnet"\n', ""), tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("Europe/Berlin", "Europe/Bonn", "times.zone"),
        ("Europe/Berlin", "Europe", "times.zone"),
        ('"iso"]', '"%H"]', "times.formats"),
        ('formats = ["%m/%d/%Y %I:%M:%S %p", "iso"]', "formats = []", "times.formats"),
        ('erledigt = "closed"', 'erledigt = "done"', "status.values"),
        ('erledigt = "closed"', 'erledigt = "merged"', "status.values"),
        ("[unit]", '[verdict]\ncolumn = "Stand"\nvalues = { a = "late" }\n[unit]', "verdict"),
        ('first = "95010"', 'first = "950"', "category.first"),
        ('first = "95010"', "first = 95010", "category.first"),
        ('class = "Seestadt"', 'class = "See"\nkind = "nothing"', "category.kind"),
        ("latin-1", "klingon", "encoding"),
        ("latin-1", "hex", "encoding"),
        ('delimiter = ";"', 'delimiter = ";;"', "delimiter"),
        ("as_of = 2020-01-01", 'as_of = "later"', "as_of"),
        ('column = "Weg"', 'column = "Weg"\nname = "x"', "channel"),
        ('App = "laketown"', f'App = "{"x" * 21}"', "channel"),
        ('code = "see"', 'code = "see side"', "park.code"),
        ('street = "990002001"', 'street = "12"', "park.street"),
        ("990002001001", "880002001001", "map.community"),
        ("grids = 3", "grids = 0", "map.grids"),
        ("grids = 3", "grids = 3.5", "map.grids"),
        ("grids = 3", "square = [1, 2, 3]", "map.square"),
        ("grids = 3", "square = [1, 2, 1, 3]", "map.square"),
        ("grids = 3", "target_m2 = nan", "map.target_m2"),
        ("grids = 3", "target_m2 = 1", "map.target_m2"),
        ('lon = "Länge"', 'lon = "Länge"\ncoord_type = "epsg"', "place.coord_type"),
        ('prefix = "see-"', 'prefix = "-"', "unit.prefix"),
        ('prefix = "see-"', 'names = { a = "" }', "unit.names"),
        ('lon = "Länge"', 'lon = "a\\u0000b"', "place.lon"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, named: str, tmp_path: Path) -> None:
    assert old in LAKETOWN
    with pytest.raises(MappingWrong, match=named.replace(".", r"\.")):
        read(LAKETOWN.replace(old, new, 1), tmp_path)


@pytest.mark.parametrize("text", [b"", b"[", b"\xff", b"x = " + b"9" * 10_000])
def test_what_is_no_toml_is_said(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_bytes(text)
    with pytest.raises((MappingUnreadable, KeyMissing, KeyUnknown)):
        read_mapping(tmp_path / "mapping.toml")


def test_every_path_is_a_way_through_the_workflow() -> None:
    for final, path in PATHS.items():
        status = Status.REPORTED
        assert path[0] == "report"
        for name in path[1:]:
            step = STEPS[name]
            assert status in step.start
            assert not isinstance(step.to, To)
            status = step.to
        assert status == final
