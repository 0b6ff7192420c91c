"""The login for a repository: the environment's, else docker's or podman's, else a credential helper's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .credential_helpers import ask_helper
from .docker_config import ConfigFile, Login, auth_entry, decode_auth, helper_for, load_config_files, login_of
from .once import OncePerKey
from .registry_names import helper_key, registry_key
from .registry_settings import HostSettings, all_settings, settings_for


@dataclass(frozen=True)
class FoundLogin:
    """The login, None for nobody, and what could not be used on the way to it."""

    login: Login | None
    problems: tuple[str, ...] = ()


class Credentials:
    """Looks logins up; reads each file once, and only when the first registry demands a login."""

    def __init__(self, environ: Mapping[str, str], home: Path, helper_timeout_s: float) -> None:
        self._environ = environ
        self._home = home
        self._helper_timeout_s = helper_timeout_s
        self._helpers: OncePerKey[tuple[str, str], Login | None] = OncePerKey(ValueError)

    def find(self, registry: str, repository: str) -> FoundLogin:
        """Return the login for a repository; the first place that has one decides."""
        settings = settings_for(registry, self._environ)
        try:
            login = _login_of_settings(settings) if settings else None
        except ValueError as exc:
            return FoundLogin(None, (str(exc),))
        return FoundLogin(login) if login else self._find_in_files(registry, repository)

    def _find_in_files(self, registry: str, repository: str) -> FoundLogin:
        problems: list[str] = []
        for file in self._files:
            if file.problem:
                problems.append(file.problem)
                continue
            login = self._ask_helper_of(file, registry, problems) or _login_of_file(
                file, registry, repository, problems
            )
            if login:
                return FoundLogin(login, tuple(problems))
        return FoundLogin(None, tuple(problems))

    @cached_property
    def _files(self) -> tuple[ConfigFile, ...]:
        return load_config_files(self._environ, self._home)

    def _ask_helper_of(self, file: ConfigFile, registry: str, problems: list[str]) -> Login | None:
        name = helper_for(file, registry)
        if not name:
            return None
        server = helper_key(registry)
        try:
            return self._helpers.get(
                (name, server), lambda: ask_helper(name, server, self._environ, self._helper_timeout_s)
            )
        except ValueError as exc:
            problems.append(f"the credential helper docker-credential-{name} (named in {file.source}) {exc}")
            return None


def login_problems(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each registry whose variables give no login that can be used."""
    named = [settings for settings in all_settings(environ) if settings.variables.get("HOST")]
    return tuple(problem for settings in named if (problem := _login_problem(settings)))


def _login_problem(settings: HostSettings) -> str:
    try:
        _login_of_settings(settings)
    except ValueError as exc:
        return f"{exc}; it is ignored"
    return ""


def _login_of_settings(settings: HostSettings) -> Login | None:
    variables = settings.variables
    if "AUTH" in variables:
        try:
            return Login(settings.name("AUTH"), *decode_auth(variables["AUTH"]))
        except ValueError as exc:
            raise ValueError(f"{settings.name('AUTH')} {exc}") from None
    if "USERNAME" not in variables and "PASSWORD" not in variables:
        return None
    for wanted, beside in (("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")):
        if wanted not in variables:
            raise ValueError(f"{settings.name(beside)} is set without {settings.name(wanted)}")
    return Login(settings.name("USERNAME"), variables["USERNAME"], variables["PASSWORD"])


def _login_of_file(file: ConfigFile, registry: str, repository: str, problems: list[str]) -> Login | None:
    entry = auth_entry(file, registry, repository)
    try:
        return login_of(entry, file.source) if entry else None
    except ValueError as exc:
        problems.append(f"the auth of {registry_key(registry)} in {file.source} {exc}")
        return None
