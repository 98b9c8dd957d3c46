"""Who works in the office, and as what."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from billing.admin.base import OrganisationAdmin, OrganisationForm, display, register
from members.models import OfficeRole, User
from members.roles import ACCOUNTANT, BOARD, OFFICE, ROLES, TREASURER

NAMES = {
    OFFICE: _("Office: members and contracts"),
    TREASURER: _("Treasurer: all of it, and the money"),
    ACCOUNTANT: _("Accountant: sees everything, changes nothing"),
    BOARD: _("Board: as the treasurer, and opens locked books again"),
}


class RoleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The roles in the words of an association."""

    def label_from_instance(self, obj: Any) -> str:
        return str(NAMES.get(obj.name, obj.name))


class RoleForm(OrganisationForm):
    """A person is named by the e-mail address; who else is known to this installation is not shown."""

    email = forms.EmailField(
        label=_("e-mail address"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("They sign in with it and get a code by e-mail."),
    )
    user: ClassVar[User]
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
        self.check_board(cleaned.get("group"))
        return cleaned

    def check_board(self, group: Group | None) -> None:
        """Only the board names its members, or else a treasurer could open locked books by way of a friend; the first one
        is named by the treasurer."""
        roles = OfficeRole.objects.filter(organisation=self.organisation, group__name=BOARD)
        touched = BOARD in (group.name if group else "", self.instance.group.name if self.instance.pk else "")
        if touched and roles.exists() and not roles.filter(user=self.user).exists():
            self.add_error("group", _("Only a member of the board gives or takes the role of the board."))

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

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who gives the role decides which one may be given."""
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def save_model(self, request: HttpRequest, obj: OfficeRole, form: Any, change: Any) -> None:
        if not obj.user_id:
            obj.user = User.objects.create_user(obj.user.email)
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        mine = bool(obj and obj.user_id == request.user.pk)
        board = bool(obj and obj.group.name == BOARD and not request.user.has_perm("billing.unlock_periodlock"))
        return bool(super().has_change_permission(request, obj)) and not mine and not board

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may give a role may take it."""
        return self.has_change_permission(request, obj)
