"""What of a case somebody is shown, beyond whether they see it at all. Pure."""

from __future__ import annotations

from gridgov.cases.facts import Scene
from gridgov.cases.standing import covers, is_reporter
from gridgov.cases.tables import Event
from gridgov.people.roles import Role

# 保密: only the dispatcher sees the contact; the unit gets a rewritten summary.
READ_CONFIDENTIAL = frozenset({Role.DISPATCHER, Role.LEADER, Role.COMMITTEE, Role.ORGANISER})
SEE_CONTACT = frozenset(
    {Role.DISPATCHER, Role.LEADER, Role.CALLER, Role.ORGANISER, Role.HANDLER, Role.HEAD}
)


def roles_here(scene: Scene) -> frozenset[Role]:
    """Return the roles that the actor holds towards the case."""
    return frozenset(duty.role for duty in scene.actor.duties if covers(duty, scene))


def original_text(scene: Scene) -> bool:
    """Tell whether the reporter's own words are shown, rather than a summary."""
    if not scene.case.confidential or is_reporter(scene) or scene.actor.machine:
        return True
    return bool(roles_here(scene) & READ_CONFIDENTIAL)


def contact(scene: Scene) -> bool:
    """Tell whether the masked contact is shown."""
    roles = roles_here(scene)
    if scene.case.confidential:
        return bool(roles & {Role.DISPATCHER, Role.ORGANISER})
    return bool(roles & SEE_CONTACT)


def event(scene: Scene, happened: Event) -> bool:
    """Tell whether an event is shown: to the reporter only what is meant for them."""
    return happened.audience == "reporter" or not is_reporter(scene)
