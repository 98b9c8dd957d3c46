"""`manage.py quote`: JSON on standard output, or one line per fault on standard error and status 2."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

CASE = Path(__file__).parent.parent / "cases" / "C1-annual-upgrade.json"


def test_a_case_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("quote", str(CASE))
    answer = json.loads(capsys.readouterr().out)
    assert answer["total"] == "5901.32"
    assert set(answer["charges"][0]) == {
        *("component", "tariff", "kind", "from", "to", "bill_on", "quantity", "amount", "vat_rate", "text"),
    }


def test_a_case_may_come_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CASE.read_bytes())))
    call_command("quote", "-")
    assert json.loads(capsys.readouterr().out)["total"] == "5901.32"


@pytest.mark.parametrize(
    "text, lines",
    [
        (b'{"tariffs": {}, "contract": {"start": "x"}}', 3),
        (b"{", 1),
        (b"\xff", 1),
        (b"[" * 100_000, 1),
    ],
)
def test_bad_input_ends_with_status_2_and_a_line_per_fault(
    text: bytes, lines: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(text)
    with pytest.raises(SystemExit) as ended:
        call_command("quote", str(path))
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out, len(printed.err.splitlines())) == (2, "", lines)


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("quote", str(tmp_path / "none.json"))
    assert ended.value.code == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", [".", "/dev/zero"])
def test_a_directory_and_a_stream_without_end_are_bad_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("quote", name)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert printed.err.startswith("$: ")
