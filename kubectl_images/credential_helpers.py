"""Credential helpers: programs that keep a login for docker (docker-credential-desktop, -ecr-login, -gcloud, ...)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping

from .docker_config import Login

# What helpers print, with a status that is not 0, when they simply have no login.
_NOT_FOUND = "credentials not found in native keychain"
_IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - the name that announces a token, not one


def ask_helper(name: str, server: str, environ: Mapping[str, str], timeout_s: float) -> Login | None:
    """Return the helper's login for a server, None when it has none.

    Raises ValueError, in words that follow the helper's name, when it is missing, fails, hangs or says nothing usable.
    Protocol: `docker-credential-NAME get`, the server on standard input, JSON or an error on standard output.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise ValueError("has a name that no helper can have")
    program = shutil.which(f"docker-credential-{name}", path=environ.get("PATH"))
    if program is None:
        raise ValueError("was not found in PATH")
    try:
        done = subprocess.run(  # noqa: S603 - the user's configuration names the program
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=timeout_s,
            env=dict(environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"did not answer within {timeout_s:g} s") from None
    except OSError as exc:
        raise ValueError(f"cannot be run: {exc.strerror}") from exc
    output = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        return _login(output, f"the credential helper docker-credential-{name}")
    if _NOT_FOUND in output:
        return None
    words = " ".join((output or done.stderr.decode("utf-8", "replace")).split())
    # A wrapper may fail after it printed what it found.
    said = "it printed what may be a login" if "{" in words or "secret" in words.lower() else f'"{words[:200]}"'
    raise ValueError(f"failed with status {done.returncode}: {said}")


def _login(output: str, source: str) -> Login | None:
    try:
        found = json.loads(output)
        username, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("sent an answer that is not the JSON of a login") from None
    if username == _IDENTITY_TOKEN_USER:
        return Login(source, identity_token=secret)
    return Login(source, username, secret) if username or secret else None
