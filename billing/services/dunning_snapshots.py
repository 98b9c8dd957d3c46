"""A reminder as data: everything that its letter and its mail are made from, frozen on the day of the run."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import override

from billing.documents.dunning_words import CLAIMS, PAYMENT, placeholders
from billing.documents.mails import composed, signature_of
from billing.models import Creditor
from billing.pricing.interest import Stretch
from billing.pricing.money import readable
from billing.services.drafts import MEMBER_FIELDS
from billing.services.dunning_facts import Cost
from billing.services.dunning_plan import Due, Planned
from billing.services.mail_templates import Templates, templates_of
from billing.services.snapshots import creditor_data, issuer, recipient
from members.models import Organisation

LONGEST_REMITTANCE = 140


@dataclass(frozen=True, slots=True)
class Head:
    """What all reminders of a run share, read once."""

    organisation: Organisation
    issuer: dict[str, str]
    creditor: dict[str, str]
    templates: Templates
    on: date

    @classmethod
    def of(cls, organisation: Organisation, on: date) -> "Head":
        """With the account of the invoices."""
        creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
        account = creditor or Creditor(organisation=organisation)
        return cls(organisation, issuer(organisation, account), creditor_data(account), templates_of(organisation), on)


def snapshot_of(head: Head, one: Planned) -> dict[str, Any]:
    """The whole reminder; `mail` is what the e-mail says, `text` what the letter does."""
    with override(one.payer.language):
        heading = one.level.heading
    data = {
        "version": 1, "language": one.payer.language, "heading": heading, "level": one.level.level, "on": head.on.isoformat(),
        "pay_until": one.pay_until.isoformat(), "issuer": head.issuer, "creditor": head.creditor,
        "recipient": recipient({name: getattr(one.payer, name) for name in MEMBER_FIELDS}),
        "remittance": remittance(one), "items": [item_data(due) for due in one.dues],
        "fee": str(one.fee), "fee_basis": one.level.fee_basis if one.fee else "",
        "principal": str(one.principal), "costs": str(one.costs), "interest": str(one.interest), "total": str(one.total),
    }  # fmt: skip
    return data | words(head, data, one.level.tone)


def words(head: Head, data: dict[str, Any], tone: str) -> dict[str, str]:
    """Subject and text, in the organisation's own words where it has some."""
    language, own = data["language"], head.templates.get((tone, data["language"]))
    with override(language):
        values = placeholders(data, signature_of(head.organisation))
    said = composed(tone, language, values, own)
    letter = composed(
        tone, language, values | {"claims": CLAIMS, "payment": PAYMENT, "signature": values["organisation"]}, own
    )
    return {"subject": said.subject, "mail": said.text, "text": letter.text}


def remittance(one: Planned) -> str:
    """By which the payment is found: the numbers, or the member's where they do not fit."""
    numbers = ", ".join(due.facts.item.number for due in one.dues)
    return numbers if len(numbers) <= LONGEST_REMITTANCE else f"{one.payer.number} {one.dues[0].facts.item.number}"


def item_data(due: Due) -> dict[str, Any]:
    """One claim as the letter lists it."""
    item = due.facts.item
    return {
        "number": item.number, "issued_on": item.issued_on.isoformat(), "due_on": item.due_on.isoformat(),
        "payable": str(item.payable), "paid": str(item.paid), "open": str(item.open),
        "costs": [cost_data(one) for one in due.facts.costs], "lump": str(due.lump), "interest": str(due.interest),
        "stretches": stretches_data(due.stretches),
        "default_from": due.default.on.isoformat() if due.default else "", "default_reason": due.default.reason if due.default else "",
    }  # fmt: skip


def cost_data(one: Cost) -> dict[str, str]:
    """What is still owed from before."""
    return {"kind": one.kind, "on": one.on.isoformat(), "amount": str(one.left)}


def stretches_data(stretches: Any) -> list[dict[str, Any]]:
    """How interest was reckoned, for people to follow."""
    return [stretch_data(one) for one in stretches]


def stretch_data(one: Stretch) -> dict[str, Any]:
    """One row."""
    return {
        "from": one.start.isoformat(), "to": one.end.isoformat(), "days": one.days, "principal": str(one.principal),
        "base": str(one.base), "points": str(one.points), "amount": str(readable(one.exact)),
    }  # fmt: skip
