"""What a bank answers to a direct debit file: pain.002, versions .03 and .10 and later (EPC130-08; German profile GBIC_5).

The answer takes the whole file, refuses it, or refuses some of its debits. Only refusals have consequences: that a debit is
accepted says nothing about money.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."
VERSIONS = frozenset({"03", "09", "10", "11", "12", "13", "14"})
LARGEST, MOST = 20 * 1024 * 1024, 50_000
ACCEPTED, REJECTED, PARTLY, WAITS = "accepted", "rejected", "partly", "waits"
STATUSES = {
    **dict.fromkeys(("ACCP", "ACTC", "ACSP", "ACSC", "ACWC", "ACCC", "ACWP", "ACFC"), ACCEPTED),
    "RJCT": REJECTED,
    "PART": PARTLY,
    **dict.fromkeys(("PDNG", "RCVD"), WAITS),
}
LONGEST_TEXT, LONGEST_ID, LONGEST_CODE = 200, 35, 4


class RefusedReplyError(ValueError):
    """The bytes are no answer that can be acted on. `code` for programs, the message for people who read logs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class DebitStatus:
    """What the bank says of one debit. `code`: the reason of ISO 20022, such as AC01; `text`: the bank's own words."""

    end_to_end_id: str
    status: str
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The bank's answer to one file. `status` and `code` are those of the whole file; `debits` names only some of them."""

    message_id: str
    original_message_id: str
    original_kind: str
    status: str
    code: str = ""
    text: str = ""
    debits: tuple[DebitStatus, ...] = ()


def read(content: bytes) -> Reply:
    """The answer in these bytes. Raises RefusedReplyError for everything else; nothing outside the bytes is looked at."""
    if len(content) > LARGEST:
        raise RefusedReplyError("size", f"{len(content)} bytes; an answer has {LARGEST} at most")
    report = document(content).find("{*}CstmrPmtStsRpt")
    if report is None:
        raise RefusedReplyError("root", "there is no CstmrPmtStsRpt in the file")
    group = report.find("{*}OrgnlGrpInfAndSts")
    original = text_of(group, "OrgnlMsgId") if group is not None else ""
    if not original or len(original) > LONGEST_ID:
        raise RefusedReplyError("original", "the answer does not name the file it answers")
    blocks = report.findall("{*}OrgnlPmtInfAndSts")
    code, text = reason_of([group, *blocks])
    return Reply(
        message_id=text_of(report, "GrpHdr/MsgId")[:LONGEST_ID], original_message_id=original,
        original_kind=text_of(group, "OrgnlMsgNmId"), status=status_of(group, blocks), code=code, text=text,
        debits=tuple(debits_of(report)),
    )  # fmt: skip


def document(content: bytes) -> Any:
    """The root of a well-formed file of a known version. A document type is refused, whatever it says."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as broken:
        raise RefusedReplyError("xml", str(broken)[:LONGEST_TEXT]) from broken
    if root.getroottree().docinfo.doctype:
        raise RefusedReplyError("doctype", "the file brings its own document type")
    space, _sep, name = str(root.tag).rpartition("}")
    if name != "Document" or space[1:-2] != SPACE or space[-2:] not in VERSIONS:
        raise RefusedReplyError("version", f"{str(root.tag)[:80]} is no pain.002 that is known here")
    return root


def status_of(group: Any, blocks: list[Any]) -> str:
    """The status of the whole file: the group's own, else what its payment blocks agree on; nothing where neither says."""
    own = known_status(text_of(group, "GrpSts"))
    if own:
        return own
    told = {known_status(text_of(block, "PmtInfSts")) for block in blocks} - {""}
    if len(told) > 1:
        return PARTLY if told & {REJECTED, PARTLY} else WAITS
    return told.pop() if told else ""


def known_status(status: str) -> str:
    """One of ours for one of theirs. An unknown one is refused: nobody should guess what a bank meant."""
    if status and status not in STATUSES:
        raise RefusedReplyError("status", f"the status {status[:20]} is not known")
    return STATUSES.get(status, "")


def debits_of(report: Any) -> Iterator[DebitStatus]:
    """The debits that the answer names, each once."""
    seen: dict[str, str] = {}
    for number, node in enumerate(report.iter("{*}TxInfAndSts")):
        if number >= MOST:
            raise RefusedReplyError("size", f"the answer names more than {MOST} debits")
        identifier, status = text_of(node, "OrgnlEndToEndId"), known_status(text_of(node, "TxSts"))
        if not identifier or len(identifier) > LONGEST_ID:
            raise RefusedReplyError("debit", "the answer does not say which debit it means")
        if seen.setdefault(identifier, status) != status:
            raise RefusedReplyError("debit", f"the answer says two things of {identifier}")
        yield DebitStatus(identifier, status, *reason_of([node]))


def reason_of(nodes: list[Any]) -> tuple[str, str]:
    """Code and words of the first reason that is given."""
    for node in nodes:
        for reason in node.findall("{*}StsRsnInf"):
            code = text_of(reason, "Rsn/Cd")
            words = [text_of(reason, "Rsn/Prtry"), *(told.text or "" for told in reason.findall("{*}AddtlInf"))]
            found = readable(" ".join(word for word in words if word))
            if code or found:
                return (code if len(code) == LONGEST_CODE and code.isalnum() and code.isascii() else ""), found
    return "", ""


def readable(text: str) -> str:
    """On one line, without signs that steer a terminal or turn the direction of writing, cut."""
    plain = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc") or sign in "\n\t")
    return " ".join(plain.split())[:LONGEST_TEXT]


def text_of(node: Any, path: str) -> str:
    """The text at a path without blanks around it; nothing where there is none."""
    return (node.findtext("/".join(f"{{*}}{name}" for name in path.split("/"))) or "").strip()
