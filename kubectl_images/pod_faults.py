"""Why a pod does not become ready, in the words of the kubelet, the scheduler and the API server.

A container waits for a reason:
    ErrImagePull                the first try: the second one follows within seconds, and may succeed
    ImagePullBackOff            the second try failed as well
    CrashLoopBackOff            it ended more than once
    CreateContainerConfigError  a ConfigMap or Secret is missing; one that another controller makes may come
Containers that were added for debugging do not count: a pod is ready without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .objects import Body
from .progress import condition_of, is_true, spec_of, status_of

# final: it does not pass. passing: it may pass within seconds. unscheduled: it may pass when there is a new node.
# scaling: it passes when the new node is there that the cluster gets. unbound: it passes when a class of storage comes.
# told: it explains why something takes long.
Severity = Literal["final", "passing", "unscheduled", "scaling", "unbound", "told"]
_WORST_FIRST: Sequence[Severity] = get_args(Severity)

_WAITING: Mapping[str, Severity] = {
    "ImagePullBackOff": "final",
    "ErrImageNeverPull": "final",
    "InvalidImageName": "final",
    "SignatureValidationFailed": "final",
    "CrashLoopBackOff": "final",
    "CreateContainerConfigError": "passing",
    "CreateContainerError": "passing",
    "RunContainerError": "passing",
    "ImageInspectError": "passing",
    "RegistryUnavailable": "passing",
    "ErrImagePull": "told",
}
_NOT_BEGUN = {"ContainerCreating", "PodInitializing"}
_HOLDS_BACK = {"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedCreatePodContainer"}
_MISSING = re.compile(r'\b(configmap|secret)s? "?[^" ]+"? not found|references non-existent (secret|config) key')
_WITHOUT_CAUSE = re.compile(r'Back-off pulling image "[^"]*"')


@dataclass(frozen=True)
class Fault:
    """What keeps a pod from being ready; `container` and `image` are "" where it concerns the whole pod.

    `pod` is "" for pods that cannot even be created.
    """

    severity: Severity
    reason: str
    message: str
    pod: str = ""
    container: str = ""
    image: str = ""

    def __str__(self) -> str:
        """Return `pod web-1, container "app", image web:1: REASON: MESSAGE`."""
        parts = [f"pod {self.pod}"] if self.pod else []
        parts += [f'container "{self.container}"', f"image {self.image}"] if self.container else []
        return ": ".join(part for part in (", ".join(parts), self.reason, self.message) if part)


def pod_faults(pod: Body, events: Sequence[Body] = (), stale_before: str = "") -> tuple[Fault, ...]:
    """Return what keeps a pod from being ready, the worst first; `events` are those about it, the oldest first.

    What an event says that is older than `stale_before` may have passed: it is only told.
    """
    if is_true(condition_of(pod, "Ready")) or status_of(pod).get("phase") == "Succeeded":
        return ()
    found = [*_of_pod(pod, events), *_of_containers(pod, events)]
    if not any(fault.severity != "told" for fault in found):
        found += _of_events(pod, events, stale_before)
    return tuple(sorted(found, key=lambda fault: _WORST_FIRST.index(fault.severity)))


def _of_pod(pod: Body, events: Sequence[Body]) -> Iterator[Fault]:
    name, status = pod["metadata"]["name"], status_of(pod)
    if status.get("phase") == "Failed":
        # Its controller replaces it.
        yield Fault("told", status.get("reason") or "Failed", _text(status.get("message")), name)
        return
    scheduled, ready = condition_of(pod, "PodScheduled"), condition_of(pod, "Ready")
    if scheduled.get("status") == "False":
        # Where a node was nominated, pods of lower priority are being evicted for this one.
        is_stuck = scheduled.get("reason") == "Unschedulable" and not status.get("nominatedNodeName")
        is_scaling = any(event.get("reason") == "TriggeredScaleUp" for event in events)
        severity: Severity = ("scaling" if is_scaling else "unscheduled") if is_stuck else "told"
        yield Fault(severity, scheduled.get("reason") or "PodScheduled", _text(scheduled.get("message")), name)
    if ready.get("reason") == "ReadinessGatesNotReady":
        yield Fault("told", "ReadinessGatesNotReady", _text(ready.get("message")), name)


def _of_containers(pod: Body, events: Sequence[Body]) -> Iterator[Fault]:
    spec, status, name = spec_of(pod), status_of(pod), pod["metadata"]["name"]
    for written, reported in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        images = {item["name"]: item.get("image", "") for item in spec.get(written) or ()}
        for container in status.get(reported) or ():
            if found := _of_container(container, events, is_init=written == "initContainers"):
                # The image as it was asked for: the kubelet may know it by another name.
                severity, reason, message = found
                image = images.get(container["name"], container.get("image", ""))
                yield Fault(severity, reason, message, name, container["name"], image)


def _of_container(
    container: Mapping[str, Any], events: Sequence[Body], *, is_init: bool
) -> tuple[Severity, str, str] | None:
    """Return severity, reason and message of what keeps a container from being ready; None when it is as it should be."""
    state = container.get("state") or {}
    if (reason := (state.get("waiting") or {}).get("reason", "")) in _WAITING:
        return _WAITING[reason], reason, _waiting_message(reason, container, events)
    if (ended := state.get("terminated")) and ended.get("exitCode"):
        return "told", ended.get("reason") or "Error", f"ended with {_exit(ended)}"
    if "running" in state and not container.get("ready") and not is_init:
        said = _last(events, {"Unhealthy"})
        return "told", "", f"it runs, and is not ready{f': {said}' if said else ''}"
    return None


def _waiting_message(reason: str, container: Mapping[str, Any], events: Sequence[Body]) -> str:
    message = _text(container["state"]["waiting"].get("message"))
    if reason == "CrashLoopBackOff":
        ended = (container.get("lastState") or {}).get("terminated") or {}
        restarts = container.get("restartCount", 0)
        return f"it ended with {_exit(ended)}, and was restarted {restarts} {'time' if restarts == 1 else 'times'}"
    if _WITHOUT_CAUSE.fullmatch(message):
        # So it is of kubelets before Kubernetes 1.30; their reason is in an event.
        pulls = [event for event in events if str(event.get("message")).startswith("Failed to pull image")]
        return _last(pulls, {"Failed"}) or message
    return message


def _exit(terminated: Mapping[str, Any]) -> str:
    reason = terminated.get("reason")
    code = f"exit code {terminated.get('exitCode', '?')}"
    return f"{code} ({reason})" if reason and reason != "Error" else code


def _of_events(pod: Body, events: Sequence[Body], stale_before: str) -> Iterator[Fault]:
    """Yield what the kubelet says only in events: it has not begun with the containers, for want of a volume, say."""
    if is_true(condition_of(pod, "PodReadyToStartContainers")):
        # It has its volumes and its network.
        return
    status = status_of(pod)
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    reasons = {((item.get("state") or {}).get("waiting") or {}).get("reason") for item in containers}
    if not reasons & _NOT_BEGUN:
        return
    for event in [event for event in events if event.get("reason") in _HOLDS_BACK][-1:]:
        message = _text(event.get("message"))
        is_new = event_time(event) >= stale_before
        severity: Severity = "passing" if is_new and _MISSING.search(message) else "told"
        yield Fault(severity, event["reason"], message, pod["metadata"]["name"])


def event_time(event: Body) -> str:
    """Return when an event last happened, to the second."""
    series = (event.get("series") or {}).get("lastObservedTime")
    created = (event.get("metadata") or {}).get("creationTimestamp")
    last = series or event.get("lastTimestamp") or event.get("eventTime") or created
    # The last one of them has microseconds: what has none would be later than it.
    return f"{str(last or '')[:19]}Z"


def _last(events: Sequence[Body], reasons: set[str]) -> str:
    """Return the message of the last event for one of these reasons; "" when there is none."""
    return next((_text(event.get("message")) for event in reversed(events) if event.get("reason") in reasons), "")


def _text(message: object) -> str:
    """Return a message on one line."""
    return " ".join(str(message or "").split())
