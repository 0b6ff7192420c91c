"""A deploy of 200 objects that is killed at random moments: does a second one always converge?

    killed.py --kubeconfig FILE [--times 20] [--seed 1]

`python3 build.py` first, then this with the development environment's Python. Needs a control plane. Each time a deploy
into a fresh namespace gets SIGKILL at a random moment of its usual time; then a second deploy must succeed, `diff` must
be empty, and no file may be left in the temporary directory. Ends with 1 when one of them does not.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGIN = ROOT / "dist" / "kubectl-images"
OBJECTS = 200

MANIFEST = """\
apiVersion: v1
kind: {kind}
metadata: {{name: part-{number}}}
data: {{value: "{number:08d}"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: part-{number}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: part}}}}
  template:
    metadata: {{labels: {{app: part}}}}
    spec: {{containers: [{{name: app, image: "example.com/part:{number}"}}]}}
"""


class Scene:
    """A control plane, the manifests, and a temporary directory that must stay empty."""

    def __init__(self, directory: Path, kubeconfig: str) -> None:
        self.kubeconfig = kubeconfig
        self.manifests = directory / "manifests.yaml"
        kinds = ("ConfigMap", "Secret")
        texts = (MANIFEST.format(kind=kinds[number % 2], number=number) for number in range(OBJECTS // 2))
        self.manifests.write_text("---\n".join(texts), encoding="utf-8")
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self.environ: Mapping[str, str] = {**os.environ, "TMPDIR": str(self.temporary)}

    def start(self, command: str, namespace: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, str(PLUGIN), command, "-f", str(self.manifests), "-n", namespace]
        words += ["--kubeconfig", self.kubeconfig]
        return subprocess.Popen(
            words,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, command: str, namespace: str) -> tuple[int, str]:
        """Run a command and return its exit code and what it wrote."""
        with self.start(command, namespace) as process:
            out, err = process.communicate()
        return process.returncode, (out + err).decode()

    def kubectl(self, *words: str) -> str:
        command = ["kubectl", "--kubeconfig", self.kubeconfig, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def kill_once(scene: Scene, namespace: str, after_s: float) -> str:
    """Kill a deploy, finish it by another, and return what went wrong; "" for nothing."""
    scene.kubectl("create", "namespace", namespace)
    with scene.start("deploy", namespace) as process:
        time.sleep(after_s)
        process.kill()
        process.communicate()
    there = scene.kubectl("get", "configmaps,secrets,deployments", "-n", namespace, "-o", "name").count("part-")
    print(f"{namespace}: killed after {after_s:.2f} s, {there} of {OBJECTS} objects are there", end="", flush=True)
    deployed, said = scene.run("deploy", namespace)
    differs, shown = scene.run("diff", namespace)
    left = [path.name for path in scene.temporary.iterdir()]
    scene.kubectl("delete", "namespace", namespace, "--wait=false")
    print("" if (deployed, differs, left) == (0, 0, []) else "  FAILED")
    problems = [said if deployed else "", shown if differs else "", f"left behind: {left}" if left else ""]
    return "\n".join(filter(None, problems))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kubeconfig", required=True, help="the control plane to deploy to")
    parser.add_argument("--times", type=int, default=20, help="how often (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: 1)")
    given = parser.parse_args()
    moments = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as directory:
        scene = Scene(Path(directory), given.kubeconfig)
        name = f"killed-{os.getpid()}"
        scene.kubectl("create", "namespace", name)
        begin = time.perf_counter()
        code, said = scene.run("deploy", name)
        usual_s = time.perf_counter() - begin
        scene.kubectl("delete", "namespace", name, "--wait=false")
        if code:
            sys.exit(f"a deploy that nobody kills ends with {code}: {said}")
        print(f"a deploy of {OBJECTS} objects takes {usual_s:.2f} s")
        problems = [
            kill_once(scene, f"{name}-{number}", moments.uniform(0.1, usual_s)) for number in range(given.times)
        ]
    failed = [problem for problem in problems if problem]
    print(f"{given.times - len(failed)} of {given.times} converged", *failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
