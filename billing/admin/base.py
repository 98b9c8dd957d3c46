"""What every admin page has in common: one organisation, and nothing issued is ever edited. The only place that knows Unfold."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from simple_history.admin import SimpleHistoryAdmin
from unfold import decorators
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from billing.models.payments import mask_iban
from members.models import Member, Organisation, User

__all__ = [
    "MasterDataAdmin",
    "OrganisationAdmin",
    "OrganisationForm",
    "OrganisationInline",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "StackedInline",
    "action",
    "display",
    "register",
]

SHARED = (User, Organisation)
Marked = TypeVar("Marked", bound=Callable[..., Any])


def display(**options: Any) -> Callable[[Marked], Marked]:
    """A column that is computed; Unfold's decorator, with types."""
    mark: Callable[[Marked], Marked] = decorators.display(**options)
    return mark


def action(**options: Any) -> Callable[[Marked], Marked]:
    """A button of a page; Unfold's decorator, with types."""
    mark: Callable[[Marked], Marked] = decorators.action(**options)
    return mark


def organisation_of(request: HttpRequest) -> Organisation:
    """Whose rows this request works on; the middleware has set it, and nobody gets here without one."""
    found: Organisation = request.organisation  # type: ignore[attr-defined]
    return found


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Knows its organisation before it is checked, so that the database's own sentences are said in time."""

    organisation: ClassVar[Organisation]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if hasattr(self.instance, "organisation_id") and not self.instance.organisation_id:
            self.instance.organisation = self.organisation

    def _get_validation_exclusions(self) -> set[str]:
        return set(super()._get_validation_exclusions()) - {"organisation"}  # type: ignore[misc]


class OneOrganisation:
    """Rows and choices of the request's organisation, and of no other; for pages and for the lists inside them."""

    exclude: Any = ("organisation",)
    form: Any = OrganisationForm

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.filter(organisation=organisation_of(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice never offers, and so never takes, a row of another organisation."""
        model = db_field.remote_field.model
        if "queryset" not in kwargs and model not in SHARED and hasattr(model, "organisation"):
            kwargs["queryset"] = model.objects.filter(organisation=organisation_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: contracts are cancelled, documents corrected."""
        return False


class OrganisationAdmin(OneOrganisation, ModelAdmin):  # type: ignore[misc]
    """A page for rows of one organisation; the id of another one's row is unknown here."""

    actions: Any = None
    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.organisation = organisation_of(request)
        return form

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A foreign id and one that never was are answered alike."""
        raise Http404


class MasterDataAdmin(SimpleHistoryAdmin, OrganisationAdmin):  # type: ignore[misc]
    """Rows that people edit. Their history is to read; an old state is never put back behind the services."""

    object_history_list_template = "office/history.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed what; of rows of this organisation only."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """There is no page that reverts."""
        raise Http404


class ReadOnlyAdmin(OrganisationAdmin):
    """Issued things: to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OrganisationInline(OneOrganisation, TabularInline):  # type: ignore[misc]
    """Rows that belong to the row of the page."""

    extra = 0
    can_delete = False
    tab = True
    hide_title = True
    readonly_fields: Any = ("page",)

    @display(description="")
    def page(self, row: models.Model) -> str:
        """The way to the row's own page."""
        if row.pk is None:
            return ""
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        return format_html('<a class="underline" href="{}">{}</a>', address, gettext("Show"))

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.organisation = organisation_of(request)
        return formset


class ReadOnlyInline(OrganisationInline):
    """The same, to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


register = admin.register


def short_date(day: date | None) -> str:
    """`24.11.2026`, as lists show it."""
    return date_format(day, "SHORT_DATE_FORMAT") if day else "–"


def account_end(iban: str) -> str:
    """A masked account that a list never breaks into lines."""
    return mask_iban(iban).replace(" ", "\u00a0")


def members_found(organisation: Organisation, term: str) -> models.QuerySet[Member]:
    """Members whose name, number, e-mail or town holds every word of the term."""
    return Member.objects.filter(holds_words(term), organisation=organisation)


def holds_words(term: str) -> models.Q:
    """The same as a condition, for a question about members themselves."""
    return models.Q(*(models.Q(search__contains=word) for word in term.upper().split()))
