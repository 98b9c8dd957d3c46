"""The pages on usage and credits under mistakes: second clicks, bad files, wrong accounts; nothing typed in is lost."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from billing.models import Contract, DueWork, Payout, Scenario, UsageEvent
from billing.services import scenarios, work
from billing.services.credits import open_credits
from members.models import Organisation
from tests.office.world import office_client
from tests.services.club import small_club
from tests.services.metered import customer, provider, use
from tests.services.test_credits import owing

pytestmark = [pytest.mark.both, pytest.mark.django_db]
IBAN = "DE55 2501 0900 0614 0139 10"


@pytest.fixture
def house() -> Iterator[Organisation]:
    organisation = provider()
    with scope(organisation=organisation):
        customer(organisation, "1")
    with scopes_disabled():
        yield organisation


def upload(client: Client, content: bytes) -> object:
    return client.post("/office/usage/imports/", {"file": SimpleUploadedFile("liste.csv", content)})


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2", b"%PDF-1.7 \xff\xfe", b"name;ort\nA;B\n", b"meter;at\n", b'"' * 100_000], ids=range(6)
)
def test_a_file_that_is_no_list_is_told_and_not_kept(house: Organisation, content: bytes) -> None:
    answer = upload(office_client(house, "treasurer"), content)
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert "errorlist" in answer.content.decode()  # type: ignore[attr-defined]
    assert not UsageEvent.objects.exists()


def test_a_list_is_taken_over_once_however_often_it_is_clicked(house: Organisation) -> None:
    client = office_client(house, "treasurer")
    place = upload(client, b"member;meter;at;value\n1;gb;03.01.2027;5\n9;gb;03.01.2027;5\n").url  # type: ignore[attr-defined]
    shown = client.get(place).content.decode()
    assert not UsageEvent.objects.exists()
    assert "9" in shown
    for _click in range(2):
        client.post(f"{place}take/")
    assert UsageEvent.objects.count() == 1


def test_a_wrong_reading_is_voided_and_typed_in_again(house: Organisation) -> None:
    client, contract = office_client(house, "treasurer"), Contract.objects.get()
    place = f"/office/contracts/{contract.pk}/usage/"
    meter = {"meter": str(contract.organisation.meters.get().pk), "day": "05.01.2027"}
    client.post(place, meter | {"reading": "954"})
    assert client.post(place, meter | {"reading": "45,9"}).status_code == 200
    client.post(f"/office/usage/{UsageEvent.objects.get().pk}/void/")
    assert client.post(place, meter | {"reading": "45,9"}).status_code == 302
    assert [str(one.reading) for one in UsageEvent.objects.filter(voided_at=None)] == ["45.900000"]


def test_the_lists_of_the_quota_tell_near_from_over(house: Organisation) -> None:
    with scope(organisation=house):
        today = timezone.localdate()
        Contract.objects.update(start=today.replace(day=1), bill_from=today.replace(day=1))
        use(house, Contract.objects.get(), "a", f"{today}T12:00:00+01:00", value="9")
    client = office_client(house, "treasurer")
    near, over = client.get("/office/usage/near-quota/"), client.get("/office/usage/near-quota/?over")
    assert "90 %" in near.content.decode()
    assert "90 %" not in over.content.decode()


def scenario(house: Organisation) -> Scenario:
    with scope(organisation=house):
        found = scenarios.ask_forecast(house, timezone.localdate(), None, timezone.now())
        work.enqueue(house, "scenario", str(found.pk), timezone.now())
    return found


def test_a_computation_that_was_taken_back_leaves_nothing(house: Organisation) -> None:
    client, found = office_client(house, "treasurer"), scenario(house)
    assert client.post(f"/office/what-if/{found.pk}/withdraw/").url == "/office/forecast/"  # type: ignore[attr-defined]
    assert client.post(f"/office/what-if/{found.pk}/withdraw/").status_code == 404
    with scope(organisation=house):
        assert work.do_due(house, timezone.now(), 5) == 1
    assert not Scenario.objects.exists()


def test_it_stops_in_the_middle_when_it_is_taken_back(house: Organisation) -> None:
    found = scenario(house)
    with scope(organisation=house), pytest.raises(scenarios.Withdrawn):
        scenarios.compute(found, timezone.now(), lambda done: scenarios.withdraw(found))


def test_what_was_given_up_is_told_and_can_be_tried_again(house: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    client, found = office_client(house, "treasurer"), scenario(house)
    now = timezone.now()
    with monkeypatch.context() as broken, scope(organisation=house):
        broken.setitem(scenarios.KINDS, scenarios.FORECAST, lambda scenario, progress: 1 / 0)
        for number in range(work.MOST_ATTEMPTS):
            work.do_due(house, now + number * work.LEASE * 2, 5)
    assert DueWork.objects.get(kind="scenario").parked_at
    assert "division by zero" in client.get("/office/forecast/").content.decode()
    client.post(f"/office/what-if/{found.pk}/again/")
    with scope(organisation=house):
        assert work.do_due(house, now + work.LEASE * 9, 5) == 1
    assert Scenario.objects.get().result


def test_a_wrong_account_is_told_and_nothing_that_was_chosen_is_lost() -> None:
    club = small_club()
    with scope(organisation=club):
        member = owing(club)
        member.mandates.update(ended_on=date(2027, 2, 1))
        credit = open_credits(club)[member.pk][0].invoice
    client, day = office_client(club, "treasurer"), f"{timezone.localdate() + timedelta(days=3):%d.%m.%Y}"
    form = {"credit": str(credit), f"iban_{member.pk}": "DE55 2501 0900 0614 0139 11", "execute_on": day}
    shown = client.post("/office/credits/", form).content.decode()
    with scopes_disabled():
        assert "0139 11" in shown
        assert " checked" in shown
        assert not Payout.objects.exists()
        for _click in range(2):
            client.post("/office/credits/", form | {f"iban_{member.pk}": IBAN})
        batch = Payout.objects.get().batch
        for step in ("withdraw", "withdraw", "submit"):
            client.post(f"/office/credits/{batch.pk}/{step}/")
        batch.refresh_from_db()
    assert (batch.submitted_at, batch.withdrawn_at is not None) == (None, True)
    assert client.get(f"/office/credits/{batch.pk}/file/").status_code == 404
    assert f'value="{credit}"' in client.get("/office/credits/").content.decode(), "it is open again"
