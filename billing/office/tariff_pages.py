"""Tariffs in the office: the list, one tariff with its versions, who may choose it, and its file."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from billing.models import Tariff, TariffVersion
from billing.office.access import download, office, organisation_of, page
from billing.office.tariff_choosing import ChoosingForm
from billing.office.tariff_edit import find
from billing.office.tariff_forms import HeadForm
from billing.services import tariff_files
from billing.services.tariff_use import is_used
from billing.services.tariff_words import in_words, short


@dataclass(frozen=True, slots=True)
class Shown:
    """A version in words."""

    version: TariffVersion
    words: list[str]


@office("billing.view_tariff")
def tariffs(request: HttpRequest) -> HttpResponse:
    """Every tariff: what it costs, how many have it, whether members may choose it."""
    rows = Tariff.objects.filter(organisation=organisation_of(request)).prefetch_related("versions")
    found = rows.annotate(running=Count("contracts", distinct=True)).order_by("position", "code")
    listed = [(tariff, newest(tariff), state_of(tariff)) for tariff in found]
    return page(request, "office/tariffs.html", _("Tariffs"), {"tariffs": listed})


def newest(tariff: Tariff) -> str:
    """The prices of the newest terms."""
    versions = list(tariff.versions.all())
    return short(versions[-1].terms) if versions else "–"


def state_of(tariff: Any) -> dict[str, Any]:
    """In use or not, and the day from which other terms hold."""
    today = timezone.localdate()
    coming = [one for one in tariff.versions.all() if one.valid_from and one.valid_from > today]
    return {"used": tariff.running > 0, "coming": coming[0] if coming else None, "empty": not tariff.versions.all()}


@office("billing.view_tariff")
def tariff_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One tariff: its versions in words, and its name and who may choose it as a form."""
    tariff = find(request, pk)
    form, choosing = (
        HeadForm(request.POST or None, instance=tariff),
        ChoosingForm(request.POST or None, instance=tariff),
    )
    if request.method == "POST":
        if not request.user.has_perm("billing.change_tariff"):
            return redirect("office_tariff", pk)
        if form.is_valid() and choosing.is_valid():
            form.save()
            choosing.save()
            messages.success(request, _("%(name)s is saved.") % {"name": tariff.name})
            return redirect("office_tariff", pk)
    rows = list(tariff.versions.order_by("-number"))
    shown = [Shown(one, in_words(one.terms)) for one in rows]
    context = {
        "tariff": tariff,
        "form": form,
        "choosing": choosing,
        "versions": shown,
        "used": is_used(rows[0]),
        "running": tariff.contracts.count(),
    }
    return page(request, "office/tariff_page.html", tariff.name, context)


@office("billing.view_tariff")
def tariff_file(request: HttpRequest, pk: int) -> HttpResponse:
    """All its versions as JSON, as the import takes them."""
    tariff = find(request, pk)
    content = json.dumps(tariff_files.export_tariff(tariff), indent=1, ensure_ascii=False).encode()
    return download(f"tarif-{slugify(tariff.code) or tariff.pk}.json", content, "application/json; charset=utf-8")


@office("billing.view_tariff")
def all_tariffs_file(request: HttpRequest) -> HttpResponse:
    """Every tariff in one file."""
    rows = Tariff.objects.filter(organisation=organisation_of(request), versions__isnull=False).distinct()
    data: dict[str, Any] = {}
    for tariff in rows.order_by("position", "code"):
        data |= tariff_files.export_tariff(tariff)
    content = json.dumps(data, indent=1, ensure_ascii=False).encode()
    return download("tarife.json", content, "application/json; charset=utf-8")
