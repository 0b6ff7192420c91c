from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from types import FrameType
from typing import Any

import pytest
from builders import a_call, a_cluster, a_deployment, a_file, a_key, a_registry, a_use, no_cluster, no_registry
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import (
    ClusterError,
    FixedImageError,
    InputError,
    RegistryError,
    RepositoryUnknownError,
    UndecidedImageError,
)
from kubectl_images.fixed_images import FixedImage
from kubectl_images.fixed_images_file import read_file
from kubectl_images.images import Use
from kubectl_images.objects import Body, ObjectKey, Place
from kubectl_images.paths import Element
from kubectl_images.references import ImageRef, Repository
from kubectl_images.resolve import Decision, Evidence, ReadLive, Resolution, Rules, decide, resolve
from kubectl_images.undecided import Answer

FIXED = FixedImage("nginx:1.5", image="nginx", origin="--fixed-image nginx=nginx:1.5")
PLACE = '    for deployment.apps/web, container "app", in web.yaml.j2:3'
MANY = "images cannot be looked up: no answer (registry r)"
DEAD = RegistryError("docker.io does not answer", hint="try again later")
UNKNOWN = RepositoryUnknownError("docker.io has no repository library/nginx")
WITH_DEFAULT = a_call(default="nginx:0.9")
RUNNING = a_cluster(a_deployment({"app": "nginx:1.0"}))
RUNNING_OTHER = a_cluster(a_deployment({"app": "reg.example.com/nginx:1.0"}))
TAGS = a_registry({"nginx": ["1.0", "2.0", "latest"]})
NO_PERMISSION = ClusterError("cannot read deployment.apps/web", hint="ask for a role", status=403)


def forbidden(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
    raise NO_PERMISSION


def answering(answer: Answer) -> Mapping[str, Sequence[str] | RegistryError]:
    return {"nginx": answer}


def the_error(
    uses: Sequence[Use], rules: Rules, tags: Mapping[str, Sequence[str] | RegistryError]
) -> UndecidedImageError:
    with pytest.raises(UndecidedImageError) as caught:
        resolve(uses, rules, a_cluster(), a_registry(tags))
    return caught.value


# The rules, in their order.


@given(
    st.sampled_from([None, FIXED]),
    st.sampled_from([None, "nginx:1.0"]),
    st.sampled_from([None, (), ("2.0",), DEAD, UNKNOWN]),
    st.sampled_from([None, "nginx:0.9"]),
    st.booleans(),
    st.booleans(),
)
def test_the_first_rule_that_answers_decides(
    fixed: FixedImage | None,
    deployed: str | None,
    answer: Answer | None,
    default: str | None,
    update: bool,
    offline: bool,
) -> None:
    use = a_use(a_call(default=default))
    newest = "nginx:2.0" if answer == ("2.0",) else None
    no_usable_answer = offline or answer == () or isinstance(answer, RepositoryUnknownError)

    decision = decide(use, Evidence(fixed, deployed, answer, newest), Rules(update=update, offline=offline))

    rules = [
        ("fixed", "nginx:1.5", fixed is not None),
        ("deployed", deployed, deployed is not None and not update),
        ("registry", newest, newest is not None),
        ("default", default, default is not None and no_usable_answer),
    ]
    expected = next(((source, image) for source, image, answers in rules if answers), None)
    assert (None if decision is None else (decision.source, decision.image)) == expected


@pytest.mark.parametrize("update", [False, True])
def test_a_fixed_image_needs_neither_cluster_nor_registry(update: bool) -> None:
    use = a_use()

    found = resolve([use], Rules([FIXED], update=update), no_cluster, no_registry)

    assert found == Resolution((Decision(use, "nginx:1.5", "fixed"),))


def test_a_deployed_image_needs_no_registry() -> None:
    use = a_use()

    found = resolve([use], Rules(), RUNNING, no_registry)

    assert found == Resolution((Decision(use, "nginx:1.0", "deployed", deployed="nginx:1.0"),))


def test_an_update_needs_no_cluster() -> None:
    use = a_use()

    found = resolve([use], Rules(update=True), no_cluster, TAGS)

    assert found == Resolution((Decision(use, "nginx:2.0", "registry", registry="nginx:2.0"),))


def test_what_is_not_deployed_is_the_newest_tag() -> None:
    use = a_use()

    assert resolve([use], Rules(), a_cluster(), TAGS).images() == {use: "nginx:2.0"}


def test_without_uses_nothing_is_asked() -> None:
    assert resolve([], Rules(report=True), no_cluster, no_registry) == Resolution(())


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("nginx:1.0", id="tag"),
        pytest.param("nginx", id="neither"),
        pytest.param("nginx@sha256:" + 64 * "a", id="digest"),
        pytest.param("nginx:1.0@sha256:" + 64 * "a", id="both"),
        pytest.param("docker.io/library/nginx:1.0", id="written-in-full"),
    ],
)
def test_a_deployed_image_is_kept_as_it_runs(image: str) -> None:
    use = a_use()

    assert resolve([use], Rules(), a_cluster(a_deployment({"app": image})), no_registry).images() == {use: image}


@pytest.mark.parametrize("image", ["reg.example.com/nginx:1.0", "nginx-unprivileged:1.0", "NO IMAGE"])
def test_another_repository_counts_as_not_deployed_and_is_a_note(image: str) -> None:
    use = a_use()

    found = resolve([use], Rules(), a_cluster(a_deployment({"app": image})), TAGS)

    assert found == Resolution(
        (Decision(use, "nginx:2.0", "registry", registry="nginx:2.0"),),
        notes=(f"deployment.apps/web: {use.path} runs {image}, which is not nginx: counts as not deployed",),
    )


def test_a_note_holds_nothing_of_a_secret() -> None:
    key = a_key("Secret")
    live = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "web", "namespace": "prod"},
        "spec": {"image": "hunter2"},
    }

    found = resolve([a_use(key=key, container="")], Rules(), a_cluster(live), TAGS)

    assert found.notes == ("secret/web: spec.image runs something, which is not nginx: counts as not deployed",)


def test_the_chosen_image_is_written_as_the_template_writes_it_with_the_tag_of_the_registry() -> None:
    use = a_use(a_call("Reg.example.com:5000/Web".lower(), "number()"))

    found = resolve([use], Rules(), a_cluster(), a_registry({"reg.example.com:5000/web": ["007", "6"]}))

    assert found.images() == {use: "reg.example.com:5000/web:007"}


def test_only_what_the_rules_before_left_open_is_asked_for() -> None:
    fixed, deployed, missing = (a_use(a_call(name), key=a_key(name=name)) for name in ("fixed", "deployed", "missing"))
    asked: list[object] = []
    live = a_cluster(a_deployment({"app": "deployed:1"}, name="deployed"))
    tags = a_registry({"missing": ["3"]})

    def read_live(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
        asked.append([key.name for key in keys])
        return live(keys)

    def list_tags(images: Collection[ImageRef]) -> Mapping[Repository, Answer]:
        asked.append([image.repository for image in images])
        return tags(images)

    found = resolve([fixed, deployed, missing], Rules([FixedImage("fixed:9", image="fixed")]), read_live, list_tags)

    assert list(found.images().values()) == ["fixed:9", "deployed:1", "missing:3"]
    assert asked == [["deployed", "missing"], ["library/missing"]]


def test_each_object_and_repository_is_asked_for_once() -> None:
    calls = [a_call("nginx"), a_call("docker.io/library/nginx"), a_call("nginx", "number()")]
    uses = [a_use(call, container=f"c{number}") for number, call in enumerate(calls)]
    asked: list[object] = []

    def read_live(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
        asked.append([key.name for key in keys])
        return {}

    def list_tags(images: Collection[ImageRef]) -> Mapping[Repository, Answer]:
        asked.append([image.repository for image in images])
        return a_registry({"nginx": ["1.0", "7"]})(images)

    found = resolve(uses, Rules(), read_live, list_tags)

    assert list(found.images().values()) == ["nginx:7", "docker.io/library/nginx:7", "nginx:7"]
    assert asked == [["web"], ["library/nginx"]]


def test_what_runs_is_never_guessed() -> None:
    with pytest.raises(ClusterError) as caught:
        resolve([a_use(WITH_DEFAULT)], Rules(), forbidden, TAGS)

    assert caught.value is NO_PERMISSION


# The default.


@pytest.mark.parametrize(
    ("rules", "tags"),
    [
        pytest.param(Rules(), (), id="no-tags"),
        pytest.param(Rules(), ("latest",), id="no-tag-accepted"),
        pytest.param(Rules(), UNKNOWN, id="no-such-repository"),
        pytest.param(Rules(update=True), UNKNOWN, id="update"),
    ],
)
def test_the_default_is_taken_where_the_registry_has_no_image(rules: Rules, tags: Answer) -> None:
    use = a_use(WITH_DEFAULT)

    found = resolve([use], rules, a_cluster(), a_registry(answering(tags)))

    assert found == Resolution((Decision(use, "nginx:0.9", "default"),))


def test_the_default_is_taken_offline() -> None:
    use = a_use(WITH_DEFAULT)

    found = resolve([use], Rules(offline=True), a_cluster(), no_registry)

    assert found == Resolution((Decision(use, "nginx:0.9", "default"),))


@pytest.mark.parametrize("rules", [Rules(), Rules(update=True), Rules(update=True, report=True)])
def test_a_registry_that_fails_is_an_error_whatever_runs_and_whatever_the_default(rules: Rules) -> None:
    live = RUNNING if rules.update else a_cluster()

    with pytest.raises(UndecidedImageError) as caught:
        resolve([a_use(WITH_DEFAULT)], rules, live, a_registry(answering(DEAD)))

    assert str(caught.value) == (
        'docker.io does not answer\n    for deployment.apps/web, container "app", in web.yaml.j2:3'
    )
    assert caught.value.hint == "try again later"


# What `list` reports besides.


@pytest.mark.parametrize(
    ("rules", "read_live", "expected"),
    [
        pytest.param(Rules([FIXED], report=True), no_cluster, ("nginx:1.5", "fixed", None, "nginx:2.0"), id="fixed"),
        pytest.param(Rules(report=True), RUNNING, ("nginx:1.0", "deployed", "nginx:1.0", "nginx:2.0"), id="deployed"),
        pytest.param(Rules(report=True), RUNNING_OTHER, ("nginx:2.0", "registry", None, "nginx:2.0"), id="other"),
        pytest.param(
            Rules(report=True, update=True), RUNNING, ("nginx:2.0", "registry", "nginx:1.0", "nginx:2.0"), id="update"
        ),
    ],
)
def test_a_list_reports_the_images_that_did_not_decide(
    rules: Rules, read_live: object, expected: tuple[str, str, str | None, str | None]
) -> None:
    assert callable(read_live)
    (found,) = resolve([a_use()], rules, read_live, TAGS).decisions

    assert (found.image, found.source, found.deployed, found.registry) == expected


def test_a_list_reports_what_runs_beside_a_use_that_is_not_fixed() -> None:
    uses = [a_use(container="app"), a_use(a_call("redis"), container="cache")]
    live = a_cluster(a_deployment({"app": "nginx:1.0", "cache": "redis:6"}))
    tags = a_registry({"nginx": ["2.0"], "redis": ["7"]})

    found = resolve(uses, Rules([FIXED], report=True), live, tags)

    assert found.decisions == (
        Decision(uses[0], "nginx:1.5", "fixed", deployed="nginx:1.0", registry="nginx:2.0"),
        Decision(uses[1], "redis:6", "deployed", deployed="redis:6", registry="redis:7"),
    )


@pytest.mark.parametrize(
    ("rules", "source"),
    [
        pytest.param(Rules([FIXED], report=True), "fixed", id="fixed"),
        pytest.param(Rules(report=True), "deployed", id="deployed"),
    ],
)
@pytest.mark.parametrize("failure", [DEAD, UNKNOWN])
def test_a_list_warns_of_a_registry_that_fails_where_it_decides_nothing(
    rules: Rules, source: str, failure: RegistryError
) -> None:
    found = resolve([a_use(), a_use(container="app")], rules, RUNNING, a_registry(answering(failure)))

    assert [decision.source for decision in found.decisions] == [source]
    assert found.warnings == (str(failure),)


def test_an_offline_list_asks_no_registry() -> None:
    use = a_use()

    found = resolve([use], Rules(report=True, offline=True), RUNNING, no_registry)

    assert found == Resolution((Decision(use, "nginx:1.0", "deployed", deployed="nginx:1.0"),))


def test_a_list_of_updates_warns_when_the_cluster_cannot_be_read() -> None:
    use = a_use()

    found = resolve([use], Rules(update=True, report=True), forbidden, TAGS)

    assert found == Resolution(
        (Decision(use, "nginx:2.0", "registry", registry="nginx:2.0"),),
        warnings=("the deployed images are not listed: cannot read deployment.apps/web",),
    )


def test_a_list_without_update_needs_the_cluster() -> None:
    with pytest.raises(ClusterError):
        resolve([a_use()], Rules(report=True), forbidden, TAGS)


# Warnings.


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, [], id="none"),
        pytest.param(1, ["f.yaml:0: this fixed image matched nothing"], id="one"),
        pytest.param(3, [f"f.yaml:{number}: this fixed image matched nothing" for number in range(3)], id="three"),
        pytest.param(
            4,
            [
                *(f"f.yaml:{number}: this fixed image matched nothing" for number in range(3)),
                "1 more fixed image matched nothing",
            ],
            id="four",
        ),
        pytest.param(
            9,
            [
                *(f"f.yaml:{number}: this fixed image matched nothing" for number in range(3)),
                "6 more fixed images matched nothing",
            ],
            id="nine",
        ),
    ],
)
def test_a_fixed_image_that_matches_nothing_is_a_warning(count: int, expected: list[str]) -> None:
    unused = [FixedImage("other:1", image="other", origin=f"f.yaml:{number}") for number in range(count)]

    assert list(resolve([a_use()], Rules([FIXED, *unused]), no_cluster, no_registry).warnings) == expected


def test_a_fixed_image_that_a_later_one_overrides_is_no_warning() -> None:
    later = FixedImage("nginx:1.6", image="nginx")
    use = a_use()

    assert resolve([use], Rules([FIXED, later]), no_cluster, no_registry) == Resolution(
        (Decision(use, "nginx:1.6", "fixed"),)
    )


def test_a_winner_that_looks_like_a_git_hash_is_one_warning_for_all_its_uses() -> None:
    uses = [a_use(container=name) for name in ("a", "b")]

    found = resolve(uses, Rules(), a_cluster(), a_registry({"nginx": ["1.0", "9f3b2c1"]}))

    assert set(found.images().values()) == {"nginx:9f3b2c1"}
    assert found.warnings == (
        "nginx: 9f3b2c1 looks like a git hash, and semver() takes it for a version; without such tags 1.0 is the newest",
    )


def test_a_git_hash_that_decides_nothing_is_no_warning() -> None:
    tags = a_registry({"nginx": ["1.0", "9f3b2c1"]})

    assert resolve([a_use()], Rules(report=True), RUNNING, tags).warnings == ()


def test_a_reference_that_is_probably_meant_as_another_is_a_warning() -> None:
    use = a_use(a_call("reg.example.com"))

    found = resolve([use], Rules([FixedImage("x:1", image="reg.example.com")]), no_cluster, no_registry)

    assert found.warnings == (
        '"reg.example.com" looks like a host without a repository, but names docker.io/library/reg.example.com',
    )


# The error for what nothing decides.


def test_an_image_without_an_accepted_tag_is_named_with_everything_one_needs_to_know() -> None:
    call = a_call("registry.example.com/team/web", "prefix('master-', suffix=number())", line=0)
    tags = [
        "1.4.0",
        *(f"develop-{number}" for number in range(1, 13)),
        *(f"develop-0.{number}" for number in range(44)),
    ]

    error = the_error([a_use(call)], Rules(), {call.image: tags})

    assert str(error) == (
        "no tag of registry.example.com/team/web is accepted by prefix('master-', suffix=number())\n"
        '    for deployment.apps/web, container "app", in web.yaml.j2; 57 tags, newest seen: develop-12, 1.4.0'
    )
    assert error.hint == (
        "widen the filter, or pin it: --fixed-image registry.example.com/team/web=registry.example.com/team/web:TAG"
    )


@pytest.mark.parametrize(
    ("tags", "seen"),
    [
        pytest.param(["b"], "1 tag, newest seen: b", id="one"),
        pytest.param(["main-9", "main-10"], "2 tags, newest seen: main-10, main-9", id="two-of-a-kind"),
        pytest.param(["d", "c", "a", "b"], "4 tags, newest seen: d, c, b", id="four-kinds"),
        pytest.param(["v1", "v4", "v3", "v2"], "4 tags, newest seen: v4, v3, v2", id="four-of-a-kind"),
        pytest.param(
            ["a-1", "b-1", "b-2", "c-1", "d-1", "d-2", "d-3"], "7 tags, newest seen: d-3, b-2, c-1", id="many"
        ),
        pytest.param([f"sha256-{64 * 'a'}.sig"], "1 tag, newest seen: signatures only", id="signatures"),
    ],
)
def test_the_newest_tags_of_the_commonest_kinds_are_shown(tags: list[str], seen: str) -> None:
    error = the_error([a_use()], Rules(), {"nginx": tags})

    assert str(error).splitlines()[1].endswith(f"in web.yaml.j2:3; {seen}")


@pytest.mark.parametrize(
    ("tags", "rules", "cause", "hint"),
    [
        pytest.param(
            ["v1.0"],
            Rules(),
            "no tag of nginx is accepted by semver()",
            "try prefix('v'), which accepts 1 tag, newest v1.0, or pin it: --fixed-image nginx=nginx:TAG",
            id="v-tags",
        ),
        pytest.param(
            [], Rules(), "nginx has no tags", "push one, or pin the image: --fixed-image nginx=nginx:TAG", id="no-tags"
        ),
        pytest.param(
            [],
            Rules(offline=True),
            "nginx is neither fixed nor deployed, and --offline asks no registry",
            "pin it: --fixed-image nginx=nginx:TAG",
            id="offline",
        ),
        pytest.param(
            [],
            Rules(offline=True, update=True),
            "nginx is not fixed, -u looks for a new tag, and --offline asks no registry",
            "pin it: --fixed-image nginx=nginx:TAG",
            id="offline-update",
        ),
        pytest.param(DEAD, Rules(), "docker.io does not answer", "try again later", id="dead"),
        pytest.param(RegistryError("docker.io is busy"), Rules(), "docker.io is busy", None, id="no-way-out"),
        pytest.param(
            UNKNOWN,
            Rules(),
            "docker.io has no repository library/nginx",
            "check the name of the image, or pin it: --fixed-image nginx=nginx:TAG",
            id="unknown",
        ),
        pytest.param(
            RepositoryUnknownError("there is no nginx", hint="log in, or check the name"),
            Rules(),
            "there is no nginx",
            "log in, or check the name, or pin it: --fixed-image nginx=nginx:TAG",
            id="unknown-with-a-hint",
        ),
    ],
)
def test_each_cause_has_its_words_and_its_way_out(tags: Answer, rules: Rules, cause: str, hint: str | None) -> None:
    error = the_error([a_use()], rules, answering(tags))

    assert (str(error).splitlines()[0], error.hint) == (cause, hint)


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        pytest.param(
            1, ['for deployment.apps/web0, container "app", in web.yaml.j2:3; 1 tag, newest seen: x'], id="one"
        ),
        pytest.param(
            2,
            [
                'for deployment.apps/web0, container "app", in web.yaml.j2:3',
                'for deployment.apps/web1, container "app", in web.yaml.j2:3; 1 tag, newest seen: x',
            ],
            id="two",
        ),
        pytest.param(
            4,
            [
                *(f'for deployment.apps/web{number}, container "app", in web.yaml.j2:3' for number in range(3)),
                "and 1 more use; 1 tag, newest seen: x",
            ],
            id="four",
        ),
        pytest.param(
            9,
            [
                *(f'for deployment.apps/web{number}, container "app", in web.yaml.j2:3' for number in range(3)),
                "and 6 more uses; 1 tag, newest seen: x",
            ],
            id="nine",
        ),
    ],
)
def test_the_uses_of_one_image_and_filter_are_one_group(count: int, lines: list[str]) -> None:
    uses = [a_use(key=a_key(name=f"web{number}")) for number in range(count)]

    error = the_error(uses, Rules(), {"nginx": ["x"]})

    assert str(error).splitlines() == ["no tag of nginx is accepted by semver()", *(f"    {line}" for line in lines)]


def test_all_undecided_images_are_named_at_once() -> None:
    uses = [
        a_use(a_call("nginx"), container=""),
        a_use(a_call("redis")),
        a_use(a_call("nginx", "number()"), container="log"),
        a_use(a_call("mysql"), container="db"),
        a_use(a_call("mysql", "number()"), container="db2"),
    ]
    dead = RegistryError("docker.io does not answer for library/mysql")

    error = the_error(uses, Rules(), {"nginx": ["x"], "redis": ["7"], "mysql": dead})

    assert str(error).splitlines() == [
        "2 images cannot be decided",
        "    no tag of nginx is accepted by semver()",
        "        for deployment.apps/web, spec.image, in web.yaml.j2:3; 1 tag, newest seen: x",
        "    no tag of nginx is accepted by number()",
        '        for deployment.apps/web, container "log", in web.yaml.j2:3; 1 tag, newest seen: x',
        "    docker.io does not answer for library/mysql",
        '        for deployment.apps/web, container "db", in web.yaml.j2:3',
        '        for deployment.apps/web, container "db2", in web.yaml.j2:3',
    ]
    assert error.hint == "nginx: widen the filter, or pin it: --fixed-image nginx=nginx:TAG"


def test_a_hint_for_several_images_names_them_all() -> None:
    uses = [a_use(a_call(image), container=image) for image in ("a", "b", "c")]

    error = the_error(uses, Rules(), {"a": DEAD, "b": DEAD, "c": []})

    assert str(error).splitlines()[0] == "3 images cannot be decided"
    assert (error.hint or "").splitlines() == [
        "a, b: try again later",
        "c: push one, or pin the image: --fixed-image c=c:TAG",
    ]


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        pytest.param(1, ["cannot list a0: no answer (registry r)", PLACE], id="one"),
        pytest.param(2, [f"2 {MANY}", f"    a0 {PLACE.strip()}", f"    a1 {PLACE.strip()}"], id="two"),
        pytest.param(
            50,
            [f"50 {MANY}", *(f"    a{number} {PLACE.strip()}" for number in range(3)), "    and 47 more"],
            id="many",
        ),
    ],
)
def test_images_that_one_fault_of_a_registry_concerns_are_told_in_one(count: int, lines: list[str]) -> None:
    images = [f"a{number}" for number in range(count)]
    uses = [a_use(a_call(image)) for image in images]
    faults = {
        image: RegistryError(
            f"cannot list {image}: no answer (registry r)", hint="wait", cause="no answer (registry r)"
        )
        for image in images
    }

    error = the_error(uses, Rules(), faults)

    assert (str(error).splitlines(), error.hint) == (lines, "wait")


@pytest.mark.parametrize(
    ("count", "warning"),
    [
        (1, "cannot list a0: no answer (registry r)"),
        (2, "the newest tags of 2 images are not known: no answer (registry r)"),
        (50, "the newest tags of 50 images are not known: no answer (registry r)"),
    ],
)
def test_a_fault_of_a_registry_that_decides_nothing_is_one_warning(count: int, warning: str) -> None:
    images = [f"a{number}" for number in range(count)]
    faults = {
        image: RegistryError(f"cannot list {image}: no answer (registry r)", cause="no answer (registry r)")
        for image in images
    }
    fixed = [FixedImage(f"{image}:1", image=image, origin="f.yaml:1") for image in images]
    uses = [a_use(a_call(image)) for image in images]

    found = resolve(uses, Rules(fixed, report=True), a_cluster(), a_registry(faults))

    assert found.warnings == (warning,)


def test_faults_of_a_registry_that_differ_are_told_apart() -> None:
    uses = [a_use(a_call(image)) for image in ("a", "b", "c")]
    limited, dead = "it limits requests (registry r)", "no answer (registry r)"
    faults = {
        "a": RegistryError(f"cannot list a: {dead}", hint="wait", cause=dead),
        "b": RegistryError(f"cannot list b: {limited}", hint="log in", cause=limited),
        "c": RegistryError(f"cannot list c: {dead}", hint="wait", cause=dead),
    }

    error = the_error(uses, Rules(), faults)

    assert str(error).splitlines() == [
        "3 images cannot be decided",
        f"    2 images cannot be looked up: {dead}",
        f"        a {PLACE.strip()}",
        f"        c {PLACE.strip()}",
        f"    cannot list b: {limited}",
        f"    {PLACE}",
    ]
    assert error.hint == "docker.io: wait\nb: log in"


@pytest.mark.parametrize(
    ("count", "shown", "last"), [(10, 10, None), (11, 10, "    and 1 more"), (99, 10, "    and 89 more")]
)
def test_of_many_causes_the_first_ten_are_told(count: int, shown: int, last: str | None) -> None:
    images = [f"a{number}" for number in range(count)]

    error = the_error([a_use(a_call(image)) for image in images], Rules(offline=True), {})

    lines = str(error).splitlines()
    assert lines[0] == f"{count} images cannot be decided"
    assert len([line for line in lines if "--offline" in line]) == shown
    assert len((error.hint or "").splitlines()) == shown
    assert last is None or lines[-1] == last


def test_one_image_with_two_filters_is_one_image() -> None:
    uses = [a_use(a_call("a", filter_), container=filter_[0]) for filter_ in ("semver()", "number()")]

    error = the_error(uses, Rules(), {"a": ["x"]})

    assert str(error).splitlines()[0] == "1 image cannot be decided"


# What is found out before a decision that fails.

TYPO = FixedImage("ngnix:1", image="ngnix", origin="--fixed-image ngnix=ngnix:1")


def test_the_warnings_come_with_the_error() -> None:
    with pytest.raises(UndecidedImageError) as caught:
        resolve([a_use()], Rules([TYPO], update=True, offline=True), no_cluster, no_registry)

    assert caught.value.warnings == ("--fixed-image ngnix=ngnix:1: this fixed image matched nothing; is nginx meant?",)


def test_the_warnings_come_with_the_error_of_the_cluster() -> None:
    def fails(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
        raise ClusterError("cannot read", status=403)

    with pytest.raises(ClusterError) as caught:
        resolve([a_use()], Rules([TYPO]), fails, no_registry)

    assert len(caught.value.warnings) == 1


def test_a_file_of_another_namespace_is_an_error_before_anything_else_decides() -> None:
    path = "spec.template.spec.containers[app].image"
    entry = FixedImage("nginx:1", image="nginx", namespace="dev", deployment="Deployment/web", path=path, in_file=True)

    with pytest.raises(FixedImageError):
        resolve([a_use()], Rules([entry]), no_cluster, no_registry)


# Several uses in one string.


def in_one_string(images: Sequence[str], live: str) -> tuple[list[Use], ReadLive]:
    """Return the uses `@-@-...` in the spec.image of a widget, and a cluster where it is `live`."""
    key = a_key("Widget")
    texts = ("", *["-"] * (len(images) - 1), "")
    calls = tuple(map(a_call, images))
    uses = [
        Use(calls, key, Place("w.yaml", 1), "", f"spec.image#{number + 1}", ("spec", "image"), number, texts)
        for number in range(len(calls))
    ]
    metadata = {"name": key.name, "namespace": key.namespace}
    body = {"apiVersion": key.api_version, "kind": key.kind, "metadata": metadata, "spec": {"image": live}}
    return uses, a_cluster(body)


def test_images_of_one_string_are_kept_as_they_run() -> None:
    uses, cluster = in_one_string(["h:5000/nginx", "h:5000/redis"], "h:5000/nginx:1.1-alpine-h:5000/redis:7.1")

    found = resolve(uses, Rules(), cluster, no_registry)

    assert list(found.images().values()) == ["h:5000/nginx:1.1-alpine", "h:5000/redis:7.1"]


AMBIGUOUS = in_one_string(["a", "a", "a"], "a:1-a-a:2-a")


def test_a_string_that_can_be_read_in_two_ways_is_an_error() -> None:
    uses, cluster = AMBIGUOUS

    with pytest.raises(InputError, match="can be read in two ways"):
        resolve(uses, Rules(), cluster, no_registry)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(Rules([FixedImage("a:9", image="a")], report=True, offline=True), id="fixed"),
        pytest.param(Rules(update=True, report=True), id="update"),
    ],
)
def test_what_can_be_read_in_two_ways_is_no_matter_where_it_does_not_decide(rules: Rules) -> None:
    uses, cluster = AMBIGUOUS

    found = resolve(uses, rules, cluster, a_registry({"a": ["9"]}))

    assert set(found.images().values()) == {"a:9"}
    assert {decision.deployed for decision in found.decisions} == {None}
    assert found.notes == ()


def test_a_name_that_two_elements_share_counts_as_not_deployed_and_is_a_note() -> None:
    steps = ("spec", "of", Element("a", 1, shared=True), "image")
    use = Use((a_call(),), a_key("Widget"), Place("w.yaml", 1), "a", "spec.of[1].image", steps, 0, ("", ""))
    elements = [{"name": "a", "image": "nginx:0.1"}, {"name": "a", "image": "nginx:0.1"}]
    metadata = {"name": "web", "namespace": "prod"}
    live = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": {"of": elements}}

    found = resolve([use], Rules(), a_cluster(live), TAGS)

    assert found.images() == {use: "nginx:2.0"}
    (note,) = found.notes
    assert note == (
        'widget.example.com/web: spec.of[1].image is in one of several elements with the name "a": '
        "counts as not deployed"
    )


# A list of many images, fed back.


def steps_of(action: Callable[[], object]) -> int:
    """Return how many instructions of Python the action takes."""
    steps = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return steps


def steps_with_a_list(count: int, namespace: str) -> int:
    """Return the steps to decide this many uses, from the list of as many in the namespace."""
    uses = [a_use(key=a_key(name=f"web{number}")) for number in range(count)]
    listed = [
        {
            "image": "nginx",
            "resultImage": "nginx:1",
            "namespace": namespace,
            "deployment": f"Deployment/{use.key.name}",
            "container": use.container,
            "path": use.path,
        }
        for use in uses
    ]
    entries, _ = read_file(a_file(*listed), "list.yaml")

    def decide_all() -> None:
        try:
            resolve(uses, Rules(fixed=entries), no_cluster, no_registry)
        except FixedImageError:
            assert namespace == "dev", "the uses are in prod"

    return steps_of(decide_all)


@pytest.mark.parametrize(
    "namespace", [pytest.param("prod", id="of-this-namespace"), pytest.param("dev", id="of-another")]
)
def test_a_list_that_is_fed_back_takes_twice_the_steps_for_twice_the_uses(namespace: str) -> None:
    # What is done once is done before anything is counted.
    steps_with_a_list(1, namespace)

    assert steps_with_a_list(80, namespace) < 2.2 * steps_with_a_list(40, namespace)
