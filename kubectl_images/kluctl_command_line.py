"""kluctl's command line: what does here what its flags, their environment variables and its commands do there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .errors import UsageError

_PREFIX = "KLUCTL_"
# A flag that may be given several times has variables with numbers: KLUCTL_ARG_0.
_NUMBERED = re.compile(r"(.+?)_[0-9]+")
# What these ask for is done anyway.
_DONE = frozenset(("abort-on-error", "no-wait"))
# How Go writes false.
_FALSE = frozenset(("0", "f", "F", "false", "False", "FALSE"))


class Instead(NamedTuple):
    """The flag that does the same here, what it takes, and which commands take it; "" and `why` where there is none.

    What a variable of kluctl's holds fits the flag, unless it is `private`: it may be a secret, or is of another form.
    A `switch` takes no value.
    """

    flag: str
    value: str = ""
    commands: str = ""
    why: str = ""
    private: bool = False
    switch: bool = False

    def typed(self, value: str = "") -> str:
        """Return the flag as it is typed, with this value where that is known."""
        if not self.value:
            return self.flag
        return f"{self.flag} {shlex.quote(value) if value and not self.private else self.value}"


_TO_DEPLOY = "deploy or poke"
_DIFFED = Instead("", why="ignoreForDiff in deployment.yaml says what diff does not compare", switch=True)
_ONE_DIRECTORY = Instead("--project", "DIR", private=True)
# By kluctl's names, those of 2022 and those of today. What is not here has no effect on what is deployed.
FLAGS: Mapping[str, Instead] = {
    "project-dir": Instead("--project", "DIR"),
    "project-config": Instead("", why="the file is .kluctl.yaml in the directory of the project"),
    "project-url": Instead("", why="check the repository out, and give its directory: --project DIR"),
    "project-ref": Instead("", why="check the repository out at this ref, and give its directory: --project DIR"),
    "local-deployment": _ONE_DIRECTORY,
    "cluster": Instead("--context", "NAME", private=True),
    "context": Instead("--context", "NAME"),
    "kubeconfig": Instead("--kubeconfig", "FILE"),
    "target": Instead("-t", "NAME"),
    "target-name-override": Instead("-T", "NAME"),
    "discriminator": Instead("", why="write it into .kluctl.yaml, as the discriminator of the target"),
    "arg": Instead("-a", "NAME=VALUE", private=True),
    "args-from-file": Instead("--args-from-file", "FILE"),
    "fixed-image": Instead("-F", "IMAGE=RESULT"),
    "fixed-images-file": Instead("--fixed-images-file", "FILE"),
    "update-images": Instead("-u", switch=True),
    "offline-images": Instead("--offline", switch=True),
    "include-tag": Instead("-I", "TAG"),
    "exclude-tag": Instead("-E", "TAG"),
    "include-deployment-dir": Instead("--include-deployment-dir", "DIR"),
    "exclude-deployment-dir": Instead("--exclude-deployment-dir", "DIR"),
    "include-kustomize-dir": Instead("--include-deployment-dir", "DIR"),
    "exclude-kustomize-dir": Instead("--exclude-deployment-dir", "DIR"),
    "yes": Instead("-y", commands=_TO_DEPLOY, switch=True),
    "dry-run": Instead("--dry-run=server", commands=_TO_DEPLOY, switch=True),
    "force-apply": Instead("--force-conflicts", commands="deploy or diff", switch=True),
    "replace-on-error": Instead("--replace-immutable", commands="deploy or diff", switch=True),
    "force-replace-on-error": Instead("--replace-immutable", commands="deploy or diff", switch=True),
    "abort-on-error": Instead("", why="what comes after a failure is never tried", switch=True),
    "timeout": Instead("--timeout", "DURATION", _TO_DEPLOY),
    "readiness-timeout": Instead("--timeout", "DURATION", _TO_DEPLOY),
    "hook-timeout": Instead("--timeout", "DURATION", _TO_DEPLOY),
    "no-wait": Instead(
        "", why="deploy waits only with --wait, and for what deployment.yaml says waitReadiness of", switch=True
    ),
    "prune": Instead(
        "", why="nothing is pruned; deleteObjects in deployment.yaml names what is to be deleted", switch=True
    ),
    "simple": Instead("--simple", commands="list", switch=True),
    "output": Instead("", why="results go to standard output: kubectl images list > FILE"),
    "output-format": Instead("-o", "FORMAT", private=True),
    "render-output-dir": Instead("", why="render prints all objects: kubectl images render > FILE"),
    "ignore-tags": _DIFFED,
    "ignore-labels": _DIFFED,
    "ignore-annotations": _DIFFED,
    "ignore-kluctl-metadata": _DIFFED,
    "kubernetes-version": Instead("", why="helm renders charts for the version that is its own default"),
    "offline-kubernetes": Instead(
        "", why="list and render ask no cluster where all images are fixed: --fixed-images-file FILE", switch=True
    ),
}
COMMANDS: Mapping[str, str] = {
    "poke-images": "did you mean kubectl images poke?",
    "check-image-updates": "what runs, and what is newest: kubectl images list -o table",
    "list-targets": "the targets are in .kluctl.yaml; a command without -t names them, where there are several",
    "delete": "kubectl images render -t TARGET | kubectl delete -f -",
    "prune": "name what is to go under deleteObjects in deployment.yaml: deploy deletes it",
    "validate": "kubectl images deploy --wait says whether what it applied is ready",
    "downscale": "kubectl scale deployment --all --replicas=0 -n NAMESPACE",
    "seal": "seal the secrets with kubeseal, and leave the SealedSecret objects among the manifests",
    "helm-pull": "helm fetches a chart that is not there when it renders it",
    "helm-update": "the version of a chart is chartVersion in its helm-chart.yaml",
}


def check_environment(environ: Mapping[str, str]) -> None:
    """Raise UsageError where variables are set that kluctl takes for flags: nothing here reads them."""
    found = dict(sorted(_meant(environ)))
    if not found:
        return
    said = "is set: kluctl takes it for a flag, and here it has no effect"
    if len(found) > 1:
        said = "are set: kluctl takes them for flags, and here they have no effect"
    ways_out = [_way_out(name, instead, environ[name]) for name, instead in found.items()]
    raise UsageError(f"{', '.join(found)} {said}", hint="\n".join(ways_out))


def _meant(environ: Mapping[str, str]) -> Iterator[tuple[str, Instead]]:
    """Yield the variables that are set and stand for flags that change something."""
    for name, value in environ.items():
        if not name.startswith(_PREFIX):
            continue
        words = name.removeprefix(_PREFIX)
        numbered = _NUMBERED.fullmatch(words)
        flag = (numbered[1] if numbered else words).lower().replace("_", "-")
        instead = FLAGS.get(flag) if flag not in _DONE else None
        if instead and value and not (instead.switch and value in _FALSE):
            yield name, instead


def _way_out(name: str, instead: Instead, value: str) -> str:
    if not instead.flag:
        return f"unset {name}: {instead.why}"
    to = f" to {instead.commands}" if instead.commands else ""
    return f"unset {name}, and give {instead.typed(value)}{to}"
