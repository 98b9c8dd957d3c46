"""A club that newcomers may join on its website: dues of members, a family, young people, and a course for consumers."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine
from django.test import Client
from django_scopes import scope, scopes_disabled

from billing.models import Application, Mail, SignUpOffer, SignUpSettings, SignUpText, Tariff, TariffVersion
from members.models import Organisation
from tests.services.club import small_club

TODAY = date(2026, 12, 18)
NOW = datetime(2026, 12, 18, 11, tzinfo=UTC)
IBAN = "DE71570642210231530419"
ORIGIN = "https://verein.example"
COURSE = {
    "interval": {"months": 1}, "anchor": "start", "timing": "advance", "proration": "day", "prices": "gross", "vat_rate": "19",
    "legal_basis": "consumer", "trial": {"days": 14}, "minimum_term": {"months": 12}, "notice": {"months": 1},
    "components": [{"code": "kurs", "kind": "flat", "price": "29.90"}, {"code": "start", "name": "Startpaket", "kind": "once", "price": "19.00"}],
}  # fmt: skip
PERSON = {
    "first_name": "Nora", "last_name": "Neumann", "date_of_birth": "1990-05-04", "street": "Am Deich 1", "postal_code": "24143",
    "city": "Kiel", "email": "nora@example.org", "phone": "", "of_age": "on",
}  # fmt: skip


def open_house(slug: str = "klein", **settings: Any) -> Organisation:
    """Open, without approval unless told otherwise; four tariffs."""
    organisation = small_club(slug)
    organisation.board = "Vorstand: Jo Beispiel"
    organisation.save()
    with scope(organisation=organisation):
        values = {"is_open": True, "approval": False, "begins": "next_month", "origins": [ORIGIN]} | settings
        SignUpSettings.objects.create(organisation=organisation, **values)
        for kind in ("statutes", "privacy", "conditions"):
            SignUpText.objects.create(
                organisation=organisation, kind=kind, version="1.3.2026", text=f"Alles über {kind}."
            )
        course = Tariff.objects.create(organisation=organisation, code="KURS", name="Ruderkurs", position=50)
        TariffVersion.objects.create(organisation=organisation, tariff=course, terms=COURSE)
        offer(organisation, "ERW", position=1, text="Alle Boote, alle Termine.")
        offer(organisation, "JUG", position=2, oldest=17)
        offer(
            organisation,
            "FAM",
            position=3,
            household=3,
            household_tariff=Tariff.objects.get(organisation=organisation, code="FAM0"),
        )
        offer(organisation, "KURS", position=4)
    return organisation


def offer(organisation: Organisation, code: str, **values: Any) -> SignUpOffer:
    """A tariff for newcomers."""
    tariff = Tariff.objects.get(organisation=organisation, code=code)
    return SignUpOffer.objects.create(organisation=organisation, tariff=tariff, **values)


class Newcomer:
    """Somebody at the sign-up, without scripts: looks, types, presses."""

    def __init__(self, slug: str = "klein", *, framed: bool = False, client: Client | None = None) -> None:
        self.client = client or Client(enforce_csrf_checks=True)
        self.address = f"/join/{slug}/embed/" if framed else f"/join/{slug}/"
        self.page, self.status, self.moment = "", 0, NOW

    def look(self, tariff: str = "") -> "Newcomer":
        """The first page, or the form of one tariff."""
        with time_machine.travel(self.moment, tick=False):
            self.keep(self.client.get(self.address, {"tariff": tariff} if tariff else {}))
        return self

    def press(self, go: str, **typed: str) -> "Newcomer":
        """Presses a button, five seconds later."""
        self.moment += timedelta(seconds=5)
        state = re.search(r'name="state" value="([^"]+)"', self.page)
        with time_machine.travel(self.moment, tick=False):
            self.keep(self.client.post(self.address, {"state": state[1] if state else "", "go": go} | typed))
        return self

    def keep(self, answer: Any) -> None:
        self.answer, self.status, self.page = answer, answer.status_code, answer.content.decode()

    def order(
        self,
        tariff: str = "ERW",
        person: dict[str, str] | None = None,
        payment: dict[str, str] | None = None,
        **ticks: str,
    ) -> "Newcomer":
        """The whole way."""
        self.look(tariff).press("person", **(PERSON | (person or {})))
        self.press("payment", **({"months": "1", "method": "debit", "iban": IBAN} | (payment or {})))
        return self.press("order", **({"mandate": "on", "people": "on"} | ticks))

    def follow(self, link: str, moment: datetime | None = None) -> Any:
        """Opens the link of the mail and presses its button."""
        with time_machine.travel(moment or self.moment + timedelta(minutes=1), tick=False):
            self.client.get(link)
            return self.client.post(link)


def links() -> list[str]:
    """The links of all mails that ask to confirm, oldest first, without the host."""
    with scopes_disabled():
        texts = Mail.objects.filter(kind="join_confirm").order_by("pk").values_list("text", flat=True)
    return [found[0] for text in texts if (found := re.search(r"/join/confirm/\S+", text))]


def applied(organisation: Organisation, **order: Any) -> Application:
    """An application whose address is confirmed."""
    newcomer = Newcomer(organisation.slug).order(**order)
    newcomer.follow(links()[-1])
    with scopes_disabled():
        return Application.objects.select_related("organisation", "tariff").get(pk=Application.objects.latest("pk").pk)
