"""Made-up cities: their files and mappings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from gridgov.replay.replay import replay
from gridgov.replay.report import Report
from gridgov.replay.rules import Refused
from gridgov.settings import ROOT, Settings, load

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DATA = ROOT.parent / "shared" / "data"
BOSTON = ROOT / "config" / "replay" / "boston.toml"

LAKETOWN = """
as_of = 2020-01-01
encoding = "latin-1"
delimiter = ";"

[number]
column = "Vorgang"

[channel]
column = "Weg"
values = { Telefon = "telephone", App = "laketown" }

[times]
zone = "Europe/Berlin"
formats = ["%m/%d/%Y %I:%M:%S %p", "iso"]
opened = "Eröffnet"
closed = "Geschlossen"
target = "Frist"

[status]
column = "Stand"
values = { erledigt = "closed", offen = "dispatched", abgelehnt = "rejected", neu = "reported" }

[category]
column = "Art"
create = true
first = "95010"
class = "Seestadt"

[description]
columns = ["Text", "Art"]
separator = ": "

[unit]
column = "Amt"
create = true
prefix = "see-"

[place]
lon = "Länge"
lat = "Breite"

[park]
code = "see"
name = "Seestadt"
street = "990002001"

[map]
community = "990002001001"
grids = 3

[areas]
file = "quarters.geojson"
label_field = "name"
label = { column = "Viertel" }
"""

HEADINGS = "Vorgang;Weg;Eröffnet;Geschlossen;Frist;Stand;Art;Text;Amt;Länge;Breite;Viertel"
LINES = [
    "1;Telefon;01/04/2019 02:37:07 PM;01/09/2019 08:00:00 AM;01/08/2019 12:00:00 PM;erledigt;"
    "Schlagloch;Größe: 1 m;Tiefbau;9.9000;54.3000;West",
    '2;App;01/05/2019 12:00:00 AM;;;offen;Schlagloch;"zwei\nZeilen; und ein ""Wort""";'
    "Tiefbau;9.9100;54.3050;Ost",
    "3;App;2019-01-05T10:00:00+01:00;01/06/2019 09:00:00 AM;;abgelehnt;Müll;;;;;West",
    "4;App;01/07/2019 09:00:00 AM;;;neu;Müll;0/0;;0;0;",
    "5;App;01/08/2019 09:00:00 AM;01/07/2019 09:00:00 AM;;erledigt;Müll;;;9.905;54.302;",
    "6;App;13/01/2019 09:00:00 AM;;;offen;Müll;;;9.905;54.302;",
    "7;App;01/08/2019 09:00:00 AM;;;seltsam;Müll;;;9.905;54.302;",
    "2;App;01/08/2019 09:00:00 AM;;;offen;Müll;;;9.905;54.302;",
    "9;App;01/08/2019 09:00:00 AM;;;offen;Müll;;;9.905;154.302;",
    "10;App;01/08/2019 09:00:00 AM;;;offen;Müll;;;54.302;9.905;",
    "11;App;01/08/2019 09:00:00 AM;;;offen;" + "x" * 101 + ";;;9.905;54.302;",
    "12;Fax;01/08/2019 09:00:00 AM;;;offen;Müll;;;9.905;54.302;",
    "13;App;01/08/2019 09:00:00 AM;;;erledigt;Müll;;;9.905;54.302;",
    "14;App;01/08/2019 09:00:00 AM;;;offen",
    "15;App;01/08/2019 09:00:00 AM;;;offen;;;;9.905;54.302;",
    "16;App;01/08/2019 09:00:00 AM;;;offen;Müll;;;neun;54.302;",
    ";App;01/08/2019 09:00:00 AM;;;offen;Müll;;;9.905;54.302;",
    "18;App;01/08/2091 09:00:00 AM;;;offen;Müll;;;9.905;54.302;",
    "19;App;;;;offen;Müll;;;9.905;54.302;",
    "20;App;01/08/2019 09:00:00 AM;;;offen;Müll;tief\x07;;9.905;54.302;",
    "2;Telefon;01/09/2019 09:00:00 AM;01/10/2019 09:00:00 AM;;erledigt;Müll;;Bauhof;9.906;54.301;",
]
WHY = {
    6 + 1: "closed_before_opened",
    7 + 1: "time_unreadable",
    8 + 1: "status_unknown",
    9 + 1: "ref_twice",
    10 + 1: "coordinates_out_of_range",
    11 + 1: "coordinates_swapped",
    12 + 1: "text_too_long",
    13 + 1: "channel_unknown",
    14 + 1: "time_missing",
    15 + 1: "fields_miscounted",
    16 + 1: "nothing_said",
    17 + 1: "coordinates_unreadable",
    18 + 1: "ref_missing",
    19 + 1: "time_outside",
    20 + 1: "time_missing",
    21 + 1: "text_unreadable",
}
QUARTERS = """{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"name": "West"}, "geometry": {"type": "Polygon", "coordinates":
  [[[9.89, 54.29], [9.905, 54.29], [9.905, 54.31], [9.89, 54.31], [9.89, 54.29]]]}},
 {"type": "Feature", "properties": {"name": "Ost"}, "geometry": {"type": "Polygon", "coordinates":
  [[[9.905, 54.29], [9.92, 54.29], [9.92, 54.31], [9.905, 54.31], [9.905, 54.29]]]}}]}"""


def laketown(folder: Path) -> tuple[Path, Path]:
    """Write the city's file, as its own office would, and its mapping elsewhere."""
    (folder / "export").mkdir()
    file, mapping = folder / "export" / "cases.csv", folder / "mapping.toml"
    file.write_bytes("\r\n".join([HEADINGS, *LINES, "", ""]).encode("latin-1"))
    mapping.write_text(LAKETOWN, "utf-8")
    (folder / "quarters.geojson").write_text(QUARTERS, "utf-8")
    return file, mapping


def settings(**more: str) -> Settings:
    """Return settings that no test needs to look at."""
    names = {"GRIDGOV_DATABASE_URL": "sqlite:///x.db", "GRIDGOV_SECRET_KEY": "x" * 32}
    return load(names | more)


def run(engine: Engine, files: tuple[Path, Path], **more: Any) -> tuple[Report, list[Refused]]:
    """Replay a file at a fixed time."""
    return replay(engine, settings(), *files, NOW, **more)
