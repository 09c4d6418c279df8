"""Why a meeting, its papers or its resolutions are refused. Each says what to do instead."""

from gridgov.errors import BadInput, Conflict, NotAllowed


class MeetingMovedOn(Conflict):
    """Someone else changed this meeting first; read it again."""


class MeetingToCome(Conflict):
    """This meeting is still to come; say who came on its day."""


class MeetingNotHeld(Conflict):
    """Say first that the meeting was held and who came; then add minutes and resolutions."""


class MeetingHeld(Conflict):
    """This meeting was held; what was planned stays as it was."""


class MeetingCancelled(Conflict):
    """This meeting was called off; plan another one."""


class MeetingElsewhere(BadInput):
    """Meetings are planned for your own street and what lies in it."""


class GuestUnknown(BadInput):
    """There is no unit or person on duty with the code %(code)s."""


class TooManyMinutes(Conflict):
    """A meeting takes %(most)s papers; this one has them already."""


class NotAPaper(BadInput):
    """Send the minutes as PDF or OFD."""


class OwnerUnknown(BadInput):
    """There is no unit with the code %(code)s that takes work."""


class OwnerElsewhere(BadInput):
    """This person belongs neither to the unit nor to one below it."""


class DuePast(BadInput):
    """Give a day from today on by which it is to be done."""


class CaseNeeded(BadInput):
    """Name the case that the item is added to, or that the instruction is on."""


class CaseNotMeant(BadInput):
    """What stands by itself names no case; leave it out, or choose what becomes of it."""


class CaseUnknown(BadInput):
    """There is no case with the number %(number)s, or you may not see it."""


class ResolutionMovedOn(Conflict):
    """Someone else changed this resolution first; read it again."""


class DoneElsewhere(Conflict):
    """This became part of a case, and is done when that is; it is not ticked here."""


class TickedAlready(Conflict):
    """This is ticked so already."""


class NotYourResolution(NotAllowed):
    """Its owner reports on it, and dispatcher or committee tick it."""
