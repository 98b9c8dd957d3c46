"""Many letters in one file."""

import pytest
from django.utils.translation import override

from billing.documents.invoice_pdf import render_invoice
from billing.documents.letterhead import number_of
from billing.documents.letters import merge_pdfs
from tests.documents.reading import pages
from tests.documents.snapshots import dues, family


def test_letters_are_merged_in_their_order_with_all_pages() -> None:
    files = [render_invoice(family(40, "en")), render_invoice(dues("en", number="R2027-00009"))]
    merged = merge_pdfs(files)
    assert pages(merged) == pages(files[0]) + pages(files[1])
    assert len(pages(merged)) == 4
    assert merge_pdfs(files) == merged


def test_nothing_to_merge_is_refused() -> None:
    with pytest.raises(ValueError, match="no letters"):
        merge_pdfs([])


def test_customers_of_a_company_are_no_members_and_strangers_have_no_number() -> None:
    with override("de"):
        assert number_of({"kind": "company"}, "F10001") == [("Kundennummer", "F10001")]
        assert number_of({}, "1001") == [("Mitgliedsnummer", "1001")]
        assert number_of({"kind": "company"}, "") == []
