"""The list of document images, by the rules of DATEV's schema 6.0."""

import io
import re
import zipfile
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from billing.formats.datev_documents import NAMESPACE, SCHEMA, Document, document_xml, file_name, guid, write

MADE = datetime(2027, 2, 3, 11, 0, 30)
DOCUMENTS = [
    Document(guid("a"), "R2027-00001", ("R2027-00001.pdf",)),
    Document(guid("b"), "R2027-00002" + "x" * 60, ("R2027-00002.pdf", "R2027-00002.xml")),
]
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def parsed() -> ET.Element:
    return ET.fromstring(document_xml(DOCUMENTS, MADE))


def shape(node: ET.Element) -> list[str]:
    return [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in node]


def test_it_has_the_shape_of_the_schema() -> None:
    root = parsed()
    assert root.tag == f"{{{NAMESPACE}}}archive"
    assert (root.attrib["version"], root.attrib["generatingSystem"]) == ("6.0", "Kassenwart")
    assert shape(root) == ["header", "content"]
    assert shape(root[0]) == ["date", "description"]
    # No time zone: the schema's pattern refuses one.
    assert root[0][0].text == "2027-02-03T11:00:30"
    assert [shape(one) for one in root[1]] == [["description", "extension"], ["description", "extension", "extension"]]


def test_each_document_is_an_outgoing_invoice_to_be_booked_with_its_guid() -> None:
    for one in parsed()[1]:
        assert (one.attrib["type"], one.attrib["processID"]) == ("2", "1")
        assert GUID.fullmatch(one.attrib["guid"])
        assert 1 <= len(one[0].text or "") <= 40
        for part in one[1:]:
            assert set(part.attrib) == {f"{{{SCHEMA}}}type", "name"}
            assert part.attrib[f"{{{SCHEMA}}}type"] == "File"


def test_the_same_seal_has_the_same_guid() -> None:
    assert guid("a") == guid("a") != guid("b")


def test_a_name_has_no_folder_in_it() -> None:
    assert file_name("R2027/00001", "pdf") == "R2027-00001.pdf"


@pytest.mark.parametrize("count", [0, 5_000])
def test_a_package_holds_as_many_as_the_schema_allows(count: int) -> None:
    with pytest.raises(ValueError, match="4999"):
        document_xml(DOCUMENTS[:1] * count, MADE)


def test_the_same_documents_give_the_same_bytes_and_the_list_comes_first() -> None:
    found = []
    for _twice in range(2):
        target = io.BytesIO()
        write(target, DOCUMENTS, [("R2027-00001.pdf", b"%PDF"), ("R2027-00002.pdf", b"%PDF2")], MADE)
        found.append(target.getvalue())
    assert found[0] == found[1]
    with zipfile.ZipFile(io.BytesIO(found[0])) as archive:
        assert archive.namelist() == ["document.xml", "R2027-00001.pdf", "R2027-00002.pdf"]
