"""The libraries are pinned by hash, come from wherever the machine gets them, and their licences are known."""

import re

import pytest

from tests.house.tree import ROOT

FILES = ("runtime", "dev")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")


def pins(name: str) -> list[str]:
    """One logical line per library, with its continuation lines."""
    joined = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def versions(name: str) -> set[tuple[str, str]]:
    return {match.groups() for line in pins(name) if (match := PIN.match(line))}  # type: ignore[misc]


@pytest.mark.parametrize("name", FILES)
def test_every_library_has_one_version_and_its_hashes(name: str) -> None:
    faulty = [line[:60] for line in pins(name) if not PIN.match(line) or "--hash=sha256:" not in line]
    assert faulty == []


@pytest.mark.parametrize("name", FILES)
def test_requirements_name_no_place_to_load_from(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", lines) == []


def test_the_test_libraries_contain_those_of_an_installation() -> None:
    assert versions("runtime") - versions("dev") == set()


def test_the_licence_of_every_library_of_an_installation_is_listed() -> None:
    table = (ROOT / "docs" / "licences.md").read_text()
    listed = re.findall(r"^\| ([A-Za-z0-9._-]+) \| (\d[^ |]*) \| [^|]+ \|$", table, re.MULTILINE)
    assert set(listed) == versions("runtime")
