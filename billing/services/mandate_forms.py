"""A mandate as a document: to be printed and signed, or as it was given in the portal."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import mandate_words
from billing.documents.figures import day
from billing.documents.letterhead import number_of
from billing.documents.mandate_words import MandateTerms
from billing.documents.payment_words import Fact
from billing.documents.record_pdf import Facts, Record, Table, render_record
from billing.formats.iban import bank_name_of
from billing.models import Creditor, Mandate
from billing.services.drafts import MEMBER_FIELDS
from billing.services.snapshots import issuer, recipient
from members.models import Member, Organisation

SIGN_HERE = f"\n\n\n{'_' * 63}\n"
PARTS = list["str | Facts | Table"]


def terms_of(mandate: Mandate, language: str = "") -> MandateTerms:
    """What stands in a mandate as it is today."""
    member = mandate.member
    return MandateTerms(
        language=language or member.language, scheme=mandate.scheme, one_off=mandate.one_off, creditor=mandate.creditor.name,
        creditor_address=address_of(mandate.organisation), creditor_identifier=mandate.creditor.identifier,
        reference=mandate.reference, holder=mandate.account_holder, holder_address=address_of(member), iban=mandate.iban,
        bank=bank_name_of(mandate.iban), signed_on=mandate.signed_on.isoformat(),
    )  # fmt: skip


def offered(creditor: Creditor, member: Member, holder: str, iban: str, language: str) -> MandateTerms:
    """What stands in a mandate that is not given yet."""
    scheme = Mandate.Scheme.CORE
    return MandateTerms(
        language=language, scheme=scheme, one_off=False, creditor=creditor.name,
        creditor_address=address_of(creditor.organisation), creditor_identifier=creditor.identifier, reference="",
        holder=holder, holder_address=address_of(member), iban=iban, bank=bank_name_of(iban),
    )  # fmt: skip


def address_of(who: Organisation | Member) -> str:
    """Street, postcode and town on one line."""
    return ", ".join(part for part in (who.street, f"{who.postal_code} {who.city}".strip()) if part)


def form(mandate: Mandate) -> bytes:
    """The mandate on paper, ready to be signed."""
    terms = terms_of(mandate)
    with override(terms.language):
        parts: PARTS = [
            Facts([fact for fact in mandate_words.facts(terms) if fact[0] != _("Signed on")]),
            *mandate_words.text(terms),
            SIGN_HERE + _("Place, date, signature of the account holder"),
        ]
        return drawn(mandate, mandate_words.heading(terms), parts)


def drawn(mandate: Mandate, title: str, parts: PARTS, more: list[Fact] | None = None) -> bytes:
    """The document in the organisation's letterhead, in the language that is active."""
    organisation, creditor, member = mandate.organisation, mandate.creditor, mandate.member
    language = member.language
    payer = {name: getattr(member, name) for name in MEMBER_FIELDS}
    letter = Record(
        language=language, title=title, subject=mandate.reference, issued_on=mandate.signed_on.isoformat(),
        issuer=issuer(organisation, creditor), recipient=recipient(payer), creditor_identifier=creditor.identifier,
        information=[
            (_("Mandate reference"), mandate.reference), *number_of({"kind": organisation.kind}, member.number),
            (_("Date"), day(mandate.signed_on.isoformat(), language)), *(more or []),
        ],
        parts=parts,
    )  # fmt: skip
    return render_record(letter, bytes(organisation.logo) if organisation.logo else None, organisation.colour)
