"""How long 10 MB of manifests take to read, by libyaml and (with --pure) without, next to PyYAML's own safe loaders."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import yaml
from side_by_side import DEPLOYMENT

from kubectl_images import documents

SIZE = 10_000_000


def timed_s(job: Callable[[], object]) -> float:
    """Return how long the job took."""
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin


def main() -> None:
    """Read the text by each and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pure", action="store_true", help="without libyaml, which takes minutes")
    pure = parser.parse_args().pure
    one = DEPLOYMENT.format(number=1, image="registry.example.com/team/web:main-1")
    text = "---\n".join([one] * (SIZE // len(one)))
    theirs = yaml.SafeLoader if pure else yaml.CSafeLoader
    ours_s = timed_s(lambda: documents.read(text, "manifests", pure=pure))
    theirs_s = timed_s(lambda: list(yaml.load_all(text, Loader=theirs)))
    print(
        f"{len(text) / 1e6:.1f} MB   ours {ours_s:.1f} s   {theirs.__name__} {theirs_s:.1f} s   {ours_s / theirs_s:.2f}"
    )


if __name__ == "__main__":
    main()
