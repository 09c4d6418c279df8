"""Administrators read words: every job, journal, verb of a journal and rung of ours has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import gridgov
from gridgov.jobs.table import JOBS
from gridgov.ladder.ladder import parse
from gridgov.settings import ROOT as TREE
from gridgov.web import admin_words
from tests.support.town import Town

ROOT = Path(gridgov.__file__).parent
NOTES = {"journal": 3, "note": 3, "_note": 3}


def said() -> set[str]:
    """Return what the program notes in journals, as far as it stands there in words."""
    found: set[str] = set()
    for file in ROOT.rglob("*.py"):
        if "node_modules" in file.parts:
            continue
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                place = NOTES.get(call.func.id)
                for what in ast.walk(call.args[place]) if place and len(call.args) > place else ():
                    if isinstance(what, ast.Constant) and isinstance(what.value, str):
                        found.add(what.value)
    return found


def test_each_has_a_word() -> None:
    ladder = parse((TREE / "config/ladder.toml").read_bytes())
    assert {job.name for job in JOBS} == set(admin_words.JOBS)
    assert {rung.name for rung in ladder.rungs} == set(admin_words.RUNGS)
    verbs = said()
    assert {"signed_out", "duty begun", "erased"} <= verbs
    assert verbs <= set(admin_words.VERBS), verbs - set(admin_words.VERBS)


def test_pages_show_words_and_commands_as_code(shared_town: Town) -> None:
    def page(path: str, who: str) -> str:
        answer = shared_town.client.get(path, headers=shared_town.headers(who))
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    shared_town.post("/accounts/leader/unlock", None, "security-admin")
    journals = page("/admin/journals", "audit-admin")
    rows = re.findall(r"<tr><td>.*?</td><td>(.*?)</td>", journals)
    assert "Account unlocked" in rows
    assert not set(rows) & set(admin_words.VERBS)
    state = page("/admin/state", "system-admin")
    assert "Deadlines and warnings" in state
    assert ">sweep<" not in state
    assert "<code>gridgov jobs run</code>" in state
    assert "`gridgov" not in page("/admin/audit", "audit-admin") + state
    assert "Amber light" in page("/admin/ladder", "system-admin")
