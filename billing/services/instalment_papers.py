"""The paper of an instalment agreement: a message to the payer, and a PDF with the code for their banking app."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day
from billing.documents.girocode import girocode_payload, qr_matrix
from billing.documents.instalment_words import (
    Agreed,
    account_rows,
    agreement_mail,
    claim_rows,
    greeting,
    how,
    opening,
    part_rows,
    rules,
    title,
)
from billing.documents.record_pdf import Code, Facts, Record, render_record
from billing.models import Creditor, InstalmentPlan, Mail
from billing.models.payments import mask_iban
from billing.services.bounces import takes_mail
from billing.services.drafts import MEMBER_FIELDS
from billing.services.snapshots import issuer, recipient

KIND = "instalments"


def message(plan: InstalmentPlan, now: datetime) -> Mail:
    """The agreement as a mail, or as a letter for those who get none."""
    said, member = agreement_mail(agreed(plan)), plan.member
    by_mail = member.delivery == "mail" and takes_mail(plan.organisation, member.email)
    return Mail(
        organisation_id=plan.organisation_id, member=member, key=f"{KIND}:{plan.pk}", kind=KIND,
        recipient=member.email if by_mail else "", subject=said.subject[:200], text=said.text,
        state="waiting" if by_mail else "print", next_at=now if by_mail else None, created_at=now,
    )  # fmt: skip


def agreed(plan: InstalmentPlan) -> Agreed:
    """What the agreement says, from its own rows."""
    creditor, mandate = creditor_of(plan), plan.mandate
    debit = transfer = None
    if mandate:
        debit = (mandate.masked_iban, mandate.account_holder, mandate.reference, mandate.creditor.identifier)
    elif creditor:
        transfer = (creditor.name, creditor.iban, creditor.bic)
    claims = plan.claims.order_by("invoice__due_on", "pk").values_list("invoice__number", "amount")
    parts = plan.instalments.order_by("number").values_list("due_on", "amount")
    return Agreed(
        language=plan.member.language, payer=plan.member.name, organisation=plan.organisation.name, reference=plan.reference,
        claims=list(claims), parts=[(day.isoformat(), amount) for day, amount in parts], grace_days=plan.grace_days,
        transfer=transfer, debit=debit,
    )  # fmt: skip


def creditor_of(plan: InstalmentPlan) -> Creditor | None:
    """The account that the parts go to."""
    return Creditor.objects.filter(organisation=plan.organisation_id).order_by("pk").first()


def paper(plan: InstalmentPlan) -> bytes:
    """The PDF; the same bytes for the same agreement."""
    said, organisation = agreed(plan), plan.organisation
    head: dict[str, Any] = issuer(organisation, creditor_of(plan) or Creditor(organisation=organisation))
    with override(said.language):
        record = Record(
            language=said.language, title=title(said), subject=said.reference, issued_on=plan.agreed_on.isoformat(), issuer=head,
            recipient=recipient({name: getattr(plan.member, name) for name in MEMBER_FIELDS}),
            creditor_identifier=head.get("creditor_identifier", ""), information=information(plan),
            parts=[
                greeting(said), opening(said), Facts(claim_rows(said)), how(said), Facts(part_rows(said)),
                Facts(account_rows(said)), *code_of(said), " ".join(rules(said)),
            ],
        )  # fmt: skip
    return render_record(record, bytes(organisation.logo) if organisation.logo else None, organisation.colour)


def information(plan: InstalmentPlan) -> list[tuple[str, str]]:
    """Beside the address: day and reference."""
    return [(_("Date"), day(plan.agreed_on.isoformat(), plan.member.language)), (_("Agreement"), plan.reference)]


def code_of(said: Agreed) -> list[Code]:
    """The GiroCode of the usual part, for transfers."""
    if said.transfer is None:
        return []
    name, iban, bic = said.transfer
    payload = girocode_payload(name, iban, bic, said.parts[0][1], said.reference)
    return [Code(qr_matrix(payload))] if payload else []


def account(plan: InstalmentPlan) -> str:
    """The account that is debited, for lists."""
    return mask_iban(plan.mandate.iban) if plan.mandate else ""
