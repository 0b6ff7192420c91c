from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_images.registry_answers import RequestError
from kubectl_images.registry_certs import ClientPair, HostCertificates, certificates_for

HOST = "registry.example.com:5000"


def files_in(root: Path, directory: str, *names: str) -> Path:
    """Make empty files in the certs.d of a host below `root`."""
    folder = root / directory / "certs.d" / HOST
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    return folder


def found(root: Path) -> HostCertificates:
    return certificates_for([HOST], root / "home", root / "etc")


def test_without_a_directory_there_is_nothing_and_the_directory_to_make_is_known(tmp_path: Path) -> None:
    assert found(tmp_path) == HostCertificates(str(tmp_path / "home/.config/containers/certs.d" / HOST))


DIRECTORIES = ["home/.config/containers", "etc/containers", "etc/docker"]


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_certificates_are_found_in_each_of_the_directories(tmp_path: Path, directory: str) -> None:
    folder = files_in(tmp_path, directory, "b.crt", "a.crt", "client.cert", "client.key", "notes.txt")

    assert found(tmp_path) == HostCertificates(
        str(folder),
        (str(folder / "a.crt"), str(folder / "b.crt")),
        ClientPair(str(folder / "client.cert"), str(folder / "client.key")),
    )


@pytest.mark.parametrize("count", [2, 3])
def test_the_first_directory_that_exists_counts_alone(tmp_path: Path, count: int) -> None:
    folders = [files_in(tmp_path, directory, "ca.crt") for directory in DIRECTORIES[-count:]]

    assert found(tmp_path) == HostCertificates(str(folders[0]), (str(folders[0] / "ca.crt"),))


def test_another_host_or_port_has_certificates_of_its_own(tmp_path: Path) -> None:
    files_in(tmp_path, "etc/docker", "ca.crt")

    other = certificates_for(["registry.example.com"], tmp_path / "home", tmp_path / "etc")

    assert other == HostCertificates(str(tmp_path / "home/.config/containers/certs.d/registry.example.com"))


def test_of_several_pairs_the_first_is_shown_and_the_others_are_told(tmp_path: Path) -> None:
    folder = files_in(tmp_path, "etc/docker", "b.cert", "b.key", "a.cert", "a.key")

    assert found(tmp_path) == HostCertificates(
        str(folder),
        client=ClientPair(str(folder / "a.cert"), str(folder / "a.key")),
        warnings=(f"of several client certificates, only {folder / 'a.cert'} is used, not {folder / 'b.cert'}",),
    )


@pytest.mark.parametrize(
    ("name", "missing", "other"),
    [("client.cert", "key", "client.key"), ("client.key", "certificate", "client.cert")],
)
def test_half_a_pair_is_an_error_that_names_the_other_half(tmp_path: Path, name: str, missing: str, other: str) -> None:
    folder = files_in(tmp_path, "etc/docker", name)

    with pytest.raises(RequestError) as caught:
        found(tmp_path)

    assert str(caught.value) == f"cannot use {folder / name}: its {missing} is missing"
    assert caught.value.hint == f"add {folder / other}, or take {name} away"


def test_a_directory_may_have_the_port_that_everyone_means(tmp_path: Path) -> None:
    folder = files_in(tmp_path, "etc/docker", "ca.crt")

    other = certificates_for(["registry.example.com", HOST], tmp_path / "home", tmp_path / "etc")

    assert other == HostCertificates(str(folder), (str(folder / "ca.crt"),))
