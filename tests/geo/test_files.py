"""Map files: out and in again, in every format, datum and encoding; and what is refused."""

import json
import sqlite3
import zipfile

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import errors, files, sources
from geo.datum import from_cgcs2000, transform_geometry
from geo.files import list_layers, read_layer, write_layer
from geo.partition import cell_codes, partition
from tests.geo.shapes import PARK, PARK_ROADS, boundaries, near

CELLS = partition(PARK, PARK_ROADS, target_m2=40_000.0)
CODES = cell_codes(CELLS, "330203008001")
FORMATS = [".geojson", ".json", ".gpkg", ".fgb", ".shp", ".shp.zip"]
NAMES = ["望春街道", "电商城", "a", "海曙园 é"]


def by_code(layer):
    return dict(zip(layer.fields["code"], layer.geometries, strict=True))


def write_raw(path, shapes, crs, driver, **options):
    """As another program would: any CRS, any encoding."""
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(np.array(shapes, dtype=object)),
        [np.array(NAMES[: len(shapes)], dtype=object)],
        np.array(["name"], dtype=object),
        driver=driver,
        geometry_type="Polygon",
        crs=crs,
        **options,
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_written_is_read_again(tmp_path, suffix):
    path = tmp_path / f"网格{suffix}"
    grid = [f"G{i % 3}" if i else None for i in range(len(CELLS))]
    area, start = [float(i) / 7 for i in range(len(CELLS))], list(range(len(CELLS)))
    write_layer(path, CELLS, {"code": CODES, "grid": grid, "area": area, "start": start})
    layer = read_layer(path)
    assert layer.names == ("code", "grid", "area", "start")
    assert sorted(layer.fields["code"]) == CODES
    for code, cell in zip(CODES, CELLS, strict=True):
        np.testing.assert_allclose(
            shapely.get_coordinates(by_code(layer)[code].normalize()),
            shapely.get_coordinates(cell.normalize()),
            rtol=0,
            atol=1e-9,
        )
    at = layer.fields["code"].index(CODES[5])
    assert layer.fields["grid"][at] == "G2"
    assert layer.fields["area"][at] == pytest.approx(5 / 7)
    assert layer.fields["start"][at] == 5
    assert not layer.fields["grid"][layer.fields["code"].index(CODES[0])]
    assert (
        layer.source_crs == ("OGC:CRS84" if "json" in suffix else "EPSG:4490") or "json" in suffix
    )
    assert len(list_layers(path)) == 1


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(boundaries(), st.sampled_from(FORMATS))
def test_neighbours_still_share_their_vertices_after_a_file(tmp_path, boundary, suffix):
    cells = partition(boundary, target_m2=30_000.0)
    write_layer(tmp_path / f"a{suffix}", cells, {"n": list(range(len(cells)))})
    layer = read_layer(tmp_path / f"a{suffix}")
    assert len(layer.geometries) == len(cells)
    assert shapely.coverage_is_valid(np.array(layer.geometries, dtype=object))


def test_geojson_is_written_by_rfc_7946(tmp_path):
    write_layer(tmp_path / "a.geojson", CELLS, {"code": CODES})
    collection = json.loads((tmp_path / "a.geojson").read_text())
    assert "crs" not in collection
    for feature in collection["features"]:
        assert shapely.is_ccw(shapely.from_geojson(json.dumps(feature["geometry"])).exterior)


def test_a_file_is_replaced_unless_a_layer_is_appended(tmp_path):
    path = tmp_path / "a.gpkg"
    write_layer(path, CELLS, {"code": CODES}, layer="old")
    write_layer(path, CELLS[:2], {"code": CODES[:2]}, layer="cells")
    write_layer(path, [PARK], {"name": ["park"]}, layer="boundary", append=True)
    assert list_layers(path) == ["cells", "boundary"]
    assert read_layer(path, "boundary").fields == {"name": ["park"]}
    assert len(read_layer(path).geometries) == 2
    with pytest.raises(errors.NoLayer, match="has no layer roads; it has cells, boundary"):
        read_layer(path, "roads")


@pytest.mark.parametrize(
    ("crs", "driver", "suffix"),
    [
        ("EPSG:4549", "ESRI Shapefile", ".shp"),
        ("EPSG:4549", "GPKG", ".gpkg"),
        ("EPSG:3857", "FlatGeobuf", ".fgb"),
        ("EPSG:4326", "GPKG", ".gpkg"),
        ("EPSG:32651", "GeoJSON", ".geojson"),
    ],
)
def test_any_crs_that_proj_knows(tmp_path, crs, driver, suffix):
    way = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    there = [
        shapely.transform(cell, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
        for cell in CELLS[:4]
    ]
    write_raw(tmp_path / f"a{suffix}", there, crs, driver)
    layer = read_layer(tmp_path / f"a{suffix}")
    assert layer.source_crs == crs
    cells = dict(zip(layer.fields["name"], layer.geometries, strict=True))
    for name, cell in zip(NAMES, CELLS[:4], strict=True):
        assert shapely.hausdorff_distance(cells[name], cell) < 1e-8


@pytest.mark.parametrize("kind", ["gcj02", "bd09"])
def test_a_named_datum(tmp_path, kind):
    def shift(xy):
        return np.column_stack(from_cgcs2000(xy[:, 0], xy[:, 1], kind))

    write_layer(tmp_path / "a.gpkg", [shapely.transform(c, shift) for c in CELLS], {"code": CODES})
    layer = read_layer(tmp_path / "a.gpkg", coord_type=kind)
    for code, cell in zip(CODES, CELLS, strict=True):
        assert shapely.hausdorff_distance(by_code(layer)[code], cell) < 1e-9


def test_no_crs_says_what_to_do(tmp_path):
    write_layer(tmp_path / "a.shp", CELLS, {"code": CODES})
    (tmp_path / "a.prj").unlink()
    with pytest.raises(errors.NoCrs, match=r"\.prj.*--coord-type"):
        read_layer(tmp_path / "a.shp")
    layer = read_layer(tmp_path / "a.shp", coord_type="wgs84")
    assert layer.source_crs is None
    assert by_code(layer)[CODES[0]].equals(CELLS[0])


def test_metres_do_not_pass_for_degrees(tmp_path):
    write_layer(tmp_path / "a.gpkg", [shapely.box(500_000, 3_300_000, 500_100, 3_300_100)], {})
    with pytest.raises(errors.NotDegrees, match="not longitude and latitude"):
        read_layer(tmp_path / "a.gpkg")


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("encoding", "cpg", "language"),
    [
        ("GBK", "GBK", 0),
        ("GBK", "936", 0),
        ("GBK", "CP936", 0),
        ("GBK", None, 0),
        ("GBK", None, 0x57),
        ("GBK", None, 0x4D),
        ("UTF-8", "UTF-8", 0),
        ("UTF-8", None, 0),
    ],
)
def test_chinese_in_a_shapefile(tmp_path, encoding, cpg, language, zipped):
    folder = tmp_path / "图层"
    folder.mkdir()
    names = ["望春街道", "电商城", "海曙园"]
    write_raw(folder / "a.shp", CELLS[:3], "EPSG:4490", "ESRI Shapefile", encoding="UTF-8")
    # The table as another program would have written it, byte by byte.
    table = bytearray((folder / "a.dbf").read_bytes())
    table[29] = language
    header, width = int.from_bytes(table[8:10], "little"), int.from_bytes(table[10:12], "little")
    records = b"".join(b" " + name.encode(encoding).ljust(width - 1) for name in names)
    (folder / "a.dbf").write_bytes(bytes(table[:header]) + records + b"\x1a")
    (folder / "a.cpg").unlink()
    if cpg:
        (folder / "a.cpg").write_text(cpg)
    path = folder / "a.shp"
    if zipped:
        path = tmp_path / "a b.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, f"sub/{file.name}")
    layer = read_layer(path)
    assert layer.fields["name"] == names
    assert layer.geometries[0].equals(CELLS[0])


def test_whole_numbers_stay_whole_beside_a_missing_one(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": json.loads(shapely.to_geojson(c)),
        }
        for code, c in zip([330203008001001, None], CELLS, strict=False)
    ]
    (tmp_path / "a.json").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    assert [str(c) for c in read_layer(tmp_path / "a.json").fields["code"]] == [
        "330203008001001",
        "None",
    ]


def test_a_ring_that_is_not_closed_is_no_geometry(tmp_path):
    ring = [[[0, 0], [1, 0], [1, 1], [0, 1]]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": ring}},
        {"type": "Feature", "properties": {}, "geometry": None},
    ]
    (tmp_path / "a.json").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    assert read_layer(tmp_path / "a.json").geometries == [None, None]


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/http://127.0.0.1/a.geojson",
        "/vsizip/a.zip/a.shp",
        "http://127.0.0.1/a.geojson",
        "PG:dbname=a.gpkg",
        "GPKG:a.gpkg",
        "a\0.gpkg",
    ],
)
def test_only_plain_paths(path):
    for use in (read_layer, list_layers):
        with pytest.raises(errors.UnsafePath):
            use(path)
    with pytest.raises(errors.UnsafePath):
        write_layer(path, CELLS, {})


def virtual(path):
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/a.gpkg</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".shp"])
def test_another_format_by_a_map_files_name(tmp_path, suffix):
    virtual(tmp_path / f"a{suffix}")
    with pytest.raises(errors.Unreadable, match="not a"):
        read_layer(tmp_path / f"a{suffix}")


def test_an_archive_that_holds_something_else(tmp_path):
    virtual(tmp_path / "a.shp")
    for name, member in (("a.zip", "a.shp"), ("b.zip", "b.vrt"), ("c.zip", "../a.shp")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(tmp_path / "a.shp", member)
        with pytest.raises((errors.Unreadable, errors.UnsafePath)):
            read_layer(tmp_path / name)


def test_an_archive_that_would_fill_the_disk(tmp_path, monkeypatch):
    write_layer(tmp_path / "a.shp.zip", CELLS, {"code": CODES})
    monkeypatch.setattr(sources, "MAX_BYTES", 1_000)
    with pytest.raises(errors.FileTooLarge, match="unpacked; at most 1000"):
        read_layer(tmp_path / "a.shp.zip")
    write_layer(tmp_path / "a.geojson", CELLS, {"code": CODES})
    with pytest.raises(errors.FileTooLarge):
        read_layer(tmp_path / "a.geojson")


def test_too_many_features(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FEATURES", len(CELLS) - 1)
    write_layer(tmp_path / "a.gpkg", CELLS, {"code": CODES})
    with pytest.raises(errors.TooManyFeatures, match=f"holds {len(CELLS)} features"):
        read_layer(tmp_path / "a.gpkg")


def test_files_that_are_none(tmp_path):
    with pytest.raises(errors.FileMissing):
        read_layer(tmp_path / "a.gpkg")
    with pytest.raises(errors.FileMissing):
        read_layer(tmp_path / "b.shp")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(errors.UnknownFormat, match=r"must end in one of \.geojson"):
        read_layer(tmp_path / "a.txt")
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(errors.EmptyLayer, match="holds no features"):
        read_layer(tmp_path / "a.geojson")
    sqlite3.connect(tmp_path / "empty.gpkg").execute("create table a (b)").connection.close()
    with pytest.raises((errors.Unreadable, errors.EmptyLayer)):
        read_layer(tmp_path / "empty.gpkg")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from([".geojson", ".gpkg", ".fgb", ".shp", ".zip"]),
    st.integers(0, 4_000),
    st.binary(max_size=30),
    st.booleans(),
)
def test_a_damaged_file_is_refused_or_read_but_never_breaks(tmp_path, suffix, at, bytes_, cut):
    good = tmp_path / f"good{suffix}"
    if not good.exists():
        write_layer(tmp_path / "x.shp", CELLS, {"code": CODES})
        if suffix == ".zip":
            write_layer(tmp_path / "good.shp.zip", CELLS, {"code": CODES})
            (tmp_path / "good.shp.zip").rename(good)
        else:
            write_layer(good, CELLS, {"code": CODES})
    data = good.read_bytes()
    bad = tmp_path / f"bad{suffix}"
    bad.write_bytes(data[:at] + bytes_ + (b"" if cut else data[at + len(bytes_) :]))
    try:
        layer = read_layer(bad, coord_type="wgs84")
    except errors.GeoError as error:
        assert str(error)
    else:
        assert all(len(values) == len(layer.geometries) for values in layer.fields.values())


def test_an_archive_damaged_anywhere_is_refused_or_read(tmp_path):
    write_layer(tmp_path / "good.shp.zip", CELLS, {"code": CODES})
    data = (tmp_path / "good.shp.zip").read_bytes()
    refused = 0
    for at in range(0, len(data), 97):
        (tmp_path / "bad.zip").write_bytes(data[:at] + b"\xff\x00\xff" + data[at + 3 :])
        try:
            read_layer(tmp_path / "bad.zip", coord_type="wgs84")
        except errors.GeoError:
            refused += 1
    assert refused > 10


def test_fields_of_another_length_are_refused(tmp_path):
    with pytest.raises(errors.MismatchedLengths, match="Field code has 1 values for 2 geometries"):
        write_layer(tmp_path / "a.gpkg", CELLS[:2], {"code": ["1"]})


@pytest.mark.parametrize("field", ["a_long_name", "网格"])
def test_a_name_that_a_shapefile_would_cut_is_refused(tmp_path, field):
    with pytest.raises(errors.BadFieldName, match="at most 10 ASCII"):
        write_layer(tmp_path / "a.shp", CELLS, {field: CODES})


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_second_writing_leaves_nothing_of_the_first(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_layer(path, CELLS, {"code": CODES, "name": ["电商城"] * len(CELLS)})
    write_layer(path, CELLS[:1], {"n": [7]})
    assert read_layer(path).fields == {"n": [7]}


def test_a_folder_that_is_missing_cannot_be_written_to(tmp_path):
    with pytest.raises(errors.Unwritable):
        write_layer(tmp_path / "none" / "a.gpkg", CELLS, {"code": CODES})


def test_transforming_keeps_the_number_of_geometries():
    shapes = np.array([PARK, None, shapely.Point(*near(0, 0))], dtype=object)
    assert len(transform_geometry(shapes, "EPSG:4326", "gcj02")) == 3
