from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.platforms import Platform

WORDS = st.from_regex("[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True)
PLATFORMS = st.builds(Platform, WORDS, WORDS, st.just("") | WORDS, st.just("") | st.sampled_from(["10", "10.0.1"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("linux/amd64", Platform("linux", "amd64"), id="os-and-architecture"),
        pytest.param("linux/arm64/v8", Platform("linux", "arm64", "v8"), id="variant"),
        pytest.param("Linux/AMD64", Platform("linux", "amd64"), id="capitals"),
        pytest.param(
            "windows(10.0.17763)/amd64", Platform("windows", "amd64", os_version="10.0.17763"), id="version-of-the-os"
        ),
    ],
)
def test_a_platform_is_read(text: str, expected: Platform) -> None:
    assert Platform.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux/amd64\n", "linux/am d64", "windows(x)/amd64"]
)
def test_any_other_text_is_no_platform(text: str) -> None:
    with pytest.raises(ValueError, match="is not a platform such as linux/amd64 or linux/arm/v7"):
        Platform.parse(text)


@given(PLATFORMS)
def test_the_text_of_a_platform_is_read_as_the_same_platform(platform: Platform) -> None:
    assert Platform.parse(str(platform)) == platform


@given(PLATFORMS)
def test_a_platform_serves_itself(platform: Platform) -> None:
    assert platform.serves(platform)


@pytest.mark.parametrize(
    ("offered", "wanted", "serves"),
    [
        pytest.param("linux/amd64", "linux/amd64", True, id="equal"),
        pytest.param("linux/amd64", "linux/arm64", False, id="other-architecture"),
        pytest.param("windows/amd64", "linux/amd64", False, id="other-os"),
        pytest.param("linux/arm64/v8", "linux/arm64", True, id="arm64-is-v8"),
        pytest.param("linux/arm64", "linux/arm64/v8", True, id="arm64-is-v8-without-saying-so"),
        pytest.param("linux/arm64/v9", "linux/arm64", False, id="arm64-is-not-v9"),
        pytest.param("linux/arm", "linux/arm/v7", True, id="arm-is-v7"),
        pytest.param("linux/arm/v6", "linux/arm", False, id="arm-is-not-v6"),
        pytest.param("linux/amd64/v1", "linux/amd64", True, id="amd64-is-v1"),
        pytest.param("linux/amd64/v3", "linux/amd64", False, id="amd64-is-not-v3"),
        pytest.param("linux/mips64le", "linux/mips64le", True, id="no-variants"),
        pytest.param("windows(10.0.17763.1457)/amd64", "windows/amd64", True, id="any-version-of-the-os"),
        pytest.param("windows(10.0.17763.1457)/amd64", "windows(10.0.17763)/amd64", True, id="version-of-the-os"),
        pytest.param("windows(10.0.177)/amd64", "windows(10.0.17)/amd64", False, id="other-version-of-the-os"),
        pytest.param("windows/amd64", "windows(10.0.17)/amd64", False, id="no-version-of-the-os"),
    ],
)
def test_an_image_serves_the_platforms_it_is_made_for(offered: str, wanted: str, serves: bool) -> None:
    assert Platform.parse(offered).serves(Platform.parse(wanted)) is serves
