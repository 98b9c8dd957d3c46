"""Everything that proves a mandate, in one PDF for the payer's bank, within seven business days (EPC173-14)."""

import io
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image

from billing.documents import mandate_words
from billing.documents.figures import day, money
from billing.documents.letters import merge_pdfs
from billing.documents.record_pdf import Facts, Table
from billing.models import Collection, Mandate, MandateAmendment, MandateDocument
from billing.services import electronic_mandates, mandate_forms
from billing.services.scans import PDF

A4_DOTS = (1240, 1754)


def evidence_file(mandate: Mandate, now: datetime) -> bytes:
    """The mandate with its history, its documents and all its collections; the papers themselves follow as pages."""
    documents = list(mandate.documents.order_by("pk"))
    with override(mandate.member.language):
        made = (_("Made on"), day(timezone.localdate(now).isoformat(), mandate.member.language))
        head = mandate_forms.drawn(mandate, _("Copy of a mandate"), parts_of(mandate, documents), [made])
    return merge_pdfs([head, *(pages_of(one) for one in documents if not one.erased_on)])


def parts_of(mandate: Mandate, documents: list[MandateDocument]) -> mandate_forms.PARTS:
    """The sections of the first pages."""
    terms = mandate_forms.terms_of(mandate)
    parts: mandate_forms.PARTS = [Facts(mandate_words.facts(terms)), *mandate_words.text(terms), history(mandate)]
    for one in documents:
        if one.evidence:
            parts += [_("Given electronically. How it was given:"), Facts(electronic_mandates.proof(one.evidence))]
    return [*parts, papers(mandate, documents), collections(mandate)]


def history(mandate: Mandate) -> Table:
    """What happened to the mandate, in the order of its days."""
    rows = [(mandate.signed_on.isoformat(), _("Signed (%(source)s)") % {"source": mandate.get_source_display()})]
    for change in mandate.amendments.select_related("told_with__batch").order_by("pk"):
        rows.append((timezone.localdate(change.noted_at).isoformat(), change_words(change)))
    if mandate.bank_confirmed_on:
        rows.append((mandate.bank_confirmed_on.isoformat(), _("Confirmed by the debtor's bank")))
    if mandate.ended_on:
        rows.append(
            (mandate.ended_on.isoformat(), _("Ended: %(why)s") % {"why": mandate.get_ended_as_display() or "–"})
        )
    shown = [(day(when, mandate.member.language), what) for when, what in sorted(rows)]
    return Table(_("History"), (_("Day"), _("What")), (25, 140), shown)


def change_words(change: MandateAmendment) -> str:
    """What changed from what to what, how it was told, and with which collection the bank learned it."""
    names = (
        (_("account"), change.before_iban, change.after_iban),
        (_("reference"), change.before_reference, change.after_reference),
        (_("creditor identifier, before"), change.before_creditor_identifier, ""),
        (_("creditor, before"), change.before_creditor_name, ""),
    )
    changed = "; ".join(f"{label} {before}{f' → {after}' if after else ''}" for label, before, after in names if before)
    told = change.told_with
    if told is None or told.failed_as == "rejected":
        return f"{changed}. {change.note}"
    with_debit = _("told with %(id)s") % {"id": told.end_to_end_id}
    return f"{changed}. {change.note} ({with_debit})"


def papers(mandate: Mandate, documents: list[MandateDocument]) -> Table:
    """The papers that are kept, with their hashes."""
    rows = [
        (day(timezone.localdate(one.added_at).isoformat(), mandate.member.language), one.get_kind_display(), one.name, one.sha256[:32])
        for one in documents
    ]  # fmt: skip
    heads = (_("Day"), _("Kind"), _("File"), "SHA-256")
    return Table(_("Papers"), heads, (22, 42, 48, 53), rows or [("–", "", "", "")])


def collections(mandate: Mandate) -> Table:
    """Every attempt to collect with this mandate, and what became of it."""
    rows = (
        mandate.collections.select_related("batch", "invoice")
        .defer("batch__content", "invoice__snapshot")
        .order_by("pk")
    )
    language = mandate.member.language
    shown = [
        (day(one.batch.collection_date.isoformat(), language), money(one.amount, language), one.invoice.number, one.end_to_end_id, outcome(one))
        for one in rows
        if one.batch.submitted_at
    ]  # fmt: skip
    heads = (_("Day"), _("Amount"), _("Document"), _("End-to-end id"), _("Outcome"))
    return Table(_("Collections"), heads, (22, 25, 35, 45, 38), shown or [("–", "", "", "", "")])


def outcome(one: Collection) -> str:
    """What became of a debit."""
    words = {
        "returned": _("returned by the bank"), "rejected": _("rejected by the bank"), "withdrawn": _("withdrawn"),
        "booked": _("booked"), "accepted": _("handed in"), "submitted": _("handed in"),
        "built": _("file made"), "released": _("file made"), "new": _("file made"),
    }  # fmt: skip
    return f"{words.get(one.state, one.state)} {one.return_reason}".strip()


def pages_of(document: MandateDocument) -> bytes:
    """A paper as pages: a PDF as it is, a picture on a page of A4."""
    if document.content_type == PDF:
        return bytes(document.content)
    picture = Image.open(io.BytesIO(bytes(document.content)), formats=("JPEG",))
    picture.thumbnail(A4_DOTS)
    page = Image.new("RGB", A4_DOTS, "white")
    page.paste(picture, ((A4_DOTS[0] - picture.width) // 2, (A4_DOTS[1] - picture.height) // 2))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150)
    return out.getvalue()
