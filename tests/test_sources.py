from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.kustomize_names import Kustomized
from kubectl_images.sources import Source, read_sources
from kubectl_images.text_files import read_file


def read(
    *arguments: str | Path, stdin: bytes = b"", recursive: bool = False, templates: bool = True
) -> tuple[Source, ...]:
    found = read_sources(
        [str(argument) for argument in arguments],
        io.BytesIO(stdin),
        recursive=recursive,
        templates=templates,
        fetch="text of {}".format,
    )
    return tuple(source for source in found if isinstance(source, Source))


def error(*arguments: str | Path, recursive: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        read(*arguments, recursive=recursive)
    return caught.value


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a directory of files that hold their own paths."""
    names = (
        "b.yaml",
        "a.yml",
        "c.json",
        "d.yaml.j2",
        "e.yml.j2",
        "f.json.j2",
        "g.txt",
        "h.yaml.bak",
        "z/a.yaml",
        "B.yaml",
    )
    for name in names:
        write(tmp_path, name, name)
    (tmp_path / "directory.yaml").mkdir()
    return tmp_path


def write(directory: Path, name: str, text: str | bytes) -> Path:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def names(sources: Iterable[Source]) -> list[str]:
    return [source.text for source in sources]


def test_no_argument_at_all_is_an_error() -> None:
    found = error()

    assert (str(found), found.hint) == (
        "no input: -f is missing",
        "give files with objects: -f FILE, -f DIR or -f -",
    )


def test_a_file_is_known_by_the_name_the_user_gave(tmp_path: Path) -> None:
    file = write(tmp_path, "any.txt", "a: 1\n")

    assert read(file) == (Source(str(file), "a: 1\n", template=True, top=tmp_path),)


def test_a_directory_gives_its_manifests_in_the_order_of_their_names(tree: Path) -> None:
    assert names(read(tree)) == ["B.yaml", "a.yml", "b.yaml", "c.json", "d.yaml.j2", "e.yml.j2", "f.json.j2"]


def test_a_directory_is_read_with_those_below_it_when_asked(tree: Path) -> None:
    write(tree, "a/z.yaml", "a/z.yaml")

    found = names(read(tree, recursive=True))

    assert found == ["B.yaml", "a/z.yaml", *names(read(tree))[1:], "z/a.yaml"]


def test_arguments_are_read_in_their_order(tree: Path) -> None:
    assert names(read(tree / "b.yaml", "-", tree / "a.yml", stdin=b"in")) == ["b.yaml", "in", "a.yml"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        pytest.param("a.yml", "a.yml", "-f a.yml is given twice", id="same-words"),
        pytest.param(".", "a.yml", "-f a.yml: a.yml is given twice: -f . reads it already", id="in-a-directory"),
        pytest.param("a.yml", ".", "-f .: a.yml is given twice: -f a.yml reads it already", id="and-its-directory"),
        pytest.param(
            "./a.yml",
            "z/../a.yml",
            "-f z/../a.yml: z/../a.yml is given twice: -f ./a.yml reads it already",
            id="other-words",
        ),
    ],
)
def test_a_file_that_is_given_twice_is_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, message: str
) -> None:
    monkeypatch.chdir(tree)

    assert str(error(first, second)) == message


@pytest.mark.parametrize(
    ("argument", "hint"),
    [
        pytest.param("a.yml,b.yaml", "did you mean -f a.yml -f b.yaml?", id="list"),
        pytest.param("a.yaml", "did you mean -f a.yml?", id="other-ending"),
        pytest.param("d", "did you mean -f d.yaml.j2?", id="no-ending"),
        pytest.param("A.yml", "did you mean -f a.yml?", id="other-case"),
        pytest.param("b.yaml.j2", "did you mean -f b.yaml?", id="not-a-template"),
        pytest.param("y/ingres.json", "did you mean -f y/ingress.yaml?", id="in-a-directory"),
        pytest.param("y/web two.yaml", "did you mean -f 'y/web too.yaml'?", id="quoted"),
        pytest.param("y/ingress-of-prod.yaml", None, id="more-than-one-of-them"),
        pytest.param("entirely-else", None, id="nothing-like-it"),
        pytest.param("nosuch.yaml", None, id="alike-in-its-ending-alone"),
        pytest.param("aa.yml", None, id="half-alike"),
        pytest.param(".yaml", None, id="nothing-but-an-ending"),
        pytest.param("no/where/a.yml", None, id="no-directory"),
    ],
)
def test_what_was_meant_is_a_hint(tree: Path, monkeypatch: pytest.MonkeyPatch, argument: str, hint: str | None) -> None:
    write(tree, "y/ingress.yaml", "")
    write(tree, "y/web too.yaml", "")
    write(tree, "sc.yaml", "")
    monkeypatch.chdir(tree)

    assert error(argument).hint == hint


@pytest.mark.parametrize("argument", ["sub", "./sub", "sub/a.yaml", "sub/deep/../a.yaml", "ABSOLUTE"])
def test_ignore_files_count_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    write(tmp_path, ".templateignore", "/sub/a.yaml\n/b.yaml\n")
    write(tmp_path, "sub/a.yaml", "")
    write(tmp_path, "sub/b.yaml", "")
    (tmp_path / "sub" / "deep").mkdir()
    monkeypatch.chdir(tmp_path)

    found = read(argument.replace("ABSOLUTE", str(tmp_path / "sub")))

    assert [source.template for source in found] == [False, True][: len(found)]


def test_ignore_files_above_both_the_input_and_the_working_directory_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ".templateignore", "*\n")
    write(tmp_path, "work/b.yaml", "")
    write(tmp_path, "sub/a.yaml", "")
    monkeypatch.chdir(tmp_path / "work")

    assert [source.template for source in read("b.yaml", "../sub")] == [True, True]


def test_standard_input_is_a_source_like_others() -> None:
    assert read("-", stdin=b"\xef\xbb\xbfa: 1\r\n") == (Source("standard input", "a: 1\r\n", template=True),)


@pytest.mark.parametrize("arguments", [("-",), ("TREE",), ("TREE/b.yaml",)])
def test_nothing_is_a_template_when_templates_are_off(tree: Path, arguments: tuple[str, ...]) -> None:
    found = read(*(argument.replace("TREE", str(tree)) for argument in arguments), templates=False)

    assert {source.template for source in found} == {False}


def test_an_ignore_file_tells_which_files_are_no_templates(tree: Path) -> None:
    write(tree, ".templateignore", "# rules of another tool\n*.yml\n/z/\n")
    write(tree, "z/.templateignore", "")
    write(tree, "y/a.yaml", "y/a.yaml")
    write(tree, "y/b.yaml", "y/b.yaml")
    write(tree, "y/.templateignore", "/a.yaml")

    found = read(tree, recursive=True)

    assert names(source for source in found if not source.template) == ["a.yml", "y/a.yaml", "z/a.yaml"]


def test_the_ignore_file_beside_a_file_counts_for_it(tree: Path) -> None:
    write(tree, ".templateignore", "\ufeff*.yml\n")

    assert [source.template for source in read(tree / "a.yml", tree / "b.yaml")] == [False, True]


@pytest.mark.parametrize(
    ("argument", "message", "hint"),
    [
        pytest.param("", "-f : there is no such file or directory", None, id="empty"),
        pytest.param("nowhere", "-f nowhere: there is no such file or directory", None, id="missing"),
        pytest.param("a\0b", "-f a\0b: there is no such file or directory", None, id="null"),
        pytest.param("x" * 300, f"{'x' * 300}: cannot be read: File name too long", None, id="too-long"),
        pytest.param("https:/a.yaml", "-f https:/a.yaml: there is no such file or directory", None, id="no-address"),
    ],
)
def test_what_cannot_be_found_is_an_error(argument: str, message: str, hint: str | None) -> None:
    found = error(argument)

    assert (str(found), found.hint) == (message, hint)


def test_what_is_at_a_web_address_is_a_source_whose_name_holds_no_secret() -> None:
    address = "https://example.com/a.yaml?token=secret"

    assert read(address) == (Source("https://example.com/a.yaml", f"text of {address}", True),)


def test_a_web_address_is_read_once() -> None:
    address = "https://example.com/a.yaml?token=secret"

    assert str(error(address, address)) == "-f https://example.com/a.yaml is given twice"


def test_standard_input_is_read_once() -> None:
    assert str(error("-", "-")) == "standard input can be read only once: -f - is given twice"


@pytest.mark.parametrize(
    ("recursive", "hint"), [(False, "-R also reads the directories below it"), (True, None)], ids=["plain", "recursive"]
)
def test_a_directory_without_manifests_is_an_error(tmp_path: Path, recursive: bool, hint: str | None) -> None:
    write(tmp_path, "README.md", "")

    found = error(tmp_path, recursive=recursive)

    assert str(found) == f"-f {tmp_path}: there are no .yaml, .yml or .json files in this directory"
    assert found.hint == hint


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_a_directory_of_kustomize_below_is_not_read_file_by_file(tree: Path, name: str) -> None:
    file = write(tree / "below", name, "")

    found = error(tree, recursive=True)

    assert str(found) == (
        f"-f {tree}: {file.parent} is a directory of kustomize ({name}), and its files alone are not what it builds"
    )
    assert found.hint == f"-k {file.parent}"


def kustomized(files: list[Path], kustomize: list[Path]) -> tuple[Source | Kustomized, ...]:
    return read_sources(list(map(str, files)), io.BytesIO(), kustomize=list(map(str, kustomize)), fetch=str)


def test_a_directory_of_kustomize_is_left_to_kustomize_and_those_of_k_come_last(tree: Path) -> None:
    for name in ("first", "second"):
        write(tree, f"{name}/kustomization.yaml", "")

    found = kustomized([tree / "first", tree / "a.yml"], [tree / "second"])

    assert found == (
        Kustomized(f"{tree}/first", f"-f {tree}/first"),
        Source(f"{tree}/a.yml", "a.yml", template=True, top=tree),
        Kustomized(f"{tree}/second", f"-k {tree}/second"),
    )


@pytest.mark.parametrize("flags", ["fk", "kk", "ff"])
def test_a_directory_of_kustomize_that_is_given_twice_is_named(tree: Path, flags: str) -> None:
    directory = write(tree, "app/kustomization.yaml", "").parent
    first, second = flags[0], flags[1]

    with pytest.raises(InputError) as caught:
        kustomized([directory] * flags.count("f"), [directory] * flags.count("k"))

    said = (
        "is given twice" if first == second else f": {directory} is given twice: -{first} {directory} reads it already"
    )
    assert str(caught.value) == f"-{second} {directory}{' ' if first == second else ''}{said}"


def test_a_file_of_kustomize_is_no_manifest(tree: Path) -> None:
    file = write(tree, "app/kustomization.yaml", "")

    found = error(file)

    assert (str(found), found.hint) == (
        f"-f {file}: this is a file of kustomize, which builds its directory",
        f"-k {file.parent}",
    )


def test_text_that_is_not_utf_8_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", b"a: 1\nb: \xe4\n")

    assert str(error(file)) == f"{file}:2: this is not UTF-8 text: byte 0xe4"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    link = tmp_path / "a.yaml"
    link.symlink_to("/proc/self/mem")

    assert str(error(link)) == f"{link}: cannot be read: Input/output error"


def test_a_directory_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list every directory")
    directory = tmp_path / "closed"
    directory.mkdir(mode=0o300)

    assert str(error(directory)) == f"-f {directory}: cannot be read: Permission denied"


def test_a_file_that_is_named_is_read(tmp_path: Path) -> None:
    assert read_file(str(write(tmp_path, "args.yaml", "\ufeffa: 1\n"))) == "a: 1\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("", "(no name): there is no such file", id="empty"),
        pytest.param("nowhere", "nowhere: there is no such file", id="missing"),
        pytest.param(".", ".: cannot be read: Is a directory", id="directory"),
    ],
)
def test_a_file_that_is_named_must_be_there(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_file(name)

    assert str(caught.value) == message
