"""What people say in the demonstration, from `config/demo/stories.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

HOUSE = re.compile(r"(\d+)号")


@dataclass(frozen=True)
class Words:
    """Sentences by occasion, and by category what is asked and what was done."""

    said: Mapping[str, Sequence[str]]
    asked: Mapping[str, Sequence[str]]
    done: Mapping[str, Sequence[str]]
    roads: Sequence[str]
    firms: Sequence[str]
    told: Mapping[str, str]  # in the alliance's stories, each sentence by its name

    def say(self, rng: Random, occasion: str) -> str:
        """Return one of an occasion's sentences."""
        return self.fill(rng, rng.choice(self.said[occasion]))

    def fill(
        self, rng: Random, text: str, firm: str | None = None, address: str | None = None
    ) -> str:
        """Put a road, a house number and a firm where a sentence asks for them.

        Road and number are the address's, so that nobody writes of another place than they name.
        """
        road, number = rng.choice(self.roads), str(rng.randint(1, 298))
        if address and (here := next((one for one in self.roads if address.startswith(one)), None)):
            house = HOUSE.match(address, len(here))
            road, number = here, house[1] if house else number
        return text.format(road=road, n=number, firm=firm or rng.choice(self.firms))


def read_words(folder: Path, roads: Sequence[str], firms: Sequence[str]) -> Words:
    """Read the sentences of a folder."""
    given = tomllib.loads((folder / "stories.toml").read_text("utf-8"))
    categories = given["case"]
    return Words(
        given["said"] | given["public"],
        {code: texts["say"] for code, texts in categories.items()},
        {code: texts["done"] for code, texts in categories.items()},
        roads,
        firms,
        given["told"],
    )
