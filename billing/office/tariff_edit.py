"""A tariff is made, copied, corrected, or gets a new version: forms with the example invoice beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Tariff, TariffVersion
from billing.office.access import office, organisation_of, page
from billing.office.tariff_check import REQUIRED, books, check, priced_example
from billing.office.tariff_editor import Editor, open_editor, with_row_action
from billing.office.tariff_example import example_words
from billing.office.tariff_flat import flat_days, flat_terms
from billing.office.tariff_forms import HeadForm, first_of_next_month
from billing.office.tariff_places import Place
from billing.services import tariff_files
from billing.services.contracts import load_versions
from billing.services.tariff_templates import BY_KEY
from billing.services.tariff_use import is_used
from members.models import Organisation

SILENT, MISSING_ONLY = None, frozenset({REQUIRED})
START: dict[str, Any] = {
    "interval": {"months": 1}, "anchor": "calendar", "timing": "advance", "proration": "day", "prices": "gross",
    "vat_rate": None, "notice": {"months": 1}, "components": [{"kind": "flat"}],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What is edited: of a tariff that exists, or a new one; `held` is the version that is corrected."""

    organisation: Organisation
    title: str
    base: Mapping[str, Any]
    first: Mapping[str, Any]
    tariff: Tariff | None = None
    held: TariffVersion | None = None


@office("billing.add_tariff")
def new_tariff(request: HttpRequest) -> HttpResponse:
    """From a template, from another tariff, or from nothing but monthly dues."""
    organisation, asked = organisation_of(request), request.GET
    if not {"template", "copy", "empty"} & asked.keys():
        return page(request, "office/tariff_new.html", _("New tariff"), {"templates": BY_KEY.values()})
    name, terms = "", START
    if template := BY_KEY.get(asked.get("template", "")):
        name, terms = template.name, template.terms
    if "copy" in asked:
        copied = find(request, asked.get("copy", ""))
        name, terms = _("%(name)s (copy)") % {"name": copied.name}, latest(copied).terms
    code = template.code if template else ""
    first = flat_terms(terms) | flat_days(None, None) | {"name": name, "code": code, "offered": ""}
    return edit(request, Work(organisation, _("New tariff"), terms, first))


@office("billing.add_tariffversion")
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Other terms from a day on; what contracts have stays as it is."""
    tariff = find(request, pk)
    terms = latest(tariff).terms
    first = flat_terms(terms) | flat_days(first_of_next_month(timezone.localdate()), None)
    return edit(
        request, Work(tariff.organisation, _("New version of %(name)s") % {"name": tariff.name}, terms, first, tariff)
    )


@office("billing.change_tariffversion")
def edit_terms(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects the newest terms while nobody has them; then only a new version is possible."""
    tariff = find(request, pk)
    held = latest(tariff)
    if is_used(held):
        messages.info(request, _("Contracts use these terms, so they stay. Here is a new version of them."))
        return redirect("office_tariff_version", pk)
    first = flat_terms(held.terms) | flat_days(held.valid_from, held.existing_from)
    return edit(
        request,
        Work(tariff.organisation, _("Terms of %(name)s") % {"name": tariff.name}, held.terms, first, tariff, held),
    )


def find(request: HttpRequest, pk: int | str) -> Tariff:
    """A tariff of this organisation that has terms."""
    rows = Tariff.objects.filter(organisation=organisation_of(request), versions__isnull=False).distinct()
    return get_object_or_404(rows.select_related("organisation"), pk=pk if str(pk).isdigit() else 0)


def latest(tariff: Tariff) -> TariffVersion:
    """Its newest terms."""
    found: TariffVersion = tariff.versions.order_by("-number")[0]
    found.tariff = tariff
    return found


def edit(request: HttpRequest, work: Work) -> HttpResponse:
    """Shows the form; `do` says what was pressed: save, a row that comes or goes, or only to compute the example."""
    asked = request.POST.get("do", "") if request.method == "POST" else "open"
    data = with_row_action(request.POST, asked) if request.method == "POST" else {**work.first, **example_start()}
    head = None if work.tariff else HeadForm(data, instance=Tariff(organisation=work.organisation))
    editor = open_editor(data, work.base, followers(work), head)
    context = answer(editor, work)
    if asked == "save" and not problems(editor) and (kept := keep(request, editor, work)):
        return redirect("office_tariff", kept.pk)
    context |= {"editor": editor, "work": work, "told": asked == "save", "problems": problems(editor)}
    quieten(editor, {"open": SILENT, "save": frozenset[str]()}.get(asked, MISSING_ONLY))
    point_at(editor, data.get("added", ""))
    if asked == "live":
        return page(request, "office/_tariff_live.html", "", context)
    return page(request, "office/tariff_edit.html", work.title, context)


def example_start() -> dict[str, str]:
    """The example begins with the next month."""
    return {"example-start": first_of_next_month(timezone.localdate()).isoformat()}


def followers(work: Work) -> list[tuple[str, str]]:
    """The tariffs that may follow a trial."""
    rows = Tariff.objects.filter(organisation=work.organisation, versions__isnull=False).distinct()
    return list(rows.order_by("position", "code").values_list("code", "name"))


def answer(editor: Editor, work: Work) -> dict[str, Any]:
    """The example, after every fault was said at its place."""
    editor.is_valid()
    terms = editor.terms()
    name = work.tariff.name if work.tariff else str(editor.head.data.get("name", "")) if editor.head else ""
    known = books(load_versions(work.organisation), work.tariff, work.held, name)
    tariffs = check(editor, known, terms)
    found = priced_example(editor, known, tariffs, terms, timezone.localdate()) if tariffs else None
    return {"example": example_words(found) if found else None, "terms": terms}


def problems(editor: Editor) -> list[tuple[str, str, str]]:
    """What is left to do: the field's id and label, and why."""
    return [
        (*place_on_page(form, name), str(message))
        for form in editor.each_form()
        for name, found in form.errors.items()
        for message in found
    ]


def place_on_page(form: Any, name: str) -> tuple[str, str]:
    """The field's id and label; nothing for what is about the whole."""
    return (form[name].id_for_label, str(form[name].label)) if name in form.fields else ("", "")


def quieten(editor: Editor, codes: frozenset[str] | None) -> None:
    """Nobody is told at the field that it is empty before they have got there; None: nothing is told there yet."""
    for form in editor.each_form():
        for name in list(form.errors):
            left = [] if codes is None else [one for one in form.errors.as_data()[name] if one.code not in codes]
            del form.errors[name]
            if left:
                where = form[name].auto_id if name in form.fields else None
                form.errors[name] = form.error_class(left, field_id=where)


def point_at(editor: Editor, added: str) -> None:
    """The cursor goes to the first field of a new row."""
    for form in editor.each_form():
        if added and form.prefix == added:
            next(iter(form.fields.values())).widget.attrs["autofocus"] = True


def keep(request: HttpRequest, editor: Editor, work: Work) -> Tariff | None:
    """Stores the terms; what the last check refuses is told above the form."""
    tariff = work.tariff or editor.head.instance  # type: ignore[union-attr]
    try:
        meters = tariff_files.keep(tariff, work.held, editor.terms(), editor.days.cleaned_data)
    except ValidationError as refused:
        for message in refused.messages:
            editor.refuse(Place(""), message)
        return None
    messages.success(request, _("%(name)s is saved.") % {"name": tariff.name})
    if meters:
        names = ", ".join(meter.code for meter in meters)
        messages.info(request, _("New meters: %(names)s. Settings → Meters says what they count.") % {"names": names})
    return tariff
