"""From a fresh machine to a running command: what is installed when, and what is said when it cannot be."""

from pathlib import Path

import pytest

from config import bootstrap


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with pinned libraries and an environment, whose Python is a copy as on Windows."""
    (tmp_path / "requirements").mkdir()
    for name in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    return tmp_path


@pytest.mark.parametrize(
    "arguments, libraries",
    [(["manage.py", "demo"], "runtime"), (["manage.py", "test", "-k", "x"], "dev"), (["manage.py"], "runtime")],
)
def test_only_the_tests_need_the_test_tools(arguments: list[str], libraries: str) -> None:
    assert bootstrap.requirements_for(arguments) == libraries


def test_what_was_installed_is_not_installed_again(project: Path) -> None:
    assert not bootstrap.is_installed("runtime")
    bootstrap.remember("runtime")
    assert bootstrap.is_installed("runtime")


def test_test_tools_bring_the_libraries_of_an_installation_with_them(project: Path) -> None:
    bootstrap.remember("dev")
    assert bootstrap.is_installed("runtime")
    assert bootstrap.is_installed("dev")


def test_new_libraries_of_an_installation_put_the_test_tools_in_doubt(project: Path) -> None:
    bootstrap.remember("dev")
    bootstrap.remember("runtime")
    assert not bootstrap.is_installed("dev")


def test_a_changed_pin_is_installed(project: Path) -> None:
    bootstrap.remember("runtime")
    (project / "requirements" / "runtime.txt").write_text("runtime==2")
    assert not bootstrap.is_installed("runtime")


def test_libraries_of_another_python_are_installed_again(project: Path) -> None:
    bootstrap.remember("runtime")
    other = project / "other-python"
    other.touch()
    bootstrap.PYTHON.unlink()
    bootstrap.PYTHON.symlink_to(other)
    assert not bootstrap.is_installed("runtime")


def test_an_environment_whose_python_is_gone_is_made_again(project: Path) -> None:
    bootstrap.remember("runtime")
    bootstrap.PYTHON.unlink()
    assert not bootstrap.is_installed("runtime")


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_a_python_outside_the_range_is_refused_in_one_sentence(version: tuple[int, int]) -> None:
    with pytest.raises(SystemExit, match=r"^Kassenwart: runs on Python 3\.11 to 3\.13, this is Python 3\.1[04]; start"):
        bootstrap.refuse_other_pythons(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_python_inside_the_range_is_taken(version: tuple[int, int]) -> None:
    bootstrap.refuse_other_pythons(version)


def test_a_python_without_its_installer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="sudo apt install python3-venv"):
        bootstrap.refuse_without_pip(uv=None)


def test_uv_does_not_need_that_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    bootstrap.refuse_without_pip(uv="/usr/bin/uv")


def test_a_container_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bootstrap.SWITCH, "1")
    monkeypatch.setattr(bootstrap, "ensure", lambda name: pytest.fail("installed something"))
    bootstrap.prepare(["manage.py", "demo"])


def test_a_failed_installation_stops_and_is_not_remembered(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "working_uv", lambda: None)
    monkeypatch.setattr("subprocess.call", lambda command: 1)
    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.ensure("runtime")
    assert not bootstrap.is_installed("runtime")
