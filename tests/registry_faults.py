"""The forty faults that registries and the way to them have, each as a scene that can be played.

In all texts, REGISTRY stands for the host of the fake registry, SERVICE for that of a second one, PROXY for the address
of a proxy that leads to the first as registry.example.com, DEAD for a host where nobody listens, FULL for one that takes
no connections, HOME for the user's directory, and TIME for a time of day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fake_manifests import OCI_IMAGE
from fake_registry import Reply, Rules, an_error, as_json
from registry_client import LIST, PASSWORD, USER, page

from kubectl_images.registry_policy import Policy

Certificate = Literal["", "trusted", "unknown-ca", "self-signed", "another-name", "expired", "for-clients"]
_USERS = {USER: PASSWORD}
_PUBLIC = "registry.example.com/team/web"
_CONFIG = "HOME/.docker/config.json"
_LIMIT = as_json(
    {
        "errors": [
            {"code": "TOOMANYREQUESTS", "message": "You have reached your pull rate limit.\nSee https://example.com/"}
        ]
    },
    429,
    {"Retry-After": "2580"},
)
_NEXT = f'<{LIST}?last=b&n=2>; rel="next"'
_OTHER_MANIFEST = Reply(
    200, {"Content-Type": OCI_IMAGE, "Docker-Content-Digest": f"sha256:{'0' * 64}"}, b'{"schemaVersion": 2}'
)
_PAGE = page("a", "b", link=_NEXT)


@dataclass(frozen=True)
class Fault:
    """A scene, and what comes of it: the standard error as a whole, how many requests the registry saw, and the wait.

    `login` says whether the environment holds the login that the registry would take.
    """

    stderr: str
    requests: int
    waited_s: float = 0
    code: int = 1
    command: Sequence[str] = ("tags", "IMAGE", "regex('.*')")
    image: str = "REGISTRY/team/web"
    rules: Rules = field(default_factory=Rules)
    replies: Mapping[str, Sequence[Reply]] = field(default_factory=dict)
    login: bool = True
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    certificate: Certificate = ""
    policy: Policy = field(default_factory=Policy)
    clock_step_s: float = 0


def _said(cause: str, *hints: str, image: str = "REGISTRY/team/web") -> str:
    host = image.partition("/")[0]
    lines = [f"error: cannot list the tags of {image}: {cause} (registry {host})", *(f"hint: {hint}" for hint in hints)]
    return "".join(f"{line}\n" for line in lines)


def _from_list(*replies: Reply, stderr: str, requests: int, waited_s: float = 0) -> Fault:
    return Fault(stderr, requests, waited_s, replies={LIST: replies})


FAULTS: dict[str, Fault] = {
    "01-host-does-not-resolve": Fault(
        _said(
            "the name of the host cannot be resolved",
            "check the spelling of the registry, DNS, or whether HTTPS_PROXY must be set",
            image="registry.invalid/team/web",
        ),
        0,
        image="registry.invalid/team/web",
    ),
    "02-connection-refused": Fault(
        _said(
            "nothing listens there", "check that the registry is up and that the port is right", image="DEAD/team/web"
        ),
        0,
        0.5,
        image="DEAD/team/web",
    ),
    "03-connect-timeout": Fault(
        _said(
            "no answer within 0.2 s", "check the firewall, or whether HTTPS_PROXY must be set", image="FULL/team/web"
        ),
        0,
        0.5,
        image="FULL/team/web",
        policy=Policy(connect_s=0.2),
    ),
    "04-read-timeout": Fault(
        _said("it took the request but sent nothing for 0.2 s", "try again, or allow more with --request-timeout"),
        4,
        1.5,
        replies={LIST: [Reply(how="silent")] * 3},
        policy=Policy(read_s=0.2),
    ),
    "05-slow-drip": Fault(
        _said("its answer was not complete after 60 s", "try again, or allow more with --request-timeout"),
        2,
        replies={LIST: [Reply(how="endless")]},
        clock_step_s=1,
    ),
    "06-closed-without-an-answer": _from_list(
        *[Reply(how="closed")] * 4,
        stderr=_said("it closed the connection without an answer", "try again"),
        requests=5,
        waited_s=3,
    ),
    "07-short-body": _from_list(
        *[Reply(how="cut")] * 4, stderr=_said("its answer was cut off", "try again"), requests=5, waited_s=3.5
    ),
    "08-chunked-body-cut": _from_list(
        *[Reply(how="cut-chunk")] * 4, stderr=_said("its answer was cut off", "try again"), requests=5, waited_s=3.5
    ),
    "09-unknown-ca": Fault(
        _said(
            "its certificate is not trusted: its CA is unknown here",
            "put its CA into HOME/.config/containers/certs.d/REGISTRY/ca.crt, or export KLUCTL_REGISTRY_HOST=REGISTRY KLUCTL_REGISTRY_CA_BUNDLE=ca.crt",
            "export KLUCTL_REGISTRY_HOST=REGISTRY KLUCTL_REGISTRY_TLSVERIFY=false turns verification off, which is not safe",
        ),
        0,
        certificate="unknown-ca",
    ),
    "10-self-signed": Fault(
        _said(
            "its certificate is self-signed",
            "put its CA into HOME/.config/containers/certs.d/REGISTRY/ca.crt, or export KLUCTL_REGISTRY_HOST=REGISTRY KLUCTL_REGISTRY_CA_BUNDLE=ca.crt",
            "export KLUCTL_REGISTRY_HOST=REGISTRY KLUCTL_REGISTRY_TLSVERIFY=false turns verification off, which is not safe",
        ),
        0,
        certificate="self-signed",
    ),
    "11-certificate-for-another-name": Fault(
        _said("its certificate is for another name", "use the name that the certificate is issued for"),
        0,
        certificate="another-name",
    ),
    "12-certificate-expired": Fault(
        _said("its certificate has expired", "check this computer's clock, then tell the registry's owner"),
        0,
        certificate="expired",
    ),
    "13-tls-to-a-plain-port": Fault(
        _said(
            "it does not speak TLS (https)",
            "check the port",
            "if it is plain http on purpose, and you trust the network: export KLUCTL_REGISTRY_1_HOST=http://registry.example.com",
            image=_PUBLIC,
        ),
        0,
        image=_PUBLIC,
        environ={"HTTPS_PROXY": "PROXY"},
    ),
    "14-http-to-a-tls-port": Fault(
        _said("it wants https", "take http:// away from KLUCTL_REGISTRY_HOST, or insecure = true from registries.conf"),
        1,
        environ={"KLUCTL_REGISTRY_HOST": "http://REGISTRY"},
        replies={
            "/v2/": [
                Reply(
                    400,
                    {"Content-Type": "text/html"},
                    b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
                )
            ]
        },
    ),
    "15-client-certificate-wanted": Fault(
        _said(
            "it wants a client certificate",
            "put client.cert and client.key into HOME/.config/containers/certs.d/REGISTRY",
        ),
        1,
        certificate="trusted",
        replies={
            "/v2/": [
                Reply(
                    400,
                    {"Content-Type": "text/html"},
                    b"<html><head><title>400 No required SSL certificate was sent</title></head></html>",
                )
            ]
        },
    ),
    "16-bad-ca-file": Fault(
        _said(
            "cannot use the certificates in HOME/ca.pem (KLUCTL_REGISTRY_CA_BUNDLE): there is no certificate in PEM form in it",
            "correct the file, or unset KLUCTL_REGISTRY_CA_BUNDLE",
        ),
        0,
        environ={"KLUCTL_REGISTRY_CA_BUNDLE": "HOME/ca.pem"},
        files={"HOME/ca.pem": "no certificate"},
    ),
    "17-proxy-is-down": Fault(
        _said(
            "the proxy http://DEAD (from HTTPS_PROXY) is not reachable",
            "check the variable, or add the host to NO_PROXY",
            image=_PUBLIC,
        ),
        0,
        0.5,
        image=_PUBLIC,
        environ={"HTTPS_PROXY": "http://DEAD"},
    ),
    "18-proxy-wants-a-login": Fault(
        _said(
            "the proxy http://REGISTRY (from HTTPS_PROXY) wants a login",
            "put it into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
            image=_PUBLIC,
        ),
        1,
        image=_PUBLIC,
        environ={"HTTPS_PROXY": f"http://{USER}:{PASSWORD}@REGISTRY"},
        replies={"registry.example.com:443": [Reply(407)]},
    ),
    "19-web-page": _from_list(
        Reply(200, {"Content-Type": "text/html"}, b"<html><title>Sign in</title></html>"),
        stderr=_said(
            'it answered with a web page ("Sign in"), not as a registry',
            "check the registry's address, and whether a VPN or a login in the browser is needed",
        ),
        requests=2,
    ),
    "20-not-json": _from_list(
        Reply(),
        Reply(200, {}, b"{"),
        stderr=_said("it sent an answer that is not JSON", "try again, and check the registry's address"),
        requests=3,
        waited_s=0.5,
    ),
    "21-json-of-another-shape": _from_list(
        as_json({"tags": "main-1"}),
        stderr=_said("it sent JSON that is not a tag list", "check the registry's address"),
        requests=2,
    ),
    "22-damaged-compression": _from_list(
        *[Reply(200, {"Content-Encoding": "gzip"}, b"no gzip")] * 2,
        stderr=_said("it sent a damaged compressed answer", "try again"),
        requests=3,
        waited_s=0.5,
    ),
    "23-oversized-headers": _from_list(
        Reply(200, {"X-Long": "x" * 70_000}),
        stderr=_said("it sent oversized headers", "check the registry's address"),
        requests=2,
    ),
    "24-oversized-body": Fault(
        _said("its answer is larger than 1 MiB"),
        2,
        replies={LIST: [Reply(how="endless")]},
        policy=Policy(max_list_bytes=1024 * 1024),
    ),
    "25-repository-unknown": Fault(
        (
            'error: cannot list the tags of REGISTRY/team/missing: the registry has no such repository: 404 Not Found: "repository name not known to registry" (registry REGISTRY)\n'
            "hint: check the name of the image\n"
        ),
        2,
        image="REGISTRY/team/missing",
    ),
    "26-not-a-registry": _from_list(
        Reply(404, {}, b"404 page not found"),
        stderr=_said("no registry answers at this path: 404 Not Found", "check the registry's address"),
        requests=2,
    ),
    "27-no-tags": _from_list(as_json({"tags": None}), stderr=("error: REGISTRY/team/web has no tags\n"), requests=2),
    "28-login-wanted-and-none-there": Fault(
        _said(
            'the repository does not exist or is private; it answered 401 Unauthorized: "authentication required"',
            "check the name, or run `docker login REGISTRY`, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD",
        ),
        2,
        rules=Rules("basic", _USERS),
        login=False,
    ),
    "29-login-refused": Fault(
        _said(
            'it refused the login from HOME/.docker/config.json, or that login may not read the repository: 401 Unauthorized: "authentication required"',
            "run `docker login REGISTRY`, or ask for the right to pull",
        ),
        2,
        rules=Rules("basic", {USER: "another"}),
        login=False,
        files={_CONFIG: json.dumps({"auths": {"REGISTRY": {"username": USER, "password": PASSWORD}}})},
    ),
    "30-login-service-fails": Fault(
        _said(
            'its login service REGISTRY gave no token: it has a problem: 503 Service Unavailable: "database"',
            "try again later",
        ),
        5,
        3.5,
        rules=Rules("bearer", _USERS),
        replies={"/token": [an_error(503, "UNAVAILABLE", "database")] * 4},
    ),
    "31-unsupported-kind-of-login": _from_list(
        Reply(401, {"WWW-Authenticate": "Negotiate"}),
        stderr=_said(
            "it wants a login of a kind that is not supported: negotiate",
            "ask the registry's owner for Basic or Bearer",
        ),
        requests=2,
    ),
    "32-login-service-inside": Fault(
        _said("it names http://169.254.169.254 as its login service, which is refused", "tell the registry's owner"),
        1,
        rules=Rules("bearer", _USERS, realm="http://169.254.169.254/token"),
    ),
    "33-token-expires-in-the-middle": Fault(
        "", 7, code=0, rules=Rules("bearer", _USERS, page_size=2), replies={LIST: [_PAGE, _PAGE, Reply(401)]}
    ),
    "34-credential-helper-fails": Fault(
        (
            'warning: the credential helper docker-credential-broken (named in HOME/.docker/config.json) failed with status 1: "locked; called with get"; it is ignored\n'
            'error: cannot list the tags of REGISTRY/team/web: the repository does not exist or is private; it answered 401 Unauthorized: "authentication required" (registry REGISTRY)\n'
            'hint: the credential helper docker-credential-broken (named in HOME/.docker/config.json) failed with status 1: "locked; called with get"\n'
            "hint: check the name, or run `docker login REGISTRY`, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD\n"
        ),
        2,
        rules=Rules("basic", _USERS),
        login=False,
        files={
            _CONFIG: json.dumps({"credsStore": "broken"}),
            "HOME/bin/docker-credential-broken": '#!/bin/sh\necho "locked; called with $*"\nexit 1\n',
        },
    ),
    "35-broken-config": Fault(
        (
            "warning: cannot read HOME/.docker/config.json: line 2 is not JSON (Unterminated string starting at); it is ignored\n"
            'error: cannot list the tags of REGISTRY/team/web: the repository does not exist or is private; it answered 401 Unauthorized: "authentication required" (registry REGISTRY)\n'
            "hint: cannot read HOME/.docker/config.json: line 2 is not JSON (Unterminated string starting at)\n"
            "hint: check the name, or run `docker login REGISTRY`, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD\n"
        ),
        2,
        rules=Rules("basic", _USERS),
        login=False,
        files={_CONFIG: '{\n"auths": {"REGISTRY": "s3cr3t'},
    ),
    "36-requests-limited": _from_list(
        _LIMIT,
        stderr=_said(
            'it limits requests: 429 Too Many Requests: "You have reached your pull rate limit. See https://example.com/"; it allows the next request at TIME, in 43 min',
            "try again later, or log in for a higher limit",
        ),
        requests=2,
    ),
    "37-registry-fails": _from_list(
        *[an_error(503, "UNAVAILABLE", "upstream is down")] * 4,
        stderr=_said('it has a problem: 503 Service Unavailable: "upstream is down"', "try again later"),
        requests=5,
        waited_s=3.5,
    ),
    "38-redirect-inside": _from_list(
        Reply(302, {"Location": "http://169.254.169.254/latest/"}),
        stderr=_said("it redirects to http://169.254.169.254, which is refused", "tell the registry's owner"),
        requests=2,
    ),
    "39-a-page-is-lost": _from_list(
        _PAGE,
        _PAGE,
        an_error(400, "BAD", "bad cursor"),
        stderr=_said(
            'the tag list is incomplete: page 2 failed after 2 tags: it answered 400 Bad Request: "bad cursor"',
            "try again",
        ),
        requests=4,
    ),
    "40-wrong-digest": Fault(
        (
            "error: cannot find the digest of REGISTRY/team/web:a: what it sent does not match its digest: sha256:0000000000000000000000000000000000000000000000000000000000000000 was promised, sha256:c5d902c53b4afcf32ad746fd9d696431650d3fbe8f7b10ca10519543fefd772c came (registry REGISTRY)\n"
            '    for pod/web, container "app", in HOME/pod.yaml:1\n'
        ),
        3,
        command=("render", "--pin-digests", "-F", "web=IMAGE:a", "-f", "HOME/pod.yaml"),
        files={
            "HOME/pod.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: a},"
            " spec: {containers: [{name: app, image: \"{{ images.get_image('web') }}\"}]}}"
        },
        replies={"/v2/team/web/manifests/a": [Reply(headers={"Content-Type": OCI_IMAGE}), _OTHER_MANIFEST]},
    ),
}
