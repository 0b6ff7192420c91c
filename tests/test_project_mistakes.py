"""What is wrong with a project, as a whole command line: file, line, what is allowed, and nothing on standard output."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kubectl_images.cli import run
from kubectl_images.terminal import Terminal

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
APP = {"app/settings.yaml": OBJECT}
ONE_ITEM = "deployments:\n- path: app\n"
ONE = {**APP, "deployment.yaml": ONE_ITEM}
TARGETS = "targets:\n- name: dev\n- name: prod\n"


@dataclass(frozen=True)
class Mistake:
    """Files of a directory, and symbolic links; the flags of `render` in it, and all that it says."""

    files: Mapping[str, str]
    said: str
    flags: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


def root(text: str, more: Mapping[str, str] | None = None) -> Mapping[str, str]:
    return {**APP, "deployment.yaml": text, **(more or {})}


def kluctl(text: str) -> Mapping[str, str]:
    return {**ONE, ".kluctl.yaml": text}


MISTAKES: dict[str, Mistake] = {
    "unknown-key": Mistake(
        root("deployment: []\n" + ONE_ITEM),
        "error: deployment.yaml:1: unknown key 'deployment'; did you mean deployments?\n"
        "hint: known here: args, vars, when, deployments, tags, commonLabels, commonAnnotations, "
        "overrideNamespace, ignoreForDiff, images, templateExcludes",
    ),
    "unknown-key-of-an-item": Mistake(
        root("deployments:\n- path: app\n- path: app\n  waitreadiness: true\n"),
        "error: deployment.yaml:4: unknown key 'waitreadiness'; did you mean waitReadiness?\n"
        "hint: known here: path, include, barrier, message, tags, vars, when, alwaysDeploy, onlyRender, "
        "waitReadiness, deleteObjects, skipDeleteIfTags, recursive",
    ),
    "path-and-include": Mistake(
        root("deployments:\n- path: app\n  include: app\n"),
        "error: deployment.yaml:2: an item has both include and path\nhint: make two items of it",
    ),
    "include-and-delete-objects": Mistake(
        root("deployments:\n- include: app\n  deleteObjects: [{kind: ConfigMap, name: a}]\n"),
        "error: deployment.yaml:2: an item has both include and deleteObjects\nhint: make two items of it",
    ),
    "item-with-nothing": Mistake(
        root("deployments:\n- path: app\n- tags: [a]\n"),
        "error: deployment.yaml:3: an item without path, include, deleteObjects and barrier: it has nothing"
        " to do\n"
        "hint: supported are path, include, deleteObjects and barrier",
    ),
    "item-is-empty": Mistake(
        root("deployments:\n- path: app\n-\n"), "error: deployment.yaml:3: deployments[1] is null, not a map"
    ),
    "item-is-a-text": Mistake(
        root("deployments:\n- app\n"), "error: deployment.yaml:2: deployments[0] is a text, not a map"
    ),
    "deployments-is-a-map": Mistake(
        root("deployments:\n  path: app\n"), "error: deployment.yaml:2: deployments is a map, not a list"
    ),
    "file-is-a-list": Mistake(root("- path: app\n"), "error: deployment.yaml:1: the file is a list, not a map"),
    "path-is-a-number": Mistake(
        root("deployments:\n- path: 7\n"),
        "error: deployment.yaml:2: deployments[0].path is a number, not a text\nhint: put quotes around it",
    ),
    "path-is-empty": Mistake(
        root('deployments:\n- path: ""\n'), "error: deployment.yaml:2: deployments[0].path is empty"
    ),
    "path-with-an-image": Mistake(
        root("deployments:\n- path: \"{{ images.get_image('nginx') }}\"\n"),
        "error: deployment.yaml:2: deployments[0].path cannot hold an image, which is decided later",
    ),
    "git": Mistake(
        root("deployments:\n- path: app\n- git:\n    url: https://example.com/x.git\n"),
        "error: deployment.yaml:3: git is not supported\n"
        "hint: supported are path, include, deleteObjects and barrier; check the repository out into the "
        "project, and include its directory",
    ),
    "oci": Mistake(
        root('deployments:\n- oci: {url: "oci://example.com/x"}\n'),
        "error: deployment.yaml:2: oci is not supported\n"
        "hint: supported are path, include, deleteObjects and barrier; unpack the artifact into the "
        "project, and include its directory",
    ),
    "sealed-secrets": Mistake(
        root("sealedSecrets: {outputPattern: a}\n" + ONE_ITEM),
        "error: deployment.yaml:1: sealedSecrets is not supported\n"
        "hint: seal the secrets beforehand, and leave the SealedSecret objects among the manifests",
    ),
    "conflict-resolution": Mistake(
        root(ONE_ITEM + "conflictResolution:\n- action: ignore\n"),
        "error: deployment.yaml:3: conflictResolution is not supported\n"
        "hint: leave it out, and take over fields of other managers with --force-conflicts",
    ),
    "wait-readiness-objects": Mistake(
        root("deployments:\n- path: app\n  waitReadinessObjects: []\n"),
        "error: deployment.yaml:3: waitReadinessObjects is not supported\n"
        "hint: write waitReadiness: true beside the path of these objects",
    ),
    "item-args": Mistake(
        root("deployments:\n- include: app\n  args: {a: b}\n"),
        "error: deployment.yaml:3: args is not supported\nhint: give them as variables: vars: [{values: ...}]",
    ),
    "pass-vars": Mistake(
        root("deployments:\n- include: app\n  passVars: true\n"),
        "error: deployment.yaml:3: passVars is not supported\n"
        "hint: leave it out: an include sees all variables of the file that includes it, and those of its "
        "own vars",
    ),
    "wait-readiness-without-path": Mistake(
        root("deployments:\n- include: app\n  waitReadiness: true\n"),
        "error: deployment.yaml:3: waitReadiness is for an item with path\n"
        "hint: write it at the items of the included file",
    ),
    "recursive-without-path": Mistake(
        root("deployments:\n- barrier: true\n  recursive: true\n"),
        "error: deployment.yaml:3: recursive is for an item with path",
    ),
    "boolean-as-text": Mistake(
        root("deployments:\n- path: app\n  barrier: 'true'\n"),
        "error: deployment.yaml:3: deployments[0].barrier is a text, not true or false",
    ),
    "second-document": Mistake(
        root(ONE_ITEM + "---\n" + ONE_ITEM), "error: deployment.yaml:4: a second document: this file holds one"
    ),
    "no-yaml": Mistake(
        root("deployments:\n- path: app\n  tags: [a\n"),
        "error: deployment.yaml:4: ',' or ']' is missing for the '[' of line 3",
    ),
    "empty-file": Mistake(root(""), "error: deployment.yaml: the file is empty: deployments is missing"),
    "only-a-comment": Mistake(
        root("# deployments\n"),
        "error: deployment.yaml: no item of this project takes part\n"
        "hint: it has none, or each has a `when` that is not true, or is onlyRender",
    ),
    "no-items": Mistake(
        root("deployments: []\n"),
        "error: deployment.yaml: no item of this project takes part\n"
        "hint: it has none, or each has a `when` that is not true, or is onlyRender",
    ),
    "no-item-takes-part": Mistake(
        root("deployments:\n- path: app\n  when: 1 == 2\n"),
        "error: deployment.yaml: no item of this project takes part\n"
        "hint: it has none, or each has a `when` that is not true, or is onlyRender",
    ),
    "only-label": Mistake(
        root("commonLabels: {a: b}\n"),
        "error: deployment.yaml: no item of this project takes part\n"
        "hint: it has none, or each has a `when` that is not true, or is onlyRender",
    ),
    "label-too-long": Mistake(
        root(ONE_ITEM + "commonLabels:\n  team: shop\n  long: " + "x" * 64 + "\n"),
        "error: deployment.yaml:5: commonLabels: the value "
        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' of long is not valid: it has 64"
        " characters, and may have 63",
    ),
    "label-key": Mistake(
        root(ONE_ITEM + "commonLabels:\n  -team: shop\n"),
        "error: deployment.yaml:4: commonLabels: the key '-team' is not valid: a key is letters, digits, -,"
        " _ and ., with a letter or digit at both ends",
    ),
    "label-number": Mistake(
        root(ONE_ITEM + "commonLabels:\n  team: 7\n"),
        "error: deployment.yaml:4: commonLabels: team is not a text\nhint: put quotes around its value",
    ),
    "annotation-key": Mistake(
        root(ONE_ITEM + "commonAnnotations: {a/b/c: x}\n"),
        "error: deployment.yaml:3: commonAnnotations: the key 'a/b/c' is not valid: what stands before / is"
        " a DNS name of at most 253 characters, such as example.com",
    ),
    "namespace": Mistake(
        root(ONE_ITEM + "overrideNamespace: My_Space\n"),
        "error: deployment.yaml:3: overrideNamespace: 'My_Space' is not valid: a namespace is lower case "
        "letters, digits and -, with a letter or digit at both ends",
    ),
    "path-absolute": Mistake(
        root("deployments:\n- path: /etc\n"),
        "error: deployment.yaml:2: path is absolute: /etc\nhint: write it relative to the directory of this file",
    ),
    "path-leaves": Mistake(
        root("deployments:\n- path: ../other\n"),
        "error: deployment.yaml:2: path leads out of the project: ../other\n"
        "hint: a project is all in one directory, here the working directory; --project can name one above "
        "it",
    ),
    "path-leaves-by-link": Mistake(
        root("deployments:\n- path: link\n"),
        "error: deployment.yaml:2: path leads out of the project: link is or lies in a symbolic link to "
        "/etc\n"
        "hint: copy the directory into the project",
        links={"link": "/etc"},
    ),
    "include-leaves-by-link": Mistake(
        root("deployments:\n- include: app/link\n"),
        "error: deployment.yaml:2: include leads out of the project: app/link is or lies in a symbolic link"
        " to /etc\n"
        "hint: copy the directory into the project",
        links={"app/link": "/etc"},
    ),
    "missing-directory": Mistake(
        root("deployments:\n- path: ap\n"),
        "error: deployment.yaml:2: there is no directory ap\nhint: did you mean app?",
    ),
    "missing-directory-nothing-close": Mistake(
        root("deployments:\n- path: a/b/c\n"), "error: deployment.yaml:2: there is no directory a/b/c"
    ),
    "path-is-a-file": Mistake(
        root("deployments:\n- path: app/settings.yaml\n"),
        "error: deployment.yaml:2: app/settings.yaml is a file, and path names a directory\nhint: path: app",
    ),
    "include-of-manifests": Mistake(
        root("deployments:\n- include: app\n"),
        "error: deployment.yaml:2: there is no deployment.yaml in app\nhint: write path: app in place of include",
    ),
    "include-of-an-object": Mistake(
        root("deployments:\n- include: app\n", {"app/deployment.yaml": OBJECT}),
        "error: deployment.yaml:2: app/deployment.yaml is a Kubernetes object, and no project file\n"
        "hint: write path: app in place of include",
    ),
    "include-of-an-empty-directory": Mistake(
        root("deployments:\n- include: empty\n", {"empty/.keep": ""}),
        "error: deployment.yaml:2: there is no deployment.yaml in empty",
    ),
    "both-names": Mistake(
        root(ONE_ITEM, {"deployment.yml": ONE_ITEM}),
        "error: deployment.yaml: there is deployment.yml too\nhint: one of them is enough: remove the other",
    ),
    "both-names-of-an-include": Mistake(
        root("deployments:\n- include: sub\n", {"sub/deployment.yml": ONE_ITEM, "sub/deployment.yaml": ONE_ITEM}),
        "error: sub/deployment.yaml: there is sub/deployment.yml too\nhint: one of them is enough: remove the other",
    ),
    "cycle-of-itself": Mistake(
        root("deployments:\n- path: app\n- include: .\n"),
        "error: deployment.yaml:3: deployment.yaml is included within itself, without end",
    ),
    "cycle": Mistake(
        root(
            "deployments:\n- path: app\n- include: a\n",
            {
                "a/deployment.yaml": "deployments:\n- include: ../b\n",
                "b/deployment.yaml": "deployments:\n- barrier: true\n- include: ../a\n",
            },
        ),
        "error: b/deployment.yaml:3: a/deployment.yaml is included within itself, without end\n"
        "    included at a/deployment.yaml:2\n"
        "    included at deployment.yaml:3",
    ),
    "error-in-an-include": Mistake(
        root(
            "deployments:\n- include: a\n",
            {"a/deployment.yaml": "deployments:\n- include: b\n", "a/b/deployment.yaml": "deployments:\n- pth: x\n"},
        ),
        "error: a/b/deployment.yaml:2: unknown key 'pth'; did you mean path?\n"
        "    included at a/deployment.yaml:2\n"
        "    included at deployment.yaml:2\n"
        "hint: known here: path, include, barrier, message, tags, vars, when, alwaysDeploy, onlyRender, "
        "waitReadiness, deleteObjects, skipDeleteIfTags, recursive",
    ),
    "undefined-in-an-include": Mistake(
        root("deployments:\n- include: a\n", {"a/deployment.yaml": 'deployments:\n- path: "{{ args.nme }}"\n'}),
        "error: a/deployment.yaml:2: 'dict object' has no attribute 'nme'\n"
        '    - path: "{{ args.nme }}"\n'
        "    included at deployment.yaml:2\n"
        "hint: give it with -a NAME=VALUE and write args.NAME, define it in vars of deployment.yaml, or "
        "write | default('...')\n"
        "hint: when these braces belong to another tool: --no-templates, a line for the file in "
        ".templateignore, or {% raw %} ... {% endraw %} around them",
    ),
    "args-in-an-include": Mistake(
        root("deployments:\n- include: a\n", {"a/deployment.yaml": "args:\n- name: x\ndeployments: []\n"}),
        "error: a/deployment.yaml:2: args stand in the project file of the root alone\n"
        "    included at deployment.yaml:2\n"
        "hint: write them as vars here",
    ),
    "when-of-the-root": Mistake(
        root("when: 1 == 1\n" + ONE_ITEM),
        "error: deployment.yaml:1: the project file of the root has no `when`\nhint: write it at the items",
    ),
    "when-undefined": Mistake(
        root("deployments:\n- path: app\n  when: args.env == 'x'\n"),
        "error: deployment.yaml:3: 'dict object' has no attribute 'env'\n"
        "    args.env == 'x'\n"
        "hint: give it with -a NAME=VALUE and write args.NAME, define it in vars of deployment.yaml, or "
        "write | default('...')",
    ),
    "when-syntax": Mistake(
        root("deployments:\n- path: app\n  when: args.env =\n"),
        "error: deployment.yaml:3: expected the end of the expression, got '='\n    args.env =",
    ),
    "when-is-a-list": Mistake(
        root("deployments:\n- path: app\n  when: [a]\n"),
        "error: deployment.yaml:3: deployments[0].when is a list, not a text",
    ),
    "undefined": Mistake(
        root("deployments:\n- path: {{ where }}\n"),
        "error: deployment.yaml:2: 'where' is undefined\n"
        "    - path: {{ where }}\n"
        "hint: give it with -a NAME=VALUE and write args.NAME, define it in vars of deployment.yaml, or "
        "write | default('...')\n"
        "hint: when these braces belong to another tool: --no-templates, a line for the file in "
        ".templateignore, or {% raw %} ... {% endraw %} around them",
    ),
    "rendered-lines": Mistake(
        root("deployments:\n{% for x in [1, 2] %}\n- path: app\n  pth: b\n{% endfor %}\n"),
        "error: deployment.yaml (rendered):4: unknown key 'pth'; did you mean path?\n"
        "hint: known here: path, include, barrier, message, tags, vars, when, alwaysDeploy, onlyRender, "
        "waitReadiness, deleteObjects, skipDeleteIfTags, recursive",
    ),
    "ignore-without-path": Mistake(
        root(ONE_ITEM + "ignoreForDiff:\n- kind: ConfigMap\n"),
        "error: deployment.yaml:4: ignoreForDiff without fieldPath\n"
        "hint: write a path as spec.replicas, spec.template.spec.containers[app].image or "
        'metadata.labels["a.b/c"]',
    ),
    "ignore-regex": Mistake(
        root(ONE_ITEM + "ignoreForDiff:\n- fieldPathRegex: a.*\n"),
        "error: deployment.yaml:4: fieldPathRegex is not supported\n"
        "hint: write it as fieldPath, where * is any field; write a path as spec.replicas, "
        'spec.template.spec.containers[app].image or metadata.labels["a.b/c"]',
    ),
    "ignore-bad-path": Mistake(
        root(ONE_ITEM + "ignoreForDiff:\n- fieldPath: ['a[']\n"),
        "error: deployment.yaml:4: the path 'a[' cannot be read from '[' on\n"
        "hint: write a path as spec.replicas, spec.template.spec.containers[app].image or "
        'metadata.labels["a.b/c"]',
    ),
    "ignore-unknown-key": Mistake(
        root(ONE_ITEM + "ignoreForDiff:\n- fieldPath: a\n  knd: b\n"),
        "error: deployment.yaml:5: unknown key 'knd'; did you mean kind?\n"
        "hint: known here: group, kind, name, namespace, fieldPath",
    ),
    "images-without-result": Mistake(
        root(ONE_ITEM + "images:\n- image: nginx\n"),
        "error: deployment.yaml:4: resultImage is missing\nhint: write entries as `kubectl images list` does",
    ),
    "images-unknown-key": Mistake(
        root(ONE_ITEM + "images:\n- image: nginx\n  result: nginx:1\n"),
        "error: deployment.yaml:5: unknown key 'result'; did you mean resultImage?\n"
        "hint: known here: image, imageRegex, resultImage, namespace, deployment, container, path, object, "
        "source, deployedImage, registryImage, versionFilter, tags, deployTags, deploymentDir",
    ),
    "images-no-reference": Mistake(
        root(ONE_ITEM + "images:\n- image: nginx\n  resultImage: 'nginx:!'\n"),
        'error: deployment.yaml:4: invalid image "nginx:!": the tag "!" may hold only A-Z a-z 0-9 _ . - and'
        " must not begin with . or -\n"
        "hint: write entries as `kubectl images list` does",
    ),
    "images-of-an-include": Mistake(
        root("deployments:\n- include: a\n", {"a/deployment.yaml": "images:\n- image: nginx\n"}),
        "error: a/deployment.yaml:2: resultImage is missing\n"
        "    included at deployment.yaml:2\n"
        "hint: write entries as `kubectl images list` does",
    ),
    "images-is-a-map": Mistake(
        root(ONE_ITEM + "images:\n  nginx: nginx:1\n"), "error: deployment.yaml:4: images is a map, not a list"
    ),
    "vars-is-no-mapping": Mistake(
        root("vars:\n- values: [1]\n" + ONE_ITEM), "error: deployment.yaml:2: vars[0].values is a list, not a map"
    ),
    "vars-file-is-no-mapping": Mistake(
        root("vars:\n- file: vars.yaml\n" + ONE_ITEM, {"vars.yaml": "- a\n"}),
        "error: vars.yaml:1: variables are a map, not a list\n"
        "hint: give what is read a name: targetPath: NAME, beside the source",
    ),
    "vars-unsupported": Mistake(
        root("vars:\n- values: {a: b}\n- http: {url: x}\n" + ONE_ITEM),
        "error: deployment.yaml:3: http is not supported\n"
        "hint: supported are values, file, systemEnvVars, clusterConfigMap and clusterSecret; download the "
        "file into the project first",
    ),
    "vars-unknown": Mistake(
        root("vars:\n- vaules: {a: b}\n" + ONE_ITEM),
        "error: deployment.yaml:2: unknown key 'vaules'; did you mean values?\n"
        "hint: known here: values, file, path, systemEnvVars, clusterConfigMap, clusterSecret, when, "
        "ignoreMissing, noOverride, sensitive, targetPath",
    ),
    "arg-missing": Mistake(
        root("args:\n- name: env\n" + ONE_ITEM),
        "error: deployment.yaml:2: the arg env is not given\nhint: give it: -a env=...\nhint: or write a default there",
    ),
    "arg-unknown": Mistake(
        root("args:\n- name: env\n" + ONE_ITEM),
        "error: there is no arg evn; is env meant?\nhint: args that deployment.yaml declares: env",
        ("-a", "env=a", "-a", "evn=b"),
    ),
    "arg-missing-with-blocks": Mistake(
        root("args:\n- name: env\n{% if args.env == 'x' %}\n" + ONE_ITEM + "{% endif %}\n"),
        "error: deployment.yaml:2: the arg env is not given\nhint: give it: -a env=...\nhint: or write a default there",
    ),
    "arg-declared-twice": Mistake(
        {**root("args:\n- name: env\n" + ONE_ITEM), ".kluctl.yaml": "args:\n- name: env\n"},
        "error: deployment.yaml:2: args are declared in .kluctl.yaml:2 already\n"
        "hint: declare them in one of both files",
    ),
    "kluctl-unknown-key": Mistake(
        kluctl("target: []\n"),
        "error: .kluctl.yaml:1: unknown key 'target'; did you mean targets?\n"
        "hint: known here: targets, args, discriminator",
    ),
    "kluctl-unknown-key-of-a-target": Mistake(
        kluctl("targets:\n- name: a\n- name: b\n  contxt: c\n"),
        "error: .kluctl.yaml:4: unknown key 'contxt'; did you mean context?\n"
        "hint: known here: name, context, args, images, discriminator, cluster, targetConfig, dynamicArgs, "
        "sealingConfig, aws",
        ("-t", "a"),
    ),
    "kluctl-external": Mistake(
        kluctl("deployment: {project: x}\n"),
        "error: .kluctl.yaml:1: deployment is not supported\n"
        "hint: the project is one directory: --project DIR names it",
    ),
    "kluctl-sealed": Mistake(
        kluctl("secretsConfig: {}\n"),
        "error: .kluctl.yaml:1: secretsConfig is not supported\n"
        "hint: seal the secrets beforehand, and leave the SealedSecret objects among the manifests",
    ),
    "kluctl-clusters": Mistake(
        kluctl("clusters: {projects: []}\n"),
        "error: .kluctl.yaml:1: clusters is not supported\n"
        "hint: write into each target the context of the kubeconfig that it is for: context: NAME",
    ),
    "kluctl-aws": Mistake(
        kluctl("aws: {profile: x}\n"),
        "error: .kluctl.yaml:1: aws is not supported\n"
        "hint: leave it out: nothing is read from AWS; what runs this can put a secret into an environment "
        "variable",
    ),
    "kluctl-both-names": Mistake(
        {**kluctl(TARGETS), ".kluctl.yml": TARGETS},
        "error: .kluctl.yaml: there is .kluctl.yml too\nhint: one of them is enough: remove the other",
    ),
    "kluctl-second-document": Mistake(
        kluctl("---\n" + TARGETS + "---\n" + TARGETS), "error: .kluctl.yaml:6: a second document: this file holds one"
    ),
    "target-cluster": Mistake(
        kluctl("targets:\n- name: a\n  cluster: b\n"),
        "note: target a, the only one of .kluctl.yaml\n"
        "error: .kluctl.yaml:3: cluster is not supported\n"
        "hint: write the context of the kubeconfig that the target is for: context: NAME",
    ),
    "target-dynamic": Mistake(
        kluctl("targets:\n- name: a\n  targetConfig: {file: x}\n"),
        "note: target a, the only one of .kluctl.yaml\n"
        "error: .kluctl.yaml:3: targetConfig is not supported\n"
        "hint: write each target into this list; what differs from run to run can be given with -a "
        "NAME=VALUE",
    ),
    "target-dynamic-args": Mistake(
        kluctl("targets:\n- name: a\n  dynamicArgs: [{name: x}]\n"),
        "note: target a, the only one of .kluctl.yaml\n"
        "error: .kluctl.yaml:3: dynamicArgs is not supported\n"
        "hint: leave it out: every arg can be given with -a NAME=VALUE",
    ),
    "target-sealing": Mistake(
        kluctl("targets:\n- name: a\n  sealingConfig: {secretSets: [x]}\n"),
        "note: target a, the only one of .kluctl.yaml\n"
        "error: .kluctl.yaml:3: sealingConfig is not supported\n"
        "hint: seal the secrets beforehand, and leave the SealedSecret objects among the manifests",
    ),
    "target-aws": Mistake(
        kluctl("targets:\n- name: a\n  aws: {profile: x}\n"),
        "note: target a, the only one of .kluctl.yaml\n"
        "error: .kluctl.yaml:3: aws is not supported\n"
        "hint: leave it out: nothing is read from AWS; what runs this can put a secret into an environment "
        "variable",
    ),
    "target-without-name": Mistake(kluctl("targets:\n- context: x\n"), "error: .kluctl.yaml:2: a target without name"),
    "target-twice": Mistake(
        kluctl("targets:\n- name: a\n- name: b\n- name: a\n"),
        "error: .kluctl.yaml:4: a second target a; the first is in .kluctl.yaml:2",
        ("-t", "a"),
    ),
    "target-unknown": Mistake(
        kluctl(TARGETS),
        "error: -t prd: .kluctl.yaml has no such target; did you mean prod?\nhint: targets: dev, prod",
        ("-t", "prd"),
    ),
    "target-not-chosen": Mistake(
        kluctl(TARGETS), "error: .kluctl.yaml has several targets, and none is chosen\nhint: -t dev\nhint: -t prod"
    ),
    "target-without-file": Mistake(
        ONE,
        "error: -t prod: this project has no .kluctl.yaml, so no targets\n"
        "hint: leave out -t; -T gives templates a name as target.name",
        ("-t", "prod"),
    ),
    "target-without-targets": Mistake(
        kluctl("discriminator: x\n"),
        "error: -t prod: .kluctl.yaml has no targets\nhint: leave out -t; -T gives templates a name as target.name",
        ("-t", "prod"),
    ),
    "target-undefined": Mistake(
        kluctl('targets:\n- name: a\n  args:\n    host: "{{ args.nme }}.example.com"\n'),
        "error: .kluctl.yaml:4: 'dict object' has no attribute 'nme'\n"
        "    {{ args.nme }}.example.com\n"
        "hint: a target sees args and target: write args.NAME, and give it with -a NAME=VALUE or among the "
        "target's args",
        ("-t", "a"),
    ),
    "target-without-end": Mistake(
        kluctl('targets:\n- name: a\n  args:\n    host: "{{ args.host }}x"\n'),
        "error: .kluctl.yaml:2: the texts of this target refer to each other without end",
        ("-t", "a"),
    ),
    "target-args": Mistake(
        kluctl("targets:\n- name: a\n  args: [x]\n"),
        "error: .kluctl.yaml:3: targets[0].args is a list, not a map",
        ("-t", "a"),
    ),
    "target-images": Mistake(
        kluctl("targets:\n- name: a\n  images:\n  - image: nginx\n"),
        "error: .kluctl.yaml:4: resultImage is missing\nhint: write entries as `kubectl images list` does",
        ("-t", "a"),
    ),
    "target-discriminator": Mistake(
        kluctl('discriminator: "my project"\ntargets:\n- name: a\n'),
        "error: .kluctl.yaml:1: the discriminator 'my project' is no valid label: a label is letters, "
        "digits, -, _ and ., with a letter or digit at both ends",
        ("-t", "a"),
    ),
    "file-beside-project": Mistake(
        ONE,
        "error: -f app and --project . exclude each other: --project is for a project\n"
        "hint: leave out --project, or leave out -f to deploy a project: the one in this directory, or that"
        " of --project DIR",
        ("-f", "app", "--project", "."),
    ),
    "file-beside-target": Mistake(
        ONE,
        "error: -f app and -t prod exclude each other: -t is for a project\n"
        "hint: leave out -t, or leave out -f to deploy a project: the one in this directory, or that of "
        "--project DIR",
        ("-f", "app", "-t", "prod"),
    ),
    "kustomize-beside-name": Mistake(
        ONE,
        "error: -k app and -T prod exclude each other: -T is for a project\n"
        "hint: leave out -T, or leave out -k to deploy a project: the one in this directory, or that of "
        "--project DIR",
        ("-k", "app", "-T", "prod"),
    ),
    "file-beside-tag": Mistake(
        ONE,
        "error: -f app and -I x exclude each other: -I is for a project\n"
        "hint: leave out -I, or leave out -f to deploy a project: the one in this directory, or that of "
        "--project DIR",
        ("-f", "app", "-I", "x"),
    ),
    "file-beside-directory": Mistake(
        ONE,
        "error: -f app and --exclude-deployment-dir x exclude each other: --exclude-deployment-dir is for a"
        " project\n"
        "hint: leave out --exclude-deployment-dir, or leave out -f to deploy a project: the one in this "
        "directory, or that of --project DIR",
        ("-f", "app", "--exclude-deployment-dir", "x"),
    ),
    "recursive-without-file": Mistake(
        ONE, "error: -R is for directories of -f, which is not given\nhint: -R -f DIR", ("-R",)
    ),
    "nothing-there": Mistake(
        {},
        "error: no input: -f is missing, and there is no project in this directory (no deployment.yaml)\n"
        "hint: give files with objects: -f FILE, -f DIR or -f -",
    ),
    "manifests-there": Mistake(
        {"app.yaml": OBJECT},
        "error: no input: -f is missing, and there is no project in this directory (no deployment.yaml)\n"
        "hint: to deploy the manifests in it: -f .",
    ),
    "kustomization-there": Mistake(
        {"app.yaml": OBJECT, "kustomization.yaml": "resources: [app.yaml]\n"},
        "error: no input: -f is missing, and there is no project in this directory (no deployment.yaml)\n"
        "hint: kustomize builds this directory: -k .",
    ),
    "targets-there": Mistake(
        {".kluctl.yaml": "targets: [{name: prod}]\n", "kustomization.yaml": "resources: [app.yaml]\n"},
        "error: .kluctl.yaml: there is no deployment.yaml beside it\n"
        "hint: write deployment.yaml; this one takes what is in the directory: deployments: [{path: .}]",
        ("-t", "prod"),
    ),
    "targets-in-the-named-directory": Mistake(
        {"shop/.kluctl.yml": "", "shop/app.yaml": OBJECT},
        "error: shop/.kluctl.yml: there is no deployment.yaml beside it\n"
        "hint: write deployment.yaml; this one takes what is in the directory: deployments: [{path: .}]",
        ("--project", "shop"),
    ),
    "linked-root": Mistake(
        {"app/.keep": ""},
        "error: deployment.yaml leads out of the project: it is a symbolic link to /etc/hosts\n"
        "hint: copy the file into the project",
        links={"deployment.yaml": "/etc/hosts"},
    ),
    "linked-include": Mistake(
        root("deployments: [{include: app}]\n"),
        "error: app/deployment.yml leads out of the project: it is a symbolic link to /etc/hosts\n"
        "hint: copy the file into the project",
        links={"app/deployment.yml": "/etc/hosts"},
    ),
    "linked-targets": Mistake(
        ONE,
        "error: .kluctl.yaml leads out of the project: it is a symbolic link to /etc/hosts\n"
        "hint: copy the file into the project",
        links={".kluctl.yaml": "/etc/hosts"},
    ),
    "item-of-nothing": Mistake(
        {"deployment.yaml": ONE_ITEM, "app/.keep": ""}, "error: deployment.yaml:2: app holds no manifests"
    ),
    "item-of-deeper-manifests": Mistake(
        {"deployment.yaml": ONE_ITEM, "app/x/a.yaml": OBJECT},
        "error: deployment.yaml:2: app holds no manifests\nhint: app: recursive: true reads what is below it",
    ),
    "item-of-a-misspelt-file": Mistake(
        {"deployment.yaml": ONE_ITEM, "app/a.ymal": OBJECT},
        "error: deployment.yaml:2: app holds no manifests\nhint: app: a.ymal is no .yaml, .yml or .json file",
    ),
    "item-of-an-include": Mistake(
        {"deployment.yaml": ONE_ITEM, "app/deployment.yaml": ONE_ITEM, "app/app/a.yaml": OBJECT},
        "error: deployment.yaml:2: app holds no manifests\n"
        "hint: app: include: in place of path: takes its deployment.yaml",
    ),
    "items-without-objects": Mistake(
        {
            "deployment.yaml": ONE_ITEM + "- path: docs\n- path: empty\n",
            "app/a.yaml": "{% if false %}a: b{% endif %}",
            "docs/readme.md": "",
            "empty/a.yml": "# nothing\n",
        },
        "error: deployment.yaml:2: app gives no objects\n"
        "    deployment.yaml:3: docs holds no manifests\n"
        "    deployment.yaml:4: empty gives no objects",
    ),
    "many-items-without-objects": Mistake(
        {
            "deployment.yaml": "deployments:\n" + "".join(f"- path: i{number}\n" for number in range(7)),
            **{f"i{number}/.keep": "" for number in range(7)},
        },
        "error: "
        + "\n    ".join(f"deployment.yaml:{number + 2}: i{number} holds no manifests" for number in range(5))
        + "\n    and 2 more",
    ),
    "object-there": Mistake(
        {"deployment.yaml": OBJECT + 'data: {a: "{{ b }}"}\n'},
        "error: deployment.yaml: this is a Kubernetes object, and no project file\n"
        "hint: to deploy what is in it: -f deployment.yaml\n"
        "hint: to deploy all manifests of the directory: -f .",
    ),
    "project-is-a-file": Mistake(
        {**ONE, "x.yaml": OBJECT},
        "error: --project x.yaml: this is a file, and a project is a directory\nhint: -f x.yaml",
        ("--project", "x.yaml"),
    ),
    "project-is-its-file": Mistake(
        ONE,
        "error: --project deployment.yaml: this is a file, and a project is a directory\nhint: --project .",
        ("--project", "deployment.yaml"),
    ),
    "project-is-its-targets": Mistake(
        {**ONE, "shop/.kluctl.yaml": ""},
        "error: --project shop/.kluctl.yaml: this is a file, and a project is a directory\nhint: --project shop",
        ("--project", "shop/.kluctl.yaml"),
    ),
    "project-missing": Mistake(
        ONE, "error: --project apq: there is no such directory\nhint: did you mean --project app?", ("--project", "apq")
    ),
    "project-of-manifests": Mistake(
        ONE,
        "error: --project app: there is no deployment.yaml in this directory\n"
        "hint: to deploy the manifests in it: -f app",
        ("--project", "app"),
    ),
    "project-of-nothing": Mistake(
        {**ONE, "empty/.keep": ""},
        "error: --project empty: there is no deployment.yaml in this directory",
        ("--project", "empty"),
    ),
    "project-as-file": Mistake(
        {"shop/deployment.yaml": ONE_ITEM, "shop/app/a.yaml": OBJECT},
        "error: shop/deployment.yaml: this is a file of a project, and holds no objects\n"
        "hint: to deploy the project: --project shop in place of -f",
        ("-f", "shop"),
    ),
    "project-file-as-file": Mistake(
        ONE,
        "error: deployment.yaml: this is a file of a project, and holds no objects\n"
        "hint: to deploy the project: --project . in place of -f",
        ("-f", "deployment.yaml"),
    ),
    "tag-unknown": Mistake(
        root("deployments:\n- path: app\n  tags: [web, shop]\n"),
        "error: -I wbe: no item of the project has this tag; did you mean web?\nhint: tags: shop, web",
        ("-I", "wbe"),
    ),
    "tags-exclude-all": Mistake(
        ONE, "error: -I app -E app: no item of the project takes part\nhint: tags: app", ("-I", "app", "-E", "app")
    ),
    "directory-unknown": Mistake(
        ONE,
        "error: --include-deployment-dir ap: no item of the project has this directory; did you mean app?\n"
        "hint: directories: app",
        ("--include-deployment-dir", "ap"),
    ),
    "tag-unknown-where-something-is-always-deployed": Mistake(
        root("deployments:\n- path: app\n  alwaysDeploy: true\n  tags: [web]\n"),
        "error: -I srvices: no item of the project has this tag\nhint: tags: web",
        ("-I", "srvices"),
    ),
    "tags-and-directories-unknown": Mistake(
        root("deployments:\n- path: app\n  tags: [web]\n"),
        "error: -I wbe: no item of the project has this tag; did you mean web?\n"
        "    --include-deployment-dir x: no item of the project has this directory\n"
        "hint: tags: web\nhint: directories: app",
        ("-I", "wbe", "--include-deployment-dir", "x"),
    ),
    "directory-with-a-slash": Mistake(
        ONE,
        "error: --include-deployment-dir app/: the directory is called app here\nhint: --include-deployment-dir app",
        ("--include-deployment-dir", "app/"),
    ),
    "excluded-directory-with-a-dot": Mistake(
        ONE,
        "error: --exclude-deployment-dir ./app: the directory is called app here\nhint: --exclude-deployment-dir app",
        ("--exclude-deployment-dir", "./app"),
    ),
    "directory-absolute": Mistake(
        ONE,
        "error: --include-deployment-dir /app: it is relative to the directory of the project\n"
        "hint: write it as in apps/web, without / at its ends",
        ("--include-deployment-dir", "/app"),
    ),
    "only-render-and-excluded": Mistake(
        ONE, "error: -E app -E ap: no item of the project takes part\nhint: tags: app", ("-E", "app", "-E", "ap")
    ),
}


def rendered(files: Mapping[str, str], links: Mapping[str, str], flags: tuple[str, ...]) -> tuple[str, str, int]:
    """Return what `render` says and prints in a directory of these files, the working one, and its exit code."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    for name, to in links.items():
        Path(name).symlink_to(to)
    out, err = io.StringIO(), io.StringIO()
    code = run(["render", *flags], Terminal(io.TextIOWrapper(io.BytesIO()), out, err), {"HOME": str(Path.cwd())})
    return err.getvalue(), out.getvalue(), code


@pytest.mark.parametrize("mistake", [pytest.param(mistake, id=name) for name, mistake in MISTAKES.items()])
def test_a_mistake_is_told_with_its_place(mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert rendered(mistake.files, mistake.links, mistake.flags) == (f"{mistake.said}\n", "", 1)


@pytest.mark.parametrize(
    ("flags", "warning"),
    [
        pytest.param(("-E", "ap"), "-E ap: no item of the project has this tag; did you mean app? Tags: app", id="tag"),
        pytest.param(("-I", "app", "-I", "x"), "-I x: no item of the project has this tag. Tags: app", id="one-of-two"),
        pytest.param(
            ("--exclude-deployment-dir", "./ap"),
            "--exclude-deployment-dir ./ap: no item of the project has this directory; did you mean app? Directories: app",
            id="directory",
        ),
    ],
)
def test_a_flag_that_means_no_item_is_warned_of(
    flags: tuple[str, ...], warning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said, out, code = rendered(ONE, {}, flags)

    assert (said, out.count("kind: ConfigMap"), code) == (f"warning: {warning}\n", 1, 0)


@pytest.mark.parametrize(
    ("files", "warning"),
    [
        pytest.param({"other/.keep": ""}, "", id="nothing"),
        pytest.param({"other/x/a.yaml": OBJECT}, ": recursive: true reads what is below it", id="deeper"),
        pytest.param({"other/a.YAML": OBJECT}, ": a.YAML is no .yaml, .yml or .json file", id="upper-case"),
        pytest.param({"other/a.yam.j2": OBJECT}, ": a.yam.j2 is no .yaml, .yml or .json file", id="template"),
        pytest.param({"other/a.txt": "", "other/.x.ymal": ""}, "", id="no-slips"),
        pytest.param({"other/helm-values.yaml": ""}, "", id="values-alone"),
    ],
)
def test_an_item_without_manifests_is_warned_of_beside_others(
    files: Mapping[str, str], warning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said, out, code = rendered(root(f"{ONE_ITEM}- path: other\n", files), {}, ())

    assert said == f"warning: deployment.yaml:3: other holds no manifests{warning}\n"
    assert (out.count("kind: ConfigMap"), code) == (1, 0)


@pytest.mark.parametrize("text", ["# nothing\n", "{% if false %}a: b{% endif %}"], ids=["comment", "condition"])
def test_a_manifest_that_says_nothing_is_no_slip(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    said, _, code = rendered(root(f"{ONE_ITEM}- path: other\n", {"other/a.yaml": text}), {}, ())

    assert (said, code) == ("", 0)


def test_a_flag_may_mean_an_item_whose_condition_is_not_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    optional = "- path: optional\n  when: false\n- include: more\n  when: false\n"
    flags = ("-E", "optional", "-E", "more", "--exclude-deployment-dir", "optional")

    said, _, code = rendered(root(f"{ONE_ITEM}{optional}"), {}, flags)

    assert (said, code) == ("", 0)


@pytest.mark.parametrize(
    ("files", "up", "targets"),
    [
        pytest.param((".kluctl.yaml",), "../..", ".kluctl.yaml", id="two-above"),
        pytest.param((".kluctl.yaml", "shop/.kluctl.yml"), "..", ".kluctl.yml", id="the-nearest"),
        pytest.param((".kluctl.yaml", "shop/.git/config"), None, "", id="a-repository-between"),
        pytest.param((".kluctl.yaml", "shop/web/.git"), None, "", id="a-repository-of-its-own"),
        pytest.param((".kluctl.yaml", ".git/config"), "../..", ".kluctl.yaml", id="in-its-repository"),
        pytest.param((".kluctl.yaml", "shop/web/.kluctl.yaml"), None, "", id="its-own-targets"),
        pytest.param(("shop/deployment.yaml",), None, "", id="no-targets"),
    ],
)
def test_a_part_of_a_project_is_taken_for_a_whole_one_only_when_it_is_named(
    files: tuple[str, ...], up: str | None, targets: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "shop/web").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / "shop/web")

    said, _, code = rendered(ONE, {}, ())
    named = rendered(ONE, {}, ("--project", "."))

    refused = (
        f"error: this looks like a part of the project {up}, which has the targets ({up}/{targets})\n"
        f"hint: --project {up}\nhint: to deploy this directory alone, without them: --project .\n"
    )
    assert (said, code) == ((refused, 1) if up else ("", 0))
    assert (named[0], named[2]) == ("", 0)


def test_a_directory_without_project_below_one_may_be_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".kluctl.yaml").touch()
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")

    said, _, code = rendered({"app.yaml": OBJECT}, {}, ())

    assert code == 1
    assert said == (
        "error: no input: -f is missing, and there is no project in this directory (no deployment.yaml)\n"
        "hint: to deploy the project above it: --project ..\nhint: to deploy the manifests in it: -f .\n"
    )


def test_the_only_target_is_taken_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = {**kluctl("targets:\n- name: prod\n"), "app/settings.yaml": OBJECT + "data: {a: '{{ target.name }}'}\n"}

    said, out, code = rendered(files, {}, ())

    assert (said, "a: prod\n" in out, code) == ("note: target prod, the only one of .kluctl.yaml\n", True, 0)
