"""Mandates that members give in the portal: who may, what they agreed to word by word, and how that is proved.

EPC132-17 leaves the way of signing to the creditor, who bears the proof; the creditor's bank must have accepted it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import mandate_words
from billing.documents.mails import listed
from billing.documents.mandate_words import MandateTerms
from billing.documents.record_pdf import Facts
from billing.models import Creditor, Mail, Mandate, MandateDocument
from billing.pricing.periods import add_months
from billing.services import mandate_changes, mandate_forms, mandate_papers
from billing.services.numbering import canonical
from billing.services.scans import PDF
from members.models import Member, User

ADULT_MONTHS = 18 * 12
LONGEST_AGENT = 400


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered and how: the words shown, the name typed in, instants in UTC, and where it came from.

    `by_link`: confirmed by the link in a mail with an order, else by the code of a mail in the portal.
    """

    terms: MandateTerms
    typed_name: str
    entered_at: datetime
    confirmed_at: datetime
    code_sent_to: str
    signed_in_as: str
    ip: str
    user_agent: str
    by_link: bool = False


def refusal(member: Member, creditor: Creditor | None, on: date) -> str:
    """Why this member cannot give a mandate in the portal; nothing if they can. On paper everybody can."""
    since = creditor.electronic_mandates_since if creditor else None
    if since is None or since > on:
        return _("Your organisation takes new bank details on paper only. Please ask the office for the form.")
    if member.kind != Member.Kind.PERSON:
        return _("For a company, somebody entitled to sign has to give the mandate on paper. Please ask the office.")
    if member.payer_id:
        return _("Somebody else pays for you. They can change the account.")
    if member.date_of_birth and add_months(member.date_of_birth, ADULT_MONTHS) > on:
        return _("Whoever is under 18 needs their parents for a mandate, on paper. Please ask the office for the form.")
    return ""


def same_person(member: Member, name: str) -> bool:
    """Whether a name is the member's: somebody else's account needs that person's own signature, on paper."""
    words = set(name.casefold().split())
    wanted = set(f"{member.first_name} {member.last_name}".casefold().split())
    return bool(wanted) and wanted <= words | {member.title.casefold()}


def give(creditor: Creditor, member: Member, given: Given, user: User) -> Mandate:
    """The mandate with its frozen evidence; copies go to the addresses that were known before. All or nothing."""
    now, terms = given.confirmed_at, given.terms
    today = timezone.localdate(now)
    refused = refusal(member, creditor, today)
    if refused:
        raise ValidationError(refused, code="not_online")
    if not same_person(member, terms.holder) or not same_person(member, given.typed_name):
        message = _(
            "Enter your own name. Whoever's account it is has to sign; for somebody else's account that is on paper."
        )
        raise ValidationError(message, code="holder")
    with transaction.atomic():
        mandate = mandate_changes.give(
            creditor, member, terms.holder, terms.iban, today, user, now, source=Mandate.Source.ONLINE
        )
        keep(mandate, given, user)
        write_copies(mandate, terms, user, now)
    return mandate


def evidence_of(mandate: Mandate, given: Given) -> dict[str, Any]:
    """Everything that a court may ask for, with a hash over all of it."""
    terms = mandate_forms.terms_of(mandate, given.terms.language)
    data: dict[str, Any] = {
        "text_version": mandate_words.VERSION, "language": terms.language, "heading": mandate_words.heading(terms),
        "text": mandate_words.text(given.terms), "facts": [list(fact) for fact in mandate_words.facts(terms)],
        "typed_name": given.typed_name, "entered_at": given.entered_at.isoformat(), "confirmed_at": given.confirmed_at.isoformat(),
        "code_sent_to": given.code_sent_to, "signed_in_as": given.signed_in_as, "member_number": mandate.member.number,
        "ip": given.ip, "user_agent": given.user_agent[:LONGEST_AGENT],
    } | ({"by_link": True} if given.by_link else {})  # fmt: skip
    return data | {"sha256": hashlib.sha256(canonical(data).encode()).hexdigest()}


def keep(mandate: Mandate, given: Given, user: User | None) -> MandateDocument:
    """Draws the document and freezes it with its evidence."""
    evidence = evidence_of(mandate, given)
    with override(mandate.member.language):
        parts: mandate_forms.PARTS = [
            Facts([(label, value) for label, value in evidence["facts"]]), *evidence["text"],
            _("Given electronically. How it was given:"), Facts(proof(evidence)),
        ]  # fmt: skip
        content = mandate_forms.drawn(mandate, evidence["heading"], parts)
    name = f"{mandate.reference}.pdf"
    kind = MandateDocument.Kind.ONLINE
    return mandate_papers.store(mandate, kind, name, PDF, content, user, given.confirmed_at, evidence)


def proof(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """The evidence as label and value; who gives a mandate with an order is not signed in."""
    by_link = evidence.get("by_link")
    rows = [
        (_("Name typed in"), evidence["typed_name"]),
        (_("Entered (UTC)"), evidence["entered_at"]),
        (
            _("Confirmed by the link of a mail (UTC)") if by_link else _("Confirmed with a code (UTC)"),
            evidence["confirmed_at"],
        ),
        (_("Link sent to") if by_link else _("Code sent to"), evidence["code_sent_to"]),
        (_("Signed in as"), evidence["signed_in_as"]),
        (_("Internet address"), evidence["ip"]),
        (_("Browser"), evidence["user_agent"]),
        (_("Version of the text"), evidence["text_version"]),
        (_("Hash of this evidence"), evidence["sha256"]),
    ]
    return [(label, value) for label, value in rows if value or not by_link]


def write_copies(mandate: Mandate, terms: MandateTerms, user: User, now: datetime) -> None:
    """A copy to the address that the office knows and to the one of the sign-in: whoever did not do this learns of it."""
    subject, text = copy_of(mandate, terms)
    addresses: Iterable[str] = dict.fromkeys(
        address.lower() for address in (mandate.member.email, user.email) if address
    )
    Mail.objects.bulk_create(
        [
            Mail(
                organisation=mandate.organisation, member=mandate.member, key=f"mandate:{mandate.pk}:{number}", kind="mandate",
                recipient=address, subject=subject[:200], text=text, next_at=now, created_at=now,
            )
            for number, address in enumerate(addresses)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def copy_of(mandate: Mandate, terms: MandateTerms) -> tuple[str, str]:
    """Subject and words of the copy: the whole mandate, and what to do if it was somebody else."""
    whole = mandate_forms.terms_of(mandate, terms.language)
    with override(terms.language):
        subject = _("Your new bank details – %(organisation)s") % {"organisation": mandate.organisation.name}
        warning = _("If you did not do this, tell us at once: %(reach)s.") % {
            "reach": mandate.organisation.email or mandate.organisation.phone or mandate.organisation.name
        }
        parts = [
            _("Hello %(name)s,") % {"name": mandate.member.name},
            _("you gave us this mandate in the members' portal. From now on we collect from the account below."),
            mandate_words.heading(whole), *mandate_words.text(terms), listed(mandate_words.facts(whole)), warning,
            _("Kind regards"), mandate.organisation.name,
        ]  # fmt: skip
    return subject, "\n\n".join(parts) + "\n"
