"""Writes an e-invoice as CII (UN/CEFACT D16B, the syntax of ZUGFeRD and of XRechnung CII) with drafthorse. Pure."""

from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import drafthorse
from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem
from lxml import etree

from billing.formats.einvoice import DEBIT, PIECE, PROCESS, TRANSFER, EInvoice, Line, Party, Payment, Tax

EUR = "EUR"
SCHEMA = Path(drafthorse.__file__).parent / "schema" / "Factur-X_1.0.07_EN16931.xsd"


def write_cii(invoice: EInvoice) -> bytes:
    """The document as XML, checked against its schema."""
    document = Document()
    document.context.guideline_parameter.id = invoice.profile
    document.context.business_parameter.id = PROCESS
    header(document, invoice)
    agreement(document.trade.agreement, invoice)
    for line in invoice.lines:
        document.trade.items.add(item(line))
    document.trade.delivery.event.occurrence = invoice.end
    settlement(document.trade.settlement, invoice)
    root = without_empty(etree.fromstring(ElementTree.tostring(document.to_etree())))
    schema().assertValid(root)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def without_empty(root: etree._Element) -> etree._Element:
    """An element without content says nothing, and XRechnung refuses it."""
    for one in list(root.iter()):
        while len(one) == 0 and not (one.text or "").strip():
            parent = one.getparent()
            if parent is None:
                break
            parent.remove(one)
            one = parent
    return root


@cache
def schema() -> etree.XMLSchema:
    """Read once per process: reading it costs more than a hundred checks."""
    return etree.XMLSchema(file=str(SCHEMA))


def header(document: Any, invoice: EInvoice) -> None:
    """BT-1 to BT-3 and the notes (BT-22)."""
    document.header.id, document.header.type_code = invoice.number, invoice.code
    document.header.issue_date_time = invoice.issued_on
    for text in invoice.notes:
        note = IncludedNote()
        note.content = text
        document.header.notes.add(note)


def agreement(target: Any, invoice: EInvoice) -> None:
    """Who sells to whom."""
    target.buyer_reference = invoice.buyer_reference
    party(target.seller, invoice.seller)
    party(target.buyer, invoice.buyer)
    contact = target.seller.contact
    contact.person_name, contact.telephone.number = invoice.seller.contact, invoice.seller.phone
    contact.email.address = invoice.seller.email
    if invoice.seller.register:
        target.seller.legal_organization.id = ("", invoice.seller.register)


def party(target: Any, one: Party) -> None:
    """Name, address, numbers, electronic address."""
    target.name = one.name
    if one.number:
        target.id = one.number
    address = target.address
    address.postcode, address.city_name, address.country_id = one.postal_code, one.city, one.country
    address.line_one, address.line_two = one.street, one.extra
    if one.email:
        target.electronic_address.uri_ID = ("EM", one.email)
    for scheme, text in (("VA", one.vat_id), ("FC", one.tax_number)):
        if text:
            registration = TaxRegistration()
            registration.id = (scheme, text)
            target.tax_registrations.add(registration)


def item(line: Line) -> LineItem:
    """One line (BG-25)."""
    found = LineItem()
    found.document.line_id = str(line.number)
    found.product.name, found.product.description = line.name, line.note
    found.agreement.net.amount, found.agreement.net.basis_quantity = line.price, (line.base, PIECE)
    found.delivery.billed_quantity = (line.quantity, PIECE)
    tax = found.settlement.trade_tax
    tax.type_code, tax.category_code = "VAT", line.category
    if line.category != "O":
        tax.rate_applicable_percent = line.rate
    found.settlement.period.start, found.settlement.period.end = line.start, line.end
    found.settlement.monetary_summation.total_amount = line.net
    return found


def settlement(target: Any, invoice: EInvoice) -> None:
    """How it is paid, the VAT breakdown and the sums."""
    payment = invoice.payment
    target.currency_code, target.payment_reference = EUR, payment.remittance
    if payment.code == DEBIT:
        target.creditor_reference_id = payment.creditor
    target.payment_means.add(means(payment))
    for tax in invoice.taxes:
        target.trade_tax.add(breakdown(tax))
    target.period.start, target.period.end = invoice.start, invoice.end
    target.terms.add(terms(invoice))
    if invoice.corrects:
        target.invoice_referenced_document.issuer_assigned_id = invoice.corrects
        target.invoice_referenced_document.issue_date_time = invoice.corrects_on
    sums = target.monetary_summation
    sums.line_total, sums.charge_total, sums.allowance_total = invoice.net, 0, 0
    sums.tax_basis_total, sums.tax_total = invoice.net, (invoice.vat, EUR)
    sums.grand_total, sums.prepaid_total, sums.due_amount = invoice.gross, invoice.prepaid, invoice.due


def means(payment: Payment) -> PaymentMeans:
    """Account or mandate."""
    found = PaymentMeans()
    found.type_code = payment.code
    if payment.code == DEBIT and payment.debtor_iban:
        found.payer_account.iban = payment.debtor_iban
    if payment.code == TRANSFER:
        found.payee_account.iban, found.payee_account.account_name = payment.iban, payment.holder
        if payment.bic:
            found.payee_institution.bic = payment.bic
    return found


def terms(invoice: EInvoice) -> PaymentTerms:
    """Until when, in words and as a day; the mandate of a debit."""
    found = PaymentTerms()
    found.description = invoice.payment.terms
    if invoice.due > 0:
        found.due = invoice.due_on
    if invoice.payment.mandate:
        found.debit_mandate_id = invoice.payment.mandate
    return found


def breakdown(tax: Tax) -> ApplicableTradeTax:
    """One rate, or one reason why there is none."""
    found = ApplicableTradeTax()
    found.calculated_amount, found.type_code, found.basis_amount = tax.tax, "VAT", tax.basis
    found.category_code, found.rate_applicable_percent = tax.category, tax.rate
    if tax.reason:
        found.exemption_reason = tax.reason
    if tax.reason_code:
        found.exemption_reason_code = tax.reason_code
    return found
