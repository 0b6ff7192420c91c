"""How the process ends before its work is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_machine_without_terminals_that_hang_up_starts_all_the_same() -> None:
    code = "import signal; del signal.SIGHUP; from kubectl_images import endings; endings.listen(); print('started')"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("started\n", "")
