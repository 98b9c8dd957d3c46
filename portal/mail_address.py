"""Another e-mail address: it counts only after its mailbox has answered, and the old address is told.

The sign-in, its addresses at allauth and the memberships change together; allauth's own page for addresses leads here.
"""

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_scopes import scopes_disabled

from billing.services import member_data
from members.models import Member, User
from portal import confirmation_code
from portal.access import MemberRequest, signed_in
from portal.fresh import freshly_proven

PENDING = "new_mail_address"


class AddressForm(forms.Form):
    """The new address."""

    email = forms.EmailField(
        label=gettext_lazy("New e-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        """In small letters, as sign-ins are kept."""
        return str(self.cleaned_data["email"]).lower()


def moved(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """allauth's page would change the sign-in alone."""
    return redirect("mail_address")


@require_http_methods(["GET", "POST"])
@signed_in
@freshly_proven
def mail_address(request: MemberRequest) -> HttpResponse:
    """The form, for whoever has just shown that they are themselves; a good one sends the code to the new address."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and sent(request, form):
        return redirect("mail_address_confirm")
    return render(request, "portal/mail_address.html", {"form": form})


def sent(request: MemberRequest, form: AddressForm) -> bool:
    """The code is on its way to the new mailbox; what stands in the way is shown at the form."""
    new, now = form.cleaned_data["email"], timezone.now()
    name = request.organisation.name if request.organisation else "Kassenwart"
    try:
        if new == request.user.email.lower():
            raise ValidationError(_("This is the address that we have."), code="same")
        remembered = confirmation_code.send(request.user, name, now, to=new, text=words())
    except ValidationError as refused:
        form.add_error("email", refused)
    except OSError:
        form.add_error(None, _("The code could not be sent. Please try again later."))
    else:
        request.session[PENDING] = {"email": new, "sent": remembered}
        return True
    return False


def words() -> str:
    """The message to the new mailbox."""
    return _(
        "Hello,\n\nthis is the code that confirms your new e-mail address: %(code)s\n\nIt is valid for 15 minutes. If you did "
        "not ask for it, you need not do anything.\n\n%(organisation)s\n"
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def mail_address_confirm(request: MemberRequest) -> HttpResponse:
    """The code from the new mailbox changes the address everywhere at once."""
    pending = request.session.get(PENDING)
    if not pending:
        return redirect("mail_address")
    if request.method == "POST":
        request.session.modified = True
        try:
            confirmation_code.refuse_wrong(request.user, pending["sent"], request.POST.get("code", ""), timezone.now())
            change(request.user, pending["email"])
        except ValidationError as refused:
            return again(request, refused)
        del request.session[PENDING]
        messages.success(request, _("Your e-mail address is now %(email)s.") % {"email": pending["email"]})
        return redirect("details")
    return render(request, "portal/mail_address_confirm.html", {"to": pending["email"]})


def again(request: MemberRequest, refused: ValidationError) -> HttpResponse:
    """What was wrong; only a mistyped code may be tried again."""
    messages.error(request, " ".join(refused.messages))
    if getattr(refused, "code", "") == "wrong":
        return redirect("mail_address_confirm")
    request.session.pop(PENDING, None)
    return redirect("mail_address")


def change(user: User, new: str) -> None:
    """Sign-in, allauth's address and every membership of this person, in all organisations; all or nothing."""
    taken = _("This address belongs to another sign-in already. Please ask the office.")
    others = EmailAddress.objects.filter(email__iexact=new).exclude(user=user)
    if others.exists() or User.objects.filter(email__iexact=new).exclude(pk=user.pk).exists():
        raise ValidationError(taken, code="taken")
    old = user.email
    try:
        with transaction.atomic(), scopes_disabled():
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=new, primary=True, verified=True)
            user.email = new
            user.save(update_fields=["email"])
            member_data.change_mail(mine(user, old), old, new, user, timezone.now())
    except IntegrityError as twice:
        raise ValidationError(taken, code="taken") from twice


def mine(user: User, old: str) -> list[Member]:
    """My memberships, and those whom I pay for and who were written to at my old address."""
    paid = Q(payer__user=user, user=None, email__iexact=old)
    rows = Member.objects.filter(Q(user=user) | paid).select_related("organisation", "payer")
    return list(rows.distinct())
