"""Consents: to one text, taken back as easily, and provable afterwards."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from members import consenting
from members.models import Consent, ConsentPurpose, ConsentText, Member
from tests.models.rows import NOON, organisation, row
from tests.services.club import noon

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LATER = noon(date(2027, 5, 1))
HOW: dict[str, Any] = {"by": "portal"}


@pytest.fixture(autouse=True)
def everything_in_sight() -> Any:
    with scopes_disabled():
        yield


@pytest.fixture
def member() -> Member:
    found: Member = row(Member)
    return found


def purpose(text: str = "Wir schreiben Ihnen.", old: ConsentPurpose | None = None) -> ConsentText:
    made = consenting.write(organisation(), "Rundbrief", text, NOON, old)
    return ConsentText.objects.filter(purpose=made).order_by("-number")[0]


def test_yes_no_and_yes_again_are_three_facts(member: Member) -> None:
    text = purpose()
    first = consenting.give(member, text, None, HOW, NOON)
    assert consenting.give(member, text, None, HOW, LATER) == first
    assert consenting.withdraw(first, None, HOW, LATER)
    assert not consenting.withdraw(first, None, HOW, LATER)
    second = consenting.give(member, text, None, HOW, LATER)
    assert list(Consent.objects.values_list("pk", "withdrawn_at")) == [(first.pk, LATER), (second.pk, None)]
    assert list(consenting.agreed_to(organisation(), text.purpose_id)) == [second]


def test_other_words_are_a_new_version_that_nobody_has_agreed_to(member: Member) -> None:
    old = purpose()
    consenting.give(member, old, None, HOW, NOON)
    assert purpose(old=old.purpose).pk == old.pk
    new = purpose("Wir schreiben Ihnen jede Woche.", old.purpose)
    (asked,) = consenting.asked(member)
    assert (new.number, asked.outdated, asked.text) == (2, True, new)
    with pytest.raises(ValidationError, match="geändert"):
        consenting.give(member, old, None, HOW, LATER)
    consenting.give(member, new, None, HOW, LATER)
    assert Consent.objects.get(withdrawn_at=None).text == new


def test_what_is_not_asked_any_more_can_still_be_taken_back(member: Member) -> None:
    text = purpose()
    given = consenting.give(member, text, None, HOW, NOON)
    ConsentPurpose.objects.update(offered=False)
    assert [one.given for one in consenting.asked(member)] == [given]
    consenting.withdraw(given, None, HOW, LATER)
    assert consenting.asked(member) == []
    with pytest.raises(ValidationError):
        consenting.give(member, ConsentText.objects.select_related("purpose").get(), None, HOW, LATER)


def test_how_a_consent_was_given_stays_as_long_as_it_holds(member: Member) -> None:
    given = consenting.give(member, purpose(), None, HOW, NOON)
    with pytest.raises(IntegrityError, match="withdrawn"), transaction.atomic():
        Consent.objects.filter(pk=given.pk).update(given_how={})
    consenting.withdraw(given, None, HOW, LATER)
    assert Consent.objects.filter(pk=given.pk).update(given_how={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=given.pk).update(withdrawn_at=None)
