"""What a return of a direct debit means for claim, mandate, next attempt and fee: one row per reason code.

Sources: EPC130-08 and EPC173-14 (codes and who may use them), BGB 675x (refund within eight weeks), ZAG and bank secrecy (in
Germany AM04 and MD07 are often told as MS03 only). `claim`: `open` again, or `check` first whether it is paid otherwise.
`mandate`: `keep`, `suspend` until somebody asked the payer, `end`. `retry`: `once` with the next run, `fixed` after the cause was
mended, `no` never by itself. `fee`: the bank's fee may be passed on to the `payer`, or stays `ours` because the fault is ours.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple


class ReturnReason(NamedTuple):
    """One row of the table."""

    code: str
    claim: Literal["open", "check"]
    mandate: Literal["keep", "suspend", "end"]
    retry: Literal["once", "fixed", "no"]
    fee: Literal["payer", "ours"]


UNKNOWN = ReturnReason("", "open", "keep", "no", "ours")
REASONS = {
    one.code: one
    for one in (
        ReturnReason("AC01", "open", "suspend", "fixed", "payer"),
        ReturnReason("AC04", "open", "end", "no", "payer"),
        ReturnReason("AC06", "open", "suspend", "no", "payer"),
        ReturnReason("AC13", "open", "suspend", "fixed", "ours"),
        ReturnReason("AG01", "open", "suspend", "no", "payer"),
        ReturnReason("AG02", "open", "keep", "fixed", "ours"),
        ReturnReason("AM04", "open", "keep", "once", "payer"),
        ReturnReason("AM05", "check", "keep", "no", "ours"),
        ReturnReason("DUPL", "check", "keep", "no", "ours"),
        ReturnReason("BE05", "open", "suspend", "fixed", "ours"),
        ReturnReason("CNOR", "open", "keep", "fixed", "ours"),
        ReturnReason("DNOR", "open", "keep", "fixed", "ours"),
        ReturnReason("DT01", "open", "keep", "fixed", "ours"),
        ReturnReason("FF01", "open", "keep", "fixed", "ours"),
        ReturnReason("FF05", "open", "keep", "fixed", "ours"),
        ReturnReason("MD01", "open", "end", "no", "ours"),
        ReturnReason("MD02", "open", "suspend", "fixed", "ours"),
        ReturnReason("MD06", "open", "keep", "no", "payer"),
        ReturnReason("MD07", "open", "end", "no", "ours"),
        ReturnReason("MS02", "open", "keep", "no", "payer"),
        ReturnReason("MS03", "open", "keep", "once", "payer"),
        ReturnReason("RC01", "open", "keep", "fixed", "ours"),
        ReturnReason("RR01", "open", "keep", "fixed", "ours"),
        ReturnReason("RR02", "open", "keep", "fixed", "ours"),
        ReturnReason("RR03", "open", "keep", "fixed", "ours"),
        ReturnReason("RR04", "open", "keep", "fixed", "ours"),
        ReturnReason("SL01", "open", "suspend", "no", "payer"),
        ReturnReason("TM01", "open", "keep", "fixed", "ours"),
    )
}


def reason_of(code: str) -> ReturnReason:
    """The row of a code; an unknown one opens the claim, and nothing else happens by itself."""
    return REASONS.get(code.upper(), UNKNOWN._replace(code=code))


def may_retry(codes: Sequence[str]) -> bool:
    """Whether a claim whose debits came back with these codes, oldest first, may be debited by the next run as it is.

    Once at most, and only after a reason that passes by itself. MS03 may hide an empty account or a death: never twice.
    """
    return len(codes) <= 1 and all(reason_of(code).retry == "once" for code in codes)


def ends_mandate(codes: Sequence[str]) -> bool:
    """Whether the latest code ends the mandate: a closed account, no mandate, a death; or a second refund by the payer."""
    return bool(codes) and (reason_of(codes[-1]).mandate == "end" or codes.count("MD06") > 1)
