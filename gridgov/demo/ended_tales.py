"""Tales that have ended, well or otherwise."""

from __future__ import annotations

from gridgov.demo import open_tales
from gridgov.demo.beats import Ahead, Given, Teller
from gridgov.demo.parts import (
    dispatch,
    evaluate,
    file_it,
    passed,
    rush,
    rush_done,
    submit,
    take_on,
    to_unit,
    work,
)
from gridgov.demo.times import AWAKE


def settled(t: Teller) -> None:
    """Small things do not leave the grid."""
    t.does("answerer", "settle", (0.2, 3), result=t.done)


def settled_at_once(t: Teller) -> None:
    """A member reports on patrol what is settled already; report and step are one request."""
    t.does("member", "settle", (0, 0), result=t.done)


def settled_and_sampled(t: Teller) -> None:
    """Another grid's leader found it genuine."""
    settled(t)
    t.does("other_leader", "sample", (10, 40), sampled="genuine", text=t.say("sampled"))


def closed(t: Teller) -> None:
    """The ordinary way."""
    to_unit(t)
    work(t)


def closed_by_sample(t: Teller) -> None:
    """Its category is checked by sample, and it was not drawn."""
    to_unit(t)
    take_on(t)
    submit(t, drawn=False)


def evaluated(t: Teller) -> None:
    """The ordinary way, and how it was."""
    closed(t)
    evaluate(t)


def evaluated_unchecked(t: Teller) -> None:
    """Closed on submit, and how it was."""
    closed_by_sample(t)
    evaluate(t)


def confirmed(t: Teller) -> None:
    """The reporter says that it is done, before anybody checks."""
    open_tales.checking(t)
    t.does("reporter", "confirm", (1, 15), text=t.say("confirm"))
    evaluate(t, "reporter")


def denied_and_done(t: Teller) -> None:
    """Not solved the first time."""
    open_tales.denied(t)
    submit(t, text=t.say("rework_done"))
    passed(t)


def denied_unchecked(t: Teller) -> None:
    """Closed on submit, denied, and done."""
    closed_by_sample(t)
    t.does("reporter", "deny", (2, 12), reason=t.say("deny"))
    submit(t, text=t.say("rework_done"))
    passed(t)


def reworked(t: Teller) -> None:
    """The check sent it back once."""
    open_tales.reworking(t)
    submit(t, text=t.say("rework_done"))
    passed(t)
    evaluate(t)


def verified(t: Teller) -> None:
    """Somebody looked first."""
    open_tales.verifying(t)
    t.does("member", "verify", (0.5, 6), verification="confirmed", text=t.say("verify"))
    closed(t)


def not_found(t: Teller) -> None:
    """Somebody looked, and there was nothing."""
    open_tales.verifying(t)
    t.does("member", "verify", (0.5, 6), verification="not_found", text=t.say("not_found"))
    rejected(t)


def verified_late(t: Teller) -> None:
    """Nobody came to look, so it was taken back before the clock did."""
    open_tales.verifying(t)
    t.does("answerer", "recall_verify", (1, 6))
    closed(t)


def asked_in_intake(t: Teller) -> None:
    """The reporter supplied what was missing."""
    open_tales.waiting_in_intake(t)
    t.does("reporter", "supply", (2, 30), text=t.say("supply"))
    closed(t)


def asked_in_handling(t: Teller) -> None:
    """The unit asked, a caller wrote down the answer."""
    open_tales.waiting_in_handling(t)
    t.does("caller", "supply", (2, 30), text=t.say("supply"))
    submit(t)
    passed(t)


def rejected(t: Teller) -> None:
    """Not for this office, and where to turn instead."""
    t.does("answerer", "reject", (0.5, 8), reason=t.say("reject"), instead=t.say("instead"))


def appealed(t: Teller) -> None:
    """Rejected, appealed, and taken in by another."""
    rejected(t)
    t.does("reporter", "appeal", (5, 60), reason=t.say("appeal"))
    file_it(t, "dispatcher")
    dispatch(t, who="dispatcher")
    work(t)


def withdrawn(t: Teller) -> None:
    """The reporter takes it back."""
    if t.chance(0.4):
        file_it(t)
    t.does("reporter", "withdraw", (0.5, 20), reason=t.say("withdraw"))


def merged(t: Teller) -> None:
    """Known already; whom it is merged into stands where the pair is made."""


def returned(t: Teller) -> None:
    """The first unit sent it back, the second did it."""
    open_tales.asked_return(t)
    t.does("dispatcher", "grant_return", (0.5, 6), text=t.say("grant_return"))
    dispatch(t, t.another_unit)
    work(t)


def return_refused(t: Teller) -> None:
    """It was its affair after all."""
    open_tales.asked_return(t)
    t.does("dispatcher", "refuse_return", (0.5, 6), reason=t.say("refuse_return"))
    work(t)


def recalled(t: Teller) -> None:
    """Sent to the wrong unit, and taken back before it had signed."""
    to_unit(t)
    t.does("answerer", "recall", (0.2, 2), reason=t.say("recall"))
    dispatch(t, t.another_unit)
    work(t)


def extended(t: Teller) -> None:
    """It took longer, with leave."""
    open_tales.asked_longer(t)
    t.does("dispatcher", "extend", (0.5, 6))
    submit(t)
    passed(t)
    evaluate(t)


def not_extended(t: Teller) -> None:
    """It had to be done in time."""
    open_tales.asked_longer(t)
    t.does("dispatcher", "refuse_extension", (0.5, 6), reason=t.say("refuse_extension"))
    submit(t)
    passed(t)


def resumed(t: Teller) -> None:
    """It stood still for a while."""
    open_tales.suspended(t)
    t.does("dispatcher", "resume", (70, 250), text=t.say("resume"))
    submit(t)
    passed(t)


def not_suspended(t: Teller) -> None:
    """It asked to stand still, and might not."""
    to_unit(t)
    t.does("handler", "accept")
    reason: Given = {"suspension_reason": "funds", "resume_on": Ahead(60)}
    t.does("handler", "ask_suspension", (2, 9), text=t.say("suspend"), **reason)
    t.does("dispatcher", "refuse_suspension", (1, 8), reason=t.say("refuse_extension"))
    submit(t)
    passed(t)


def reopened_and_done(t: Teller) -> None:
    """Two rounds."""
    open_tales.reopened(t)
    dispatch(t)
    work(t)
    evaluate(t)


def sent_down(t: Teller) -> None:
    """Escalated in vain: the street gave it back to the grid."""
    t.does("answerer", "escalate", (0.3, 3), reason=t.say("escalate"))
    t.does("dispatcher", "send_down", (0.5, 6), reason=t.say("send_down"))
    closed(t)


def excused(t: Teller) -> None:
    """The unit asks to have its delay excused."""
    closed(t)
    t.does("head", "appeal_timeout", (2, 20), reason=t.say("timeout"))
    t.does("dispatcher", "excuse", (2, 20), reason=t.say("excuse"))


def upheld(t: Teller) -> None:
    """It asked, and the delay counts."""
    closed(t)
    t.does("head", "appeal_timeout", (2, 20), reason=t.say("timeout"))
    t.does("dispatcher", "uphold", (2, 20), reason=t.say("uphold"))


def instructed(t: Teller) -> None:
    """The committee took an interest, and it was done."""
    open_tales.supervised(t)
    submit(t)
    passed(t)
    evaluate(t, "caller")


def urgent_done(t: Teller) -> None:
    """Minutes to accept, hours to do."""
    rush(t)
    rush_done(t)
    if t.chance(0.5):
        evaluate(t, "caller")


def published_and_done(t: Teller) -> None:
    """A wish that came true."""
    open_tales.published(t)
    submit(t)
    passed(t)
    evaluate(t)


def realised(t: Teller) -> None:
    """A wish that somebody claimed came true."""
    open_tales.claimed(t)
    t.does("claimant", "submit", (10, 60), AWAKE, outcome="solved", result=t.done)
    passed(t)
    evaluate(t)


def filed_by_leader(t: Teller) -> None:
    """The report named no category; the leader does."""
    t.does("answerer", "file", (0.2, 5), category=t.category.code)
    dispatch(t)
    work(t)


def recategorised(t: Teller) -> None:
    """The report named the wrong category."""
    t.does("answerer", "amend", reason=t.say("amend"), category=t.category.code)
    closed(t)


def moved(t: Teller) -> None:
    """The report named the wrong place, perhaps in another grid."""
    t.does("answerer", "amend", reason=t.say("amend"), location=t.elsewhere)
    closed(t)


def passed_by_head(t: Teller) -> None:
    """A transfer that nobody confirmed: the organiser's head closes it after three days."""
    open_tales.checking(t)
    t.does("party_head", "pass", (150, 180))
