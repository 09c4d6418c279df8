"""The findings of the coverage check as a table to read and as GeoJSON to look at."""

from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry import mapping

from geo.coverage import Finding

_HEADER = ("kind", "codes", "lon", "lat", "m²", "fatal")
_MOST_CODES = 4  # a gap as large as the park borders on half of its cells


def findings_rows(findings: Sequence[Finding]) -> list[tuple[str, str, str, str, str, str]]:
    """One row of texts per finding: kind, codes, longitude, latitude, m², fatal or warning."""
    rows = []
    for finding in findings:
        codes = " ".join(finding.codes[:_MOST_CODES])
        if len(finding.codes) > _MOST_CODES:
            codes += f" (+{len(finding.codes) - _MOST_CODES})"
        lon, lat = ("", "") if (at := finding.place) is None else (f"{at[0]:.7f}", f"{at[1]:.7f}")
        area = "" if finding.area_m2 is None else f"{finding.area_m2:.2f}"
        rows.append((str(finding.kind), codes, lon, lat, area, "yes" if finding.fatal else "no"))
    return rows


def findings_table(findings: Sequence[Finding]) -> str:
    """The findings as aligned text with a heading; "" where there are none."""
    if not findings:
        return ""
    rows = [_HEADER, *findings_rows(findings)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def findings_geojson(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as a FeatureCollection (RFC 7946), the pieces themselves as geometry."""
    features = []
    for finding in findings:
        properties = {
            "kind": str(finding.kind),
            "codes": " ".join(finding.codes),
            "area_m2": None if finding.area_m2 is None else round(finding.area_m2, 3),
            "fatal": finding.fatal,
            "reason": finding.reason,
        }
        features.append(
            {"type": "Feature", "geometry": _geojson(finding.geometry), "properties": properties}
        )
    return {"type": "FeatureCollection", "features": features}


def _geojson(geometry: Any) -> dict[str, Any] | None:
    if geometry is None or geometry.is_empty:
        return None
    return dict(mapping(shapely.orient_polygons(shapely.force_2d(geometry), exterior_cw=False)))
