"""The receipt as data: everything that its PDF is drawn from, frozen on the day of issue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing.formats.german_numbers import amount_in_words
from billing.models import Donation, Receipt
from billing.models.purposes import of_purposes, the_purposes
from billing.services.confirmed import Payment
from billing.services.receipt_house import House
from billing.services.receipt_plan import Wanted
from members.models import Member


def snapshot(
    house: House, wanted: Wanted, things: Mapping[str, Donation], number: str, on: date, machine: bool
) -> dict[str, Any]:
    """One receipt under its number. The official form is German, whatever the donor reads."""
    first = wanted.payments[0]
    return {
        "version": 1, "kind": wanted.kind, "number": number, "issued_on": on.isoformat(), "draft": False,
        "issuer": issuer(house), "donor": donor(wanted.member), "total": str(wanted.total),
        "words": amount_in_words(wanted.total), "given_on": first.on.isoformat(), "waiver": first.kind == "waiver",
        "period": period(first.on.year, on), "lines": [line(one) for one in wanted.payments] if len(wanted.payments) > 1 else [],
        "thing": thing(things[first.key]) if wanted.kind == Receipt.Kind.IN_KIND else None,
        "notice": notice(house), "dues_deductible": house.notice.dues_deductible, "signatory": house.settings.signatory,
        "machine": {"office": house.notice.tax_office, "told_on": told_on(house)} if machine else None,
    }  # fmt: skip


def issuer(house: House) -> dict[str, str]:
    """Name and address of the organisation, and how its letters look on this day."""
    address = {name: getattr(house.organisation, name) for name in ("name", "street", "postal_code", "city", "country")}
    return address | house.look


def donor(member: Member) -> dict[str, str]:
    """Name and address of the donor."""
    names = ("company", "street", "postal_code", "city", "country", "number")
    person = member.name if member.name != member.company else ""
    return {name: getattr(member, name) for name in names} | {"name": person, "extra": member.address_extra}


def line(payment: Payment) -> dict[str, str]:
    """A row of the annex."""
    return {"on": payment.on.isoformat(), "amount": str(payment.amount), "kind": payment.kind}


def period(year: int, on: date) -> list[str]:
    """The year, or what has passed of it."""
    return [date(year, 1, 1).isoformat(), min(date(year, 12, 31), on).isoformat()]


def thing(donation: Donation) -> dict[str, Any]:
    """What the official form asks about a thing."""
    return {"item": donation.item, "origin": donation.origin, "papers": donation.valued_by_papers}


def notice(house: House) -> dict[str, str]:
    """What the tax office has said."""
    one = house.notice
    return {
        "kind": one.kind, "office": one.tax_office, "number": one.tax_number, "on": one.issued_on.isoformat(), "period": one.period,
        "of": of_purposes(one.purposes), "the": the_purposes(one.purposes),
    }  # fmt: skip


def told_on(house: House) -> str:
    """When the tax office was told of the procedure."""
    notified = house.settings.notified_on
    return notified.isoformat() if notified else ""
