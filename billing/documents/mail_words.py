"""What each kind of mail says if the organisation has no words of its own, and which placeholders it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Said = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and text, with placeholders in braces."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mail. `needed`: placeholders without which the mail would not do what it is for, and why."""

    subject: Said
    text: Said
    placeholders: Mapping[str, Said]
    needed: Mapping[str, Said]

    @property
    def default(self) -> Words:
        """In the language that is switched on."""
        return Words(str(self.subject), str(self.text))


COMMON: dict[str, Any] = {
    "name": _("name of the recipient"),
    "organisation": _("name of your organisation"),
    "signature": _("name, address, e-mail and telephone number of your organisation"),
}
REMINDED: dict[str, Any] = COMMON | {
    "heading": _("what this reminder is called"),
    "claims": _("the unpaid invoices, what was paid of them, costs and interest"),
    "costs": _("what was added for this reminder, and on what ground; nothing where there is nothing"),
    "amount": _("all that is to be paid"),
    "deadline": _("last day to pay"),
    "payment": _("the account to transfer to; in the letter with a code for the banking app"),
}
REMINDED_NEEDED: dict[str, Any] = {
    "claims": _("without them nobody knows what is asked for"),
    "costs": _("it says why there is a fee, and that the damage may be lower (BGB 309 Nr. 5)"),
    "amount": _("it is what is to be paid"),
    "deadline": _("it is the time to pay"),
    "payment": _("it asks for the transfer"),
}
KINDS: dict[str, Kind] = {
    "invoice": Kind(
        _("{title} {number} – {organisation}"),
        _(
            "Hello {name},\n\nplease find attached: {title} {number} of {date}, {amount}.\n\n{set_off}\n\n{payment}\n\n"
            "Kind regards\n\n{signature}\n"
        ),
        COMMON
        | {
            "title": _("such as: Invoice, Membership dues"),
            "number": _("number of the document"),
            "date": _("day of issue"),
            "amount": _("total"),
            "set_off": _("credits that are taken off, if there are any"),
            "payment": _("how it is paid: the announcement of the debit, or the account to transfer to"),
        },
        {"payment": _("it announces the direct debit, or asks for the transfer")},
    ),
    "contract": Kind(
        _("Confirmed: {change} – {organisation}"),
        _(
            "Hello {name},\n\nwe confirm for {member}: {change}. Received on {received}.\n\n{facts}\n\n{invoice_lines}\n\n"
            "Kind regards\n\n{organisation}\n"
        ),
        COMMON
        | {
            "member": _("whose contract it is"),
            "change": _("what was changed"),
            "received": _("day and time at which it was received"),
            "facts": _("everything that was agreed"),
            "invoice_lines": _("what the next invoice will say"),
        },
        {
            "change": _("it is the confirmation in text form"),
            "received": _("it is the confirmation in text form"),
            "facts": _("it is the confirmation in text form"),
        },
    ),
    "quota": Kind(
        _("{meter}: {level} percent of your free quota are used"),
        _(
            "Hello {name},\n\n{meter}: {used}. {left}\n\n"
            "What goes beyond the free quota is charged by your tariff. You see it day by day, and whether another tariff would suit you "
            "better, here: {address}\n\nKind regards\n{organisation}\n"
        ),
        COMMON
        | {
            "meter": _("what is counted"),
            "level": _("80 or 100"),
            "used": _("what was used of what is free"),
            "left": _("how many days are left, and what is expected"),
            "address": _("address of the page on usage"),
        },
        {},
    ),
    "invitation": Kind(
        _("Your access to the members' portal of {organisation}"),
        _(
            "Hello {name},\n\n"
            "{organisation} has a members' portal. There you see what is debited and when, and you find all your invoices.\n\n"
            "How to sign in:\n\n1. Open {address}\n2. Enter your e-mail address: {email}\n"
            "3. We send you a code by e-mail. Enter this code and you are in.\n\nYou need no password.\n\n"
            "Kind regards\n{organisation}\n"
        ),
        COMMON | {"address": _("address of the portal"), "email": _("e-mail address to sign in with")},
        {"address": _("nobody finds the portal without it")},
    ),
    "answer": Kind(
        _("{subject} – {organisation}"),
        _(
            "Hello {name},\n\n{answer}\n\nKind regards\n\n{signature}\n\n"
            "You can write back here: {address}\n\nYou wrote:\n{question}\n"
        ),
        COMMON
        | {
            "subject": _("subject of the question"),
            "answer": _("what the office wrote"),
            "question": _("what the member wrote"),
            "address": _("address of the conversation in the portal"),
        },
        {"answer": _("it is what the member waits for")},
    ),
} | {
    kind: Kind(_("{heading}: {amount} – {organisation}"), text, REMINDED, REMINDED_NEEDED)
    for kind, text in (
        (
            "reminder",
            _(
                "Hello {name},\n\nperhaps it escaped your notice: your payment has not reached us yet.\n\n{claims}\n\n{costs}\n\n"
                "Please transfer {amount} by {deadline}.\n\n{payment}\n\n"
                "If you have paid in the meantime, you need do nothing. If something is unclear or you cannot pay at the moment, please talk to us.\n\n"
                "Kind regards\n\n{signature}\n"
            ),
        ),
        (
            "dunning",
            _(
                "Hello {name},\n\nin spite of our reminder the following is still unpaid:\n\n{claims}\n\n{costs}\n\n"
                "Please transfer {amount} by {deadline}.\n\n{payment}\n\n"
                "If you cannot pay at once, tell us before that day, so that we find a way together. "
                "If you have paid in the meantime, you need do nothing.\n\n"
                "Kind regards\n\n{signature}\n"
            ),
        ),
        (
            "last_dunning",
            _(
                "Hello {name},\n\nwe have reminded you more than once, and the following is still unpaid:\n\n{claims}\n\n{costs}\n\n"
                "We ask you for the last time to transfer {amount} by {deadline}.\n\n{payment}\n\n"
                "If the money has not reached us by then, we hand the claim over to a lawyer or ask the court for an order to pay. "
                "That causes further costs, which you would have to bear.\n\n"
                "Kind regards\n\n{signature}\n"
            ),
        ),
    )
}
