"""Papers of a mandate: what is taken, how long it is kept, and all of it in one file."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import Collection, Mandate, MandateDocument
from billing.services import audit, evidence, mandate_changes, mandate_forms, mandate_papers
from members.models import Organisation
from tests.documents.reading import text as text_of
from tests.services.club import noon
from tests.services.debiting import DAY, ON, OTHER_BANK, hand_in, mandate_of, run_of, three_members
from tests.services.scans import pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = three_members()
    with scope(organisation=organisation):
        yield organisation


def keep(mandate: Mandate, content: bytes, name: str = "scan.pdf") -> MandateDocument:
    return mandate_papers.add_document(mandate, "paper", name, content, None, noon(ON))


@pytest.mark.parametrize(
    "content, kind", [(pdf(), "application/pdf"), (picture(), "image/jpeg"), (picture("TIFF"), "image/jpeg")]
)
def test_scans_are_kept_and_pictures_drawn_anew(club: Organisation, content: bytes, kind: str) -> None:
    kept = keep(mandate_of("1"), content, 'C:\\scans\\"Mandat".png')
    assert (kept.content_type, kept.name) == (kind, "Mandat.png")
    assert kept.content[:2] == (b"%P" if kind.endswith("pdf") else b"\xff\xd8")
    with pytest.raises(ValidationError) as again:
        keep(mandate_of("1"), content)
    assert again.value.code == "twice"
    assert audit.audit(club) == []


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "kind"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"), (b"%PDF-1.7 broken", "pdf"), (pdf(password="x"), "pdf"),
        (pdf(41), "pages"), (picture()[:40], "kind"), (b"\0" * (10 * 1024 * 1024 + 1), "too_large"),
    ],
    ids=["nothing", "svg", "broken pdf", "password", "a book", "half a picture", "large"],
)  # fmt: skip
def test_what_is_no_scan_is_refused(club: Organisation, content: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        keep(mandate_of("1"), content)
    assert refused.value.code == code
    assert not MandateDocument.objects.exists()


def test_papers_are_erased_fourteen_months_after_the_last_collection_and_not_before(club: Organisation) -> None:
    paper = keep(mandate_of("1"), pdf())
    hand_in(run_of(club))
    with pytest.raises(ValidationError) as used:
        mandate_papers.erase(paper, date(2036, 1, 1))
    assert used.value.code == "kept"
    mandate_changes.revoke(mandate_of("1"), ON, None, noon(DAY))
    paper.refresh_from_db()
    with pytest.raises(ValidationError, match=r"04\.03\.2028"):
        mandate_papers.erase(paper, date(2028, 3, 3))
    mandate_papers.erase(paper, date(2028, 3, 4))
    paper.refresh_from_db()
    assert (bytes(paper.content), paper.evidence, paper.erased_on) == (b"", None, date(2028, 3, 4))
    assert audit.audit(club) == []


def test_the_evidence_holds_text_history_papers_and_collections(club: Organisation) -> None:
    keep(mandate_of("1"), pdf(2))
    keep(mandate_of("1"), picture())
    mandate_changes.change_account(mandate_of("1"), OTHER_BANK, "Brief vom 1. Dezember", ON, None, noon(ON))
    hand_in(run_of(club))
    collected = Collection.objects.get(mandate__member__number="1")
    content = evidence.evidence_file(mandate_of("1"), noon(DAY))
    said = " ".join(text_of(content).split())
    for words in ("acht Wochen", "Brief vom 1. Dezember", collected.end_to_end_id, "14,00", "scan.pdf", "M-1"):
        assert words in said, words
    with pikepdf.open(io.BytesIO(content)) as found:
        assert len(found.pages) >= 4


@pytest.mark.parametrize("scheme, eight_weeks", [("CORE", True), ("B2B", False)])
def test_the_form_holds_the_schemes_own_text(club: Organisation, scheme: str, eight_weeks: bool) -> None:
    mandate: Any = mandate_of("1")
    mandate.scheme = scheme
    said = " ".join(text_of(mandate_forms.form(mandate)).split())
    assert ("acht Wochen" in said) is eight_weeks
    assert ("auf Konten von Unternehmen" in said) is not eight_weeks
    for words in (
        mandate.reference,
        mandate.creditor.identifier,
        "Wiederkehrende" if "Wiederkehrende" in said else "wiederkehrende",
    ):
        assert words in said
