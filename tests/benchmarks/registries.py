"""Tag lists next to other clients, in one run: `python3 build.py` first, then this with the development environment.

    registries.py                    everything, 5 rounds
    registries.py many --rounds 9    one of these:

scale    120 repositories of 1,000 tags on Debian's docker-registry, against skopeo and crane
many     50,000 tags in one repository, against the bare request
distant  200 repositories of a registry that is 80 ms away
login    200 repositories behind a login service

skopeo and crane are left out where they are not on PATH. The runs alternate and medians are shown, so that a machine
whose speed drifts is fair to all. --python names the interpreter that runs the archive.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fake_registry import FakeRegistry, Received, Reply, Rules
from measured import Measured
from real_registry import RealRegistry

from kubectl_images.filters import Prefix, newest
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "dist" / "kubectl-images"
ROUND_TRIP_S = 0.08
FILTER = Prefix("v")

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {{name: app-{number}}}
spec: {{containers: [{{name: app, image: "{{{{ images.get_image('{image}', 'prefix(\\"v\\")') }}}}"}}]}}
"""


def measure_scale(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """List 120 repositories of 1,000 tags."""
    names = [f"team/app-{number}" for number in range(120)]
    with RealRegistry(folder / "registry") as registry:
        for name in names:
            registry.push(name, *tags(1000))
        file, images = folder / "app.yaml", folder / "images"
        file.write_text(manifests(registry.host, names), encoding="utf-8")
        images.write_text("".join(f"{registry.host}/{name}\n" for name in names), encoding="utf-8")
        for _ in range(options.rounds + 1):
            measured.command("kubectl images list --simple -u", plugin(options, "list", file), no_cluster(folder))
            measured.work("list_many, in process", lambda: list_all(registry.host, names, folder))
            for peer, words in peers().items():
                for at_once in (1, 8):
                    sh = f"xargs -I NAME -P{at_once} {words} < {images} > /dev/null"
                    measured.command(f"{peer}, {at_once} at once", ["sh", "-c", sh])


def measure_many(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """List one repository of 50,000 tags, and find its newest."""
    import urllib3

    with RealRegistry(folder / "registry") as registry:
        registry.push("team/app", *tags(50_000))
        image = ImageRef.parse(f"{registry.host}/team/app")
        file = folder / "app.yaml"
        file.write_text(manifests(registry.host, ["team/app"]), encoding="utf-8")

        def bare() -> None:
            with urllib3.PoolManager() as pool:
                json.loads(pool.request("GET", f"http://{registry.host}/v2/team/app/tags/list").data)

        def ours() -> None:
            with Registry({}, notice=print, home=folder) as client:
                newest(FILTER, client.list_tags(image))

        for _ in range(options.rounds + 1):
            measured.work("the bare request and json.loads", bare)
            measured.work("list_tags and newest, in process", ours)
            measured.command("kubectl images list --simple -u", plugin(options, "list", file), no_cluster(folder))
            for peer, words in peers().items():
                measured.command(peer, ["sh", "-c", f"{words.replace('NAME', image.name)} > /dev/null"])


def measure_distant(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """List 200 repositories of a registry that takes its time; eight at once make 25 round trips."""
    names = [f"team/app-{number}" for number in range(200)]
    file = folder / "app.yaml"
    for _ in range(options.rounds + 1):
        # A new one each time: its connections are new to everyone.
        with served("distant") as server:
            measured.work(
                "the first contact and one list, in process", lambda: list_all(server.host, names[:1], folder)
            )
        with served("distant") as server:
            measured.work("list_many, in process", lambda: list_all(server.host, names, folder))
        with served("distant") as server:
            file.write_text(manifests(server.host, names), encoding="utf-8")
            measured.command("kubectl images list --simple -u", plugin(options, "list", file), no_cluster(folder))


def measure_login(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """List 200 repositories of a registry that wants a token for each."""
    names = [f"team/app-{number}" for number in range(200)]
    for _ in range(options.rounds + 1):
        for kind in ("login", "open"):
            with served(kind) as server:
                measured.work(f"list_many, {kind}", lambda: list_all(server.host, names, folder))
                measured.remarks[f"list_many, {kind}"] = server.counts()


def tags(count: int) -> Iterator[str]:
    """Yield tags as pipelines make them."""
    return (f"v1.{number // 100}.{number % 100}-build.{number}" for number in range(count))


def manifests(host: str, names: Sequence[str]) -> str:
    """Return templates that use the newest tag of each repository."""
    return "---\n".join(MANIFEST.format(number=number, image=f"{host}/{name}") for number, name in enumerate(names))


def list_all(host: str, names: Sequence[str], home: Path) -> None:
    """List all these repositories in a run of its own; every list must be there."""
    images = [ImageRef.parse(f"{host}/{name}") for name in names]
    with Registry({}, notice=print, home=home) as client:
        found = client.list_many(images)
    assert all(isinstance(item, tuple) and item for item in found.values()), found


def plugin(options: argparse.Namespace, command: str, file: Path) -> list[str]:
    """Return the command line of the archive."""
    return [options.python, str(PLUGIN), command, "--simple", "-u", "-f", str(file)]


def no_cluster(home: Path) -> dict[str, str]:
    """Return an environment without kubeconfig and logins."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "KUBECONFIG": ""}


def peers() -> dict[str, str]:
    """Return the commands of the other clients that are there, with NAME for the repository."""
    known = {"skopeo list-tags": "skopeo list-tags --tls-verify=false docker://NAME", "crane ls": "crane ls NAME"}
    return {name: words for name, words in known.items() if shutil.which(name.split()[0])}


# --- Servers, each in a process of its own ----------------------------------------------------------------------


class Distant(FakeRegistry):
    """A registry for which every new connection and every request takes a round trip."""

    def __init__(self, repositories: Mapping[str, Sequence[str]], rules: Rules) -> None:
        super().__init__(repositories, rules=rules)
        self._thread = threading.local()

    def answer(self, received: Received) -> Reply:
        """Answer late."""
        # Each connection has a thread.
        is_new = not hasattr(self._thread, "connected")
        self._thread.connected = True
        time.sleep(ROUND_TRIP_S * (2 if is_new else 1))
        return super().answer(received)


class Served:
    """A fake registry in another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.host = self._read()

    def counts(self) -> str:
        """Return what it was asked for, and how often."""
        assert self._process.stdin is not None, "it was opened as a pipe"
        print(file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None, "it was opened as a pipe"
        return self._process.stdout.readline().strip()


@contextmanager
def served(kind: str) -> Iterator[Served]:
    """Yield a registry of that kind."""
    words = [sys.executable, __file__, "--serve", kind]
    # Leaving the block closes its standard input, which ends it.
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Served(process)


def serve(kind: str) -> None:
    """Run a registry until standard input ends; each line of it is answered with what the registry was asked for."""
    repositories = {f"team/app-{number}": list(tags(100)) for number in range(200)}
    rules = Rules(auth="bearer" if kind == "login" else "anonymous")
    new = Distant(repositories, rules) if kind == "distant" else FakeRegistry(repositories, rules=rules)
    with new as registry:
        print(registry.host, flush=True)
        for _ in sys.stdin:
            asked = [path.rpartition("/")[2] or path for path in registry.paths()]
            print(", ".join(f"{asked.count(name)} x {name}" for name in dict.fromkeys(asked)), flush=True)


JOBS = {"scale": measure_scale, "many": measure_many, "distant": measure_distant, "login": measure_login}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", nargs="?", choices=(*JOBS, "all"), default="all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter of the archive")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    for job in JOBS.values() if options.job == "all" else [JOBS[options.job]]:
        measured = Measured()
        with tempfile.TemporaryDirectory() as folder:
            job(measured, options, Path(folder))
        measured.show(f"{job.__doc__}  ({options.rounds} rounds)")


if __name__ == "__main__":
    main()
