"""Why something about personal data is refused; each docstring is what the user reads."""

from gridgov.errors import BadInput, Conflict, NotAllowed, NotFound


class NoContact(NotFound):
    """This case has no contact: none was left, or it has been erased."""


class ReadEnough(NotAllowed):
    """You have read %(most)s contacts today, which is as many as one person may; go on tomorrow,
    or ask a colleague.
    """


class StillOpen(Conflict):
    """The case is still open. Without your contact nobody can ask you or tell you the result;
    you can follow it by number and code. Send `insist=true` to have it erased all the same.
    """


class OnlyTheReporter(NotAllowed):
    """Only who reported the case may have its contact erased here, by the case's code."""


class PhoneWrong(BadInput):
    """This is no telephone number and no address."""


class NothingHeld(NotFound):
    """Nothing is held about this number or address."""


class FileThere(Conflict):
    """There is a file %(file)s already; choose another name."""


class NotUnderReview(NotFound):
    """This case is not up for review; `gridgov retention review` lists those that are."""


class MapWrong(BadInput):
    """config/privacy.toml cannot be used: %(what)s."""
