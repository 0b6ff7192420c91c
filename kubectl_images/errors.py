"""Every error a user can cause, so that one place can print it as a cause, a place and a way out.

ImagesError
├── UsageError            the command line
├── FilterSyntaxError     a version filter
├── InvalidImageError     an image reference
├── InputError            a file, a template, a YAML document, an object
├── FixedImageError       -F, --fixed-images-file
├── UndecidedImageError   no rule answered for an image
├── RegistryError         a registry: network, login, an answer we cannot use
├── KubeconfigError       the kubeconfig, its contexts and logins
├── ClusterError          the API server
│   ├── ConflictError       fields belong to other managers
│   └── ImmutableFieldError fields cannot change while the object is there
└── DeployError           some objects could not be applied
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


class ImagesError(Exception):
    """What went wrong, with its values and place; `hint` says what to do, or is None.

    Both may hold several lines; the first line alone names the cause. `warnings` are what was found before it, and
    may be its reason.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.warnings: tuple[str, ...] = ()


class UsageError(ImagesError):
    """The command line cannot be understood."""


class FilterSyntaxError(ImagesError):
    """A version filter cannot be parsed; the message shows the text and a caret."""


class InvalidImageError(ImagesError):
    """A text is not an image reference."""


class InputError(ImagesError):
    """A file, template, YAML document or object cannot be used; the message names the place."""


class FixedImageError(ImagesError):
    """A fixed image, from the command line or a file, cannot be used."""


class UndecidedImageError(ImagesError):
    """No rule decides an image."""


class RegistryError(ImagesError):
    """A registry did not give an answer that can be used.

    `cause` is equal for all images of a registry that failed in the same way; "" where it failed for one image alone.
    """

    def __init__(self, message: str, *, hint: str | None = None, cause: str = "") -> None:
        super().__init__(message, hint=hint)
        self.cause = cause


class RepositoryUnknownError(RegistryError):
    """The registry answered, and has no such repository (or hides it)."""


class KubeconfigError(ImagesError):
    """The kubeconfig does not lead to a cluster."""


class ClusterError(ImagesError):
    """The API server refused or did not answer; `status` is the HTTP status, 0 without an answer.

    `cause` is equal for all objects that failed in the same way; "" where it is about one object alone.
    """

    def __init__(self, message: str, *, hint: str | None = None, status: int = 0, cause: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.cause = cause


@dataclass(frozen=True)
class Conflict:
    """A field that another manager owns; `operation` is Apply or Update, `subresource` "" for the object itself."""

    field: str
    manager: str
    operation: str = "Update"
    subresource: str = ""

    def __str__(self) -> str:
        """Return `.spec.replicas is owned by "hpa" (subresource scale)`."""
        part = f" (subresource {self.subresource})" if self.subresource else ""
        return f'{self.field} is owned by "{self.manager}"{part}'


class ConflictError(ClusterError):
    """Other managers own fields that would change; `failed` begins the message: what was not done, to which object."""

    def __init__(self, failed: str, conflicts: Sequence[Conflict]) -> None:
        fields = len({conflict.field for conflict in conflicts})
        what = "1 field is" if fields == 1 else f"{fields} fields are"
        lines = "".join(f"\n    {conflict}" for conflict in conflicts)
        super().__init__(
            f"{failed}: {what} owned by another manager{lines}",
            hint="take them over with --force-conflicts, or leave them out of the manifest",
            status=409,
        )
        self.failed = failed
        self.conflicts = tuple(conflicts)

    def besides(self, managers: Collection[tuple[str, str]]) -> ConflictError | None:
        """Return the error without the conflicts with these (manager, operation); None when no other is left."""
        left = [
            conflict
            for conflict in self.conflicts
            if conflict.subresource or (conflict.manager, conflict.operation) not in managers
        ]
        return ConflictError(self.failed, left) if left else None


class ImmutableFieldError(ClusterError):
    """Fields would change that cannot while the object is there; nothing else is wrong with it."""


class DeployError(ImagesError):
    """Some objects could not be applied; the summary is already printed."""
