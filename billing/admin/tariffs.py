"""Tariffs, to look things up: they are made and changed in the tariff editor of the office."""

import json
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.base import (
    MasterDataAdmin,
    OneOrganisation,
    ReadOnlyAdmin,
    StackedInline,
    display,
    organisation_of,
    register,
)
from billing.models import Tariff, TariffVersion
from billing.services.tariff_words import in_words, short


class VersionInline(OneOrganisation, StackedInline):  # type: ignore[misc]
    """The terms, in words and as data."""

    model = TariffVersion
    extra, can_delete = 0, False
    fields = readonly_fields = ("in_words", "valid_from", "existing_from", "data")
    verbose_name, verbose_name_plural = _("Terms"), _("Terms")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.organisation = organisation_of(request)
        return formset

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("in words"))
    def in_words(self, version: TariffVersion) -> SafeString:
        words = format_html_join("", "<li>{}</li>", ([text] for text in in_words(version.terms)))
        return format_html("<ul>{}</ul>", words)

    @display(description=_("terms"))
    def data(self, version: TariffVersion) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(version.terms, indent=2, ensure_ascii=False))


@register(Tariff)
class TariffAdmin(MasterDataAdmin, ReadOnlyAdmin):
    """Tariffs with what they cost and how many have them."""

    list_display = ("name", "code", "prices", "running")
    search_fields = ("name", "code")
    readonly_fields = ("editor",)
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).prefetch_related("versions").annotate(running_contracts=Count("contracts"))
        ordered: QuerySet[Any] = rows.order_by("position", "code")
        return ordered

    @display(description=_("to change it"))
    def editor(self, tariff: Tariff) -> SafeString:
        address = reverse("office_tariff", args=[tariff.pk])
        return format_html(
            '<a class="text-link underline" href="{}">{}</a>', address, _("Open it in the tariff editor")
        )

    @display(description=_("price"))
    def prices(self, tariff: Tariff) -> str:
        versions = list(tariff.versions.all())
        return short(versions[-1].terms) if versions else "–"

    @display(description=_("contracts"), ordering="running_contracts")
    def running(self, tariff: Tariff) -> int:
        return int(tariff.running_contracts)  # type: ignore[attr-defined]
