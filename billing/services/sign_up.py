"""Whether newcomers may come in, by which tariffs, and under which texts. The office's settings, and what they lead to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings as installation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Creditor, SignUpOffer, SignUpSettings, SignUpText
from billing.pricing.periods import add_months
from billing.services.quote_answers import Answer
from billing.services.sign_up_quotes import Counter, Wish, first_day, is_counted, open_counter, quote, version_of
from members.models import Organisation

MEMBERSHIP, CONSUMER, BUSINESS = "membership", "consumer", "b2b"
ADULT = 18
MOST_ORIGINS = 20
ORIGIN = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")
OWN_MACHINE = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?")
Takers = SignUpOffer.Takers


@dataclass(frozen=True, slots=True)
class Offered:
    """A tariff as a newcomer finds it: its terms from their first day on, and what it would cost."""

    row: SignUpOffer
    version: pricing.Tariff
    basis: str
    answer: Answer

    @property
    def code(self) -> str:
        """How the order names it."""
        return self.row.tariff.code


@dataclass(frozen=True, slots=True)
class House:
    """What a newcomer's page needs of the organisation."""

    organisation: Organisation
    settings: SignUpSettings
    texts: dict[str, SignUpText]


def house_of(organisation: Organisation) -> House:
    """Settings (closed where nobody made any) and texts."""
    row = SignUpSettings.objects.filter(organisation=organisation).first()
    texts = {one.kind: one for one in SignUpText.objects.filter(organisation=organisation)}
    return House(organisation, row or SignUpSettings(organisation=organisation), texts)


def offers(house: House, today: date, language: str) -> list[Offered]:
    """The tariffs that are open, in the office's order; one that cannot be priced is left out."""
    counter = open_counter(house.organisation, today, language)
    start = first_day(house.settings, today)
    found = [offered(counter, row, start) for row in offer_rows(house.organisation)]
    return [one for one in found if one]


def offer_rows(organisation: Organisation) -> list[SignUpOffer]:
    """In their order."""
    rows = SignUpOffer.objects.filter(organisation=organisation).select_related("tariff", "household_tariff")
    return list(rows.order_by("position", "tariff__position", "pk"))


def offered(counter: Counter, row: SignUpOffer, start: date) -> Offered | None:
    """One tariff with its quote, if it can be had on that day."""
    version = version_of(counter, row.tariff, start)
    if version is None or is_counted(version):
        return None
    try:
        answer = quote(counter, [Wish(row.tariff, start)])
    except ValidationError:
        return None
    return Offered(row, version, answer["basis"], answer)


def may_take(one: Offered, kind: str) -> bool:
    """Whether a person or a company may take it: what consumer law protects is for persons, what only companies may agree to is not."""
    if kind == "company":
        return one.basis != CONSUMER and one.row.takers != Takers.PERSONS
    return one.basis != BUSINESS and one.row.takers != Takers.COMPANIES


def debit_creditor(organisation: Organisation, today: date) -> Creditor | None:
    """Who may collect with a mandate that is given here: only where the bank accepts electronic ones."""
    rows = Creditor.objects.filter(organisation=organisation, electronic_mandates_since__lte=today)
    return rows.select_related("organisation").order_by("pk").first()


def methods(house: House, today: date, kind: str) -> list[str]:
    """How a newcomer may pay. A company's mandate needs a signature on paper; where nothing else is left it is by transfer."""
    debit = ["debit"] if kind == "person" and debit_creditor(house.organisation, today) else []
    return debit + (["transfer"] if house.settings.transfer or not debit else [])


def age_on(born: date, day: date) -> int:
    """Whole years of age."""
    years = day.year - born.year
    return years if add_months(born, 12 * years) <= day else years - 1


def is_minor(born: date | None, day: date) -> bool:
    """Under 18, who needs their legal guardian (BGB 106 to 108)."""
    return born is not None and age_on(born, day) < ADULT


def opening_faults(house: House, rows: Sequence[SignUpOffer], bases: set[str]) -> list[str]:
    """What is missing before strangers may order: whom they order from (DDG 5), what is told to them, what they agree to."""
    organisation, texts = house.organisation, house.texts
    reached = organisation.street and organisation.city and organisation.email
    found = [
        (not rows, _("Choose at least one tariff for newcomers.")),
        (not reached, _("Enter street, town and e-mail address of your organisation: they belong into the imprint (§ 5 DDG).")),
        ("privacy" not in texts, _("Enter the privacy notice: newcomers must read it before they type (Art. 13 GDPR).")),
        (MEMBERSHIP in bases and "statutes" not in texts, _("Enter the statutes: a membership is joined under them (§§ 25, 58 BGB).")),
    ]  # fmt: skip
    return [message for missing, message in found if missing]


def clean_origins(text: str) -> list[str]:
    """One website a line, exactly as a browser names it: `https://verein.example`. Refuses everything else."""
    found = list(dict.fromkeys(line.strip().rstrip("/").lower() for line in text.splitlines() if line.strip()))
    wrong = [one for one in found if not is_origin(one)]
    if wrong:
        message = _(
            "%(given)s is no address of a website. Write https:// and the name, such as https://www.verein.example, without a path and without *."
        )
        raise ValidationError(message, code="origin", params={"given": wrong[0][:80]})
    if len(found) > MOST_ORIGINS:
        raise ValidationError(_("At most %(most)s websites."), code="origins", params={"most": MOST_ORIGINS})
    return found


def is_origin(text: str) -> bool:
    """Https only, but for a machine that nobody else reaches."""
    local = not installation.SECURE and OWN_MACHINE.fullmatch(text)
    return bool((ORIGIN.fullmatch(text) and ".." not in text) or local)


def frame_origins(house: House) -> list[str]:
    """The websites that may show the form now; what was stored otherwise is not believed."""
    return [one for one in house.settings.origins if is_origin(str(one))] if house.settings.is_open else []
