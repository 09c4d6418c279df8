"""The roles (domain: who and where), by where the duty lies."""

from __future__ import annotations

from enum import StrEnum

from gridgov.words import N_


class Role(StrEnum):
    """In which quality somebody, or a machine, takes a step."""

    LEADER = "leader"
    MEMBER = "member"
    HANDLER = "handler"
    HEAD = "head"
    DISPATCHER = "dispatcher"
    COMMITTEE = "committee"
    CALLER = "caller"
    GIS = "gis"
    ORGANISER = "organiser"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    REPORTER = "reporter"
    ANYONE = "anyone"
    CLOCK = "clock"
    IMPORT = "import"

    @property
    def label(self) -> str:
        """The English name, as the catalogues have it."""
        return LABELS[self]


GRID_ROLES = frozenset({Role.LEADER, Role.MEMBER})
UNIT_ROLES = frozenset({Role.HANDLER, Role.HEAD})
AREA_ROLES = frozenset({Role.DISPATCHER, Role.COMMITTEE, Role.CALLER, Role.GIS, Role.ORGANISER})
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
DUTY_ROLES = GRID_ROLES | UNIT_ROLES | AREA_ROLES | ADMIN_ROLES

LABELS = {
    Role.LEADER: N_("Grid leader"),
    Role.MEMBER: N_("Grid member"),
    Role.HANDLER: N_("Handler"),
    Role.HEAD: N_("Head of unit"),
    Role.DISPATCHER: N_("Dispatcher"),
    Role.COMMITTEE: N_("Street committee"),
    Role.CALLER: N_("Caller"),
    Role.GIS: N_("GIS staff"),
    Role.ORGANISER: N_("Party organiser"),
    Role.SYSTEM_ADMIN: N_("System administrator"),
    Role.SECURITY_ADMIN: N_("Security administrator"),
    Role.AUDIT_ADMIN: N_("Audit administrator"),
    Role.REPORTER: N_("Reporter"),
    Role.ANYONE: N_("Anyone"),
    Role.CLOCK: N_("Clock"),
    Role.IMPORT: N_("Import"),
}
