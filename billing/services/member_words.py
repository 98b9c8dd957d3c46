"""What people read about a member list: why a row is refused, what is odd about it, why a file cannot be used."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from billing.formats.member_csv import CsvFault, MemberFileError, MemberRow, MemberTable

REASONS = {
    "impossible_date": gettext_lazy("there is no such day"),
    "iban_checksum": gettext_lazy("the IBAN's check digits do not fit: a digit is wrong"),
    "iban_length": gettext_lazy("the IBAN is too long or too short for its country"),
    "iban_country": gettext_lazy("this country is not in the SEPA area"),
    "email": gettext_lazy("this is not an e-mail address"),
    "no_name": gettext_lazy("the name is missing"),
    "number_missing": gettext_lazy("the member number is missing"),
    "number_twice": gettext_lazy("this member number stands in the file twice"),
    "too_long": gettext_lazy("the value is too long"),
    "too_many_cells": gettext_lazy("the row has more fields than the header"),
    "country": gettext_lazy("write the country as two letters, such as DE"),
    "mandate_reference": gettext_lazy("a mandate reference has up to 35 letters, digits and + ? / - : ( ) . , '"),
    "mandate_missing": gettext_lazy("the mandate reference is missing, so nothing may be collected"),
    "mandate_taken": gettext_lazy("this mandate reference belongs to another member"),
    "mandate_twice": gettext_lazy("this mandate reference stands in the file twice"),
    "mandate_changed": gettext_lazy("a used mandate keeps its account: give the new mandate a reference of its own"),
    "mandate_date": gettext_lazy("the day on which the mandate was signed is missing"),
    "mandate_ended": gettext_lazy("this mandate has ended here; nothing is collected with it"),
    "payment_method": gettext_lazy("this way of payment is not known; the member gets an invoice to pay"),
    "fee_group": gettext_lazy("this fee group is not known"),
    "department": gettext_lazy("this department is not known"),
    "rhythm": gettext_lazy("this rhythm of payment is not known"),
    "no_tariff": gettext_lazy("the import settings name a tariff for this word that does not exist"),
    "no_version": gettext_lazy("its tariff is not offered yet on the first day of the contract"),
    "interval": gettext_lazy("its tariff cannot be paid in this rhythm"),
    "payer": gettext_lazy("the payer is neither in the file nor a member"),
    "payer_of_payer": gettext_lazy("the payer is paid for by somebody else: name that one"),
    "merged": gettext_lazy("this record was merged into another one here: give the number of that one"),
    "pays_for_others": gettext_lazy("this member pays for others, so nobody else can pay for them"),
    "contract_taken": gettext_lazy("a contract of that day was ended before it was billed: enter the new one by hand"),
    "contract_start": gettext_lazy("the contract keeps its first day; change it by hand if it was wrong"),
    "date_order": gettext_lazy("left before joining; kept, but never billed"),
}
UNUSABLE = {
    "empty": gettext_lazy("The file is empty."),
    "no_rows": gettext_lazy("The file has a header, but no member."),
    "too_large": gettext_lazy("The file is larger than %(most)s MB: this is no member list."),
    "too_many_rows": gettext_lazy("The file has more than %(most)s rows; split it."),
    "binary": gettext_lazy("The file is no text: save it as CSV first."),
    "encoding": gettext_lazy("The file's letters cannot be read: save it as CSV in UTF-8."),
    "line_too_long": gettext_lazy("Line %(line)s has more than %(most)s letters: this is no member list."),
    "quotes": gettext_lazy("A quotation mark is not closed; look from line %(line)s on."),
    "column_twice": gettext_lazy("The column %(column)s stands in the header twice."),
    "no_number_column": gettext_lazy("There is no column with the member number. Found: %(found)s"),
    "no_fee_group_column": gettext_lazy("There is no column with the fee group. Found: %(found)s"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken (or, as a warning, taken though odd), and why."""

    line: int
    column: str
    value: str
    reason: str
    code: str


def refusal(fault: CsvFault) -> Refusal:
    """A fault in the reader's language."""
    return Refusal(fault.line, fault.column, fault.value, str(REASONS[fault.code]), fault.code)


def fault(row: MemberRow, table: MemberTable, key: str, value: str, code: str) -> CsvFault:
    """A fault at its place in the file."""
    return CsvFault(row.line, table.columns.get(key, ""), value, code)


def unusable(broken: MemberFileError) -> ValidationError:
    """Why a file cannot be used at all, as every screen says it."""
    return ValidationError(str(UNUSABLE[broken.code]) % broken.params, code=broken.code)
