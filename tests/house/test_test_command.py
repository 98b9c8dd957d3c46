"""`manage.py test`: which passes it makes, and what its exit code says."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from billing.management.commands import test as command

SERVER = "postgres://somebody:secret@db.example/postgres"


class Passes:
    """Stands in for pytest and writes down how it was called."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.calls: list[tuple[list[str], str]] = []
        self.environs: list[Mapping[str, str]] = []

    def __call__(self, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
        self.calls.append((list(arguments), environ["DATABASE_URL"].partition(":")[0]))
        self.environs.append(environ)
        return self.codes.pop(0)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Passes:
    stand_in = Passes(*getattr(request, "param", (0, 0)))
    monkeypatch.setattr(command, "pytest", stand_in)
    return stand_in


def test_with_a_server_both_databases_are_tested(passes: Passes) -> None:
    assert command.run(["-k", "x"], SERVER, server_answers=True, environ={}) == 0
    assert passes.calls == [(["--postgres-follows", "--nomigrations", "-k", "x"], "sqlite"), (["-k", "x"], "postgres")]


def test_without_a_server_sqlite_is_tested_and_one_line_says_so(passes: Passes, capsys: Any) -> None:
    assert command.run([], SERVER, server_answers=False, environ={}) == 0
    assert passes.calls == [([], "sqlite")]
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "No PostgreSQL answers at db.example/postgres" in said
    assert "secret" not in said


def test_in_ci_a_missing_server_is_a_failure(passes: Passes) -> None:
    assert command.run([], SERVER, server_answers=False, environ={"CI": "true"}) == 1
    assert passes.calls == []


@pytest.mark.parametrize(
    "passes, code",
    [((0, 0), 0), ((1, 0), 1), ((0, 1), 1), ((5, 0), 0), ((0, 5), 0), ((1, 5), 1), ((5, 5), 5), ((0, 4), 4)],
    indirect=["passes"],
)
def test_one_failed_pass_fails_the_whole(passes: Passes, code: int) -> None:
    assert command.run([], SERVER, server_answers=True, environ={}) == code


@pytest.mark.parametrize("passes", [(2,), (4,)], indirect=True)
def test_an_interrupted_or_misspelt_run_ends_at_once(passes: Passes) -> None:
    assert command.run([], SERVER, server_answers=True, environ={}) != 0
    assert len(passes.calls) == 1


def test_the_file_of_an_installation_does_not_change_what_tests_see(passes: Passes) -> None:
    command.run([], SERVER, server_answers=False, environ={"SECURE": "on", "DATABASE_URL": SERVER})
    seen = passes.environs[0]
    assert seen["SECURE"] == "off"
    assert seen["DATABASE_URL"].startswith("sqlite:///")
    assert seen["DATA_DIR"] in seen["DATABASE_URL"]


def test_a_server_that_is_not_there_does_not_answer() -> None:
    assert command.answers("postgres://postgres@127.0.0.1:1/postgres") is False


def test_a_process_runs_on_each_core_unless_somebody_says_otherwise() -> None:
    assert command.side_by_side(["-k", "x"])[0].startswith("-n")
    for given in (["-n0"], ["-n", "3"], ["--pdb"], ["-s", "tests"]):
        assert command.side_by_side(given) == given
