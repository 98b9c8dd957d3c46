"""The pages of reminders: looked at, run, opened; levels stored; a member's account with all its steps."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import AncillaryClaim, DunningLevel, DunningNotice, DunningRun, DunningStop, HandedClaim, Mail
from billing.services.dunning_levels import levels_of
from members.models import Organisation
from tests.documents.reading import text
from tests.office.world import office_client, rows
from tests.services.club import noon
from tests.services.overdue import FIRST, SECOND, claim_of, late, payer_of, remind, strict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day(db: None) -> Iterator[None]:
    with time_machine.travel(noon(FIRST), tick=False):
        yield


@pytest.fixture
def house() -> Organisation:
    with scopes_disabled():
        organisation = late(delivery="letter")
        strict(organisation)
    return organisation


@pytest.fixture
def treasurer(house: Organisation) -> Client:
    return office_client(house, "treasurer")


def page(client: Client, name: str, *arguments: object, **query: str) -> str:
    return client.get(reverse(name, args=arguments), query).content.decode().replace("\xa0", " ")


def payer(house: Organisation, number: int = 0) -> int:
    with scopes_disabled():
        return payer_of(house, number).pk


def test_the_preview_is_run_and_its_letters_are_opened(house: Organisation, treasurer: Client) -> None:
    assert "2 unbezahlte Rechnungen warten auf eine Mahnung" in page(treasurer, "admin:index")
    shown = page(treasurer, "office_dunning")
    assert "2 Zahler würden heute gemahnt" in shown
    assert "28,00 €" in shown
    answer = treasurer.post(
        reverse("office_dunning_start"),
        {"payer": [f"{payer(house)}:1/1/14.00", f"{payer(house, 1)}:1/1/15.00"]},
        follow=True,
    )
    said = answer.content.decode()
    assert "1 Mahnung ist geschrieben." in said
    assert "Ausgelassen, weil sich seit der Vorschau etwas geändert hat" in said
    run = rows(DunningRun).get()
    content = treasurer.get(reverse("office_dunning_letters", args=[run.pk])).content
    assert "Zahlungserinnerung" in text(content)
    notice = rows(DunningNotice).get()
    assert "Zahlungserinnerung" in text(treasurer.get(reverse("office_dunning_notice", args=[notice.pk])).content)
    treasurer.post(reverse("office_dunning_posted", args=[run.pk]))
    assert rows(Mail).get(notice=notice).state == "printed"
    assert "abgeschickt" in page(treasurer, "office_dunning_run", run.pk)
    again = treasurer.post(reverse("office_dunning_start"), {"payer": [f"{payer(house)}:1/1/14.00"]}, follow=True)
    assert "Ausgelassen" in again.content.decode()
    assert rows(DunningRun).count() == 1


def test_without_a_tick_nothing_happens(treasurer: Client) -> None:
    for payers in ([], ["x:1"], ["1"]):
        said = treasurer.post(reverse("office_dunning_start"), {"payer": payers}, follow=True).content.decode()
        assert "Haken Sie mindestens einen Zahler an" in said
    assert rows(DunningRun).count() == 0


def posted(levels: list[DunningLevel], **other: str) -> dict[str, str]:
    data = {"minimum": "7,50", "consumer_cap": "2,50", "dues_basis": "", "cap_reason": "", "interest": "on"}
    for at, one in enumerate(levels, start=1):
        data |= {
            f"l{at}-name": "", f"l{at}-tone": one.tone, f"l{at}-after_days": "20", f"l{at}-pay_within_days": "14",
            f"l{at}-fee": f"{one.fee}".replace(".", ","), f"l{at}-mail_fee": "0", f"l{at}-fee_basis": one.fee_basis, f"l{at}-pause_days": "0",
            f"l{at}-pause_basis": "",
        }  # fmt: skip
    return data | other


def test_levels_are_stored_as_a_whole_or_not_at_all(house: Organisation, treasurer: Client) -> None:
    address = reverse("office_dunning_levels")
    levels = list(rows(DunningLevel).order_by("level"))
    refused = treasurer.post(address, posted(levels, **{"l1-fee": "1,00", "l1-fee_basis": "Porto"})).content.decode()
    assert "Die erste Mahnung ist kostenlos" in refused
    assert 'value="1,00"' in refused
    assert {one.after_days for one in rows(DunningLevel)} == {14}
    assert treasurer.post(address, posted(levels, **{"l2-gone": "on"})).status_code == 302
    with scopes_disabled():
        assert [(one.level, one.tone, one.after_days) for one in levels_of(house)] == [
            (1, "reminder", 20),
            (2, "last_dunning", 20),
        ]
    more = treasurer.post(address, posted(levels[:2], add="1")).content.decode()
    assert "Stufe 3" in more
    assert rows(DunningLevel).count() == 2
    capped = treasurer.post(address, posted(levels, consumer_cap="9,00")).content.decode()
    assert "warum Personen mehr als 2,50 EUR" in capped


def test_an_account_shows_what_is_open_at_a_day_and_gives_a_statement(house: Organisation, treasurer: Client) -> None:
    member = payer(house)
    assert "Offen am 01.02.2027: 14,00 €" in page(treasurer, "office_account", member)
    assert "31.12.2030" in page(treasurer, "office_account", member)
    assert "Nichts ist offen." in page(treasurer, "office_account", member, on="2026-12-01")
    late_in_time = page(treasurer, "office_account", member, on="2030-10-01")
    assert "verjährt bald" in late_in_time
    assert "verjährt<" in page(treasurer, "office_account", member, on="2031-01-01")
    answer = treasurer.get(reverse("office_account_pdf", args=[member]), {"start": "2026-12-01", "end": "2027-01-31"})
    assert "Am letzten Tag waren 14,00 € offen." in text(answer.content)
    wrong = treasurer.get(
        reverse("office_account_pdf", args=[member]), {"start": "2027-02-01", "end": "2027-01-31"}, follow=True
    )
    assert "liegt vor dem ersten" in wrong.content.decode()


def test_a_stop_is_set_shown_and_lifted(house: Organisation, treasurer: Client) -> None:
    member, today = payer(house), FIRST.isoformat()
    treasurer.post(
        reverse("office_account_stop", args=[member]), {"claim": "", "reason": "lange krank", "until": today}
    )
    assert "gesperrt bis 01.02.2027: lange krank" in page(treasurer, "office_dunning")
    stop = rows(DunningStop).get()
    assert stop.set_by.email == "treasurer@spaet.example"
    assert "lange krank" in page(treasurer, "office_account", member)
    treasurer.post(reverse("office_stop_lift", args=[stop.pk]))
    assert "2 Zahler würden heute gemahnt" in page(treasurer, "office_dunning")
    with scopes_disabled():
        claim = claim_of(house).pk
    treasurer.post(
        reverse("office_account_stop", args=[member]), {"claim": claim, "reason": "strittig", "until": today}
    )
    assert rows(DunningStop).get(invoice=claim).reason == "strittig"
    past = {"claim": "", "reason": "zu spät", "until": "2027-01-01"}
    said = treasurer.post(reverse("office_account_stop", args=[member]), past, follow=True).content.decode()
    assert "Der letzte Tag der Sperre liegt in der Vergangenheit" in said


def test_a_fee_is_waived_and_stays_visible(house: Organisation) -> None:
    with scopes_disabled():
        remind(house)
        remind(house, SECOND)
    fee = rows(AncillaryClaim).get(kind="costs", invoice__payer=payer(house))
    with time_machine.travel(noon(SECOND), tick=False):
        treasurer = office_client(house, "treasurer")
        said = treasurer.post(reverse("office_waive", args=[fee.pk]), {"reason": ""}, follow=True).content.decode()
        assert "warum darauf verzichtet wird" in said
        treasurer.post(reverse("office_waive", args=[fee.pk]), {"reason": "Härtefall"})
        assert "verzichtet am 03.03.2027" in page(treasurer, "office_account", payer(house))
        assert "Härtefall" in page(treasurer, "office_account", payer(house))


def test_claims_are_handed_over_with_their_package(house: Organisation, treasurer: Client) -> None:
    member = payer(house)
    with scopes_disabled():
        claim = claim_of(house).pk
    treasurer.post(reverse("office_hand", args=[member]), {"claim": [claim], "to": "RA Meier"})
    assert "abgegeben an RA Meier" in page(treasurer, "office_dunning")
    content = treasurer.get(reverse("office_hand_zip", args=[member])).content
    assert "Kontoauszug.pdf" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    treasurer.post(reverse("office_take_back", args=[rows(HandedClaim).get().pk]))
    said = treasurer.get(reverse("office_hand_zip", args=[member]), follow=True).content.decode()
    assert "Keine Forderung gegen dieses Mitglied ist abgegeben." in said


def test_the_ages_at_a_day_and_as_a_table(house: Organisation, treasurer: Client) -> None:
    shown = page(treasurer, "office_aging", on="2027-02-03")
    assert "1–30 Tage" in shown
    assert "28,00 €" in shown
    lines = treasurer.get(reverse("office_aging_csv"), {"on": "2027-03-31"}).content.decode("utf-8-sig").splitlines()
    assert lines[-1] == ";Gesamt;;0,00;0,00;0,00;28,00;0,00;28,00"
    assert "Nichts ist offen." in page(
        treasurer, "office_aging", on=(date(2026, 12, 15) - timedelta(days=1)).isoformat()
    )
    assert page(treasurer, "office_aging", on="no day")
