from __future__ import annotations

from pathlib import Path

import pytest
from certificates import Certificate, certificate_for

from kubectl_images.pem_files import certificates_fault, private_key_fault


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for("DNS:a", tmp_path_factory.mktemp("certificate"))


BROKEN = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("GOOD", "", id="one"),
        pytest.param("# a comment\nGOODGOOD", "", id="two"),
        pytest.param("", "there is no certificate in PEM form in it", id="empty"),
        pytest.param("hello\n", "there is no certificate in PEM form in it", id="text"),
        pytest.param(BROKEN, "line 1 does not begin a certificate that can be read", id="broken"),
        pytest.param(f"# a\n# b\n{BROKEN}", "line 3 does not begin a certificate that can be read", id="broken-later"),
        pytest.param("-----BEGIN CERTIFICATE-----\nMIIB\n", "the certificate in line 1 does not end", id="open"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\nMIIB\nGOOD",
            "the certificate in line 1 does not end",
            id="open-before-another",
        ),
        pytest.param(
            BROKEN.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            "line 1 does not begin a certificate that can be read",
            id="broken-trusted",
        ),
        pytest.param(
            BROKEN.replace("CERTIFICATE", "PRIVATE KEY"), "there is no certificate in PEM form in it", id="key"
        ),
    ],
)
def test_what_is_wrong_with_certificates_is_told_with_its_line(
    certificate: Certificate, tmp_path: Path, text: str, fault: str
) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(text.replace("GOOD", certificate.file.read_text(encoding="ascii")), encoding="ascii")

    assert certificates_fault(str(file)) == fault


def test_a_broken_certificate_after_a_good_one_is_told_with_its_line(certificate: Certificate, tmp_path: Path) -> None:
    good = certificate.file.read_text(encoding="ascii")
    file = tmp_path / "ca.crt"
    file.write_text(good + BROKEN, encoding="ascii")

    line = len(good.splitlines()) + 1
    assert certificates_fault(str(file)) == f"line {line} does not begin a certificate that can be read"


def test_a_file_in_der_form_is_told_with_what_converts_it(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(b"\x30\x82\x01\x00")

    assert certificates_fault(str(file)) == (
        "it is in DER form, not in PEM form (`openssl x509 -inform der` converts a certificate)"
    )


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")

    assert certificates_fault(missing) == "it cannot be read: No such file or directory"
    assert private_key_fault(missing) == "it cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("GOOD", "", id="good"),
        pytest.param("hello", "there is no private key in PEM form in it", id="text"),
        pytest.param("\n-----BEGIN PRIVATE KEY-----\nMIIB", "the private key in line 2 does not end", id="open"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_with_its_line(
    certificate: Certificate, tmp_path: Path, text: str, fault: str
) -> None:
    file = tmp_path / "client.key"
    file.write_text(text.replace("GOOD", certificate.key.read_text(encoding="ascii")), encoding="ascii")

    assert private_key_fault(str(file)) == fault
