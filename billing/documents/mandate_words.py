"""The SEPA mandate in the words of the scheme, German and English (German banks' model text; EPC guidelines on mandates).

The texts are not translated like the rest of the interface: they are what the payer agrees to, and are kept with their version.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day, grouped_iban
from billing.documents.payment_words import Fact

VERSION = "2026-11"
HEADINGS = {
    "CORE": {"de": "SEPA-Lastschriftmandat", "en": "SEPA Direct Debit Mandate"},
    "B2B": {"de": "SEPA-Firmenlastschrift-Mandat", "en": "SEPA Business-to-Business Direct Debit Mandate"},
}
AUTHORITY = {
    "de": (
        "Ich ermächtige {creditor}, Zahlungen von meinem Konto mittels Lastschrift einzuziehen. Zugleich weise ich mein "
        "Kreditinstitut an, die von {creditor} auf mein Konto gezogenen Lastschriften einzulösen."
    ),
    "en": (
        "By signing this mandate form, you authorise {creditor} to send instructions to your bank to debit your account and "
        "your bank to debit your account in accordance with the instructions from {creditor}."
    ),
}
RIGHTS = {
    "CORE": {
        "de": (
            "Hinweis: Ich kann innerhalb von acht Wochen, beginnend mit dem Belastungsdatum, die Erstattung des belasteten "
            "Betrages verlangen. Es gelten dabei die mit meinem Kreditinstitut vereinbarten Bedingungen."
        ),
        "en": (
            "As part of your rights, you are entitled to a refund from your bank under the terms and conditions of your "
            "agreement with your bank. A refund must be claimed within 8 weeks starting from the date on which your account "
            "was debited."
        ),
    },
    "B2B": {
        "de": (
            "Hinweis: Dieses Lastschriftmandat dient nur dem Einzug von Lastschriften, die auf Konten von Unternehmen gezogen "
            "sind. Ich bin nicht berechtigt, nach der erfolgten Einlösung eine Erstattung des belasteten Betrages zu verlangen. "
            "Ich bin berechtigt, mein Kreditinstitut bis zum Fälligkeitstag anzuweisen, Lastschriften nicht einzulösen."
        ),
        "en": (
            "This mandate is only intended for business-to-business transactions. You are not entitled to a refund from your "
            "bank after your account has been debited, but you are entitled to request your bank not to debit your account up "
            "until the day on which the payment is due."
        ),
    },
}


@dataclass(frozen=True, slots=True)
class MandateTerms:
    """What stands in a mandate. Empty `reference`: told later; empty `signed_on` (ISO): not signed yet."""

    language: str
    scheme: str
    one_off: bool
    creditor: str
    creditor_address: str
    creditor_identifier: str
    reference: str
    holder: str
    holder_address: str
    iban: str
    bank: str
    signed_on: str = ""


def heading(terms: MandateTerms) -> str:
    """What the scheme calls it."""
    return HEADINGS[terms.scheme][terms.language]


def text(terms: MandateTerms) -> list[str]:
    """The authority and the payer's rights, in the scheme's own words."""
    authority = AUTHORITY[terms.language].replace("{creditor}", terms.creditor)
    return [authority, RIGHTS[terms.scheme][terms.language]]


def facts(terms: MandateTerms) -> list[Fact]:
    """Who collects, from whom, from which account."""
    with override(terms.language):
        rows = [
            (_("Collected by"), ", ".join(part for part in (terms.creditor, terms.creditor_address) if part)),
            (_("Creditor identifier"), terms.creditor_identifier),
            (_("Mandate reference"), terms.reference or _("we tell you before the first collection")),
            (_("Kind of payment"), _("one-off payment") if terms.one_off else _("recurrent payments")),
            (_("Account holder"), terms.holder),
            (_("Address"), terms.holder_address),
            (_("IBAN"), grouped_iban(terms.iban)),
            (_("Bank"), terms.bank),
            (_("Signed on"), day(terms.signed_on, terms.language) if terms.signed_on else ""),
        ]
        return [row for row in rows if row[1]]
