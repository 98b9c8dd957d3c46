"""Direct debit files: all of them, one page for each, the second person's release, the bank's answers, building anew."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget

from billing.formats.pain002 import LARGEST
from billing.models import BankReply, CollectionBatch, Creditor
from billing.models.payments import mask_iban
from billing.office.access import download, office, organisation_of, page
from billing.services import announcement_letters, announcements, bank_replies, collect_again, collection, handing_in
from members.models import User

PAGE = 24
SHOWN = 200


class ReplyForm(forms.Form):
    """What the bank gave for download."""

    file = forms.FileField(label=gettext_lazy("The bank's answer (pain.002, XML)"), widget=UnfoldAdminFileFieldWidget)

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise ValidationError(_("This file is too large to be an answer of the bank."))
        return upload


class DayForm(forms.Form):
    """Another day for the same debits."""

    day = forms.DateField(label=gettext_lazy("Collect on"), widget=UnfoldAdminDateWidget)


@office("billing.view_collection")
def batches(request: HttpRequest) -> HttpResponse:
    """Every file, newest first; the bank's answer is taken in here."""
    organisation = organisation_of(request)
    form = ReplyForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not request.user.has_perm("billing.add_bankreply"):
            raise Http404
        if form.is_valid():
            kept = taken(request, form)
            if kept:
                return redirect("office_batch", kept.batch_id)
    rows = CollectionBatch.objects.filter(organisation=organisation).defer("content").select_related("run")
    shown = Paginator(rows.order_by("-collection_date", "-pk"), PAGE).get_page(request.GET.get("page"))
    waiting = collect_again.open_claims(organisation).count()
    context = {"form": form, "shown": shown, "waiting": waiting}
    return page(request, "office/batches.html", _("Direct debit files"), context)


def taken(request: HttpRequest, form: ReplyForm) -> BankReply | None:
    """Takes the answer in; a refusal is shown at the form."""
    upload, user = form.cleaned_data["file"], request.user
    try:
        reply, new = bank_replies.take(
            organisation_of(request),
            upload.name,
            upload.read(),
            user if isinstance(user, User) else None,
            timezone.now(),
        )
    except ValidationError as refused:
        form.add_error("file", refused)
        return None
    if not new:
        messages.info(request, _("This answer was taken in before; nothing was changed."))
    elif reply.rejected:
        count = {"count": reply.rejected}
        sentence = ngettext("The bank rejected %(count)s debit.", "The bank rejected %(count)s debits.", reply.rejected)
        messages.warning(request, sentence % count)
    else:
        messages.success(request, _("The bank's answer is taken in; it rejects nothing."))
    return reply


def find(request: HttpRequest, pk: int) -> CollectionBatch:
    """A file of this organisation, or 404."""
    rows = CollectionBatch.objects.filter(organisation=organisation_of(request)).defer("content")
    return get_object_or_404(rows.select_related("run", "creditor", "made_by", "released_by", "submitted_by"), pk=pk)


@office("billing.view_collection")
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: where it stands, the next step, its debits, the bank's answers."""
    batch = find(request, pk)
    debits = batch.collections.filter(part_of=None).select_related("invoice__payer").prefetch_related("parts__invoice")
    debits = debits.defer("invoice__snapshot").order_by("pk")
    rows = [
        (one, mask_iban(one.debtor_iban), sum((part.amount for part in one.parts.all()), one.amount))
        for one in debits[:SHOWN]
    ]
    day = collect_again.first_day(batch.creditor, timezone.localdate())
    context = file_context(request, batch) | {
        "rows": rows, "more": max(0, batch.count - SHOWN), "replies": batch.replies.defer("content").select_related("received_by"),
        "replaced_by": batch.replaced_by.defer("content"), "letters": len(announcements.letters(batch)),
        "form": DayForm(initial={"day": max(day, batch.collection_date)}), "rebuildable": rebuildable(batch),
    }  # fmt: skip
    return page(request, "office/batch.html", _("File %(id)s") % {"id": batch.message_id}, context)


def rebuildable(batch: CollectionBatch) -> bool:
    """Not at the bank, or refused by it as a whole."""
    return bool(batch.built_at and not batch.withdrawn_at and (not batch.submitted_at or batch.rejected_at))


def file_context(request: HttpRequest, batch: CollectionBatch) -> dict[str, Any]:
    """What the panel of a file needs."""
    return {
        "batch": batch,
        "latest": handing_in.latest_submission(batch.creditor, batch.collection_date),
        "needs_release": not batch.submitted_at and handing_in.needs_release(batch),
        "own_file": batch.made_by_id == request.user.pk,
        "unconfirmed": handing_in.unconfirmed(batch) if batch.scheme == "B2B" and not batch.submitted_at else [],
    }


Act = Callable[[HttpRequest, CollectionBatch], str]


def step(permission: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Does one step, says what was done, and comes back to the file."""

    def decorate(act: Act) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            batch = find(request, pk)
            try:
                messages.success(request, act(request, batch))
            except ValidationError as refused:
                messages.error(request, " ".join(refused.messages))
            newer = CollectionBatch.objects.filter(replaces=pk).order_by("pk").values_list("pk", flat=True).first()
            return redirect("office_batch", newer or pk)

        return require_POST(office(permission)(view))

    return decorate


@step("billing.release_collectionbatch")
def release(request: HttpRequest, batch: CollectionBatch) -> str:
    """The second person says yes."""
    collection.release(batch, request.user, timezone.now())  # type: ignore[arg-type]
    return _("Released: the file can be downloaded and handed to the bank.")


@step("billing.submit_collectionbatch")
def rebuild(request: HttpRequest, batch: CollectionBatch) -> str:
    """The same debits under a new message id, on the same or on a later day."""
    if not rebuildable(batch):
        raise ValidationError(_("The bank has this file; it cannot be built anew."), code="not_open")
    form = DayForm(request.POST) if request.POST.get("day") else None
    if form and not form.is_valid():
        raise ValidationError(_("Enter a day."), code="day")
    day = form.cleaned_data["day"] if form else None
    made = collect_again.rebuilt(batch, request.user, timezone.now(), day)  # type: ignore[arg-type]
    if not made:
        return _("The file is withdrawn; none of its debits is left.")
    return _("The file is built anew: %(ids)s.") % {"ids": ", ".join(one.message_id for one in made)}


@step("billing.submit_collectionbatch")
def printed(request: HttpRequest, batch: CollectionBatch) -> str:
    """The announcements that go by letter were posted."""
    announcements.mark_printed(batch, timezone.now())
    return _("The letters are noted as posted.")


@office("billing.export_collectionbatch")
def letters(request: HttpRequest, pk: int) -> HttpResponse:
    """One PDF of the announcements that go by letter."""
    batch = find(request, pk)
    content = announcement_letters.letters_of(batch)
    if not content:
        raise Http404
    return download(f"{batch.message_id}-letters.pdf", content, "application/pdf")


@office("billing.view_collection")
def again(request: HttpRequest) -> HttpResponse:
    """What came back or was never collected; the chosen ones go into a new file."""
    organisation, today = organisation_of(request), timezone.localdate()
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        raise Http404
    first = collect_again.first_day(creditor, today)
    form = DayForm(request.POST or None, initial={"day": first})
    if request.method == "POST":
        if not request.user.has_perm("billing.submit_collectionbatch"):
            raise Http404
        made = collected(request, creditor, form) if form.is_valid() else []
        if made:
            return redirect("office_batch", made[0].pk)
    rows = collect_again.open_again(organisation, first)
    context = {
        "more": max(0, collect_again.open_claims(organisation).count() - len(rows)),
        "rows": [one for one in rows if one.mandate],
        "without": [one for one in rows if not one.mandate],
        "form": form,
    }
    return page(request, "office/collect_again.html", _("Collect again"), context)


def collected(request: HttpRequest, creditor: Creditor, form: DayForm) -> list[CollectionBatch]:
    """Makes the files; a refusal is shown above the list."""
    chosen = [int(pk) for pk in request.POST.getlist("claim") if pk.isdigit()]
    user = request.user if isinstance(request.user, User) else None
    try:
        made = collect_again.collect_again(creditor, chosen, form.cleaned_data["day"], user, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return []
    messages.success(request, _("The file is made. Each payer is told of amount and day."))
    return made
