"""Speed next to kubectl, in one run: `python3 build.py` first, then this with the development environment's Python.

    side_by_side.py help                               `--help` against `kubectl version --client`
    side_by_side.py deploy --kubeconfig FILE           200 Deployments, 50 repositories of 100 tags, first deploy
    side_by_side.py apply  --kubeconfig FILE           1,000 Deployments whose images are written out, first apply
    side_by_side.py diff   --kubeconfig FILE           200 Deployments, nothing changed

--python names the interpreter: a `python3` on PATH that is a shell script, as pyenv's is, adds its own time to ours.
Needs kubectl on PATH; deploy and diff also Debian's docker-registry and a control plane. The runs alternate and the
medians are compared, so that a machine whose speed drifts is fair to both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from real_registry import RealRegistry

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGIN = ROOT / "dist" / "kubectl-images"
DEPLOYMENTS, MANY, REPOSITORIES, TAGS = 200, 1000, 50, 100

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  labels: {{app: web-{number}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: web-{number}}}}}
  template:
    metadata: {{labels: {{app: web-{number}}}}}
    spec:
      containers:
      - name: app
        image: {image}
        ports: [{{containerPort: 8080}}]
        env:
        - {{name: MODE, value: production}}
        resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}
"""


def timed_s(command: Sequence[str | Path], environ: Mapping[str, str] | None = None) -> float:
    """Return how long the command took; a failure ends the measurement."""
    begin = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    took = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return took


def compare(rounds: int, ours: Callable[[int], float], other: Callable[[int], float], name: str) -> None:
    """Run both in turn and print the medians and the ratio."""
    pairs = [(ours(number), other(number)) for number in range(-1, rounds)][1:]  # the first warms up
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"kubectl-images {mine * 1000:.0f} ms   {name} {theirs * 1000:.0f} ms   ratio {ratio:.2f}   {rounds} rounds")


def measure_help(rounds: int, plugin: Sequence[str | Path]) -> None:
    """Compare how soon help is there with how soon kubectl knows its version."""
    kubectl = ("kubectl", "version", "--client")
    compare(rounds, lambda _: timed_s([*plugin, "--help"]), lambda _: timed_s(kubectl), " ".join(kubectl))


class Scene:
    """The manifests: templates for us, the same objects with their images written out for kubectl."""

    def __init__(self, directory: Path, registry: RealRegistry, plugin: Sequence[str | Path], kubeconfig: str) -> None:
        self.templates, self.plain = directory / "templates.yaml", directory / "plain.yaml"
        self.many = directory / "many.yaml"
        self.plugin, self.kubeconfig = plugin, kubeconfig
        for number in range(REPOSITORIES):
            registry.push(f"team/web-{number}", *(f"main-{tag}" for tag in range(1, TAGS + 1)))
        images = [f"{registry.host}/team/web-{number % REPOSITORIES}" for number in range(DEPLOYMENTS)]
        call = "{{{{ images.get_image('{}', \"prefix('main-', suffix=number())\") }}}}"
        self._write(self.templates, [call.format(image) for image in images])
        self._write(self.plain, [f"{image}:main-{TAGS}" for image in images])
        self._write(self.many, [f"example.com/web:{number}" for number in range(MANY)])

    def _write(self, file: Path, images: Sequence[str]) -> None:
        documents = (DEPLOYMENT.format(number=number, image=image) for number, image in enumerate(images))
        file.write_text("---\n".join(documents), encoding="utf-8")

    def namespace(self, name: str) -> str:
        """Return a new namespace."""
        self.kubectl("create", "namespace", name)
        return name

    def kubectl(self, *words: str | Path) -> float:
        """Run kubectl on the control plane."""
        return timed_s(["kubectl", "--kubeconfig", self.kubeconfig, *words])

    def ours(self, *words: str | Path) -> float:
        """Run the plugin on the control plane."""
        return timed_s([*self.plugin, *words, "--kubeconfig", self.kubeconfig])


def measure_deploy(scene: Scene, rounds: int, templates: Path, plain: Path) -> None:
    """Compare a first deploy, each into a namespace of its own."""

    def ours(number: int) -> float:
        namespace = scene.namespace(f"bench-ours-{number + 1}")
        return scene.ours("deploy", "-y", "-n", namespace, "-f", templates)

    def kubectl(number: int) -> float:
        namespace = scene.namespace(f"bench-kubectl-{number + 1}")
        return scene.kubectl("apply", "--server-side", "-n", namespace, "-f", plain)

    compare(rounds, ours, kubectl, "kubectl apply --server-side")


def measure_diff(scene: Scene, rounds: int) -> None:
    """Compare a diff of what is deployed, where nothing differs."""
    namespace = scene.namespace("bench-ours-0")
    scene.ours("deploy", "-y", "-n", namespace, "-f", scene.templates)
    other = scene.namespace("bench-kubectl-0")
    scene.kubectl("apply", "--server-side", "-n", other, "-f", scene.plain)
    compare(
        rounds,
        lambda _: scene.ours("diff", "-n", namespace, "-f", scene.templates),
        lambda _: scene.kubectl("diff", "--server-side", "-n", other, "-f", scene.plain),
        "kubectl diff --server-side",
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=("help", "deploy", "apply", "diff"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kubeconfig", help="of a control plane that may be filled with namespaces bench-*")
    parser.add_argument("--python", help="the interpreter to run the archive with, instead of the one on PATH")
    options = parser.parse_args()
    plugin = [options.python, PLUGIN] if options.python else [PLUGIN]
    if options.job == "help":
        measure_help(options.rounds, plugin)
        return
    if not options.kubeconfig:
        parser.error(f"{options.job} needs --kubeconfig")
    with tempfile.TemporaryDirectory() as name, RealRegistry(Path(name, "registry")) as registry:
        scene = Scene(Path(name), registry, plugin, options.kubeconfig)
        try:
            match options.job:
                case "deploy":
                    measure_deploy(scene, options.rounds, scene.templates, scene.plain)
                case "apply":
                    measure_deploy(scene, options.rounds, scene.many, scene.many)
                case _:
                    measure_diff(scene, options.rounds)
        finally:
            namespaces = [
                f"bench-{who}-{number}" for who in ("ours", "kubectl") for number in range(options.rounds + 1)
            ]
            scene.kubectl("delete", "namespace", "--ignore-not-found", "--wait=false", *namespaces)


if __name__ == "__main__":
    main()
