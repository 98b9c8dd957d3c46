"""Writes an e-invoice as UBL 2.1 (the other syntax of XRechnung) with lxml. Pure.

Corrections are invoices of type 384 with negative amounts, as in CII, so that one root element serves all documents.
"""

from typing import Any

from lxml.builder import ElementMaker
from lxml.etree import _Element, tostring

from billing.formats.einvoice import DEBIT, PIECE, PROCESS, TRANSFER, EInvoice, Line, Party, Payment, Tax, money, number

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NAMES: Any = {None: NAMESPACE, "cac": CAC, "cbc": CBC}
invoice_of, aggregate, basic = (ElementMaker(namespace=uri, nsmap=NAMES) for uri in (NAMESPACE, CAC, CBC))


def write_ubl(invoice: EInvoice) -> bytes:
    """The document as XML."""
    root = invoice_of.Invoice(
        *heads(invoice),
        aggregate.AccountingSupplierParty(party(invoice.seller, creditor=invoice.payment.creditor, contact=True)),
        aggregate.AccountingCustomerParty(party(invoice.buyer)),
        aggregate.Delivery(text("ActualDeliveryDate", invoice.end)),
        means(invoice.payment),
        *some(aggregate.PaymentTerms, "Note", invoice.payment.terms),
        aggregate.TaxTotal(amount("TaxAmount", invoice.vat), *(subtotal(tax) for tax in invoice.taxes)),
        totals(invoice),
        *(line_of(line) for line in invoice.lines),
    )
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def text(name: str, value: object, **attributes: str) -> _Element:
    """A basic element."""
    found: _Element = getattr(basic, name)(str(value), **attributes)
    return found


def amount(name: str, value: Any) -> _Element:
    """An amount in EUR."""
    return text(name, money(value), currencyID="EUR")


def some(parent: Any, name: str, value: str) -> list[_Element]:
    """The parent around a text, or nothing without one."""
    return [parent(text(name, value))] if value else []


def optional(name: str, value: str, **attributes: str) -> list[_Element]:
    """A basic element, or nothing without a value."""
    return [text(name, value, **attributes)] if value else []


def heads(invoice: EInvoice) -> list[_Element]:
    """What the document is, its days, and which invoice it corrects."""
    found = [
        text("CustomizationID", invoice.profile), text("ProfileID", PROCESS), text("ID", invoice.number),
        text("IssueDate", invoice.issued_on), *([text("DueDate", invoice.due_on)] if invoice.due > 0 else []),
        text("InvoiceTypeCode", invoice.code), *(text("Note", note) for note in invoice.notes[:1]),
        text("DocumentCurrencyCode", "EUR"), text("BuyerReference", invoice.buyer_reference),
        period(invoice.start, invoice.end),
    ]  # fmt: skip
    if invoice.corrects:
        reference = aggregate.InvoiceDocumentReference(
            text("ID", invoice.corrects), text("IssueDate", invoice.corrects_on)
        )
        found.append(aggregate.BillingReference(reference))
    return found


def period(start: object, end: object) -> _Element:
    """Days, the last one included."""
    found: _Element = aggregate.InvoicePeriod(text("StartDate", start), text("EndDate", end))
    return found


def party(one: Party, *, creditor: str = "", contact: bool = False) -> _Element:
    """Name, address, numbers, electronic address; the creditor identifier of a debit is the seller's."""
    address = aggregate.PostalAddress(
        *optional("StreetName", one.street), *optional("AdditionalStreetName", one.extra), *optional("CityName", one.city),
        *optional("PostalZone", one.postal_code), aggregate.Country(text("IdentificationCode", one.country)),
    )  # fmt: skip
    numbers = [
        aggregate.PartyTaxScheme(text("CompanyID", value), aggregate.TaxScheme(text("ID", scheme)))
        for scheme, value in (("VAT", one.vat_id), ("FC", one.tax_number))
        if value
    ]
    person = aggregate.Contact(
        *optional("Name", one.contact), *optional("Telephone", one.phone), *optional("ElectronicMail", one.email)
    )
    legal = [text("RegistrationName", one.name), *optional("CompanyID", one.register)]
    found: _Element = aggregate.Party(
        *optional("EndpointID", one.email, schemeID="EM"), *some(aggregate.PartyIdentification, "ID", one.number),
        *([aggregate.PartyIdentification(text("ID", creditor, schemeID="SEPA"))] if creditor else []),
        address, *numbers, aggregate.PartyLegalEntity(*legal), *([person] if contact else []),
    )  # fmt: skip
    return found


def means(payment: Payment) -> _Element:
    """Account or mandate."""
    found: _Element = aggregate.PaymentMeans(
        text("PaymentMeansCode", payment.code), *optional("PaymentID", payment.remittance)
    )
    if payment.code == TRANSFER:
        account = aggregate.PayeeFinancialAccount(text("ID", payment.iban), *optional("Name", payment.holder))
        if payment.bic:
            account.append(aggregate.FinancialInstitutionBranch(text("ID", payment.bic)))
        found.append(account)
    if payment.code == DEBIT:
        mandate = aggregate.PaymentMandate(text("ID", payment.mandate))
        if payment.debtor_iban:
            mandate.append(aggregate.PayerFinancialAccount(text("ID", payment.debtor_iban)))
        found.append(mandate)
    return found


def category(name: str, code: str, rate: Any, *reasons: _Element) -> _Element:
    """How something is taxed; a line that is outside VAT has no rate (BR-O-05), its sum has rate 0 (BR-DE-14)."""
    percent = [] if code == "O" and name == "ClassifiedTaxCategory" else [text("Percent", number(rate))]
    found: _Element = getattr(aggregate, name)(
        text("ID", code), *percent, *reasons, aggregate.TaxScheme(text("ID", "VAT"))
    )
    return found


def subtotal(tax: Tax) -> _Element:
    """One rate, or one reason why there is none."""
    reasons = [*optional("TaxExemptionReasonCode", tax.reason_code), *optional("TaxExemptionReason", tax.reason)]
    found: _Element = aggregate.TaxSubtotal(
        amount("TaxableAmount", tax.basis), amount("TaxAmount", tax.tax),
        category("TaxCategory", tax.category, tax.rate, *reasons),
    )  # fmt: skip
    return found


def totals(invoice: EInvoice) -> _Element:
    """The sums (BG-22)."""
    found: _Element = aggregate.LegalMonetaryTotal(
        amount("LineExtensionAmount", invoice.net), amount("TaxExclusiveAmount", invoice.net),
        amount("TaxInclusiveAmount", invoice.gross), *([amount("PrepaidAmount", invoice.prepaid)] if invoice.prepaid else []),
        amount("PayableAmount", invoice.due),
    )  # fmt: skip
    return found


def line_of(line: Line) -> _Element:
    """One line (BG-25)."""
    price = aggregate.Price(
        text("PriceAmount", number(line.price), currencyID="EUR"),
        text("BaseQuantity", number(line.base), unitCode=PIECE),
    )
    product = aggregate.Item(
        *optional("Description", line.note),
        text("Name", line.name),
        category("ClassifiedTaxCategory", line.category, line.rate),
    )
    found: _Element = aggregate.InvoiceLine(
        text("ID", line.number), text("InvoicedQuantity", number(line.quantity), unitCode=PIECE),
        amount("LineExtensionAmount", line.net), period(line.start, line.end), product, price,
    )  # fmt: skip
    return found
