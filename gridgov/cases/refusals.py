"""Why a step is refused; each docstring is what the user reads."""

from gridgov.errors import BadInput, Conflict, NotAllowed


class StepUnknown(BadInput):
    """There is no step %(step)s; a case's answer lists the steps that it offers."""


class FieldMissing(BadInput):
    """%(step)s needs %(needs)s."""


class FieldUnknown(BadInput):
    """%(step)s does not take %(name)s."""


class CategoryUnknown(BadInput):
    """There is no category %(code)s; `GET /categories` lists them."""


class UnitUnknown(BadInput):
    """There is no unit %(code)s."""


class GridUnknown(BadInput):
    """There is no grid %(code)s."""


class PersonUnknown(BadInput):
    """There is no person %(code)s."""


class NotNow(Conflict):
    """%(step)s cannot be done while the case is: %(status)s."""


class NotYours(NotAllowed):
    """%(step)s is not among what your duties allow on this case."""


class AnotherDecides(NotAllowed):
    """An appeal is decided by another than who rejected the case."""


class NotTransfer(NotAllowed):
    """A membership transfer is closed by its reporter, or by the head of the organiser's unit."""


class AskerOfStage(NotAllowed):
    """In intake the leader or dispatcher asks the reporter; in handling, the unit does."""


class SuppliesNothing(BadInput):
    """Add a text or a photo."""


class AppealOver(Conflict):
    """An appeal is possible once, within 15 days of the rejection."""


class TargetWrong(Conflict):
    """Merge into another case that is open and has not itself been merged."""


class NotWithdrawable(Conflict):
    """A case cannot be withdrawn once dispatched; leave a comment that you want to withdraw it."""


class StillCarries(Conflict):
    """Other cases were merged into this one; undo that first."""


class UnitNotServing(BadInput):
    """%(unit)s does not serve this grid or category; choose a unit that does."""


class UnitIsSubject(BadInput):
    """The case is about %(unit)s; choose another unit."""


class StreetAssigns(Conflict):
    """This case came back twice; the street's dispatcher assigns it finally."""


class NotUrgent(Conflict):
    """Only cases urgent by category or report can be dispatched at once; use Dispatch for this
    one.
    """


class NoUrgentUnit(Conflict):
    """No unit is set for urgent cases of this category here; a leader or dispatcher can dispatch
    it.
    """


class OutsideUnit(BadInput):
    """Choose somebody of your own unit who is on duty, or a unit below it."""


class AlreadyPending(Conflict):
    """A request is already waiting for its decision; only one can at a time."""


class NothingPending(Conflict):
    """Nobody has asked for this, or it has been decided."""


class NotReturnable(Conflict):
    """The street has assigned this case finally; it cannot be returned again."""


class LeaderTooLate(NotAllowed):
    """The unit has accepted; only a dispatcher recalls it now."""


class LimitPassed(Conflict):
    """An extension is asked for before the limit; this one has passed. Report progress instead."""


class ExtensionsUsed(Conflict):
    """A case can be extended at most twice in a round."""


class SuspensionsUsed(Conflict):
    """A case can be suspended at most twice in a round."""


class SuspensionTooLong(BadInput):
    """Choose a date after today; all suspensions together last at most 365 days."""


class PhotoMissing(BadInput):
    """This category asks for a photo of the result; add one first, or say why there is none."""


class OwnWork(NotAllowed):
    """The unit that handled a case cannot check it; leave the check to somebody outside the
    unit.
    """


class OthersCheck(NotAllowed):
    """Others on duty can check this case; the committee does where nobody else remains."""


class TransferWaits(Conflict):
    """The reporter has three working days to confirm; close it after that."""


class DenyOver(Conflict):
    """The time to say "not solved" is over, or you have said it in this round; ask to reopen
    instead.
    """


class AtTop(Conflict):
    """The case is already at the highest level; urge the unit instead."""


class NoLevelBelow(Conflict):
    """There is no level below: the case is at its grid already, or has none."""


class UrgedToday(Conflict):
    """You have urged this case today; you can again on the next working day."""


class DueBehind(BadInput):
    """The reply must be due later than now."""


class CardGiven(Conflict):
    """This card was given in this round, or a red one stands; supervise or instruct instead."""


class NothingToAnswer(Conflict):
    """There is no supervision, instruction or card without an answer."""


class ReopenOver(Conflict):
    """A reporter reopens within 15 days of closing, twice at the most."""


class ContactConfidential(NotAllowed):
    """The reporter asked for confidence: write to them through the system; only the dispatcher
    reads the contact.
    """


class CallerPartial(NotAllowed):
    """A caller from the unit or grid that handled the case cannot evaluate it; another caller
    must.
    """


class TimeoutAsked(Conflict):
    """The unit has already asked to excuse this delay; it can ask only once."""


class NotPublishable(Conflict):
    """Cases of this kind, and confidential ones, are never public."""


class PlaceOrGrid(BadInput):
    """Give a place or a grid, not both."""


class AnotherCase(BadInput):
    """There is no case %(number)s here that you may see."""


class NotForJoint(Conflict):
    """An item of a joint case, a joint case and a Party-service case are not handled jointly."""


class NotJoint(Conflict):
    """Only a joint case, or an item of one, allows this."""


class JointCloses(Conflict):
    """A joint case is closed item by item; once its list is done, its lead closes it jointly."""


class TargetNotJoint(Conflict):
    """Bundle into a joint case that is open."""


class AskedAlready(BadInput):
    """%(unit)s has been asked, or handles this itself; choose another unit."""


class NotAsked(Conflict):
    """Your unit has not been asked to co-operate here, or has answered."""


class ItemsOpen(Conflict):
    """Items of this joint case are still open; end them first."""


class NoItems(Conflict):
    """The list of items is empty; add what has to be solved first."""


class ItemUntold(Conflict):
    """The reporter has not been told since item %(number)s was suspended or dropped; report
    progress first.
    """


class NotATransfer(Conflict):
    """Only a membership transfer has papers to tick."""


class PapersDone(Conflict):
    """All papers of this transfer are ticked."""


class PaperOutOfOrder(Conflict):
    """The papers are ticked one after another; the next is: %(paper)s."""


class LetterWithoutDate(BadInput):
    """Say until when the letter of introduction is valid."""


class DateOfTheLetter(BadInput):
    """Only the letter of introduction has a last day."""


class LetterTooLong(BadInput):
    """A letter of introduction is valid for three months at the most: from today until %(last)s."""


class NotClaimable(Conflict):
    """Only a wish whose public text was approved can be claimed."""


class OwnWish(NotAllowed):
    """This is your own wish; somebody else has to make it come true."""


class ClaimedAlready(Conflict):
    """Somebody else has claimed this wish; choose another one."""


class ClaimedEnough(Conflict):
    """You have claimed %(most)s wishes that have not come true yet, which is as many as one account
    may; bring one to an end or give one back first.
    """


class ClaimedFirst(Conflict):
    """Somebody has claimed this wish; recall it before it becomes something else."""


class NobodyClaimed(BadInput):
    """Nobody has claimed this; choose staff or reporter."""
