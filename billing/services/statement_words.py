"""Why a bank file is refused, in words that say what to do."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from billing.formats.bank_lines import BankFileError

FAULTS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy(
        "The file is too large. Ask your bank for one statement a month and load them one by one."
    ),
    "not_xml": gettext_lazy("The file is damaged or incomplete (line %(line)s). Download it from your bank again."),
    "doctype": gettext_lazy("The file contains instructions that no bank statement has. It was not opened."),
    "root": gettext_lazy("This is no bank statement. Download a camt.053 file from your online banking."),
    "version": gettext_lazy("This is a statement in another version. Choose camt.053.001.08 in your online banking."),
    "debit_file": gettext_lazy("This is a file for the bank (SEPA), not a statement from the bank."),
    "account": gettext_lazy("The statement %(statement)s does not say which account it is for."),
    "own_account": gettext_lazy(
        "The statement is for the account %(iban)s, which is none of yours. Check the file, or enter the account under Settings, Creditor."
    ),
    "currency": gettext_lazy("%(where)s is in %(value)s. Only accounts in EUR can be read."),
    "amount": gettext_lazy("%(where)s: “%(value)s” is no amount. Download the file from your bank again."),
    "date": gettext_lazy("%(where)s: “%(value)s” is no day. Download the file from your bank again."),
    "balances": gettext_lazy("The statement %(statement)s has no opening or closing balance, so it cannot be checked."),
    "sum": gettext_lazy(
        "The statement %(statement)s does not add up: %(opening)s plus entries of %(moved)s is not %(closing)s (difference %(difference)s EUR). An entry is missing or was changed; download the file again."
    ),
    "mt940": gettext_lazy("The MT940 file cannot be read (%(value)s). Download a camt.053 file instead."),
    "unknown": gettext_lazy("This is no bank statement. Download a camt.053 file from your online banking."),
    "entry_large": gettext_lazy(
        "The file holds more than %(most)s MB without an entry. It was not read; download it from your bank again."
    ),
    "zip": gettext_lazy("The ZIP file is damaged. Download it from your bank again."),
    "zip_nested": gettext_lazy("The ZIP file contains another ZIP file. Unpack it first."),
    "zip_many": gettext_lazy("The ZIP file contains more than %(most)s files. Load it in parts."),
    "zip_large": gettext_lazy("Unpacked, the ZIP file is larger than %(most)s MB. Load it in parts."),
    "zip_locked": gettext_lazy("The ZIP file is locked with a password. Unpack it first."),
}


def refusal(error: BankFileError) -> ValidationError:
    """The error as forms, commands and the folder tell it."""
    return ValidationError(FAULTS[error.code], code=error.code, params=error.params)
