"""How QGIS draws the layers of a GeoPackage: the table `layer_styles`, which it looks for."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import quoteattr

from gridgov.exchange.layers import POINT, Layer

LABELLED = {"cells": "code", "grids": "name", "firms": "name", "cell_figures": "filed",
            "grid_figures": "filed"}  # fmt: skip
COLOURS = {"cells": "33,102,172", "grids": "178,24,43", "firms": "90,90,90", "cases": "230,97,1",
           "cell_figures": "33,102,172", "grid_figures": "178,24,43"}  # fmt: skip
_TABLE = """CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""
_CONTENTS = """INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)
  VALUES ('layer_styles', 'attributes', 'layer_styles', 0)"""
_STYLE = """INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,
  f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)
  VALUES ('', '', ?, ?, ?, ?, '', 1, '', '')"""


def add_styles(path: Path, layers: Sequence[Layer], geometry: str) -> None:
    """Add a default style for each layer of a GeoPackage."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(_TABLE)
        file.execute(_CONTENTS)
        for layer in layers:
            file.execute(_STYLE, (layer.name, geometry, layer.name, qml(layer)))


def qml(layer: Layer) -> str:
    """Return a style in QGIS's own form."""
    colour = COLOURS.get(layer.name, "90,90,90")
    if layer.geometry == POINT:
        kind, name = "marker", "SimpleMarker"
        said = {"name": "circle", "color": f"{colour},200", "outline_color": "255,255,255,255",
                "size": "2.4", "size_unit": "MM"}  # fmt: skip
    else:
        width = "0.6" if layer.name == "grids" else "0.2"
        kind, name = "fill", "SimpleFill"
        said = {"color": f"{colour},20", "style": "solid", "outline_color": f"{colour},255",
                "outline_style": "solid", "outline_width": width,
                "outline_width_unit": "MM"}  # fmt: skip
    parts = "".join(f"<prop k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in said.items())
    field = LABELLED.get(layer.name)
    labels = (
        f'<labeling type="simple"><settings><text-style fieldName="{field}" isExpression="0"'
        ' fontSize="8" fontSizeUnit="Point" textColor="40,40,40,255" namedStyle="Regular">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM"'
        ' bufferColor="255,255,255,255"/></text-style>'
        '<placement placement="1"/><rendering/></settings></labeling>'
        if field
        else ""
    )
    labelled = int(bool(field))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22" styleCategories="Symbology|Labeling" labelsEnabled="{labelled}">'
        '<renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="0" forceraster="0">'
        f'<symbols><symbol type="{kind}" name="0" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{name}" enabled="1" locked="0" pass="0">{parts}</layer>'
        f"</symbol></symbols></renderer-v2>{labels}</qgis>"
    )
