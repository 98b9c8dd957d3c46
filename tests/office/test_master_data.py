"""Members, contracts, mandates, tariffs and settings: found, entered and refused in plain words."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from billing.models import Contract, ContractEvent, ImportSettings, Mandate, Tariff, TariffVersion
from members.models import Member, OfficeRole, User
from tests.office.world import House, rows


def filled(client: Client, page: str) -> dict[str, Any]:
    """What a browser would send back of this page, inlines included."""
    context = client.get(page).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            data[field.html_name] = "" if value is None or value is False else value
    return data


@pytest.mark.parametrize("term", ["name", "number", "e-mail", "account", "mandate", "invoice"])
def test_a_member_is_found_by(term: str, treasurer: Client, house: House) -> None:
    rows(Member).filter(pk=house.member.pk).update(
        email="someone.special@example.org", search="SOMEONE.SPECIAL@EXAMPLE.ORG 1001 MUSTER PETRA"
    )
    terms = {
        "name": "petra muster", "number": house.member.number, "e-mail": "special@example", "account": house.mandate.iban[-6:],
        "mandate": house.mandate.reference.lower(), "invoice": house.invoice.number.lower(),
    }  # fmt: skip
    found = treasurer.get("/office/members/member/", {"q": terms[term]}).context["cl"].result_list
    assert house.member in list(found)
    assert len(found) < 12


def test_three_digits_of_an_account_name_nobody(treasurer: Client, house: House) -> None:
    end = house.mandate.iban[-3:]
    found = treasurer.get("/office/billing/mandate/", {"q": end}).context["cl"].result_list
    assert house.mandate not in list(found) or end in house.member.search


def test_lists_and_the_run_page_ask_a_fixed_number_of_questions(
    treasurer: Client, house: House, django_assert_max_num_queries: Any
) -> None:
    pages = {
        "/office/members/member/": 26,
        f"/office/runs/{house.run.pk}/": 29,
        "/office/runs/": 23,
        "/office/billing/invoice/": 30,
        "/office/": 40,
    }
    for page, most in pages.items():
        treasurer.get(page)
        with django_assert_max_num_queries(most):
            treasurer.get(page)


def test_a_contract_entered_with_its_member_is_billed_by_the_next_run(office: Client, house: House) -> None:
    page = "/office/members/member/add/"
    data = filled(office, page) | {
        "number": "9001", "last_name": "Neu", "contracts-TOTAL_FORMS": "1", "contracts-0-tariff": str(house.tariff.pk),
        "contracts-0-start": "01.02.2027", "contracts-0-bill_from": "", "contracts-0-interval_months": "3",
    }  # fmt: skip
    assert office.post(page, data).status_code == 302
    contract = rows(Contract).get(member__number="9001")
    assert (contract.due_on, contract.interval_months, contract.organisation) == (
        date(2027, 2, 1),
        3,
        house.organisation,
    )


def test_a_contract_entered_by_itself_is_due_from_the_day_that_is_billed_here(office: Client, house: House) -> None:
    tennis = rows(Tariff).get(code="TENNIS", organisation=house.organisation)
    rows(Contract).filter(member=house.member, tariff=tennis).update(start=date(2001, 1, 1))
    data = {
        "member": house.member.pk,
        "tariff": tennis.pk,
        "start": "01.02.2020",
        "bill_from": "01.03.2027",
        "interval_months": "",
    }
    assert office.post("/office/billing/contract/add/", data).status_code == 302
    assert rows(Contract).get(tariff=tennis, member=house.member, start=date(2020, 2, 1)).due_on == date(2027, 3, 1)


def test_a_rhythm_that_the_tariff_does_not_have_is_refused_at_the_form(office: Client, house: House) -> None:
    with scopes_disabled():
        monthly = Tariff.objects.create(organisation=house.organisation, code="MON", name="Nur monatlich")
        terms = {key: value for key, value in terms_of(house).items() if key not in ("code", "name")} | {
            "intervals": [1]
        }
        TariffVersion.objects.create(organisation=house.organisation, tariff=monthly, terms=terms)
    data = {
        "member": house.member.pk,
        "tariff": monthly.pk,
        "start": "01.03.2027",
        "bill_from": "",
        "interval_months": "12",
    }
    page = office.post("/office/billing/contract/add/", data)
    assert page.status_code == 200
    assert page.context["adminform"].form.non_field_errors()


def terms_of(house: House) -> dict[str, Any]:
    terms: dict[str, Any] = rows(TariffVersion).get(tariff=house.tariff).terms
    return terms


def test_the_same_contract_twice_is_refused_in_words(office: Client, house: House) -> None:
    day = f"{house.contract.start:%d.%m.%Y}"
    data = {"member": house.member.pk, "tariff": house.tariff.pk, "start": day, "bill_from": "", "interval_months": ""}
    page = office.post("/office/billing/contract/add/", data)
    assert page.status_code == 200
    assert page.context["adminform"].form.errors


def test_a_contract_is_cancelled_by_its_last_day(office: Client, house: House) -> None:
    page = f"/office/billing/contract/{house.contract.pk}/cancel/"
    assert office.post(page, {"last_day": "31.03.2027"}).status_code == 302
    event = rows(ContractEvent).get(contract=house.contract)
    assert (event.kind, event.data["value"], event.user.email) == ("cancel", "2027-04-01", "office@ostufer.example")
    assert office.post(page, {"last_day": "31.03.1990"}).status_code == 200


def test_taken_numbers_and_references_are_refused_in_words(office: Client, house: House) -> None:
    page = office.post(
        "/office/members/member/add/",
        filled(office, "/office/members/member/add/") | {"number": "1002", "last_name": "Neu"},
    )
    assert page.status_code == 200
    add = "/office/billing/mandate/add/"
    free = rows(Member).filter(mandates=None, organisation=house.organisation).first()
    data = filled(office, add) | {
        "member": free.pk, "reference": house.mandate.reference.lower(), "account_holder": "Neu", "iban": house.mandate.iban,
        "signed_on": "01.12.2026", "scheme": "CORE", "source": "paper",
    }  # fmt: skip
    assert office.post(add, data).context["adminform"].form.non_field_errors()
    assert office.post(add, data | {"reference": "NEU-1"}).status_code == 302
    assert rows(Mandate).get(reference="NEU-1").creditor.organisation == house.organisation


def test_tariffs_are_looked_up_here_and_changed_in_their_editor(treasurer: Client, house: House) -> None:
    page = f"/office/billing/tariff/{house.tariff.pk}/change/"
    shown = treasurer.get(page).content.decode()
    assert f"/office/tariffs/{house.tariff.pk}/" in shown
    assert "14,00" in shown
    assert treasurer.post(page, {"name": "Anders"}).status_code == 403
    assert treasurer.get("/office/billing/tariff/add/").status_code == 403


def test_the_words_of_an_import_are_lines_of_text(treasurer: Client, house: House) -> None:
    settings = rows(ImportSettings).get(organisation=house.organisation)
    page = f"/office/billing/importsettings/{settings.pk}/change/"
    assert "vierteljährlich = 3" in treasurer.get(page).content.decode()
    assert treasurer.post(page, filled(treasurer, page) | {"rhythms": "monatlich = bald"}).status_code == 200
    treasurer.post(page, {"fee_groups": "Familie = FAM\n\nPassiv = PAS", "departments": "", "rhythms": "monatlich = 1"})
    settings.refresh_from_db()
    assert (settings.fee_groups, settings.departments, settings.rhythms) == (
        {"Familie": "FAM", "Passiv": "PAS"},
        {},
        {"monatlich": 1},
    )


def test_people_get_and_lose_their_role_by_e_mail_address(treasurer: Client, house: House) -> None:
    role = rows(OfficeRole).get(organisation=house.organisation)
    page = "/office/members/officerole/add/"
    assert treasurer.post(page, {"email": "Neue@Example.org", "group": role.group_id}).status_code == 302
    given = rows(OfficeRole).get(user__email="neue@example.org")
    assert treasurer.post(page, {"email": "neue@example.org", "group": role.group_id}).status_code == 200
    assert treasurer.post(f"/office/members/officerole/{role.pk}/delete/", {"post": "yes"}).status_code == 403
    assert treasurer.post(f"/office/members/officerole/{given.pk}/delete/", {"post": "yes"}).status_code == 302
    assert User.objects.filter(email="neue@example.org").count() == 1
    assert list(rows(OfficeRole)) == [role]


def test_a_number_pattern_that_cannot_be_filled_in_is_refused(treasurer: Client) -> None:
    page = "/office/billing/series/add/"
    assert treasurer.post(page, {"kind": "credit", "pattern": "K{year}"}).status_code == 200
    assert treasurer.post(page, {"kind": "credit", "pattern": "K{year}-{number:04d}"}).status_code == 302
