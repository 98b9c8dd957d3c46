"""A direct debit file that a bank takes, to be broken in one place at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from billing.formats.pain008 import Address, Amendment, Debit, DebitFile

FILE = DebitFile(
    message_id="KW000000001F0001",
    payment_information_id="KW000000001F0001P1",
    created_at=datetime(2026, 12, 15, 9, 30, tzinfo=UTC),
    creditor_name="Musterverein e.V.",
    creditor_iban="DE89370400440532013000",
    creditor_bic="COBADEFFXXX",
    creditor_identifier="DE98ZZZ09999999999",
    collection_date=date(2027, 1, 4),
    sequence_type="RCUR",
    scheme="CORE",
    version="pain.008.001.08",
)
PLAIN = Debit(
    end_to_end_id="KW0000000001A01",
    amount=Decimal("12.34"),
    mandate_reference="MV-1001",
    signed_on=date(2014, 2, 1),
    debtor_name="Finn Krueger",
    debtor_iban="DE71570642210231530419",
    debtor_bic="GENODED1MKA",
    remittance="Musterverein e.V., 2027-0001, Finn Krueger",
)
IBAN_ONLY = replace(
    PLAIN,
    end_to_end_id="KW0000000002A01",
    amount=Decimal("999999.9"),
    mandate_reference="MV-1002",
    debtor_iban="DE55250109000614013910",
    debtor_bic="",
    remittance="",
)
SWISS = replace(
    PLAIN,
    end_to_end_id="KW0000000003A01",
    mandate_reference="MV-1003",
    debtor_name="Urs Meier",
    debtor_iban="CH9300762011623852957",
    debtor_bic="",
    address=Address(street="Bahnhofstrasse", building_number="1", postal_code="8001", city="Zuerich", country="CH"),
)
NEW_ACCOUNT = replace(PLAIN, amendment=Amendment(original_iban="DE98207300700617782763"))
NEW_BANK = replace(IBAN_ONLY, amendment=Amendment(other_bank=True))
NEW_CREDITOR = replace(
    SWISS,
    amendment=Amendment(
        original_reference="ALT-7",
        original_creditor_identifier="DE98ABC09999999999",
        original_creditor_name="Alter Verein",
    ),
)
DEBITS = (PLAIN, IBAN_ONLY, SWISS)
AMENDED = (NEW_ACCOUNT, NEW_BANK, NEW_CREDITOR)


def total(debits: tuple[Debit, ...]) -> Decimal:
    return sum((debit.amount for debit in debits), Decimal(0))
