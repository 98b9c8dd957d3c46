"""Who works in the office, and as what."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from billing.admin.base import OrganisationAdmin, OrganisationForm, display, register
from members.models import OfficeRole, User
from members.roles import ACCOUNTANT, OFFICE, ROLES, TREASURER

NAMES = {
    OFFICE: _("Office: members and contracts"),
    TREASURER: _("Treasurer: all of it, and the money"),
    ACCOUNTANT: _("Accountant: sees everything, changes nothing"),
}


class RoleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The three roles in the words of an association."""

    def label_from_instance(self, obj: Any) -> str:
        return str(NAMES.get(obj.name, obj.name))


class RoleForm(OrganisationForm):
    """A person is named by the e-mail address; who else is known to this installation is not shown."""

    email = forms.EmailField(
        label=_("e-mail address"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("They sign in with it and get a code by e-mail."),
    )
    group = RoleChoice(label=_("role"), queryset=Group.objects.filter(name__in=ROLES), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["email"].disabled = True
            self.initial["email"] = self.instance.user.email

    def clean(self) -> dict[str, Any]:
        """A known address gets the role; an unknown one becomes a sign-in without a password."""
        cleaned: dict[str, Any] = super().clean() or {}
        email = cleaned.get("email", "").lower()
        if email and not self.instance.pk:
            self.instance.user = User.objects.filter(email=email).first() or User(email=email)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        known = self.instance.user_id is not None
        return super()._get_validation_exclusions() - ({"user"} if known else set())


@register(OfficeRole)
class OfficeRoleAdmin(OrganisationAdmin):
    """People of the office. Nobody takes the role from themselves, so that a treasurer always remains."""

    form = RoleForm
    list_display = ("user", "role")
    list_select_related = ("user", "group")
    fields = ("email", "group")

    @display(description=_("role"))
    def role(self, office_role: OfficeRole) -> Any:
        return NAMES.get(office_role.group.name, office_role.group.name)

    def save_model(self, request: HttpRequest, obj: OfficeRole, form: Any, change: Any) -> None:
        if not obj.user_id:
            obj.user = User.objects.create_user(obj.user.email)
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not (obj and obj.user_id == request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may give a role may take it."""
        return self.has_change_permission(request, obj)
