"""Answers of a bank, as small as they can be."""

from collections.abc import Mapping

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


def reply(
    original: str,
    status: str = "",
    debits: Mapping[str, tuple[str, str]] | None = None,
    kind: str = "pain.008.001.08",
    block: str = "",
) -> bytes:
    """The answer to a file: its status, and by end-to-end id the status and reason of debits."""
    group = f"<OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>{kind}</OrgnlMsgNmId>"
    group += f"<GrpSts>{status}</GrpSts>" if status else ""
    named = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{identifier}</OrgnlEndToEndId><TxSts>{one}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for identifier, (one, code) in (debits or {}).items()
    )
    state = f"<PmtInfSts>{block}</PmtInfSts>" if block else ""
    return (
        f'{HEAD}<Document xmlns="{SPACE}"><CstmrPmtStsRpt><GrpHdr><MsgId>BANK1</MsgId><CreDtTm>2027-01-04T10:00:00</CreDtTm></GrpHdr>'
        f"<OrgnlGrpInfAndSts>{group}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>{state}{named}"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()
