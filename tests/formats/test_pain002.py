"""What banks answer, and what only looks like it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.pain002 import DebitStatus, RefusedReplyError, Reply, read
from tests.formats.replies import HEAD, SPACE, reply

FILES = Path(__file__).parent.parent / "files" / "pain002"
GOLDEN = {
    "accepted-10.xml": Reply("STAT1", "KW000000001F0001", "pain.008", "accepted"),
    "rejected-03.xml": Reply(
        "PSR-77", "KW000000001F0001", "pain.008.001.02", "rejected", "FF01", "Formatfehler Zeile 12"
    ),
    "partly-10.xml": Reply(
        "STAT20270104-0001", "KW000000001F0001", "pain.008.001.08", "partly", "", "",
        (
            DebitStatus("KW0000000001A01", "rejected", "AC01", "IBAN fehlerhaft"),
            DebitStatus("KW0000000002A01", "rejected", "", "Sperrliste"),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_the_answer_says_what_was_read_by_eye(name: str) -> None:
    assert read((FILES / name).read_bytes()) == GOLDEN[name]


@pytest.mark.parametrize(
    "group, block, meant",
    [
        ("RJCT", "", "rejected"), ("", "RJCT", "rejected"), ("PART", "RJCT", "partly"), ("", "ACSP", "accepted"), ("PDNG", "", "waits"),
        ("RCVD", "", "waits"), ("", "", ""), ("ACSC", "PART", "accepted"),
    ],
)  # fmt: skip
def test_the_status_of_the_whole_file(group: str, block: str, meant: str) -> None:
    assert read(reply("M1", group, block=block)).status == meant


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{number} "{f"&a{number - 1 or str()};" * 10}">' for number in range(1, 9)
) + "]>"  # fmt: skip
LONG_ID = "X" * 36
HOSTILE = {
    "nothing": (b"", "xml"),
    "cut short": (reply("M1", "RJCT")[:200], "xml"),
    "no xml": (b"MsgId;Status\nM1;RJCT\n", "xml"),
    "a nul": (reply("M1", "RJCT").replace(b"BANK1", b"BA\0K"), "xml"),
    "wrong encoding": (reply("M1", "RJCT").replace(b"BANK1", b"B\xe4NK"), "xml"),
    "billion laughs": (BOMB.encode() + reply("M1", "RJCT")[len(HEAD) :], "doctype"),
    "an entity of a local file": (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + reply("&f;", "RJCT")[len(HEAD) :], "doctype",
    ),
    "a document type elsewhere": (
        b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd">' + reply("M1", "RJCT")[len(HEAD) :], "doctype",
    ),
    "a parameter entity": (
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.org/p"> %p;]>' + reply("M1", "RJCT")[len(HEAD) :], "doctype",
    ),
    "very deep": (b"<a>" * 5000 + b"</a>" * 5000, "xml"),
    "another root": (b"<html/>", "version"),
    "a statement": (reply("M1").replace(b"pain.002.001.10", b"camt.053.001.08"), "version"),
    "a direct debit file": (reply("M1").replace(b"pain.002.001.10", b"pain.008.001.08"), "version"),
    "an unknown version": (reply("M1").replace(b"001.10", b"001.99"), "version"),
    "no name space": (reply("M1").replace(f' xmlns="{SPACE}"'.encode(), b""), "version"),
    "no report": (f'<Document xmlns="{SPACE}"><Other/></Document>'.encode(), "root"),
    "no original": (reply("", "RJCT"), "original"),
    "an original too long": (reply(LONG_ID, "RJCT"), "original"),
    "an unknown status": (reply("M1", "MAYB"), "status"),
    "an unknown status of a debit": (reply("M1", "PART", {"E1": ("SOSO", "AC01")}), "status"),
    "a debit without id": (reply("M1", "PART", {"": ("RJCT", "AC01")}), "debit"),
    "a debit with a long id": (reply("M1", "PART", {LONG_ID: ("RJCT", "AC01")}), "debit"),
    "two words on one debit": (
        reply("M1", "PART", {"E1": ("RJCT", "AC01"), "E2": ("ACSP", "")}).replace(b"E2", b"E1"), "debit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_answer_is_refused_with_its_reason(name: str) -> None:
    content, code = HOSTILE[name]
    with pytest.raises(RefusedReplyError) as refused:
        read(content)
    assert refused.value.code == code


def test_too_large_and_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.formats.pain002.MOST", 2)
    for content in (b" " * (20 * 1024 * 1024 + 1), reply("M1", "PART", {f"E{n}": ("RJCT", "AC01") for n in range(3)})):
        with pytest.raises(RefusedReplyError) as refused:
            read(content)
        assert refused.value.code == "size"


def test_an_answer_in_another_encoding_that_says_so_is_read() -> None:
    text = reply("M1", "RJCT").decode().replace("UTF-8", "UTF-16")
    assert read(text.encode("utf-16")).status == "rejected"
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]>' + text.partition("?>")[2]
    with pytest.raises(RefusedReplyError, match="document type"):
        read(hidden.encode("utf-16"))


def test_words_of_the_bank_steer_nothing() -> None:
    content = reply("M1", "RJCT").replace(
        b"</OrgnlGrpInfAndSts>",
        "<StsRsnInf><AddtlInf>\u202eabc&lt;script&gt;\u2066 </AddtlInf><AddtlInf>".encode() + b"x" * 500 + b"</AddtlInf></StsRsnInf></OrgnlGrpInfAndSts>",
    )  # fmt: skip
    found = read(content)
    assert found.text.startswith("abc<script> xxx")
    assert (len(found.text), found.code) == (200, "")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(RefusedReplyError):
        read(content)
