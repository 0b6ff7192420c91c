"""What the archive runs first: unpack it once into the user's cache, then start from there.

`build.py` makes this the archive's `__main__`, in the place of shiv's, which takes longer to start and ends in a
traceback where nothing can be written below HOME. It imports only what every start needs, and is kept in the syntax
of older Pythons, which get a sentence instead of a traceback.
"""

import importlib
import os
import sys

BUILD_ID = "@BUILD_ID@"  # by build.py
_OLDEST_PYTHON = (3, 10)


def main() -> int:
    """Run the command line from the unpacked archive; return the exit code."""
    if sys.version_info < _OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.stderr.write(f"error: kubectl-images needs Python 3.10 or newer; this is {version} at {sys.executable}\n")
        return 1
    archive = os.path.dirname(os.path.abspath(__file__))
    # In front of PYTHONPATH, so that no module of the same name is taken instead.
    sys.path.insert(0, _unpacked(archive))
    return int(importlib.import_module("kubectl_images.cli").main())


def _unpacked(archive: str) -> str:
    """Return the directory of the archive's modules, which is there or is made now."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    root = os.path.join(root, "kubectl-images")
    modules = os.path.join(root, BUILD_ID, "site-packages")
    if os.path.isdir(modules) and _is_ours(root):
        return modules
    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
        if not _is_ours(root):
            raise PermissionError(root)
        return _unpack(archive, root)
    except OSError:
        return _unpack_for_this_run(archive)


def _is_ours(directory: str) -> bool:
    """Tell whether nobody else could have put anything into the directory."""
    if not hasattr(os, "getuid"):
        return True
    status = os.stat(directory)
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _unpack(archive: str, root: str) -> str:
    """Unpack into a directory of its own and rename it, so that a directory by the final name is complete."""
    import compileall
    import shutil
    import tempfile
    import zipfile

    made = tempfile.mkdtemp(dir=root)
    target = os.path.join(root, BUILD_ID)
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(made, [name for name in file.namelist() if name.startswith("site-packages/")])
        # Where PYTHONDONTWRITEBYTECODE is set, as in images for containers, each start would compile all of it anew.
        compileall.compile_dir(made, ddir=target, quiet=2)
        os.rename(made, target)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        # Another run of us may have been faster.
        if not os.path.isdir(os.path.join(target, "site-packages")):
            raise
    return os.path.join(target, "site-packages")


def _unpack_for_this_run(archive: str) -> str:
    """Unpack where anyone can write, for ourselves alone, and remove it at the end."""
    import atexit
    import shutil
    import tempfile

    root = tempfile.mkdtemp(prefix="kubectl-images-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return _unpack(archive, root)


if __name__ == "__main__":
    sys.exit(main())
