"""The demo's sign-ups: the club admits by hand, the provider at once; and two people wait already."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from billing.models import SignUpOffer, SignUpSettings, SignUpText, Tariff
from billing.services import admission, applications, sign_up, sign_up_orders, sign_up_words
from billing.services.sign_up_quotes import first_day, open_counter
from members.models import Member, Organisation

CLUB_OFFERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ERW", "Alle Boote, alle Termine, auch im Winter in der Halle.", {"youngest": 18}),
    ("JUG", "Rudern ab zehn Jahren, mit eigenem Training am Mittwoch.", {"youngest": 10, "oldest": 17}),
    ("STU", "Für Schüler, Studierende und Auszubildende ab 18 Jahren, mit Nachweis.", {"youngest": 18, "oldest": 30}),
    ("FAM", "Eine Person zahlt, die Familie rudert mit.", {"youngest": 18, "household": 5}),
    ("PAS", "Sie fördern den Verein, ohne zu rudern.", {"takers": "both"}),
)
STATUTES = (
    "§ 1 Name und Sitz\nDer Verein führt den Namen Ruderverein Ostufer von 1898 e.V. und hat seinen Sitz in Kiel.\n\n"
    "§ 2 Zweck\nZweck des Vereins ist die Förderung des Rudersports.\n\n"
    "§ 3 Beiträge\nDie Mitgliederversammlung beschließt über die Beiträge.\n\n"
    "§ 4 Austritt\nDer Austritt ist zum Ende des bezahlten Zeitraums möglich.\n"
)
PRIVACY = (
    "Verantwortlich ist, wer am Ende dieser Seite genannt ist. Wir brauchen Ihre Angaben, um Sie als Mitglied oder Kunden zu führen und "
    "abzurechnen (Art. 6 Abs. 1 Buchst. b DSGVO). Bestellungen, die nicht bestätigt werden, löschen wir nach sieben Tagen. Sie haben das "
    "Recht auf Auskunft, Berichtigung, Löschung, Übertragung und auf Beschwerde bei einer Aufsichtsbehörde.\n"
)
CONDITIONS = "1. Der Vertrag kommt mit unserer Bestätigung zustande.\n\n2. Gezahlt wird am Anfang jedes Monats.\n"
WAITING: tuple[dict[str, str], ...] = (
    {"first_name": "Merle", "last_name": "Sörensen", "date_of_birth": "1994-03-21", "email": "merle@demo.example"},
    {"first_name": "Jannik", "last_name": "", "date_of_birth": "1988-11-02", "email": "jannik@demo.example"},
)


def open_club(organisation: Organisation, now: datetime) -> None:
    """Memberships under the statutes; the office admits."""
    organisation.board = "Hinnerk Petersen, Levke Andresen"
    organisation.register_entry = "VR 1234 KI, Amtsgericht Kiel"
    organisation.save()
    words(organisation, {"statutes": STATUTES, "privacy": PRIVACY})
    SignUpSettings.objects.create(
        organisation=organisation, is_open=True, welcome="Schön, dass Sie rudern wollen! Wählen Sie einen Beitrag; am Ende sehen Sie alles noch einmal."
    )  # fmt: skip
    for place, (code, text, more) in enumerate(CLUB_OFFERS):
        offer(organisation, code, place, text, more)
    for number, typed in enumerate(WAITING):
        wait(organisation, typed, now - timedelta(days=2 - number, hours=3))


def open_provider(organisation: Organisation) -> None:
    """Contracts with consumers; who has confirmed the e-mail address is a customer."""
    words(organisation, {"conditions": CONDITIONS, "privacy": PRIVACY})
    SignUpSettings.objects.create(organisation=organisation, is_open=True, approval=False, begins="today")
    for place, code in enumerate(("S", "M", "L")):
        offer(organisation, code, place, "", {})


def words(organisation: Organisation, texts: dict[str, str]) -> None:
    """The texts, each with its version."""
    for kind, text in texts.items():
        SignUpText.objects.create(organisation=organisation, kind=kind, version="12. März 2026", text=text)


def offer(organisation: Organisation, code: str, place: int, text: str, more: dict[str, Any]) -> None:
    """A tariff for newcomers; further people of a family pay nothing."""
    tariffs = {one.code: one for one in Tariff.objects.filter(organisation=organisation)}
    household = {"household_tariff": tariffs["FAM0"]} if more.get("household") else {}
    SignUpOffer.objects.create(
        organisation=organisation, tariff=tariffs[code], position=place, text=text, **more, **household
    )


def wait(organisation: Organisation, typed: dict[str, str], at: datetime) -> None:
    """Through the product's own door. Who has no last name here gets a member's, whose double they may be."""
    known = Member.objects.filter(organisation=organisation).exclude(last_name="").order_by("pk")[0]
    names = {} if typed["last_name"] else {"first_name": known.first_name, "last_name": known.last_name}
    person = (
        typed | names | {"company": "", "phone": "", "street": "Werftstraße 8", "postal_code": "24143", "city": "Kiel"}
    )
    order = order_of(organisation, person, timezone.localdate(at))
    received = applications.receive(organisation, order, at)
    if received:
        admission.confirm(received, at + timedelta(minutes=4))


def order_of(organisation: Organisation, person: dict[str, str], today: date) -> applications.Order:
    """An adult who pays by the quarter, by transfer."""
    house, counter = sign_up.house_of(organisation), open_counter(organisation, today, "de")
    start = first_day(house.settings, today)
    rows = SignUpOffer.objects.select_related("tariff", "household_tariff")
    one = sign_up.offered(counter, rows.get(organisation=organisation, tariff__code="ERW"), start)
    if one is None:
        raise LookupError("the demo's tariff for adults has a price")
    data = {
        "tariff": one.code, "start": start.isoformat(), "kind": "person", "person": person, "guardian": "", "household": [], "household_tariff": "",
        "payment": {"method": "transfer", "months": 3, "iban": "", "holder": "", "bank": ""},
    }  # fmt: skip
    seen = sign_up_orders.shown(house, counter, one, data)
    shown = seen | {"origin": {"ip": "192.0.2.7", "user_agent": "", "framed": True, "agreed": []}}
    words_of = sign_up_orders.words_of(seen, [])
    return applications.Order(
        one.row.tariff, person["email"], sign_up_words.full_name(data), "de", data, shown, words_of
    )
