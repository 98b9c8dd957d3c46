"""How each rule of the tables of sign-ups is broken once."""

from billing.models import Application, SignUpOffer, SignUpSettings, SignUpText, Tariff
from tests.models.breaking import Case, Step, twice, wrong
from tests.models.rows import row


def confirmed_in_a_year() -> Step:
    house = row(SignUpSettings)
    return lambda: SignUpSettings.objects.filter(pk=house.pk).update(confirm_days=365)


def family_of_companies() -> Step:
    household = row(Tariff)
    return lambda: row(SignUpOffer, household=2, household_tariff=household, takers="both")


JOIN_CASES: dict[str, Case] = {
    "sign_up_keeps_nothing_for_ever": confirmed_in_a_year,
    "sign_up_text_once_per_kind": twice(SignUpText, "kind"),
    "sign_up_text_has_a_version_and_words": wrong(SignUpText, kind="conditions", text=""),
    "sign_up_offer_ages_are_in_order": wrong(SignUpOffer, youngest=18, oldest=17),
    "sign_up_offer_household_has_its_tariff": wrong(SignUpOffer, household=2),
    "sign_up_offer_household_is_of_persons": family_of_companies,
    "application_once_per_form": twice(Application, "key"),
    "application_is_confirmed_before_it_is_decided": wrong(Application, confirmed_at=None),
    "application_ends_in_a_member_or_a_reason": wrong(Application, reason="Full"),
}
