"""The steps of reminding and what may be charged, on one page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from billing.models import DunningLevel, DunningSettings
from billing.office.access import office, organisation_of, page
from billing.services.dunning_levels import MOST_LEVELS, levels_of, settings_of, store
from members.models import User

ENTRY, WIDE = {"class": "entry"}, {"class": "entry wide"}
TEXTS = {"name", "fee_basis", "pause_basis", "dues_basis", "cap_reason"}
LEVEL_FIELDS = (
    "name", "tone", "after_days", "pay_within_days", "fee", "mail_fee", "fee_basis", "interest", "pause_days", "pause_basis",
)  # fmt: skip
SETTING_FIELDS = ("minimum", "dues_basis", "interest", "lump_sum", "consumer_cap", "cap_reason")


def dressed(form: forms.BaseForm) -> None:
    """Fields look like all others of the office, and take amounts as people here write them."""
    for name, field in form.fields.items():
        if not isinstance(field, forms.BooleanField):
            field.widget.attrs.update(WIDE if name in TEXTS else ENTRY)
        if isinstance(field, forms.DecimalField):
            field.localize = True
            field.widget = forms.TextInput(attrs=ENTRY | {"inputmode": "decimal"})
            field.widget.is_localized = True


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What holds for every reminder."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dressed(self)

    class Meta:
        model = DunningSettings
        fields = SETTING_FIELDS


class LevelForm(forms.ModelForm):  # type: ignore[type-arg]
    """One step; `gone` takes it away."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dressed(self)

    class Meta:
        model = DunningLevel
        fields = LEVEL_FIELDS

    def _post_clean(self) -> None:
        """The rules of the table are asked when all levels are stored, since only then their numbers are known."""
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields)


def forms_of(request: HttpRequest, levels: list[DunningLevel]) -> list[LevelForm]:
    """A form for each level, numbered in their order; the posted ones, where something was posted."""
    if request.method != "POST":
        return [LevelForm(instance=one, prefix=f"l{at}") for at, one in enumerate(levels, start=1)]
    places = [at for at in range(1, 2 * MOST_LEVELS) if f"l{at}-tone" in request.POST]
    organisation = organisation_of(request)
    kept = [at for at in places if f"l{at}-gone" not in request.POST]
    return [
        LevelForm(request.POST, instance=DunningLevel(organisation=organisation), prefix=f"l{at}")
        for at in kept
    ]  # fmt: skip


@office("billing.view_dunninglevel")
def levels_page(request: HttpRequest) -> HttpResponse:
    """Settings and levels; `add` puts one more level at the end."""
    organisation = organisation_of(request)
    if request.method == "POST" and not request.user.has_perm("billing.change_dunninglevel"):
        raise PermissionDenied
    settings, stored_levels = settings_of(organisation), levels_of(organisation)
    form, levels = SettingsForm(request.POST or None, instance=settings), forms_of(request, stored_levels)
    faults: list[str] = []
    if (
        request.method == "POST"
        and "add" not in request.POST
        and form.is_valid()
        and all(one.is_valid() for one in levels)
    ):
        faults = stored(request, form, levels)
        if not faults:
            messages.success(request, _("Stored. The next reminders follow these rules."))
            return redirect("office_dunning_levels")
    if "add" in request.POST and len(levels) < MOST_LEVELS:
        levels.append(LevelForm(instance=another(levels), prefix=next_prefix(request)))
    numbered = [(at, one) for at, one in enumerate(levels, start=1)]
    context = {
        "form": form,
        "levels": numbered,
        "faults": faults,
        "most": len(levels) >= MOST_LEVELS,
        "alone": len(levels) == 1,
    }
    return page(request, "office/dunning_levels.html", _("Levels and rules"), context)


def next_prefix(request: HttpRequest) -> str:
    """One that no posted level has, the one taken away included."""
    return f"l{max((at for at in range(1, 2 * MOST_LEVELS) if f'l{at}-tone' in request.POST), default=0) + 1}"


def another(levels: list[LevelForm]) -> DunningLevel:
    """What a new level begins with."""
    tone = DunningLevel.Tone.LAST if len(levels) > 1 else DunningLevel.Tone.FIRM
    return DunningLevel(tone=tone, after_days=14)


def stored(request: HttpRequest, form: SettingsForm, levels: list[LevelForm]) -> list[str]:
    """Stores all of it, or says what the rules refuse."""
    user = request.user if isinstance(request.user, User) else None
    try:
        store(form.instance, [one.instance for one in levels], user)
    except ValidationError as refused:
        return list(dict.fromkeys(refused.messages))
    return []
