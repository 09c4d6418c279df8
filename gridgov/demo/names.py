"""Whom of the demonstration's people one can be: codes of `config/demo/people.csv`."""

from __future__ import annotations

from gridgov.people.roles import Role

PARK = "haishu-ec-park"
BRANCH = "branch-1-head"
RESIDENT = "resident"  # an account of somebody from the public, without a person

# One for each role. Grid 12 lies in the middle of the map, where the README's tour reports a lamp
# and the municipal unit mends it, so that one case can pass between these people.
BY_ROLE: dict[Role, str] = {
    Role.LEADER: "g12-leader",
    Role.MEMBER: "g12-member1",
    Role.HANDLER: "municipal-handler1",
    Role.HEAD: "municipal-head",
    Role.DISPATCHER: "dispatcher1",
    Role.COMMITTEE: "committee1",
    Role.CALLER: "caller1",
    Role.GIS: "gis",
    Role.ORGANISER: "organiser1",
    Role.SYSTEM_ADMIN: "system-admin",
    Role.SECURITY_ADMIN: "security-admin",
    Role.AUDIT_ADMIN: "audit-admin",
    Role.REPORTER: RESIDENT,
}
FURTHER = (
    "g12-deputy",
    "g02-leader",
    "g02-member1",
    "ec-park-handler1",
    "ec-park-head",
    "team-policy-handler1",
    "party-office-head",
    "district-dispatcher",
    "dispatcher2",
    # Of the joint cases: who leads, who works an item, who was asked and says nothing.
    "approval-head",
    "fire-handler1",
    "traffic-handler1",
    "police-head",
    "firm-desk-handler1",
    BRANCH,
)
