"""Delivery reports: who failed, for good or for the moment, and which message it was."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.bounce import LARGEST, is_bad_address, read

FILES = Path(__file__).parents[1] / "files" / "bounces"


def report(name: str) -> bytes:
    return (FILES / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("name, permanent", [("gone", True), ("full", False), ("headers_only", True)])
def test_a_failed_address_is_read_with_reason_and_message(name: str, permanent: bool) -> None:
    [found] = read(report(name))
    assert (found.address, found.permanent, found.message_id) == ("m1@example.org", permanent, "<ours@localhost>")
    assert found.reason


def test_a_reason_over_two_lines_is_one() -> None:
    assert read(report("gone"))[0].reason == (
        "550 5.1.1 <m1@example.org>: Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_a_delay_is_no_failure() -> None:
    assert read(report("delayed")) == []


@pytest.mark.parametrize(
    "status, code, bad",
    [
        ("5.1.1", 550, True), ("5.1.10", 0, True), ("5.2.1", 550, True), ("5.2.2", 552, False), ("5.7.1", 550, False), ("4.2.2", 450, False),
        ("", 550, True), ("", 553, True), ("", 554, False), ("", 452, False), ("5.0.0", 550, True), ("5.0.0", 0, False),
    ],
)  # fmt: skip
def test_only_a_wrong_address_is_the_fault_of_the_address(status: str, code: int, bad: bool) -> None:
    assert is_bad_address(status, code) is bad


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff\xfe", b"Subject: Hello\r\n\r\nHow are you?", b"x" * (LARGEST + 1)],
    ids=["empty", "noise", "a letter", "too large"],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)


def test_endless_nesting_is_refused() -> None:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(5000))
    with pytest.raises(ValueError):
        read(head)


def test_a_report_without_an_address_says_nothing() -> None:
    assert read(report("gone").replace(b"example.org", b"").replace(b"@", b"")) == []


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, report("gone").replace(b"rfc822; M1@example.org", data)):
        try:
            read(content)
        except ValueError:
            continue
