"""One request to the sign-up: whose it is, what is open, and the order as far as it was typed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from billing.services import sign_up, sign_up_orders, sign_up_words
from billing.services.quote_words import steps
from billing.services.sign_up import House, Offered
from billing.services.sign_up_quotes import Counter, Wish, first_day, open_counter, quote, rhythms
from portal.declarations import SWITCH
from portal.join_state import State, sealed
from portal.look import look_of


@dataclass
class Visit:
    """A newcomer's request. `framed`: inside another website; `seen` is filled where everything of the order is known."""

    request: HttpRequest
    house: House
    framed: bool
    now: datetime
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The organisation's short name."""
        return self.house.organisation.slug

    @cached_property
    def today(self) -> date:
        """The day of the request."""
        return timezone.localdate(self.now)

    @cached_property
    def start(self) -> date:
        """The first day of what is ordered now."""
        return first_day(self.house.settings, self.today)

    @cached_property
    def counter(self) -> Counter:
        """For quotes, read once."""
        return open_counter(self.house.organisation, self.today, language())

    @cached_property
    def offers(self) -> list[Offered]:
        """What can be chosen."""
        return sign_up.offers(self.house, self.today, language())

    def offer(self, code: str) -> Offered | None:
        """One of this organisation's open tariffs; no other has a way in."""
        for row in sign_up.offer_rows(self.house.organisation):
            if row.tariff.code == code:
                return sign_up.offered(self.counter, row, self.start)
        return None

    def address(self, name: str = "join") -> str:
        """Where the forms go: the same door that the visitor came through."""
        return reverse(f"{name}_framed" if self.framed else name, args=[self.slug])

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """A page of the sign-up, whole or inside a frame."""
        organisation = self.house.organisation
        legal = [
            (reverse(f"declare_{kind}_at", args=[self.slug]), kind)
            for kind, switch in SWITCH.items()
            if getattr(organisation, switch)
        ]
        frame = {
            "framed": self.framed,
            "partner": organisation,
            "house": self.house,
            "legal": legal,
            "here": self.address(),
        }
        frame |= {
            "origins": sign_up.frame_origins(self.house) if self.framed else [],
            "privacy": self.text_links("privacy"),
            "look": look_of(organisation),
        }
        return render(self.request, f"portal/join/{template}.html", frame | context, status=status)

    def text_links(self, *kinds: str) -> list[tuple[str, str]]:
        """Label and address of texts that are there."""
        rows = [self.house.texts[kind] for kind in kinds if kind in self.house.texts]
        return [
            (str(one.get_kind_display()), one.url or reverse("join_text", args=[self.slug, one.kind])) for one in rows
        ]

    def seal(self, state: State) -> str:
        """The order so far, for the form."""
        return sealed(self.slug, state)


def language() -> str:
    """`de` or `en`."""
    return (get_language() or "de")[:2]


def kind_of(state: State) -> str:
    """Whether a person or a company joins."""
    return "company" if state["person"]["company"] else "person"


def data_of(visit: Visit, one: Offered, state: State) -> dict[str, Any]:
    """The order as it is stored."""
    household = one.row.household_tariff.code if one.row.household_tariff and state["household"] else ""
    data = {
        "tariff": one.code, "start": visit.start.isoformat(), "kind": kind_of(state), "person": state["person"],
        "guardian": state["guardian"], "household": state["household"], "household_tariff": household,
    }  # fmt: skip
    paid = state["payment"]
    debit = paid["method"] == "debit"
    holder = sign_up_orders.signer(data) if debit else ""
    iban = paid["iban"] if debit else ""
    bank = sign_up_orders.bank_of(iban) if debit else ""
    return data | {
        "payment": {"method": paid["method"], "months": paid["months"], "iban": iban, "holder": holder, "bank": bank}
    }


def rhythm_choices(visit: Visit, one: Offered) -> list[tuple[int, str]]:
    """Each rhythm with its price."""
    found = rhythms(one.version)
    if len(found) < 2:
        return []
    return [
        (months, steps(quote(visit.counter, [Wish(one.row.tariff, visit.start, months)])["steps"])) for months in found
    ]


def shown(visit: Visit, one: Offered, state: State) -> dict[str, Any]:
    """Everything that stands above the button."""
    visit.seen = sign_up_orders.shown(visit.house, visit.counter, one, data_of(visit, one, state))
    return visit.seen


def ways_to_pay(visit: Visit) -> list[str]:
    """What is accepted, said before anybody begins to type (BGB 312j Abs. 1)."""
    names = {"debit": sign_up_words.payment_name("debit"), "transfer": sign_up_words.payment_name("transfer")}
    return [names[one] for one in sign_up.methods(visit.house, visit.today, "person")]
