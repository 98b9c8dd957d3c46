"""Reminders: who would be reminded today and why others are not, the run, and what went out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing.models import AncillaryClaim, DunningNotice, DunningPause, DunningRun
from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro
from billing.pricing.money import total
from billing.services import dunning, dunning_letters, dunning_pauses, letters
from billing.services.dunning_plan import Plan, Planned, plan
from members.models import User

SHOWN = 300
RUNS = 24


def user_of(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


@office("billing.view_dunningrun")
def dunning_page(request: HttpRequest) -> HttpResponse:
    """Today's preview, what is paused and may go on, and the runs so far."""
    organisation, today = organisation_of(request), timezone.localdate()
    found = plan(organisation, today)
    runs = DunningRun.objects.filter(organisation=organisation).select_related("made_by")[:RUNS]
    context: dict[str, Any] = {
        "today": today, "notices": [notice_row(one) for one in found.notices[:SHOWN]], "count": len(found.notices),
        "more": max(0, len(found.notices) - SHOWN), "claims": found.claims, "total": euro(found.total), "stale_rate": found.stale_rate,
        "kept": kept_rows(found, waits=False), "waiting": kept_rows(found, waits=True),
        "runs": runs, "resumable": dunning_pauses.to_resume(organisation, today),
    }  # fmt: skip
    return page(request, "office/dunning.html", _("Reminders"), context)


def notice_row(one: Planned) -> dict[str, Any]:
    """One payer as the preview shows them."""
    claims = [
        {
            "pk": due.facts.item.invoice, "number": due.facts.item.number, "due_on": due.facts.item.due_on,
            "open": euro(due.facts.item.open), "level": due.level.heading,
        }
        for due in one.dues
    ]  # fmt: skip
    return {
        "member": one.payer, "left": one.payer.left_on, "claims": claims, "level": one.level, "by_mail": one.by_mail,
        "principal": euro(one.principal), "costs": euro(one.costs) if one.costs else "",
        "interest": euro(one.interest) if one.interest else "", "total": euro(one.total), "pay_until": one.pay_until, "seen": one.seen,
    }  # fmt: skip


def kept_rows(found: Plan, waits: bool) -> list[dict[str, Any]]:
    """Claims that are due and not reminded, with their reason."""
    rows = [one for one in found.kept if one.waits == waits]
    return [
        {
            "member": one.facts.payer, "pk": one.facts.item.invoice, "number": one.facts.item.number, "reason": one.reason,
            "due_on": one.facts.item.due_on, "open": euro(one.facts.item.open), "level": one.facts.past.level,
        }
        for one in rows[:SHOWN]
    ]  # fmt: skip


@require_POST
@office("billing.add_dunningrun")
def start(request: HttpRequest) -> HttpResponse:
    """Reminds the ticked payers, as they were seen."""
    seen = dict(token.split(":", 1) for token in request.POST.getlist("payer") if token.count(":") == 1)
    if not seen or not all(pk.isascii() and pk.isdigit() for pk in seen):
        messages.error(request, _("Tick at least one payer."))
        return redirect("office_dunning")
    chosen = {int(pk): mark for pk, mark in seen.items()}
    try:
        outcome = dunning.run(organisation_of(request), timezone.localdate(), user_of(request), timezone.now(), chosen)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("office_dunning")
    told(request, outcome)
    return redirect("office_dunning_run", outcome.run.pk) if outcome.run else redirect("office_dunning")


def told(request: HttpRequest, outcome: dunning.Outcome) -> None:
    """What became of it."""
    if outcome.notices:
        text = ngettext("%(count)s reminder is written.", "%(count)s reminders are written.", outcome.notices)
        messages.success(request, text % {"count": outcome.notices})
    if outcome.changed or not outcome.notices:
        names = ", ".join(outcome.changed) or "–"
        messages.warning(
            request, _("Left out, because something changed since the preview: %(names)s") % {"names": names}
        )
    if outcome.not_paused:
        names = ", ".join(str(one) for one in outcome.not_paused)
        messages.warning(request, _("Could not be paused, please look at them: %(names)s") % {"names": names})


def find(request: HttpRequest, pk: int) -> DunningRun:
    """A run of this organisation."""
    return get_object_or_404(DunningRun.objects.select_related("made_by"), pk=pk, organisation=organisation_of(request))


@office("billing.view_dunningrun")
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a run wrote to whom, and its letters."""
    made = find(request, pk)
    notices = (
        made.notices.select_related("member")
        .defer("snapshot")
        .prefetch_related("mails")
        .order_by("member__last_name", "pk")
    )
    rows = [
        {
            "notice": one,
            "mails": list(one.mails.all()),
            "total": euro(one.total),
            "costs": euro(one.costs + one.interest),
        }
        for one in notices
    ]
    waived = AncillaryClaim.objects.filter(item__notice__run=made).exclude(waived_on=None).count()
    waiting = dunning_letters.letters_of(made).filter(state="print").count()
    context = {
        "run": made, "rows": rows, "letters": dunning_letters.letters_of(made).count(), "waiting": waiting, "waived": waived,
        "total": euro(total(one.total for one in notices)), "pauses": made.pauses.select_related("event__contract__member", "event__contract__tariff"),
    }  # fmt: skip
    return page(request, "office/dunning_run.html", _("Reminders of %(day)s") % {"day": made}, context)


@office("billing.export_billingrun")
def run_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """All letters of a run in one file, in the order of franking."""
    made = find(request, pk)
    content = letters.printed(letters.letters(organisation_of(request), dunning_letters.letters_of(made)))
    if not content:
        raise Http404
    return download(f"{made.on.isoformat()}-Mahnungen.pdf", content, "application/pdf")


@require_POST
@office("billing.change_mail")
def posted(request: HttpRequest, pk: int) -> HttpResponse:
    """They are in the letter box."""
    made = find(request, pk)
    count = dunning_letters.letters_of(made).filter(state="print").update(state="printed", sent_at=timezone.now())
    said = ngettext("%(count)s letter is noted as posted.", "%(count)s letters are noted as posted.", count)
    messages.success(request, said % {"count": count})
    return redirect("office_dunning_run", made.pk)


@office("billing.view_dunningrun")
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter, as it went out."""
    rows = DunningNotice.objects.select_related("organisation")
    found = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    return download(dunning_letters.notice_name(found), dunning_letters.notice_pdf(found), "application/pdf")


@require_POST
@office("billing.change_dunningpause")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """A paused contract goes on from today."""
    rows = DunningPause.objects.filter(organisation=organisation_of(request))
    pause = get_object_or_404(rows, pk=pk)
    try:
        dunning_pauses.resume(pause, timezone.localdate(), user_of(request))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The contract goes on from today; the next run bills it."))
    return redirect("office_dunning")
