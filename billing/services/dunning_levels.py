"""The steps of reminding and what may be charged: the organisation's own, else what suits a club or a company."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import DunningLevel, DunningSettings
from members.models import Organisation, User

Tone = DunningLevel.Tone
# Level, words, days later, fee by letter of a company. A club asks for none; its statutes may.
STEPS = (
    (1, Tone.FRIENDLY, 14, Decimal("0.00")),
    (2, Tone.FIRM, 14, Decimal("1.50")),
    (3, Tone.LAST, 14, Decimal("2.50")),
)
CLUB_DAYS = 21
MOST_LEVELS = 9


def settings_of(organisation: Organisation) -> DunningSettings:
    """The stored ones, else those of its kind, which are not stored before somebody says so."""
    stored = DunningSettings.objects.filter(organisation=organisation).first()
    company = organisation.kind == Organisation.Kind.COMPANY
    return stored or DunningSettings(organisation=organisation, interest=company, lump_sum=company)


def levels_of(organisation: Organisation) -> list[DunningLevel]:
    """By their order."""
    stored = list(DunningLevel.objects.filter(organisation=organisation).order_by("level"))
    return stored or default_levels(organisation)


def default_levels(organisation: Organisation) -> list[DunningLevel]:
    """Friendly, firm, last; a club gives a week more and takes no fee."""
    company = organisation.kind == Organisation.Kind.COMPANY
    with override(organisation.language):
        postage = _("paper and postage of this letter")
    return [
        DunningLevel(
            organisation=organisation, level=level, tone=tone, after_days=days if company else CLUB_DAYS,
            fee=fee if company else Decimal("0.00"), fee_basis=postage if company and fee else "", interest=company and level > 1,
        )
        for level, tone, days, fee in STEPS
    ]  # fmt: skip


def store(settings: DunningSettings, levels: Sequence[DunningLevel], user: User | None) -> None:
    """Stores settings and steps as a whole: the given levels are counted from 1 in their order, and there are no others then."""
    if not 1 <= len(levels) <= MOST_LEVELS:
        message = _("There are one to %(most)s levels.")
        raise ValidationError(message, code="levels", params={"most": MOST_LEVELS})
    organisation = settings.organisation
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        kept = {one.level: one for one in DunningLevel.objects.filter(organisation=organisation)}
        for number, level in enumerate(levels, start=1):
            before = kept.pop(number, None)
            level.pk, level.level, level.organisation = before.pk if before else None, number, organisation
            level._state.adding = before is None
            written(level, user)
        for gone in kept.values():
            gone._history_user = user  # type: ignore[attr-defined]
            gone.delete()
        written(settings, user)


def written(row: DunningLevel | DunningSettings, user: User | None) -> None:
    """Checked and stored, with who did it."""
    row.full_clean()
    row._history_user = user  # type: ignore[union-attr]
    row.save()
