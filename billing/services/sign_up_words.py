"""What a newcomer reads before the order, and what is confirmed afterwards: prices, terms, texts, and the button's words."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.documents import mandate_words, withdrawal_words
from billing.documents.figures import grouped_iban, percent
from billing.models import SignUpOffer, SignUpText
from billing.services.quote_answers import Answer
from billing.services.quote_words import (
    Fact,
    day,
    ends,
    euro,
    language,
    last_day,
    length,
    per_year,
    renewal,
    steps,
    usage,
)
from billing.services.sign_up import ADULT, CONSUMER, MEMBERSHIP, House

Shown = dict[str, Any]
ORDER: dict[str, Shown] = {
    # BGB 312j Abs. 3: nothing else stands on the button of a contract that costs something.
    "contract": {"de": "zahlungspflichtig bestellen", "en": "order with obligation to pay"},
    "membership": {"de": "Mitglied werden", "en": "become a member"},
}


def button(basis: str) -> str:
    """The words on the button, by the legal basis: joining under the statutes is no order of a service."""
    return str(ORDER["membership" if basis == MEMBERSHIP else "contract"][language()])


def has_withdrawal(basis: str, kind: str) -> bool:
    """A consumer may withdraw from a contract that was concluded online (BGB 312g Abs. 1); joining an association is none."""
    return basis == CONSUMER and kind == "person"


def facts(answer: Answer) -> list[Fact]:
    """A tariff as newcomers compare it, in the order in which people ask."""
    return [*price(answer), *trial(answer), *binding(answer), *first(answer)]


def price(answer: Answer) -> Iterator[Fact]:
    """What it costs regularly, once, and by use; VAT included."""
    yield Fact(_("Price"), steps(answer["steps"]), per_year({"steps": answer["steps"], "year": answer["year"]}))
    for one in answer["further"]:
        yield Fact(_("%(name)s in addition") % {"name": one["who"]}, steps(one["steps"]), one["tariff"])
    for name, amount in answer["once"]:
        yield Fact(name, euro(amount), _("once"))
    for one in answer["usage"]:
        yield Fact(one["name"], " · ".join(usage(one)))
    yield Fact(_("VAT"), vat(answer))


def vat(answer: Answer) -> str:
    """The VAT in the prices."""
    rate = answer["vat_rate"]
    if rate is None or rate == "0":
        return _("none: dues of members") if answer["basis"] == MEMBERSHIP else _("none")
    return _("%(rate)s are included") % {"rate": percent(rate, language())}


def trial(answer: Answer) -> Iterator[Fact]:
    """How long nothing is to pay, and what happens then."""
    one = answer["trial"]
    if not one:
        return
    after = {
        "continue": _("then the price above holds, unless you have cancelled"),
        "end": _("then it ends by itself"),
        "other": _("then %(tariff)s begins, unless you have cancelled") % {"tariff": one["tariff"]},
    }[one["then"]]
    free = _("%(length)s free of charge, until %(day)s") % {
        "length": length(one["length"]),
        "day": last_day(one["until"]),
    }
    yield Fact(_("Trial"), free, after)


def binding(answer: Answer) -> Iterator[Fact]:
    """From when to when, and how it is left."""
    terms = answer["terms"]
    yield Fact(_("Begins on"), day(answer["start"]))
    if answer["ends"]:
        yield Fact(_("Ends by itself on"), last_day(answer["ends"]))
        return
    if terms["minimum"]:
        yield Fact(
            _("Minimum term"),
            length(terms["minimum"]),
            renewal(terms["renewal"]) or _("then it goes on until you cancel"),
        )
    else:
        yield Fact(_("Minimum term"), _("none: it goes on until you cancel"))
    yield Fact(_("Notice"), length(terms["notice"]) if terms["notice"] else _("none"))
    yield Fact(_("Can end on"), ends(answer["leaves"]), _("at the earliest"))


def first(answer: Answer) -> Iterator[Fact]:
    """What the first invoice will say, and when it comes."""
    one = answer["first"]
    if not one:
        yield Fact(
            _("First invoice"), _("nothing is to pay") if not answer["usage"] else _("after the first month with usage")
        )
        return
    words = "; ".join(text for _name, text, _amount in one["lines"])
    yield Fact(
        _("First invoice"), _("%(amount)s about %(day)s") % {"amount": euro(one["total"]), "day": day(one["on"])}, words
    )
    yield Fact(_("First payment"), _("not before %(day)s") % {"day": day(one["collect"])})


def who_may(row: SignUpOffer) -> str:
    """The ages and the household, in a line below the tariff's name."""
    parts = []
    if row.youngest is not None and row.oldest is not None:
        parts.append(
            _("from %(youngest)s to %(oldest)s years of age") % {"youngest": row.youngest, "oldest": row.oldest}
        )
    elif row.youngest is not None:
        parts.append(_("from %(age)s years of age") % {"age": row.youngest})
    elif row.oldest is not None:
        parts.append(_("up to %(age)s years of age") % {"age": row.oldest})
    if row.household:
        many = ngettext("with %(count)s further person", "with up to %(count)s further people", row.household)
        parts.append(many % {"count": row.household})
    return " · ".join(parts)


def takes_minors(row: SignUpOffer) -> bool:
    """Whether somebody under 18 may come in by it."""
    return row.takers != SignUpOffer.Takers.COMPANIES and (row.youngest is None or row.youngest < ADULT)


def people(data: Shown) -> list[tuple[str, str]]:
    """Who joins, with everything that was typed."""
    person, found = data["person"], []
    found.append((_("Company") if data["kind"] == "company" else _("Name"), full_name(data)))
    if data["kind"] == "company" and person["last_name"]:
        found.append((_("Contact"), f"{person['first_name']} {person['last_name']}".strip()))
    found.append((_("Date of birth"), day(person["date_of_birth"]) if person["date_of_birth"] else ""))
    found.append((_("Address"), f"{person['street']}, {person['postal_code']} {person['city']}"))
    found += [(_("E-mail"), person["email"]), (_("Telephone"), person["phone"])]
    found.append((_("Legal guardian"), data["guardian"]))
    found += [
        (_("Also joins"), f"{one['first_name']} {one['last_name']}, {day(one['date_of_birth'])}")
        for one in data["household"]
    ]
    return [(label, value) for label, value in found if value]


def full_name(data: Shown) -> str:
    """The first one who joins."""
    person = data["person"]
    return str(person["company"] or f"{person['first_name']} {person['last_name']}".strip())


def payment(data: Shown) -> list[tuple[str, str]]:
    """How it is paid."""
    paid = data["payment"]
    if paid["method"] == "transfer":
        return [(_("Payment"), payment_name("transfer"))]
    rows = [
        (_("Payment"), payment_name("debit")),
        (_("Account holder"), paid["holder"]),
        (_("IBAN"), grouped_iban(paid["iban"])),
    ]
    return [*rows, *([(_("Bank"), paid["bank"])] if paid["bank"] else [])]


def payment_name(method: str) -> str:
    """A way to pay."""
    return _("by SEPA direct debit") if method == "debit" else _("by transfer, after each invoice")


def texts(house: House, basis: str) -> list[Shown]:
    """What holds for this order, each with its version, as it is shown and kept."""
    kinds = ["statutes"] if basis == MEMBERSHIP else ["conditions"]
    rows = [house.texts[kind] for kind in [*kinds, "privacy"] if kind in house.texts]
    return [text_data(one) for one in rows]


def text_data(row: SignUpText) -> Shown:
    """One text, frozen."""
    return {
        "kind": row.kind,
        "title": str(row.get_kind_display()),
        "version": row.version,
        "url": row.url,
        "text": row.text,
    }


def instruction(house: House) -> list[str]:
    """The instruction on withdrawal, with the address of the page that takes it."""
    return withdrawal_words.instruction(house.organisation, language(), withdrawal_address(house))


def withdrawal_address(house: House) -> str:
    """Where anybody may withdraw without signing in."""
    path = reverse("declare_withdraw_at", args=[house.organisation.slug])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def mandate_text(terms: mandate_words.MandateTerms) -> Shown:
    """The mandate as it is shown: the scheme's own words, and who collects from whom."""
    return {
        "heading": mandate_words.heading(terms), "text": mandate_words.text(terms), "facts": [list(one) for one in mandate_words.facts(terms)],
    }  # fmt: skip
