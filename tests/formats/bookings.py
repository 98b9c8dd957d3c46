"""Postings and debtors of a small club, to be broken in one place at a time."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from billing.formats.datev import DebtorRow, Header, PostingRow

HEADER = Header(
    consultant_number="29098",
    client_number="55003",
    fiscal_year_start=date(2027, 1, 1),
    account_length=4,
    start=date(2027, 1, 1),
    end=date(2027, 1, 31),
    label="Rechnungen 01-2027",
    created_at=datetime(2027, 2, 1, 8, 30, 1, 123456),
    chart="03",
)
INVOICE = PostingRow(
    amount=Decimal("1234.5"),
    account="10001",
    contra_account="8200",
    debit=True,
    document_date=date(2027, 1, 4),
    reference="RE-2027/1",
    text="Krüger, Finn – Beitrag 01/2027",
    cost_center="1",
    due_on=date(2027, 1, 18),
    mandate_reference="MV-1001",
)
SALE = replace(
    INVOICE, amount=Decimal("11.90"), contra_account="8400", reference="RE-2027/2", text='Łuk "Trikot"', cost_center="4"
)
REVERSAL = replace(SALE, reversal=True, document_date=date(2027, 1, 31), due_on=None, mandate_reference="")
PAYMENT = replace(
    INVOICE, account="10001", contra_account="1200", debit=False, cost_center="", document_link='BEDI "0815"'
)
ROWS = (INVOICE, SALE, REVERSAL, PAYMENT)

PERSON = DebtorRow(
    account="10001",
    kind="person",
    last_name="Krüger",
    first_name="Finn",
    salutation="Herr",
    street="An der Öhe 16",
    postal_code="24534",
    city="Neumünster",
    email="mitglied1001@example.org",
    phone="0438 671259",
    iban="DE71570642210231530419",
    bic="GENODED1MKA",
    customer_number="1001",
    mandate_reference="MV-1001",
    language="de",
)
COMPANY = DebtorRow(
    account="10002",
    kind="company",
    company="Müller GmbH",
    last_name="Şahin",
    first_name="Ayşe",
    street="Ring 1",
    postal_code="20095",
    city="Hamburg",
    customer_number="1002",
    vat_id="DE123456789",
    language="en",
)
DEBTORS = (PERSON, COMPANY)
