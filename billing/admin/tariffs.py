"""Tariffs and their terms. Terms that a contract uses are never edited: a new version says from when it holds."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet

from billing.admin.base import (
    MasterDataAdmin,
    OneOrganisation,
    OrganisationForm,
    StackedInline,
    display,
    organisation_of,
    register,
)
from billing.admin.fields import ReadableJSONField
from billing.admin.tariff_words import in_words, short
from billing.models import Contract, Tariff, TariffVersion

EXAMPLE = {
    "interval": {"months": 1}, "intervals": [1, 3, 6, 12], "anchor": "calendar", "timing": "advance", "proration": "month",
    "prices": "gross", "vat_rate": None, "legal_basis": "membership", "sphere": "ideell",
    "components": [{"code": "beitrag", "kind": "flat", "price": "10.00"}],
}  # fmt: skip


class VersionForm(OrganisationForm):
    """Terms, checked by the pricing core. A new tariff starts with those of a monthly membership."""

    is_first = False
    terms = ReadableJSONField(label=_("terms"), initial=EXAMPLE)

    def has_changed(self) -> bool:
        """The first terms of a new tariff count also as they were filled in."""
        return self.is_first or bool(super().has_changed())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("valid_from") and is_used(self.instance.tariff):
            raise ValidationError(
                _("Contracts use this tariff: say from which day the new terms hold."), code="valid_from"
            )
        return cleaned


class VersionFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Each version knows its tariff before it is checked, also a new one's."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.instance.tariff = self.instance
        form.is_first = self.instance.pk is None


def is_used(tariff: Tariff | None) -> bool:
    """Whether a contract has this tariff."""
    return tariff is not None and tariff.pk is not None and Contract.objects.filter(tariff=tariff).exists()


class VersionInline(OneOrganisation, StackedInline):  # type: ignore[misc]
    """The terms, in words and as data."""

    model = TariffVersion
    form, formset = VersionForm, VersionFormSet
    extra, can_delete = 0, False
    fields = ("in_words", ("valid_from", "existing_from"), "terms")
    readonly_fields = ("in_words",)
    verbose_name, verbose_name_plural = _("Terms"), _("Terms")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.organisation = organisation_of(request)
        return formset

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new tariff starts with its first terms."""
        return 0 if obj else 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not is_used(obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Terms in use are shown as text."""
        shown = (
            ("data",)
            if obj and not self.has_change_permission(request, obj) and not self.has_add_permission(request, obj)
            else ("terms",)
        )
        return ("in_words", ("valid_from", "existing_from"), *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("in_words", "data")

    @display(description=_("in words"))
    def in_words(self, version: TariffVersion) -> SafeString | str:
        if not version.terms:
            return "–"
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ([text] for text in in_words(version.terms)))
        )

    @display(description=_("terms"))
    def data(self, version: TariffVersion) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(version.terms, indent=2, ensure_ascii=False))


@register(Tariff)
class TariffAdmin(MasterDataAdmin):
    """Tariffs with what they cost and how many have them."""

    list_display = ("name", "code", "prices", "running")
    search_fields = ("name", "code")
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).prefetch_related("versions").annotate(running_contracts=Count("contracts"))
        ordered: QuerySet[Any] = rows.order_by("position", "code")
        return ordered

    @display(description=_("price"))
    def prices(self, tariff: Tariff) -> str:
        versions = list(tariff.versions.all())
        return short(versions[-1].terms) if versions else "–"

    @display(description=_("contracts"), ordering="running_contracts")
    def running(self, tariff: Tariff) -> int:
        return int(tariff.running_contracts)  # type: ignore[attr-defined]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """New versions take the next number."""
        for version in formset.save(commit=False):
            if version.pk is None:
                highest = TariffVersion.objects.filter(tariff=version.tariff).aggregate(highest=Max("number"))[
                    "highest"
                ]
                version.number = (highest or 0) + 1
            version.save()
        formset.save_m2m()
