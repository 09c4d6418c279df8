"""python -m tests.bench [locate] [deadlines] [intake] [list] [replay] [sweep] [tiles] [export].

Prints one table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

from tests.bench import (
    deadlines,
    export,
    insight,
    intake,
    locate,
    machine,
    pages,
    story,
    sweep,
    tiles,
)
from tests.bench.figures import Figure, say, table
from tests.bench.ground import Ground

BENCHES: dict[str, Callable[[Ground], list[Figure]]] = {
    "locate": locate.run,
    "deadlines": deadlines.run,
    "intake": intake.run,
    "list": pages.run,
    "replay": story.run,
    "sweep": sweep.run,
    "insight": insight.run,
    "tiles": tiles.run,
    "export": export.run,
}
WITH_SERVER = {"intake", "list", "sweep", "tiles", "export", "insight"}


def main(names: list[str]) -> None:
    """Run the benches of these names, or all."""
    if unknown := set(names) - BENCHES.keys():
        sys.exit(f"{', '.join(sorted(unknown))}: the benches are {', '.join(BENCHES)}.")
    chosen = names or list(BENCHES)
    ground, began = Ground(), perf_counter()
    try:
        figures = [figure for name in chosen for figure in BENCHES[name](ground)]
        server = ground.server if WITH_SERVER & set(chosen) else None
        said = machine.described(server and server.replace("+psycopg", ""))
    finally:
        ground.close()
    say(f"bench: {perf_counter() - began:.0f} s in all")
    print(f"{table(figures)}\n\nMeasured on {said}.")


if __name__ == "__main__":
    main(sys.argv[1:])
