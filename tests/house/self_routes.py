"""The pages on which members help themselves, and those of the office behind them: who may, and one of everything."""

from datetime import date
from typing import Any

from billing.models import Contract, Mail
from billing.services import quotes
from members import consenting
from members.models import Consent, ConsentText, DataChange, ErasureRequest, Member, Proof, ProofFile
from tests.services.club import noon

OFFICE, TREASURER, ACCOUNTANT, MEMBER = "office", "treasurer", "accountant", "member"
STAFF, CLERKS = frozenset({OFFICE, TREASURER, ACCOUNTANT}), frozenset({OFFICE, TREASURER})
OWN, ANY, NONE = frozenset({MEMBER}), STAFF | {MEMBER}, frozenset[str]()

SELF_ROUTES: dict[str, tuple[frozenset[str], frozenset[str], str]] = {
    "contract_options": (OWN, OWN, "contract"),
    "contract_agree": (NONE, OWN, "own_quote"),
    "messages": (ANY, NONE, ""),
    "message": (OWN, NONE, "message"),
    "details": (ANY, NONE, ""),
    "details_address": (OWN, OWN, "member"),
    "details_name": (OWN, OWN, "member"),
    "mail_address": (ANY, ANY, ""),
    "mail_address_confirm": (ANY, ANY, ""),
    "prove": (ANY, ANY, ""),
    "proofs": (ANY, ANY, ""),
    "proof_file": (OWN, NONE, "proof_file"),
    "consents": (ANY, NONE, ""),
    "consent_give": (NONE, OWN, "consent_text"),
    "consent_withdraw": (NONE, OWN, "consent"),
    "erasure": (OWN, OWN, ""),
    "office_wishes": (STAFF, NONE, ""),
    "office_data_decide": (NONE, CLERKS, "data_change"),
    "office_erasure": (STAFF, NONE, "erasure_request"),
    "office_erasure_decide": (NONE, CLERKS, "erasure_request"),
    "office_proofs": (STAFF, NONE, ""),
    "office_proof_decide": (NONE, CLERKS, "proof"),
    "office_proof_file": (CLERKS, NONE, "proof_file"),
    "office_consents": (STAFF, CLERKS, ""),
    "office_consent_purpose": (CLERKS, CLERKS, "purpose"),
    "office_member_consents": (STAFF, NONE, "member"),
    "office_member_consent_set": (NONE, CLERKS, "member"),
}


def self_things(member: Member, on: Any, canary: str) -> dict[str, Any]:
    """A proof, a consent, wishes, a message and a quote of one member."""
    house, at = member.organisation, noon(on)
    proof = Proof.objects.create(organisation=house, member=member, what_for=canary, valid_until=on, sent_at=at)
    file = ProofFile.objects.create(
        organisation=house, proof=proof, name=canary, content_type="application/pdf", content=canary.encode(), sha256="x", added_at=at,
    )  # fmt: skip
    purpose = consenting.write(house, canary, canary, at)
    text = ConsentText.objects.get(purpose=purpose)
    consent = Consent.objects.create(
        organisation=house, member=member, purpose=purpose, text=text, given_at=noon(date(2026, 3, 1))
    )
    change = DataChange.objects.create(
        organisation=house, member=member, kind="name", before={"last_name": canary}, after={"last_name": f"{canary}neu"}, reason="x",
        asked_at=at,
    )  # fmt: skip
    request = ErasureRequest.objects.create(organisation=house, member=member, text=canary, asked_at=at)
    message = Mail.objects.create(
        organisation=house, member=member, key=canary, kind="notice", recipient="x@example.org", subject=canary, text=canary, state="sent",
        created_at=at,
    )  # fmt: skip
    pause = {"pause": {"until": "2027-03-01"}}
    quote = quotes.quote_for(Contract.objects.get(member=member), pause, Contract.objects.get(member=member).start, at)
    return {
        "proof": proof.pk, "proof_file": file.pk, "purpose": purpose.pk, "consent_text": text.pk, "consent": consent.pk,
        "data_change": change.pk, "erasure_request": request.pk, "own_quote": quote.pk, "message": message.pk,
    }  # fmt: skip
