"""Proofs for reduced fees: looked into, decided once, reminded of, and the normal fee by a contract event afterwards."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import Contract, ContractEvent, InvoiceLine, Mail, Tariff
from billing.services import dashboard, proof_dates, proofs
from members.models import ContactEntry, Member, Organisation, Proof, ProofFile
from tests.services.club import join, noon, small_club
from tests.services.scans import pdf, picture
from tests.services.test_quotes import bill

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY, LAST = date(2027, 1, 12), date(2027, 3, 31)
FILE = [("../../Schule.pdf", pdf())]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        Tariff.objects.filter(code="STU").update(falls_back_to=Tariff.objects.get(code="ERW"))
        yield organisation


@pytest.fixture
def student(club: Organisation) -> Member:
    return join(club, "1", tariff="STU", start=date(2027, 1, 1))


def sent(member: Member, last: date = LAST, on: date = TODAY, files: Any = FILE) -> Proof:
    return proofs.send(member, "Studium", last, files, None, noon(on))


def accepted(member: Member, last: date = LAST, on: date = TODAY) -> Proof:
    proof = sent(member, last, on)
    proofs.accept(proof, last, None, noon(on))
    proof.refresh_from_db()
    return proof


def test_a_proof_waits_with_its_papers_and_is_accepted_once(student: Member) -> None:
    proof = sent(student, files=[("Schule.pdf", pdf()), ("foto.png", picture()), ("foto2.png", picture())])
    names = sorted(ProofFile.objects.values_list("name", "content_type"))
    assert names == [("Schule.pdf", "application/pdf"), ("foto.png", "image/jpeg")]
    assert dashboard.open_wishes(student.organisation)["proofs"] == 1
    proofs.accept(proof, date(2027, 4, 30), None, noon(TODAY))
    proof.refresh_from_db()
    assert (proof.accepted, proof.valid_until) == (True, date(2027, 4, 30))
    with pytest.raises(ValidationError, match="schon entschieden"):
        proofs.accept(proof, LAST, None, noon(TODAY))
    with pytest.raises(ValidationError, match="schon entschieden"):
        proofs.refuse(proof, "x", None, noon(TODAY))
    mail = Mail.objects.get(kind="proof")
    assert "30. April 2027" in mail.text or "30.04.2027" in mail.text


def test_a_refusal_says_why_and_where_to_send_another(student: Member) -> None:
    proof = sent(student)
    with pytest.raises(ValidationError):
        proofs.refuse(proof, "  ", None, noon(TODAY))
    proofs.refuse(proof, "Der Stempel fehlt.", None, noon(TODAY))
    mail = Mail.objects.get(kind="proof")
    assert "Der Stempel fehlt." in mail.text
    assert "/proofs/" in mail.text


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"MZ\x90\x00", b"%PDF-1.7 not a pdf", b"\x89PNG\r\n\x1a\nbroken", pdf(41), pdf(password="x"), picture("TIFF")],
    ids=["empty", "svg", "program", "broken pdf", "broken png", "book", "locked", "tiff"],
)  # fmt: skip
def test_hostile_and_other_files_are_refused_and_nothing_is_kept(student: Member, content: bytes) -> None:
    with pytest.raises(ValidationError):
        sent(student, files=[("good.pdf", pdf()), ("bad.pdf", content)])
    assert not Proof.objects.exists()
    assert not ProofFile.objects.exists()


@pytest.mark.parametrize(
    "given", [{"files": []}, {"files": FILE * 6}, {"last": TODAY - timedelta(days=1)}, {"last": date(2040, 1, 1)}]
)
def test_what_says_nothing_or_too_much_is_refused(student: Member, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        sent(student, **given)


def test_three_may_wait_and_no_more(student: Member) -> None:
    for _number in range(proofs.MOST_WAITING):
        sent(student)
    with pytest.raises(ValidationError, match="mehrere Nachweise"):
        sent(student)


def test_the_member_is_told_before_and_pays_the_normal_fee_from_the_next_period_on(student: Member) -> None:
    house, proof = student.organisation, accepted(student)
    bill(house, date(2027, 1, 1), date(2027, 3, 31))
    assert proof_dates.remind(house, date(2027, 2, 28), noon(date(2027, 2, 28))) == 0
    told_on = date(2027, 3, 1)
    assert proof_dates.remind(house, told_on, noon(told_on)) == 1
    reminder = Mail.objects.get(key=f"proof:{proof.pk}:ends").text.replace("\xa0", " ")
    assert "gilt ab dem 1. April 2027 der Tarif Erwachsene: 14,00 €" in reminder
    assert proof_dates.remind(house, told_on, noon(told_on)) == 0
    assert proof_dates.lapse(house, LAST, noon(LAST)) == 0
    over = LAST + timedelta(days=1)
    assert proof_dates.lapse(house, over, noon(over)) == 1
    assert proof_dates.lapse(house, over, noon(over)) == 0
    event = ContractEvent.objects.get()
    assert (event.kind, event.on, event.data) == ("change_tariff", LAST, {"value": "ERW", "when": "period_end"})
    assert Mail.objects.filter(kind="contract").count() == 1
    assert ContactEntry.objects.get(kind="change").member == student
    bill(house, over, date(2027, 4, 30))
    assert list(InvoiceLine.objects.filter(start=over).values_list("tariff", "amount")) == [("ERW", Decimal(14))]
    assert set(InvoiceLine.objects.values_list("kind", flat=True)) == {"charge"}


def test_what_was_billed_ahead_at_the_reduced_fee_is_settled(student: Member) -> None:
    house = student.organisation
    accepted(student)
    bill(house, date(2027, 1, 1), date(2027, 4, 30))
    proof_dates.remind(house, date(2027, 3, 5), noon(date(2027, 3, 5)))
    over = LAST + timedelta(days=1)
    proof_dates.lapse(house, over, noon(over))
    bill(house, over, date(2027, 4, 30))
    april = InvoiceLine.objects.filter(start=over)
    assert sorted(april.values_list("kind", "tariff", "amount")) == [
        ("charge", "ERW", Decimal(14)), ("charge", "STU", Decimal(9)), ("reversal", "STU", Decimal(-9)),
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["followed", "waits", "not told", "refused"])
def test_nothing_lapses_while_another_proof_holds_or_waits_or_nobody_was_told(student: Member, how: str) -> None:
    house, over = student.organisation, LAST + timedelta(days=1)
    first = accepted(student)
    if how != "not told":
        Proof.objects.filter(pk=first.pk).update(reminded_on=date(2027, 3, 1))
    if how == "followed":
        accepted(student, date(2027, 9, 30), LAST)
    if how in ("waits", "refused"):
        new = sent(student, date(2027, 9, 30), LAST)
        assert proof_dates.lapse(house, over, noon(over)) == 0
        if how == "refused":
            proofs.refuse(new, "Nein.", None, noon(over))
    assert proof_dates.lapse(house, over, noon(over)) == (1 if how == "refused" else 0)
    assert ContractEvent.objects.exists() == (how == "refused")


def test_papers_are_erased_some_days_after_the_decision_and_the_row_stays(student: Member) -> None:
    house = student.organisation
    accepted(student)
    sent(student, date(2027, 6, 30))
    last = TODAY + timedelta(days=house.proof_files_days)
    assert proofs.erase_files(house, last) == 0
    assert proofs.erase_files(house, last + timedelta(days=1), dry=True) == 1
    assert proofs.erase_files(house, last + timedelta(days=1)) == 1
    gone = ProofFile.objects.get(proof__accepted=True)
    assert (bytes(gone.content), gone.name, gone.proof.valid_until) == (b"", "", LAST)
    assert bytes(ProofFile.objects.get(proof__accepted=None).content)


def test_the_office_sees_who_pays_less_without_a_proof(student: Member) -> None:
    house = student.organisation
    assert proofs.reduced_without(house, TODAY) == list(Contract.objects.filter(member=student))
    accepted(student)
    assert proofs.reduced_without(house, TODAY) == []
    assert len(proofs.reduced_without(house, LAST + timedelta(days=1))) == 1
