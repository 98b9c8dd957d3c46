"""Why a direct debit came back, in words: for the treasurer what it means, for the member only what concerns them.

The member's words never guess: MS03 is told as it is, without a reason (a bank may hide an empty account or a death behind it).
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

TREASURER: dict[str, Words] = {
    "AC01": _("the IBAN is wrong: ask for the right one"),
    "AC04": _("the account is closed: ask for a new mandate"),
    "AC06": _("the account is blocked: ask the payer"),
    "AC13": _("a consumer's account cannot be debited by business debit"),
    "AG01": _("this kind of account cannot be debited"),
    "AG02": _("wrong kind of file: our fault"),
    "AM04": _("not enough money in the account"),
    "AM05": _("the bank took it for a second debit of the same: check whether it is paid already"),
    "DUPL": _("the bank took it for a second debit of the same: check whether it is paid already"),
    "BE05": _("the bank does not know our creditor identifier: our fault"),
    "CNOR": _("our bank is not reachable for it: check the IBAN"),
    "DNOR": _("the payer's bank is not reachable for it: check the IBAN"),
    "DT01": _("wrong date: our fault"),
    "FF01": _("wrong format: our fault"),
    "FF05": _("wrong kind of debit: our fault"),
    "MD01": _("the payer says that there is no valid mandate"),
    "MD02": _("the mandate's data are wrong or missing: our fault"),
    "MD06": _("the payer took the money back (within eight weeks): talk to them first"),
    "MD07": _("the payer has died: no reminder, please look after it personally"),
    "MS02": _("the payer refused the debit: talk to them first"),
    "MS03": _("the bank gives no reason. It may be an empty account, it may be a death: handle with care"),
    "RC01": _("the BIC is wrong: check the IBAN"),
    "RR01": _("the bank asks for more data about the account"),
    "RR02": _("the bank asks for the payer's name or address"),
    "RR03": _("the bank asks for our name or address"),
    "RR04": _("the bank asks for more data by law"),
    "SL01": _("the payer's bank lets only listed creditors debit: the payer has to list us"),
    "TM01": _("the file came too late: our fault"),
}
MEMBER: dict[str, Words] = {
    "AC01": _("the account number is not right"),
    "AC04": _("the account is closed"),
    "AC06": _("the account is blocked"),
    "AG01": _("the account cannot be debited"),
    "AC13": _("this kind of account cannot be debited by business debit"),
    "AM04": _("there was not enough money in the account"),
    "MD01": _("your bank says that there is no valid mandate"),
    "MD06": _("you had the money given back"),
    "MS02": _("the debit was refused"),
    "SL01": _("your bank lets only listed creditors debit the account"),
}


def for_treasurer(code: str) -> Words:
    """What a reason means, and what to do; an unknown code is shown as it came."""
    return TREASURER.get(code.upper(), code)


def for_member(code: str) -> Words:
    """The reason in a member's words; nothing where the bank gives none or the fault is not theirs."""
    return MEMBER.get(code.upper(), "")
