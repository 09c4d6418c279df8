"""What a list does not show, said: how many more there are, and where all of them are read."""

from __future__ import annotations

from gridgov.language import say
from gridgov.words import N_


def rest(shown: int, whole: int, where: str | None) -> str:
    """Return the sentence beside a list of `shown` out of `whole`; empty where those are all.

    `where` is an address at which the others are read.
    """
    if whole <= shown:
        return ""
    values = {"shown": shown, "whole": whole, "where": where or ""}
    return say(N_("%(shown)s of %(whole)s are shown; for the others see %(where)s"), values)
