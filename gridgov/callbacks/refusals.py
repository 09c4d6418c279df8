"""Why a callback is refused; each docstring is what the user reads."""

from gridgov.errors import Conflict


class CallbackOver(Conflict):
    """This callback is over: the case was evaluated, goes on, or three tries have been made."""


class CallbackTooEarly(Conflict):
    """It is too early for the next try; the list says from when this person may be called."""


class BeingCalled(Conflict):
    """Somebody else is calling this person just now; take another one from the list."""


class NotCalled(Conflict):
    """Take the call first; only who called can say that nobody was reached."""
