"""The main job on a registry and an API server on loopback: `python3 build.py demo` runs this with the built archive."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fake_api_server import FakeApiServer
from fake_registry import FakeRegistry

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: {{ images.get_image('REGISTRY/team/web', "prefix('main-', suffix=number())") }}
"""

BACKUP = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: backup
            image: {{ images.get_image('REGISTRY/team/backup', 'semver()') }}
"""

REPOSITORIES = {
    "team/web": ["main-9", "main-10", "develop-57"],
    "team/backup": ["1.9.0", "1.10.0", "nightly"],
}


class UnexpectedError(Exception):
    """A command of the demo did something else than it should; the message says what."""


@dataclass(frozen=True)
class Session:
    """Where the demo's commands run: the plugin, the directory with demo/, and the environment."""

    plugin: Path
    directory: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, shows: Sequence[str] = (), hides: Sequence[str] = (), status: int = 0) -> None:
        """Show a command and what it prints; check its exit status and that it names these images and not those."""
        shown = " ".join(f"'{argument}'" if " " in argument else argument for argument in arguments)
        print(f"\n$ kubectl images {shown}", flush=True)
        done = subprocess.run(
            [self.plugin, *arguments],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        print(done.stdout, end="", flush=True)
        if done.returncode != status:
            raise UnexpectedError(f"exit code {done.returncode} instead of {status}")
        if missing := [text for text in shows if text not in done.stdout]:
            raise UnexpectedError(f"the output does not show {', '.join(missing)}")
        if present := [text for text in hides if text in done.stdout]:
            raise UnexpectedError(f"the output shows {', '.join(present)}")


def main_job(session: Session, registry: FakeRegistry) -> None:
    """Deploy, keep what runs although newer tags appear, take them, and pin an old one."""
    web = f"{registry.host}/team/web"
    files = ("-f", "demo/")

    _say("The newest tags that the two filters accept are chosen and applied.")
    session.run("deploy", *files, "-y", shows=["main-10", "1.10.0"], hides=["develop", "nightly"])
    session.run("list", "--simple", *files, shows=["main-10", "1.10.0"])

    _say("Newer tags are pushed: team/web:main-11, team/backup:1.11.0. A deploy keeps what runs.")
    registry.push("team/web", "main-11")
    registry.push("team/backup", "1.11.0")
    session.run("deploy", *files, "-y", hides=["main-11", "1.11.0"])

    _say("-u takes the newest; diff shows what would change and ends with exit code 1.")
    session.run("diff", "-u", *files, shows=["main-10", "main-11", "1.10.0", "1.11.0"], status=1)
    session.run("deploy", "-u", *files, "-y", shows=["main-11", "1.11.0"])

    _say("-F pins an image, here to an older one.")
    session.run("deploy", *files, "-F", f"{web}={web}:main-9", "-y", shows=["main-11", "main-9"])
    session.run("list", "--simple", *files, shows=["main-9", "1.11.0"])


def _say(sentence: str) -> None:
    print(f"\n# {sentence}", flush=True)


def _write_manifests(directory: Path, host: str) -> None:
    directory.mkdir()
    for name, template in (("web.yaml", WEB), ("backup.yaml", BACKUP)):
        text = template.replace("REGISTRY", host)
        (directory / name).write_text(text, encoding="utf-8")
        print(f"\n# demo/{name}\n{text}", end="", flush=True)


def main(plugin: Path) -> int:
    """Run the demo with this build of the plugin; return the exit status."""
    with tempfile.TemporaryDirectory() as name, FakeRegistry(REPOSITORIES) as registry, FakeApiServer() as api_server:
        directory = Path(name)
        kubeconfig = directory / "kubeconfig"
        api_server.write_kubeconfig(kubeconfig)
        _write_manifests(directory / "demo", registry.host)
        # Nothing of the user's is read or written, and the plugin does not see this checkout.
        own = {
            "KUBECONFIG": str(kubeconfig),
            "DOCKER_CONFIG": str(directory / "docker"),
            "SHIV_ROOT": str(directory / "shiv"),
            "PYTHONPATH": "",
        }
        try:
            main_job(Session(plugin.resolve(), directory, {**os.environ, **own}), registry)
        except UnexpectedError as error:
            print(f"\nThe demo stopped: {error}.", flush=True)
            return 1
    print("\nAll steps of the demo did as expected.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
