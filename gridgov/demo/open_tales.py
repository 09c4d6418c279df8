"""Tales that have not ended: one at least for every status of an open case."""

from __future__ import annotations

from gridgov.demo.beats import Ahead, Given, Teller
from gridgov.demo.parts import dispatch, file_it, rush, submit, take_on, to_unit, work
from gridgov.demo.times import AWAKE


def reported(t: Teller) -> None:
    """Nobody has looked at it yet."""


def verifying(t: Teller) -> None:
    """A member is asked to look."""
    t.does("answerer", "ask_verify", text=t.say("to_verify"))


def waiting_in_intake(t: Teller) -> None:
    """The reporter is asked before it is filed."""
    t.does("answerer", "ask_more", question=t.say("question"))


def waiting_in_handling(t: Teller) -> None:
    """The unit asks the reporter."""
    to_unit(t)
    t.does("handler", "accept")
    t.does("handler", "ask_more", (1, 6), question=t.say("question"))


def filed(t: Teller) -> None:
    """It waits for a unit."""
    file_it(t)


def dispatched(t: Teller) -> None:
    """It waits for the unit to sign for it."""
    to_unit(t)


def handling(t: Teller) -> None:
    """The unit is at it; the reporter may have urged."""
    to_unit(t)
    take_on(t)
    if t.chance(0.2):
        t.does("reporter", "urge", (20, 40), text=t.say("urge"))


def asked_longer(t: Teller) -> None:
    """The unit asks for more time; nobody has decided."""
    to_unit(t)
    take_on(t)
    t.does("handler", "ask_extension", (5, 20), reason=t.say("extend"))


def asked_return(t: Teller) -> None:
    """The unit says it is not its affair; nobody has decided."""
    to_unit(t)
    reason: Given = {"return_reason": "not_ours", "text": t.say("return")}
    t.does("handler", "ask_return", proposed_unit=t.another_unit, **reason)


def suspended(t: Teller) -> None:
    """It waits for a season, for funds, for works."""
    to_unit(t)
    t.does("handler", "accept")
    why = t.rng.choice(("works", "season", "funds", "ownership", "policy_gap"))
    reason: Given = {"suspension_reason": why, "text": t.say("suspend")}
    t.does("handler", "ask_suspension", (5, 30), resume_on=Ahead(t.rng.randint(30, 120)), **reason)
    t.does("dispatcher", "suspend", (1, 8))


def checking(t: Teller) -> None:
    """The result waits for the check."""
    to_unit(t)
    take_on(t)
    submit(t)


def reworking(t: Teller) -> None:
    """The check found it wanting."""
    checking(t)
    t.does("checker", "rework", (1, 10), reason=t.say("rework"))


def supervised(t: Teller) -> None:
    """The committee asks how it stands; the unit has answered once."""
    handling(t)
    t.does("committee", "supervise", (10, 30), text=t.say("supervise"), reply_due=Ahead(3))
    t.does("head", "answer", (2, 20), text=t.say("answer"))
    if t.chance(0.4):
        t.does("committee", "instruct", (10, 30), text=t.say("instruct"), reply_due=Ahead(7))


def carded(t: Teller) -> None:
    """A yellow card: to the unit, never to a person."""
    supervised(t)
    t.does("committee", "yellow_card", (20, 40), reason=t.say("card"))


def carded_red(t: Teller) -> None:
    """And a red one."""
    carded(t)
    t.does("committee", "red_card", (40, 70), reason=t.say("card"))


def escalated(t: Teller) -> None:
    """Too large for the grid: the street decides now."""
    file_it(t)
    t.does("answerer", "escalate", (0.5, 5), reason=t.say("escalate"))
    dispatch(t)
    t.does("handler", "accept")


def in_the_district(t: Teller) -> None:
    """Too large for the street as well."""
    file_it(t)
    t.does("answerer", "escalate", (0.5, 5), reason=t.say("escalate"))
    t.does("answerer", "escalate", (2, 20), reason=t.say("escalate"))
    dispatch(t)


def assigned_finally(t: Teller) -> None:
    """Two units sent it back, so the street assigned it."""
    to_unit(t)
    reason: Given = {"return_reason": "not_ours", "proposed_unit": t.another_unit}
    t.does("handler", "ask_return", text=t.say("return"), **reason)
    t.does("dispatcher", "grant_return", text=t.say("grant_return"))
    dispatch(t, t.another_unit)
    t.does("handler", "ask_return", text=t.say("return"), **(reason | {"proposed_unit": t.unit}))
    t.does("dispatcher", "grant_return", text=t.say("grant_return"))
    t.does("dispatcher", "assign_final", unit=t.unit, reason=t.say("refuse_return"))
    t.does("handler", "accept")


def reopened(t: Teller) -> None:
    """It came back after it was closed."""
    to_unit(t)
    work(t)
    t.does("reporter", "reopen", (30, 120), reason=t.say("reopen"))


def failed_sample(t: Teller) -> None:
    """Settled on the spot, and not so when another grid's leader looked."""
    t.does("answerer", "settle", (0.2, 3), result=t.done)
    sampled: Given = {"sampled": "failed", "text": t.say("sample_failed")}
    t.does("other_leader", "sample", (10, 40), **sampled)
    t.does("dispatcher", "reopen", (1, 8), reason=t.say("redo"))
    dispatch(t)


def unmerged(t: Teller) -> None:
    """Merged by mistake; the merge itself stands where the pair is made."""
    t.does("dispatcher", "unmerge", (1, 6), reason=t.say("unmerge"))


def urgent(t: Teller) -> None:
    """The unit has it in minutes."""
    rush(t)


def urgent_unanswered(t: Teller) -> None:
    """Dispatched at once by the rule, and not yet accepted."""


def denied(t: Teller) -> None:
    """The reporter says it is not solved."""
    checking(t)
    t.does("reporter", "deny", (3, 20), reason=t.say("deny"))


def summarised(t: Teller) -> None:
    """Confidential: the unit gets a rewritten summary."""
    t.does("dispatcher", "summarise", (0.2, 2), text=t.say("summary"))
    to_unit(t)
    take_on(t)


def published(t: Teller) -> None:
    """A wish on its public list, and taken up."""
    t.does("dispatcher", "publish", (0.5, 5), text=t.say(t.category.code))
    to_unit(t)
    take_on(t)


def hurried(t: Teller) -> None:
    """More urgent than it was said to be."""
    t.does("answerer", "amend", reason=t.say("amend"), urgency="urgent")
    to_unit(t)
    t.does("reporter", "urge", (5, 20), AWAKE, text=t.say("urge"))


def wished(t: Teller) -> None:
    """A wish on its public list, for anybody to claim."""
    t.does("dispatcher", "publish", (0.5, 5), text=t.say(t.category.code))
    file_it(t)


def claimed(t: Teller) -> None:
    """Somebody has claimed a wish, and says how it goes."""
    wished(t)
    t.does("claimant", "claim", (5, 60), AWAKE, plan=t.say("plan"))
    t.does("claimant", "progress", (10, 40), AWAKE, text=t.say("plan_begun"))


def given_back(t: Teller) -> None:
    """Claimed, and given back; it is on the list again."""
    claimed(t)
    t.does("claimant", "give_back", (20, 60), AWAKE, reason=t.say("give_back"))


def transferring(t: Teller) -> None:
    """A membership transfer: its letter is out, and its last day is near."""
    to_unit(t)
    t.does("handler", "accept")
    t.does("handler", "check_off", (1, 8), paper="application")
    t.does("handler", "check_off", (10, 30), paper="release")
    t.does("handler", "check_off", (10, 30), paper="letter", valid_until=Ahead(12))
    t.does("handler", "progress", (1, 3), text=t.say("letter"))
