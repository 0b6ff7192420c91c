from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.ignore import is_ignored, parse_rules

TREE = (
    *(".hidden.yaml", "1.yaml", "A.yaml", "a.yaml", "b.yaml", "c.yml", "foo"),
    *("a/a.yaml", "a/foo", "a/b/c.yaml", "a/b/foo", "a/b/c/d/foo", "b/a/x.yml"),
    *(" y", "#h", "!n", "[a", "a]b", "a-b", "x ", "x y", "z*"),
)
BELOW_A = ["a/a.yaml", "a/b/c.yaml", "a/b/c/d/foo", "a/b/foo", "a/foo"]
BELOW_B_A = ["b/a/x.yml"]
ALL_FOO = ["a/b/c/d/foo", "a/b/foo", "a/foo", "foo"]
ALL_YAML = [path for path in TREE if path.endswith(".yaml")]

# Each row is what `git check-ignore` says of the tree.
ROWS = {
    "nothing": ("", []),
    "a-name": ("foo", ALL_FOO),
    "a-name-from-the-top": ("/foo", ["foo"]),
    "a-path": ("a/foo", ["a/foo"]),
    "a-relative-path": ("./foo", []),
    "a-directory-by-name": ("a", BELOW_A + BELOW_B_A),
    "a-directory-only": ("foo/", []),
    "a-directory-with-a-slash": ("a/", BELOW_A + BELOW_B_A),
    "a-directory-from-the-top": ("/a/", BELOW_A),
    "two-slashes-at-the-end": ("/a//", []),
    "slashes-alone": ("/\n//", []),
    "star": ("*.yml", ["b/a/x.yml", "c.yml"]),
    "star-and-leading-dot": ("*.yaml", ALL_YAML),
    "star-alone": ("*", list(TREE)),
    "star-stops-at-a-slash": ("a/*.yaml", ["a/a.yaml"]),
    "star-for-a-directory": ("*/a.yaml", ["a/a.yaml"]),
    "question-mark": ("?.yml", ["b/a/x.yml", "c.yml"]),
    "question-mark-is-no-slash": ("a?foo", []),
    "any-depth-before": ("**/foo", ALL_FOO),
    "any-depth-before-twice": ("**/**/foo", ALL_FOO),
    "any-depth-between": ("a/**/foo", ["a/b/c/d/foo", "a/b/foo", "a/foo"]),
    "any-depth-after": ("a/**", BELOW_A),
    "two-stars-in-a-name": ("f**o", ALL_FOO),
    "two-stars-in-a-path": ("a/?**/foo", ["a/b/foo"]),
    "set": ("[ab].yaml", ["a.yaml", "a/a.yaml", "b.yaml"]),
    "set-with-a-range": ("[a-b].yaml", ["a.yaml", "a/a.yaml", "b.yaml"]),
    "set-negated": ("[!a].yaml", ["1.yaml", "A.yaml", "a/b/c.yaml", "b.yaml"]),
    "set-negated-as-in-regexes": ("[^a].yaml", ["1.yaml", "A.yaml", "a/b/c.yaml", "b.yaml"]),
    "set-with-a-bracket": ("a[]]b", ["a]b"]),
    "set-with-an-escaped-bracket": (r"a[\]]b", ["a]b"]),
    "set-with-a-dash": ("a[a-]b", ["a-b"]),
    "set-with-a-name": ("[[:upper:][:digit:]].yaml", ["1.yaml", "A.yaml"]),
    "set-with-an-unknown-name": ("[[:nope:]].yaml", []),
    "set-with-a-backward-range": ("[z-a].yaml", []),
    "set-without-a-backward-range": ("[!z-a].yml", ["b/a/x.yml", "c.yml"]),
    "set-is-no-slash": ("a[/]foo", []),
    "set-negated-is-no-slash": ("a[!b]foo", []),
    "set-not-closed": ("[a", []),
    "escaped-bracket": (r"\[a", ["[a"]),
    "escaped-star": (r"z\*", ["z*"]),
    "escaped-letter": (r"\foo", ALL_FOO),
    "backslash-at-the-end": ("foo\\", []),
    "comment": ("#h", []),
    "escaped-comment": (r"\#h", ["#h"]),
    "negation-of-nothing": ("!n", []),
    "escaped-negation": (r"\!n", ["!n"]),
    "negation-later": ("*.yml\n!c.yml", ["b/a/x.yml"]),
    "negation-earlier": ("!c.yml\n*.yml", ["b/a/x.yml", "c.yml"]),
    "no-negation-below-an-ignored-directory": ("/a/\n!/a/foo", BELOW_A),
    "negation-of-what-is-directly-below": ("/a/*\n!/a/b", ["a/a.yaml", "a/foo"]),
    "all-but-some": ("*\n!*/\n!*.yaml", [path for path in TREE if not path.endswith(".yaml")]),
    "spaces-at-the-end": ("foo  ", ALL_FOO),
    "spaces-in-between": ("x y", ["x y"]),
    "spaces-before": (" y", [" y"]),
    "escaped-space-at-the-end": ("x\\ ", ["x "]),
    "escaped-space-and-another": ("x\\  ", ["x "]),
    "escaped-backslash-and-a-space": ("foo\\\\ ", []),
    "carriage-return": ("foo\r\n*.yml\r", [*ALL_FOO, "b/a/x.yml", "c.yml"]),
    "only-newlines-end-a-line": ("foo\x0bbar\u2028foo", []),
}


def ignored_by(rules: str, path: str) -> bool:
    """Tell whether a path is ignored where the highest directory alone has rules."""
    return is_ignored(path, lambda directory: parse_rules("" if directory else rules))


@pytest.mark.parametrize(("rules", "ignored"), ROWS.values(), ids=ROWS)
def test_the_rules_ignore_what_git_ignores(rules: str, ignored: list[str]) -> None:
    found = [path for path in TREE if ignored_by(rules, path)]

    assert found == sorted(ignored, key=TREE.index)


@given(st.text("ab*?[]!-\\/ #.\n:^") | st.text(), st.text("ab/.") | st.text())
def test_any_text_is_a_file_of_rules(rules: str, path: str) -> None:
    assert ignored_by(rules, path) in {True, False}


@given(st.lists(st.sampled_from(["*", "a", "b/", "/a", "**/b", "[ab]"]), max_size=3), st.sampled_from(TREE))
def test_a_later_rule_decides(rules: list[str], path: str) -> None:
    text = "\n".join(rules)

    assert ignored_by(f"{text}\n*", path)
    assert not ignored_by(f"{text}\n!*", path)


LEVELS = {
    "re-included-below": ({"": "*.yaml", "a": "!x.yaml"}, ["a/y.yaml", "b/x.yaml", "x.yaml"]),
    "re-included-above-is-overruled": ({"": "!x.yaml", "a": "x.yaml"}, ["a/x.yaml"]),
    "not-below-an-ignored-directory": ({"": "a/", "a": "!x.yaml"}, ["a/x.yaml", "a/y.yaml"]),
    "unless-the-directory-itself-is": ({"": "/a/*", "a": "!x.yaml"}, ["a/y.yaml"]),
    "each-for-itself": ({"a": "*", "b": ""}, ["a/x.yaml", "a/y.yaml"]),
    "the-nearest-of-three": ({"": "x.yaml", "a": "!x.yaml", "a/c": "x.yaml"}, ["a/c/x.yaml", "b/x.yaml", "x.yaml"]),
}


@pytest.mark.parametrize(("rules", "ignored"), LEVELS.values(), ids=LEVELS)
def test_the_rules_of_the_nearest_directory_win_as_in_git(rules: dict[str, str], ignored: list[str]) -> None:
    paths = ["a/c/x.yaml"] * ("a/c" in rules) + ["a/x.yaml", "a/y.yaml", "b/x.yaml", "x.yaml"]

    found = [path for path in paths if is_ignored(path, lambda directory: parse_rules(rules.get(directory, "")))]

    assert found == ignored
