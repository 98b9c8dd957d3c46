"""Becoming a member on the website: without scripts and cookies, the whole way from the tariff to the books."""

from decimal import Decimal

import pytest
from django_scopes import scope, scopes_disabled

from billing.models import Application, Contract, Mandate
from members.models import Member, Organisation
from tests.services.newcomers import IBAN, PERSON, Newcomer, links, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club(db: None) -> Organisation:
    return open_house()


def test_the_whole_way(club: Organisation) -> None:
    newcomer = Newcomer().look()
    assert newcomer.status == 200, newcomer.page
    newcomer.look("ERW").press("person", **PERSON)
    assert newcomer.status == 200, newcomer.page
    newcomer.press("payment", months="1", method="debit", iban=IBAN)
    assert newcomer.status == 200, newcomer.page
    newcomer.press("order", mandate="on")
    assert newcomer.status == 302, newcomer.page
    with scopes_disabled():
        assert not Member.objects.exists()
    answer = newcomer.follow(links()[0])
    assert answer.status_code == 200
    with scope(organisation=club):
        member = Member.objects.get()
        assert member.name == "Nora Neumann"
        assert Contract.objects.get().member == member
        assert Mandate.objects.get().iban == IBAN
        assert Decimal(Application.objects.get().shown["answer"]["first"]["total"]) == Decimal("28.00")
