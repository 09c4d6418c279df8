"""python -m tests.support.secret_scan: keys and passwords that were committed by mistake.

Words such as PASSWORD = "…" in Python are ruff's own to find (S105 to S107). There is no list of
what was once overlooked: each exception stands here with its reason.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).parent.parent.parent
WORDS = "KeywordDetector"
HASHES = {"requirements.lock", "package-lock.json", "uv.lock"}  # nothing but public digests
# Alphabets, runs of keys on a keyboard, and the words of an example: they look like a secret.
HARMLESS = {
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    "23456789abcdefghjkmnpqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.",
    "qazwsxedcrfvtgbyhnujmik",
    "password",
}


def found(paths: Iterable[Path]) -> list[str]:
    """Return where something looks like a secret, and what it looks like; never itself."""
    names = {kind.__name__ for kind in get_mapping_from_secret_type_to_class().values()}
    settings = {"plugins_used": [{"name": name} for name in sorted(names - {WORDS})]}
    collection = SecretsCollection()
    with transient_settings(settings):
        for path in paths:
            collection.scan_file(str(path))
    return [
        f"{name}:{secret.line_number}: {secret.type}"
        for name, secret in collection
        if secret.secret_value not in HARMLESS
    ]


def committed() -> list[Path]:
    """Return the files of the repository, and those that are about to be committed."""
    listed = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    said = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True)
    named = (ROOT / name for name in said.stdout.split("\0") if name)
    return [path for path in named if path.is_file() and path.name not in HASHES]


if __name__ == "__main__":
    if seen := found(committed()):
        sys.exit("\n".join(["These look like secrets:", *seen]))
