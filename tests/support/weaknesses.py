"""python -m tests.support.weaknesses: are there known weaknesses in the locked packages?

pip-audit asks a register for each of them. Where none answers, as without a network, there is
nothing to fail for; that is said, and how many could be asked about.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent.parent / "requirements.lock"
SECONDS = 120


def audited(lock: Path = LOCK) -> list[dict[str, Any]] | None:
    """Return what pip-audit says of each package; None where it could ask nobody."""
    asked = ["-r", str(lock), "--require-hashes", "--no-deps", "--disable-pip", "-f", "json"]
    command = [sys.executable, "-m", "pip_audit", *asked, "--progress-spinner", "off"]
    try:
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        ).stdout
        return list(json.loads(said)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None


def told(packages: list[dict[str, Any]] | None) -> tuple[str, bool]:
    """Return what to say, and whether something is wrong."""
    asked = [one for one in packages or () if "skip_reason" not in one]
    if not asked:
        return "weaknesses: no register of packages answers, so none was asked about.", False
    weak = [
        f"{one['name']} {one['version']}: {found['id']}"
        f" (mended in {', '.join(found['fix_versions']) or 'no version yet'})"
        for one in asked
        for found in one["vulns"]
    ]
    heard = f"weaknesses: {len(asked)} of {len(packages or ())} packages could be asked about"
    return "\n".join([f"{heard}, {len(weak)} known.", *weak]), bool(weak)


if __name__ == "__main__":
    text, wrong = told(audited())
    print(text)
    sys.exit(wrong)
