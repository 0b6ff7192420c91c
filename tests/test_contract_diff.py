"""Which objects differ: as `kubectl diff --server-side` says, for pairs of a live state and a manifest made by chance."""

from __future__ import annotations

import copy
import io
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sides import CLIENT_SIDE, Side, real_side
from worlds import REAL_KUBECONFIG

from kubectl_images.cli import run
from kubectl_images.kube_client import APPLY_PATCH, KubeClient
from kubectl_images.objects import Body
from kubectl_images.terminal import Terminal

PAIRS = 50
SEED = 20221123
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Side]:
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on PATH")
    with real_side(tmp_path) as side:
        yield side


def a_state(chance: random.Random, name: str) -> Body:
    """Return a Deployment, ConfigMap or Service of any shape."""
    labels = {key: chance.choice("12") for key in "abc" if chance.random() < 0.6}
    metadata = {"name": name, "labels": {"app": "x", **labels}, "annotations": {"note": chance.choice("12")}}
    kind = chance.choice(["Deployment", "Deployment", "ConfigMap", "Service"])
    if kind == "ConfigMap":
        data = {key: chance.choice("12") for key in "abcd" if chance.random() < 0.6}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": {"x": "1", **data}}
    if kind == "Service":
        ports = [{"name": f"p{number}", "port": number} for number in (79, 80, 81) if chance.random() < 0.6]
        spec: Body = {"ports": [{"name": "p", "port": 78}, *ports], "selector": {"app": "x"}}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
    containers = [a_container(chance, key) for key in "abc" if key == "a" or chance.random() < 0.4]
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers}}
    # Without pods nobody writes to it.
    spec = {"replicas": 0, "paused": True, "selector": {"matchLabels": {"app": "x"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def a_container(chance: random.Random, name: str) -> Body:
    env = [{"name": key, "value": chance.choice("12")} for key in "ABC" if chance.random() < 0.6]
    ports = [{"containerPort": number} for number in (80, 81) if chance.random() < 0.5]
    image = f"example.com/{name}:{chance.choice('12')}"
    return {"name": name, "image": image, "env": env, "ports": ports}


def changed(chance: random.Random, body: Body) -> Body:
    """Return the object with one change, which may be none."""
    body = copy.deepcopy(body)
    metadata, spec = body["metadata"], body.get("spec", {})
    where = chance.choice(["nothing", "nothing", "label", "annotation", "inside", "inside"])
    is_less = chance.random() < 0.5
    if where == "label":
        metadata["labels"] = {"app": "x"} if is_less else metadata["labels"] | {"a": "3"}
    elif where == "annotation":
        metadata["annotations"]["note"] = chance.choice("12")
    elif where == "inside" and "data" in body:
        body["data"] = {"x": "1"} if is_less else body["data"] | {"a": "2"}
    elif where == "inside" and "ports" in spec:
        spec["ports"] = spec["ports"][:1] if is_less else [*spec["ports"], {"name": "n", "port": 90}]
    elif where == "inside":
        pod = spec["template"]["spec"]
        first, *others = pod["containers"]
        pod["containers"] = [a_container(chance, "a") if chance.random() < 0.5 else first]
        pod["containers"] += [] if is_less else [*others, a_container(chance, "d")]
    return body


def loses_a_field(old: object, new: object) -> bool:
    """Tell whether something that was written is not written any more."""
    if isinstance(old, dict) and isinstance(new, dict):
        return any(key not in new or loses_a_field(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        names = [item.get("name", item.get("containerPort")) for item in new]
        found = {item.get("name", item.get("containerPort")): item for item in new}
        return any(
            (name := item.get("name", item.get("containerPort"))) not in names or loses_a_field(item, found[name])
            for item in old
        )
    return False


def store(side: Side, body: Body, manager: str) -> None:
    kind = body["kind"].lower() + "s"
    root = "/apis/apps/v1" if kind == "deployments" else "/api/v1"
    path = f"{root}/namespaces/{side.namespace}/{kind}"
    client = KubeClient(side.admin)
    if manager == CLIENT_SIDE:
        body = copy.deepcopy(body)
        body["metadata"]["annotations"][LAST_APPLIED] = json.dumps(body)
        answer = client.request("POST", path, [("fieldManager", manager)], body=body)
    else:
        path = f"{path}/{body['metadata']['name']}"
        answer = client.request("PATCH", path, [("fieldManager", manager)], body=body, content_type=APPLY_PATCH)
    assert answer.status == 201, answer.message


def differing(text: str) -> set[str]:
    """Return the names of the objects whose differences are shown."""
    return set(re.findall(r"^\+\+\+ \S*/(?:apps\.)?v1\.\w+\.[^.]*\.(\S+)", text, re.MULTILINE))


def test_the_same_objects_differ_as_kubectl_says(real: Side, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    manifests, lost = [], set()
    for number in range(PAIRS):
        old = a_state(chance, f"o{number}")
        new = changed(chance, old)
        manager = chance.choice(["kubectl-images", "kubectl-images", CLIENT_SIDE, ""])
        if manager:
            store(real, old, manager)
        if manager == CLIENT_SIDE and loses_a_field(old, new):
            lost.add(f"o{number}")
        manifests.append(new)
    file = tmp_path / "all.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
    theirs, ours = _kubectl_diff(real, file), _our_diff(real, file)

    # A field that an object of `kubectl apply` loses stays with them, and goes with us.
    assert ours - lost == theirs - lost
    assert ours >= lost
    assert 10 < len(ours) < PAIRS - 10, "both answers are met"


def _kubectl_diff(side: Side, file: Path) -> set[str]:
    command = ["kubectl", "diff", "--server-side", "--force-conflicts", "--field-manager=kubectl-images"]
    environ = os.environ | {"KUBECONFIG": os.environ[REAL_KUBECONFIG]}
    done = subprocess.run(
        [*command, f"--namespace={side.namespace}", "-f", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 1, done.stderr
    return differing(done.stdout)


def _our_diff(side: Side, file: Path) -> set[str]:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(io.TextIOWrapper(io.BytesIO()), out, err)
    environ = {"KUBECONFIG": os.environ[REAL_KUBECONFIG], "HOME": str(file.parent)}
    code = run(["diff", f"--namespace={side.namespace}", "-f", str(file)], terminal, environ)
    assert code == 1, err.getvalue()
    return differing(out.getvalue())
