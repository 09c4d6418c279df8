"""What a line becomes in the database, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from gridgov.loading.columns import LIMITS, Row
from gridgov.loading.merge import Values

SAME = (
    *("code", "name", "class", "kind", "urgency", "photo", "sample_rate", "public"),
    *("needs_place", "transfer", "local", "active", "standard_ref"),
)


def _category(row: Row, zone: ZoneInfo) -> Values:
    limits = {name: row[f"{name}_limit"] for name in LIMITS if row[f"{name}_limit"]}
    return {name: row[name] for name in SAME} | {
        "name_en": row["name_en"] or row["name"],
        "class_en": row["class_en"] or row["class"],
        "unit_code": row["unit"],
        "limits": limits,
        "checked": row["check"],
    }


ROWS: Mapping[str, Callable[[Row, ZoneInfo], Values]] = {
    "areas": lambda row, zone: {"code": row["code"], "name": row["name"]},
    "parks": lambda row, zone: {
        "code": row["code"],
        "name": row["name"],
        "street_code": row["street"],
        "time_zone": row["time_zone"] or zone.key,
    },
    "grids": lambda row, zone: {
        "code": row["code"],
        "name": row["name"],
        "park_code": row["park"],
        "kind": row["kind"],
    },
    "units": lambda row, zone: {
        "code": row["code"],
        "name": row["name"],
        "kind": row["kind"],
        "parent_code": row["parent"],
        "areas": row["areas"],
        "categories": row["categories"],
        "fallback": row["fallback"],
        "active": row["active"],
        "line": row["line"],
        "offers": row["offers"],
        "languages": row["languages"],
        "hours": row["hours"],
    },
    "categories": _category,
    "people": lambda row, zone: {
        "code": row["code"],
        "name": row["name"],
        "unit_code": row["unit"],
    },
}
