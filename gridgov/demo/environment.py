"""The environment of a demonstration: a database, files and a secret of its own in one folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from gridgov.errors import Conflict
from gridgov.settings import PREFIX

DATABASE, FILES, SECRET = "demo.db", "demo-files", "demo-secret"
SEALS = "demo-seals.jsonl"
MARK = "demo-"  # production refuses a secret with this in it


class NotInProduction(Conflict):
    """The demonstration does not run where GRIDGOV_ENV is production; unset it first."""


def environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return an environment with what a demonstration needs; what is given stays as it is.

    Raises NotInProduction.
    """
    if given.get(f"{PREFIX}ENV") == "production":
        raise NotInProduction
    folder.mkdir(parents=True, exist_ok=True)
    own = {
        f"{PREFIX}DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        f"{PREFIX}FILES": str(folder / FILES),
        f"{PREFIX}SEALS_FILE": str(folder / SEALS),
    }
    if not given.get(f"{PREFIX}SECRET_KEY"):
        own[f"{PREFIX}SECRET_KEY"] = _secret(folder / SECRET)
    return dict(given) | {name: text for name, text in own.items() if not given.get(name)}


def _secret(path: Path) -> str:
    """Return the folder's secret, made at the first start."""
    if not path.exists():
        write_private(path, MARK + secrets.token_urlsafe(32), replace=False)
    return path.read_text("utf-8").strip()


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Without `replace`, a file that somebody else has put there meanwhile stays.
    """
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        written = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            if replace:
                written.replace(path)
            elif not path.exists():
                # Unlike a rename, a link never takes the place of what is there already.
                os.link(written, path)
        except FileExistsError:
            pass
        finally:
            written.unlink(missing_ok=True)
