"""Why something about firms and visits is refused; each docstring is what the user reads."""

from gridgov.errors import BadInput, NotAllowed


class FirmNotVisited(BadInput):
    """There is no firm %(code)s that it is yours to visit."""


class DayWrong(BadInput):
    """A visit was today or on one of the 365 days before; correct the date."""


class FollowUpWrong(BadInput):
    """A follow-up lies after the visit, and within two years; correct the date."""


class MetNobody(BadInput):
    """Say whom you met, by their role at the firm; or that nobody was there."""


class TooManyContacts(BadInput):
    """A firm has %(most)s contacts at most; leave out those that are needed least."""


class ContactEmpty(BadInput):
    """A contact needs a telephone number or an e-mail address."""


class ContactsReadEnough(NotAllowed):
    """You have read %(most)s firms' contacts today, which is as many as one person may; go on
    tomorrow, or ask a colleague.
    """
