"""Delivery reports (RFC 3464, status codes of RFC 3463): which address a mail server would not take, and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

LARGEST = 10 * 1024 * 1024
MOST_RECIPIENTS = 1000
STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
CODE = re.compile(r"[245]\d\d\b")
ADDRESS = re.compile(r"[^\s<>;,\"]+@[^\s<>;,\"]+")
# The address itself is wrong, or its mailbox is closed; a full mailbox, a policy or a network is no fault of the address.
BAD_ADDRESS = ("5.1.", "5.2.1")
BAD_ADDRESS_CODES = (550, 551, 553)


@dataclass(frozen=True, slots=True)
class Report:
    """One failed address. `permanent`: writing there again is in vain. `message_id`: of what came back, empty when not told."""

    address: str
    permanent: bool
    reason: str
    message_id: str


def is_bad_address(status: str, code: int = 0) -> bool:
    """By the enhanced status; by the reply code of SMTP where there is none."""
    if status and status != "5.0.0":
        return status.startswith(BAD_ADDRESS)
    return code in BAD_ADDRESS_CODES


def read(data: bytes) -> list[Report]:
    """The failed addresses of a report. ValueError when the file is too large or is no delivery report."""
    if len(data) > LARGEST:
        raise ValueError("larger than 10 MB")
    try:
        message = message_from_bytes(data)
        parts = list(message.walk())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    blocks = [block for part in parts for block in recipient_blocks(part)]
    if not blocks:
        raise ValueError("no delivery report (RFC 3464)")
    ours = next((found for part in parts if (found := returned_id(part))), "")
    return [report for block in blocks[:MOST_RECIPIENTS] if (report := report_of(block, ours))]


def recipient_blocks(part: Message) -> Iterator[Message]:
    """The groups of fields that name a recipient; the first group speaks of the whole message."""
    payload = part.get_payload()
    if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message) and block["Action"])


def report_of(block: Message, message_id: str) -> Report | None:
    """What a group says, if its address failed."""
    if str(block["Action"]).strip().lower() != "failed":
        return None
    address = address_in(block["Original-Recipient"]) or address_in(block["Final-Recipient"])
    diagnosis = " ".join(str(block["Diagnostic-Code"] or "").partition(";")[2].split())
    found = STATUS.search(str(block["Status"] or "")) or STATUS.search(diagnosis)
    status, code = found[0] if found else "", CODE.match(diagnosis)
    permanent = is_bad_address(status, int(code[0]) if code else 0)
    return Report(address, permanent, (diagnosis or status)[:300], message_id) if address else None


def address_in(field: object) -> str:
    """`rfc822; a@example.org`."""
    found = ADDRESS.search(str(field or ""))
    return found[0].lower() if found and len(found[0]) <= 254 else ""


def returned_id(part: Message) -> str:
    """The Message-ID of what came back: the whole message, or its head."""
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
        return next((str(one["Message-ID"] or "").strip() for one in payload if isinstance(one, Message)), "")
    if part.get_content_type() == "text/rfc822-headers":
        body = part.get_payload(decode=True)
        head = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
        return str(message_from_string(head)["Message-ID"] or "").strip()
    return ""
