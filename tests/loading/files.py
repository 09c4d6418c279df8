"""Small folders of files, as a clerk would keep them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridgov.loading.load import Loaded, load
from gridgov.loading.problems import FilesWrong, Problem
from gridgov.settings import ROOT

TAXONOMY, DEMO = ROOT / "config" / "taxonomy", ROOT / "config" / "demo"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)

GOOD = {
    "areas.csv": "code,name\n330203,district\n330203008,street\n",
    "parks.csv": "code,name,street\np,park,330203008\n",
    "grids.csv": "code,name\ng1,one\ng2,two\n",
    "units.csv": (
        "code,name,kind,parent,areas,categories,fallback\n"
        "hub,hub,department,,330203008,,yes\n"
        "water,water,company,hub,330203 g1,01,\n"
    ),
    "categories.csv": (
        "code,name,class,kind,unit,case limit\n"
        "01001,manhole,utilities,component,water,5 working_days\n"
        "21001,question,policy,enterprise,,\n"
    ),
    "people.csv": "code,name,unit\nann,Ann,\nben,Ben,water\ncho,Cho,\n",
    "duties.csv": (
        "person,role,place,deputy,begins,ends\n"
        "ann,leader,g1,,2026-01-01,\n"
        "cho,leader,g1,yes,2026-01-01,\n"
        "ben,head,water,,2026-01-01,\n"
        "cho,system_admin,,,,\n"
    ),
    "shifts.csv": "unit,person,days,starts,stops\nwater,ben,1-5,8:00,20:00\n",
    "firms.csv": "code,name,credit_code,lon,lat\nf1,firm,91110000600037341L,121.49,29.88\n",
}


def folder(path: Path, files: Mapping[str, str | bytes] = GOOD, **changed: str | bytes) -> Path:
    """Write files; `units="…"` is the text of units.csv, an empty one leaves it out."""
    path.mkdir(exist_ok=True)
    for old in path.iterdir():
        old.unlink()
    for name, text in {**files, **{f"{n}.csv": text for n, text in changed.items()}}.items():
        raw = text.encode() if isinstance(text, str) else text
        if raw:
            (path / name).write_bytes(raw)
    return path


def loaded(session: Session, *folders: Path, now: datetime = NOW, retire: bool = True) -> Loaded:
    """Load folders."""
    return load(session, folders, now, ZONE, retire=retire)


def problems(
    session: Session, *folders: Path, now: datetime = NOW, retire: bool = True
) -> list[Problem]:
    """Load folders that are wrong, and return what is."""
    try:
        loaded(session, *folders, now=now, retire=retire)
    except FilesWrong as wrong:
        return list(wrong.problems)
    raise AssertionError("nothing was wrong")


def where(found: list[Problem]) -> list[tuple[str, str]]:
    """Where each is, and which."""
    return [(problem.where, type(problem).__name__) for problem in found]
