"""A deploy that is killed: the same command again finishes it, and no file is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fake_api_server import Request
from worlds import World

ROOT = Path(__file__).resolve().parent.parent
MAIN = "import sys; from kubectl_images.cli import main; sys.exit(main())"
OBJECTS = 30

MANIFESTS = """\
apiVersion: v1
kind: Secret
metadata: {{name: web-{number}}}
stringData: {{password: hush-{number}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{number}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: app
        image: "{{{{ images.get_image('REGISTRY/team/web') }}}}"
"""


def start(command: str, manifests: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command of ours as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, command, "-f", manifests],
        env={**environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("applied", [0, 1, 2, OBJECTS // 2, OBJECTS - 1])
def test_what_a_killed_deploy_left_is_finished_by_the_next(fakes: World, applied: int) -> None:
    fakes.registry.push("team/web", "1.0")
    text = "---\n".join(MANIFESTS.format(number=number) for number in range(OBJECTS // 2))
    manifests, temporary = fakes.write("manifests.yaml", text), fakes.directory / "temporary"
    temporary.mkdir()
    fakes.environ |= {"TMPDIR": str(temporary)}
    seen: list[Request] = []
    deploy = start("deploy", manifests, fakes.all_environ())

    def kill_later(request: Request) -> None:
        seen.extend([request] if request.method == "PATCH" else [])
        if len(seen) > applied:
            deploy.kill()

    fakes.server.on_request = kill_later
    deploy.communicate()
    fakes.server.on_request = lambda _request: None

    again, difference = fakes.run("deploy", "-f", manifests), fakes.run("diff", "-f", manifests)

    assert deploy.returncode == -9
    assert (again.code, difference.code, difference.out) == (0, 0, "")
    assert list(temporary.iterdir()) == []
