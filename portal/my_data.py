"""What is stored about me, to read and to take away (GDPR art. 15 and 20), and for how long it is kept."""

import json

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from billing.models.payments import mask_iban
from billing.services import personal_data
from billing.services.personal_data import Table
from billing.services.personal_data_pdf import EMPTY, as_pdf, words
from members.models import Member
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in
from portal.fresh import freshly_proven

MOST_ROWS = 20


@require_GET
@signed_in
def my_data(request: MemberRequest) -> HttpResponse:
    """Every table with how much is in it, and the newest rows of the one that was chosen; accounts are masked here."""
    members = me(request)
    counts = personal_data.counts_of(members)
    tables = [(model._meta.label_lower, personal_data.title(model), count) for model, count in counts.items()]
    chosen = next((one for one in counts if one._meta.label_lower == request.GET.get("table")), Member)
    context = {"tables": tables, "chosen": chosen._meta.label_lower}
    return render(
        request, "portal/my_data.html", context | {"table": shown(personal_data.table_about(chosen, members))}
    )


@require_GET
@signed_in
def my_data_file(request: MemberRequest) -> HttpResponse:
    """Everything, for programs."""
    return file_of(request, me(request))


@require_GET
@signed_in
def my_data_pdf(request: MemberRequest) -> HttpResponse:
    """Everything, to be read."""
    return paper_of(request, me(request))


@freshly_proven
def paper_of(request: MemberRequest, members: list[Member]) -> HttpResponse:
    """It holds whole account numbers like the file for programs, so it is asked for in the same way."""
    headers = {"Content-Disposition": f'attachment; filename="my-data-{timezone.localdate()}.pdf"'}
    return HttpResponse(as_pdf(members, timezone.now()), content_type="application/pdf", headers=headers)


@freshly_proven
def file_of(request: MemberRequest, members: list[Member]) -> HttpResponse:
    """It holds whole account numbers, so the reader shows once more who they are."""
    data = personal_data.as_data(members, timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="my-data-{timezone.localdate()}.json"'}
    content = json.dumps(data, ensure_ascii=False, indent=1)
    return HttpResponse(content, content_type="application/json; charset=utf-8", headers=headers)


def me(request: MemberRequest) -> list[Member]:
    """My own records in this organisation; who has none has nothing here."""
    found = list(own_members(request).select_related("organisation"))
    if not found:
        raise PermissionDenied
    return found


def shown(table: Table) -> tuple[str, int, list[list[tuple[str, str]]]]:
    """Label, number of rows, and the newest ones with what is not empty."""
    rows = [
        [(label, text_of(table, name, row[name])) for name, label in table.columns if row[name] not in EMPTY]
        for row in reversed(table.rows[-MOST_ROWS:])
    ]
    return table.label, len(table.rows), rows


def text_of(table: Table, name: str, value: object) -> str:
    """A value for people; accounts are masked on the page."""
    if name.endswith("iban") and isinstance(value, str):
        return mask_iban(value)
    return words(table, name, value, (get_language() or "de")[:2])
