"""The PDF that carries an e-invoice is PDF/A-3b, says about itself what ZUGFeRD asks for, and gives the XML back as it was.

The checker (pikepdf.pdfa, an allow-list built on veraPDF's rules) does not know attachments and stops there. So what was
added is taken out again, and the rest must pass; the attachment and its metadata are looked at by themselves.
"""

from io import BytesIO
from typing import Any

import facturx
import pikepdf
import pytest
from lxml import etree
from pikepdf import pdfa

from billing.documents.invoice_pdf import heading, render_invoice
from billing.documents.pdf_a import Words, with_einvoice
from billing.formats.einvoice_cii import write_cii
from tests.documents.snapshots import Snapshot, company, family
from tests.formats.einvoice_rules import CII, broken_rules
from tests.formats.test_einvoice import CASES, invoice_of

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def hybrid(snapshot: Snapshot) -> bytes:
    words = Words(heading(snapshot), snapshot["issuer"]["name"], snapshot["number"], snapshot["issued_on"])
    return with_einvoice(render_invoice(snapshot), write_cii(invoice_of(snapshot)), words)


def stripped(pdf: bytes) -> bytes:
    """The same file without the attachment and what tells of it."""
    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        del opened.Root.AF, opened.Root.Names
        packet = etree.fromstring(bytes(opened.Root.Metadata.read_bytes()))
        for one in packet.findall(".//{*}Description")[1:]:
            one.getparent().remove(one)
        opened.Root.Metadata.write(etree.tostring(packet))
        opened.save(target)
    return target.getvalue()


def findings(pdf: bytes) -> list[Any]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return list(pdfa.check(opened, "3b").findings)


@pytest.mark.parametrize("snapshot", [company(), family(60), *CASES.values()], ids=["company", "pages", *CASES])
def test_every_document_is_pdf_a_3b(snapshot: Snapshot) -> None:
    assert findings(stripped(hybrid(snapshot))) == []


def test_the_checker_finds_what_is_missing() -> None:
    assert findings(render_invoice(company())) != []


def test_the_attachment_is_declared_as_the_standard_asks() -> None:
    with pikepdf.open(BytesIO(hybrid(company()))) as opened:
        (one,) = opened.Root.AF
        assert [str(one.F), str(one.UF), str(one.AFRelationship)] == ["factur-x.xml", "factur-x.xml", "/Alternative"]
        assert str(one.EF.F.Subtype) == "/text/xml"
        assert str(one.EF.F.Params.ModDate) == "D:20261215000000Z"
        assert opened.attachments["factur-x.xml"].get_file().read_bytes() == write_cii(invoice_of(company()))
        packet = etree.fromstring(bytes(opened.Root.Metadata.read_bytes()))
    found = {
        name: packet.findtext(f".//{FX}{name}")
        for name in ("DocumentType", "DocumentFileName", "Version", "ConformanceLevel")
    }
    assert found == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    assert packet.findtext(".//{*}title//{*}li") == "Rechnung R2027-00003"


def test_another_program_reads_the_xml_and_it_breaks_no_rule() -> None:
    name, xml = facturx.get_xml_from_pdf(hybrid(company()), check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert broken_rules(xml, CII) == []


def test_equal_documents_give_equal_bytes() -> None:
    assert hybrid(company()) == hybrid(company())
