"""Parts that many tales share: intake, work, check, evaluation."""

from __future__ import annotations

from gridgov.demo.beats import Given, Someone, Teller
from gridgov.demo.times import ALWAYS

SOON = (0.05, 0.4)
OUTCOMES = ("solved",) * 6 + ("explained", "partly_solved", "redirected")


def file_it(t: Teller, who: str = "answerer") -> None:
    """Take it in."""
    t.does(who, "file", (0.2, 5))


def dispatch(t: Teller, unit: str | None = None, who: str = "answerer") -> None:
    """Send it to a unit, sometimes with a word."""
    given: Given = {"unit": unit or t.unit}
    if t.chance(0.3):
        given["text"] = t.say("dispatch")
    t.does(who, "dispatch", (0.2, 3), **given)


def to_unit(t: Teller) -> None:
    """File and dispatch, often in one go."""
    if t.chance(0.5):
        steps = [("file", {}), ("dispatch", {"unit": t.unit})]
        t.together("answerer", steps, (0.2, 5))
    else:
        file_it(t)
        dispatch(t)


def take_on(t: Teller) -> None:
    """The unit signs for it and starts."""
    t.does("handler", "accept", (0.3, 6))
    if t.category.kind != "party" and t.chance(0.15):
        t.does("head", "assign", (0.2, 2), person=Someone("handler"), text=t.say("assign"))
    if t.chance(0.4):
        t.does("handler", "progress", (2, 20), text=t.say("progress"))
    if t.chance(0.1):
        t.does("handler", "comment", (1, 4), text=t.say("comment"))


def submit(t: Teller, *, drawn: bool = True, text: str | None = None) -> None:
    """The unit says what it did, with a photo where the category asks for one."""
    given: Given = {"outcome": t.rng.choice(OUTCOMES), "result": text or t.done}
    if t.category.photo != "none":
        if t.chance(0.35):
            t.photo("handler", (2, 30))
        else:
            given["no_photo"] = t.say("no_photo")
    t.does("handler", "submit", (1, 30), drawn=drawn, **given)


def passed(t: Teller) -> None:
    """Somebody from outside the unit looks at it; a transfer is confirmed by who asked."""
    if t.category.transfer:
        t.does("reporter", "confirm", (2, 30), text=t.say("confirm"))
        return
    given: Given = {"text": t.say("passed")} if t.chance(0.6) else {}
    t.does("checker", "pass", (1, 10), **given)


def work(t: Teller) -> None:
    """From acceptance to the check's result."""
    take_on(t)
    submit(t)
    passed(t)


def evaluate(t: Teller, who: str | None = None) -> None:
    """The reporter says how it was, or a caller asks."""
    mood = t.rng.choices(("satisfied", "fairly_satisfied", "dissatisfied"), weights=(70, 22, 8))[0]
    given: Given = {
        "contacted": t.chance(0.9),
        "solved": mood != "dissatisfied",
        "satisfaction": mood,
    }
    if t.chance(0.5):
        given["text"] = t.say("evaluation")
    party = t.category.kind == "party"
    t.does(
        who or ("reporter" if party or t.chance(0.5) else "caller"), "evaluate", (3, 50), **given
    )


def rush(t: Teller) -> None:
    """An urgent case: accepted in minutes and worked at any hour."""
    t.does("handler", "accept", SOON, ALWAYS)
    t.does("handler", "progress", SOON, ALWAYS, text=t.say("progress"))


def rush_done(t: Teller) -> None:
    """The end of an urgent case."""
    given: Given = {"no_photo": t.say("no_photo")} if t.category.photo != "none" else {}
    t.does("handler", "submit", (0.5, 5), ALWAYS, outcome="solved", result=t.done, **given)
    passed(t)
