"""Projects next to kubectl kustomize and kluctl: `python3 build.py` first, then this with the development environment.

    projects.py                     everything, 5 rounds
    projects.py plain --rounds 9    one of these:

plain      300 items with 2,000 objects, no kustomize
kustomize  40 items that kustomize builds, against `kubectl kustomize` for one after the other

kluctl is left out where it is not on PATH. The runs alternate and medians are shown. --python names the interpreter
that runs the archive.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from shutil import which

from measured import Measured

PLUGIN = Path(__file__).resolve().parents[2] / "dist" / "kubectl-images"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{env: "{{{{ args.env }}}}", item: "{{{{ item }}}}"}}
spec:
  replicas: {{{{ replicas }}}}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: app
        image: {image}
        env: [{{name: PORT, value: "{{{{ port }}}}"}}]
"""
CALL = "{{ images.get_image('registry.example.com/team/web') }}"
PIN = "registry.example.com/team/web=registry.example.com/team/web:1"


def write_project(folder: Path, items: int, objects: int, image: str, *, kustomize: bool = False) -> None:
    """Write a project with this many items and objects, their directories in includes of twenty."""
    (folder / ".kluctl.yaml").write_text("targets:\n- name: prod\n  args: {env: prod}\n", encoding="utf-8")
    includes = "".join(f"- include: part-{number}\n" for number in range((items + 19) // 20))
    head = "commonLabels: {project: big}\nvars:\n- values: {replicas: 2, port: 8080}\ndeployments:\n"
    (folder / "deployment.yaml").write_text(head + includes, encoding="utf-8")
    for number in range(items):
        part = folder / f"part-{number // 20}"
        part.mkdir(exist_ok=True)
        with (part / "deployment.yaml").open("a", encoding="utf-8") as file:
            file.write("" if number % 20 else "deployments:\n")
            file.write(f"- path: item-{number}\n  vars:\n  - values: {{item: i{number}}}\n")
        write_item(part / f"item-{number}", range(number, objects, items), image, kustomize=kustomize)


def write_item(folder: Path, numbers: range, image: str, *, kustomize: bool) -> None:
    """Write a directory with a file for each object."""
    folder.mkdir()
    for number in numbers:
        text = DEPLOYMENT.format(name=f"app-{number}", image=image)
        (folder / f"app-{number}.yaml").write_text(text, encoding="utf-8")
    if kustomize:
        names = "".join(f"- app-{number}.yaml\n" for number in numbers)
        (folder / "kustomization.yaml").write_text(f"resources:\n{names}", encoding="utf-8")


def ours(options: argparse.Namespace, folder: Path) -> list[str]:
    """Return the words that render a project."""
    return [options.python, str(PLUGIN), "render", "--project", str(folder), "-n", "default", "-F", PIN]


def measure_plain(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """Render 300 items with 2,000 objects, with images and without."""
    for name, image in (("images", CALL), ("none", "nginx:1.27")):
        (folder / name).mkdir()
        write_project(folder / name, 300, 2000, image)
    kluctl = which("kluctl")
    for _ in range(options.rounds + 1):
        measured.command("kubectl images render, each with an image", ours(options, folder / "images"))
        measured.command("kubectl images render, fixed images", ours(options, folder / "none"))
        if kluctl:
            words = [kluctl, "render", "--offline-kubernetes", "-t", "prod", "--project-dir", str(folder / "none")]
            measured.command("kluctl render, fixed images", [*words, "--render-output-dir", str(folder / "out")])


def measure_kustomize(measured: Measured, options: argparse.Namespace, folder: Path) -> None:
    """Render 40 items of kustomize, without templates, so that kubectl can build them too."""
    write_project(folder, 40, 200, "nginx:1.27", kustomize=True)
    for file in folder.rglob("app-*.yaml"):
        text = file.read_text(encoding="utf-8").replace("{{ replicas }}", "2")
        file.write_text(text.replace("{{ args.env }}", "prod").replace("{{ item }}", "x"), encoding="utf-8")
    one_by_one = f"for d in {folder}/part-*/item-*; do kubectl kustomize $d || exit 1; done > {os.devnull}"
    for _ in range(options.rounds + 1):
        measured.command("kubectl images render, 40 items", ours(options, folder))
        measured.command("kubectl kustomize, 40 times", ["sh", "-c", one_by_one])


MEASURES = {"plain": measure_plain, "kustomize": measure_kustomize}


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], metavar="MEASURE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    for name in options.measures or MEASURES:
        with tempfile.TemporaryDirectory() as folder:
            measured = Measured()
            MEASURES[name](measured, options, Path(folder))
            measured.show(MEASURES[name].__doc__ or name)


if __name__ == "__main__":
    main()
