"""Firms for the small town: one in each grid, and one that is on no map."""

from __future__ import annotations

from typing import Any

from gridgov.database import LonLat, transaction
from gridgov.people.tables import Firm
from tests.support.town import IN_G1, IN_G2, STREET, Town

EAST, WEST, NOWHERE = "firm-east", "firm-west", "firm-nowhere"
GRID_1, GRID_2 = "330203008-01", "330203008-02"


def with_firms(town: Town) -> Town:
    """Add the firms to a town of the test's own."""
    with town.app.app_context(), transaction() as session:
        session.add_all(
            [
                firm(WEST, "西街汽车租赁", IN_G1, f"{STREET}001001", branch="汽车租赁", kind="key"),
                firm(EAST, "东街食品", IN_G2, f"{STREET}001003", branch="食品", kind="ordinary"),
                firm(NOWHERE, "云上软件", None, None, branch="软件", kind="startup"),
            ]
        )
    return town


def firm(code: str, name: str, at: tuple[float, float] | None, cell: str | None, **of: Any) -> Firm:
    """Return a firm, still without a session."""
    return Firm(
        code=code,
        name=name,
        address=f"{name} 1号",
        point=LonLat(*at) if at else None,
        cell_code=cell,
        active=True,
        **of,
    )


def tied(town: Town, login: str, firm_code: str | None) -> None:
    """Let an account of the public report for a firm."""
    answer = town.client.put(
        f"/api/v1/accounts/{login}/firm",
        json={"firm": firm_code},
        headers=town.headers("security-admin"),
    )
    assert answer.status_code == 200, answer.json
