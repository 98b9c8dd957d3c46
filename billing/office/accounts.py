"""Which account stands for what: the chart's own, and where the accountant's number differs."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.models import LedgerSettings
from billing.office.access import office, organisation_of, page
from billing.services.chart import DEFAULTS, HELP, INHERITED, NAMES, accounts_of, ledger_settings, open_accounts

NUMBER = RegexValidator(r"^\d{1,8}$", gettext_lazy("An account has one to eight digits."))


class AccountsForm(forms.Form):
    """One field for each role; empty: as the chart has it."""

    def __init__(self, settings: LedgerSettings, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.settings = settings
        usual = DEFAULTS[settings.chart]
        for role, name in NAMES.items():
            standard = usual.get(role) or usual[INHERITED[role]]
            widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "placeholder": standard})
            self.fields[role] = forms.CharField(
                label=name, required=False, validators=[NUMBER], help_text=HELP[role], widget=widget,
                initial=settings.accounts.get(role, ""),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A number is no longer than the organisation's accounts."""
        cleaned: dict[str, Any] = super().clean() or {}
        for role, number in list(cleaned.items()):
            if number and len(number) > self.settings.account_length:
                self.add_error(
                    role, _("Accounts have %(length)s digits here.") % {"length": self.settings.account_length}
                )
        return cleaned

    def save(self) -> None:
        """Keeps what differs from the chart, and what was entered for roles of other kinds."""
        usual = DEFAULTS[self.settings.chart]
        others = {role: number for role, number in self.settings.accounts.items() if role not in NAMES}
        own = {role: number for role, number in self.cleaned_data.items() if number and number != usual.get(role)}
        self.settings.accounts = others | own
        self.settings.save()
        open_accounts(self.settings.organisation, self.settings)


@office("billing.view_ledgersettings")
def accounts(request: HttpRequest) -> HttpResponse:
    """Shows the accounts, and takes other numbers."""
    settings = ledger_settings(organisation_of(request))
    may_change = request.user.has_perm("billing.change_ledgersettings")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = AccountsForm(settings, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The accounts are saved; what is posted from now on stands on them."))
        return redirect("office_accounts")
    used = accounts_of(settings)
    rows = [(form[role], used[role]) for role in NAMES]
    context = {"form": form, "rows": rows, "settings": settings, "may_change": may_change}
    return page(request, "office/accounts.html", _("Accounts"), context)
