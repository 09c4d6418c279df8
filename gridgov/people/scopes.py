"""How far each role sees: the one mapping from which the access table and every query derive."""

from __future__ import annotations

from enum import StrEnum

from gridgov.people.roles import Role
from gridgov.words import N_


class Scope(StrEnum):
    """How far a right reaches."""

    REPORT = "own_report"
    GRID = "own_grid"
    UNIT = "own_unit"
    AREA = "own_street_and_below"
    ALL = "all"

    @property
    def label(self) -> str:
        """The English name, as the catalogues have it."""
        return LABELS[self]


LABELS = {
    Scope.REPORT: N_("Own reports"),
    Scope.GRID: N_("Own grid"),
    Scope.UNIT: N_("Own unit and those below it"),
    Scope.AREA: N_("Own street and below"),
    Scope.ALL: N_("All"),
}

# Over cases, and what hangs on them. Whoever is not named sees none by their role; what somebody
# reported themselves, they always see. Party cases are narrower still: `gridgov.cases.see`.
OVER_CASES: dict[Role, Scope] = {
    Role.LEADER: Scope.GRID,
    Role.MEMBER: Scope.GRID,
    Role.HANDLER: Scope.UNIT,
    Role.HEAD: Scope.UNIT,
    Role.DISPATCHER: Scope.AREA,
    Role.COMMITTEE: Scope.AREA,
    Role.CALLER: Scope.AREA,
    Role.GIS: Scope.AREA,
    Role.ORGANISER: Scope.AREA,
    Role.REPORTER: Scope.REPORT,
    Role.CLOCK: Scope.ALL,
    Role.IMPORT: Scope.ALL,
}
