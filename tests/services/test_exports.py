"""What the accountant gets: each posting once, cut by year and lock, reversals as reversals, and the image of each document."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.benchmarks.measure import counted
from billing.formats import datev
from billing.formats.datev_documents import NAMESPACE, SCHEMA
from billing.models import Creditor, Invoice, InvoiceFile, LedgerFile, LedgerSettings, Posting, PostingBatch
from billing.services import audit, exports, fiscal, images, invoicing
from billing.services.correcting import correct
from billing.services.corrections import Wish
from members.models import Organisation
from tests.formats.test_datev import cells
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
GUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}")
GOLDEN = Path(__file__).parent.parent / "files" / "datev"
NOW = noon(date(2027, 2, 3))
DECEMBER, JANUARY = date(2026, 12, 15), date(2027, 1, 15)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1")
        join(organisation, "2", last_name="Łopez")
        yield organisation


def bill(organisation: Organisation, on: date, until: date) -> list[Invoice]:
    run = invoicing.start_run(organisation, Creditor.objects.get(), on, until, on + timedelta(days=60))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    return list(run.invoices.order_by("pk"))


def two_months(organisation: Organisation) -> list[Invoice]:
    """Invoices on both sides of the turn of the year."""
    return bill(organisation, DECEMBER, date(2027, 1, 31)) + bill(organisation, JANUARY, date(2027, 2, 28))


def rows_of(batch: PostingBatch) -> list[dict[str, str]]:
    content = exports.content_of(batch)
    return [cells(content, place) for place in range(content.count(b"\r\n") - 2)]


def head(batch: PostingBatch) -> list[str]:
    return exports.content_of(batch).split(b"\r\n")[0].decode().split(";")


def test_all_that_is_new_goes_into_one_file_per_year_and_never_twice(club: Organisation) -> None:
    two_months(club)
    made = exports.export_new(club, None, NOW)
    assert [(one.first, one.last, one.count) for one in made] == [
        (date(2026, 12, 1), date(2026, 12, 31), 2), (date(2027, 1, 1), date(2027, 1, 31), 2),
    ]  # fmt: skip
    assert exports.export_new(club, None, NOW) == []
    assert not Posting.objects.filter(batch=None).exists()
    assert sum(one.total for one in made) == sum(one.gross for one in Invoice.objects.all())
    for one in made:
        assert [datev.check(content) for _name, content in exports.files(one)] == [[], []]
    assert audit.audit(club) == []


def test_a_span_within_a_year_is_one_file_and_the_fiscal_year_stands_in_its_head(club: Organisation) -> None:
    LedgerSettings.objects.filter(organisation=club).update(fiscal_year_start="10-01")
    two_months(club)
    made = exports.export_span(club, date(2026, 11, 1), date(2027, 3, 1), None, NOW)
    assert [head(one)[12:16] for one in made] == [
        ["20261001", "4", "20261101", "20261231"], ["20261001", "4", "20270101", "20270228"],
    ]  # fmt: skip
    assert [name for one in made for name in exports.file_names(one)][::2] == [
        "EXTF_Buchungsstapel_2026-11_2026-12.csv", "EXTF_Buchungsstapel_2027-01_2027-02.csv",
    ]  # fmt: skip


def test_a_short_first_year_has_a_file_of_its_own(club: Organisation) -> None:
    fiscal.add_year(club, date(2026, 12, 10), date(2027, 2, 1))
    two_months(club)
    made = exports.export_span(club, date(2026, 12, 1), date(2027, 3, 1), None, NOW)
    assert [(head(one)[12], head(one)[14]) for one in made] == [("20261210", "20261210"), ("20261210", "20270101")]


def test_locked_days_are_fixed_and_open_ones_are_not(club: Organisation) -> None:
    two_months(club)
    fiscal.lock(club, date(2026, 12, 31), None, NOW)
    made = exports.export_new(club, None, NOW)
    assert [(one.locked, head(one)[20], {row["Festschreibung"] for row in rows_of(one)}) for one in made] == [
        (True, "1", {"1"}), (False, "0", {"0"}),
    ]  # fmt: skip


def test_a_cancellation_is_a_general_reversal_under_the_number_of_its_invoice(club: Organisation) -> None:
    invoice, kept = bill(club, DECEMBER, date(2027, 1, 31))
    cancelled = correct(invoice, Wish("wrong", date(2026, 12, 20)), noon(DECEMBER))
    part = correct(
        kept, Wish("less", date(2026, 12, 20), amounts={kept.lines.get().pk: Decimal("4.00")}), noon(DECEMBER)
    )
    [batch] = exports.export_new(club, None, NOW)
    rows = rows_of(batch)
    names = ("Soll/Haben-Kennzeichen", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "Belegfeld 1", "Generalumkehr (GU)")
    assert [tuple(row[name].strip('"') for name in names) for row in rows] == [
        ("S", "10000", "8200", invoice.number, ""), ("S", "10001", "8200", kept.number, ""),
        ("H", "10000", "8200", invoice.number, "1"), ("H", "10001", "8200", kept.number, ""),
    ]  # fmt: skip
    assert [row["Belegfeld 2"].strip('"') for row in rows] == [f"{invoice.due_on:%d%m%y}"] * 2 + [""] * 2
    assert [number in row["Buchungstext"] for number, row in zip((cancelled.number, part.number), rows[2:])] == [
        True
    ] * 2


def test_the_file_with_a_cancellation_is_the_one_that_was_read_by_eye(club: Organisation) -> None:
    invoice, kept = bill(club, DECEMBER, date(2027, 1, 31))
    correct(invoice, Wish("wrong", date(2026, 12, 20)), noon(DECEMBER))
    correct(kept, Wish("less", date(2026, 12, 20), amounts={kept.lines.get().pk: Decimal("4.00")}), noon(DECEMBER))
    [batch] = exports.export_new(club, None, NOW)
    found = GUID.sub(b"GUID", exports.content_of(batch))
    assert found == (GOLDEN / "EXTF_Storno.csv").read_bytes()
    assert datev.check(found) == []


def test_the_image_of_a_document_is_tied_to_its_posting(club: Organisation) -> None:
    invoices = bill(club, DECEMBER, date(2027, 1, 31))
    [batch] = exports.export_new(club, None, NOW)
    [package] = images.make(batch, None, NOW)
    root, files = opened(package)
    named = {one.attrib["guid"]: one for one in root.iter(f"{{{NAMESPACE}}}document")}
    links = [row["Beleglink"] for row in rows_of(batch)]
    assert links == [f'"BEDI ""{guid}"""' for guid in named]
    for invoice, one in zip(invoices, named.values(), strict=True):
        assert one.findtext(f"{{{NAMESPACE}}}description") == invoice.number
        assert [part.attrib["name"] for part in one.iter(f"{{{NAMESPACE}}}extension")] == [f"{invoice.number}.pdf"]
        assert files[f"{invoice.number}.pdf"] == bytes(InvoiceFile.objects.get(invoice=invoice).content)


def opened(package: LedgerFile) -> tuple[ET.Element, dict[str, bytes]]:
    with images.opened(package) as content, zipfile.ZipFile(content) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return ET.fromstring(files["document.xml"]), files


def test_a_document_lies_in_the_first_package_that_posts_it(club: Organisation) -> None:
    invoice, _other = bill(club, DECEMBER, date(2027, 1, 31))
    [first] = exports.export_new(club, None, NOW)
    Posting.objects.create(
        organisation=club, posted_on=JANUARY, debit_account="10000", credit_account="2742", amount=3, case="costs/1", document=invoice,
        reference=invoice.number, text="Mahnung",
    )  # fmt: skip
    [second] = exports.export_new(club, None, NOW)
    assert list(images.documents_of(first)) == list(Invoice.objects.order_by("pk"))
    assert list(images.documents_of(second)) == []
    assert images.make(second, None, NOW) == []


def test_a_package_of_images_gives_the_same_bytes_again(club: Organisation) -> None:
    bill(club, DECEMBER, date(2027, 1, 31))
    [batch] = exports.export_new(club, None, NOW)
    [package] = images.make(batch, None, NOW)
    assert [one.pk for one in images.make(batch, None, noon(date(2027, 5, 1)))] == [package.pk]
    with images.opened(package) as first, images.opened(package) as second:
        assert first.read() == second.read()


def test_a_package_whose_documents_changed_is_not_given_out(club: Organisation) -> None:
    bill(club, DECEMBER, date(2027, 1, 31))
    [batch] = exports.export_new(club, None, NOW)
    [package] = images.make(batch, None, NOW)
    package.sha256 = "0" * 64
    with pytest.raises(ValidationError) as refused:
        images.opened(package)
    assert refused.value.code == "changed"


def test_the_extensions_are_files_as_the_schema_knows_them(club: Organisation) -> None:
    bill(club, DECEMBER, date(2027, 1, 31))
    [batch] = exports.export_new(club, None, NOW)
    [package] = images.make(batch, None, NOW)
    root, _files = opened(package)
    assert {one.attrib[f"{{{SCHEMA}}}type"] for one in root.iter(f"{{{NAMESPACE}}}extension")} == {"File"}


def test_files_of_earlier_releases_are_given_as_they_lie_there(club: Organisation) -> None:
    old = PostingBatch.objects.create(
        organisation=club, month=date(2026, 2, 1), count=1, total=1, content=b"postings", debtors=b"debtors", exported_at=NOW,
        sha256="9ad8b2a2d0d2ea3ad16acdb0dd1b77ff0c4c5d92b2f6eb1c2b9d4be8c0a9f7cd",
    )  # fmt: skip
    assert (exports.content_of(old), exports.content_of(old, "debtors")) == (b"postings", b"debtors")
    assert (old.first, old.last, old.after) == (date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))


def test_an_export_takes_the_same_queries_however_much_is_new(club: Organisation) -> None:
    found = []
    bill(club, DECEMBER, date(2027, 1, 31))
    for on, until, more in ((JANUARY, date(2027, 2, 28), 0), (date(2027, 2, 15), date(2027, 3, 31), 20)):
        with counted() as counter:
            exports.export_new(club, None, NOW)
        found.append(counter.queries)
        for number in range(more + 3):
            join(club, f"{on.month}-{number}", start=on.replace(day=1))
        bill(club, on, until)
    assert found[0] == found[1]
    assert found[0] <= 20
