"""DATEV's package of document images: a ZIP with `document.xml` and the files it names (document interface, version 6.0).

A posting and its image are tied by the GUID: the attribute of the document here, the column "Beleglink" there. The same
documents give the same bytes: files are stored as they are, and every date comes from the caller.
"""

import re
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from xml.etree import ElementTree as ET

from billing.formats.zip_entry import stamped

NAMESPACE = "http://xml.datev.de/bedi/tps/document/v06.0"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
LOCATION = f"{NAMESPACE} Document_v060.xsd"
VERSION, SYSTEM = "6.0", "Kassenwart"
MOST_DOCUMENTS = 4_999
NOT_IN_NAMES = re.compile(r"[^\w.-]")
LONGEST_TITLE = 40
GUIDS = uuid.uuid5(uuid.NAMESPACE_URL, "https://kassenwart.invalid/documents")


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its GUID, what it is called, which month it belongs to, and the names of its files."""

    guid: str
    title: str
    files: tuple[str, ...]


def guid(seal: str) -> str:
    """The GUID of a document, from its seal: the same document, the same GUID."""
    return str(uuid.uuid5(GUIDS, seal))


def file_name(number: str, ending: str) -> str:
    """The name of a document's file in the package."""
    return f"{NOT_IN_NAMES.sub('-', number)}.{ending}"


def document_xml(documents: Sequence[Document], made_at: datetime) -> bytes:
    """The list of what is in the package."""
    if not 1 <= len(documents) <= MOST_DOCUMENTS:
        raise ValueError(f"a package holds 1 to {MOST_DOCUMENTS} documents, not {len(documents)}")
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("xsi", SCHEMA)
    root = ET.Element(
        f"{{{NAMESPACE}}}archive",
        {f"{{{SCHEMA}}}schemaLocation": LOCATION, "version": VERSION, "generatingSystem": SYSTEM},
    )
    header = ET.SubElement(root, f"{{{NAMESPACE}}}header")
    ET.SubElement(header, f"{{{NAMESPACE}}}date").text = f"{made_at:%Y-%m-%dT%H:%M:%S}"
    ET.SubElement(header, f"{{{NAMESPACE}}}description").text = "Belegbilder"
    content = ET.SubElement(root, f"{{{NAMESPACE}}}content")
    for one in documents:
        content.append(document(one))
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text + b"\n"


def document(one: Document) -> ET.Element:
    """A document with its files; a second one is the same document in another form."""
    found = ET.Element(f"{{{NAMESPACE}}}document", {"guid": one.guid, "processID": "1", "type": "2"})
    ET.SubElement(found, f"{{{NAMESPACE}}}description").text = one.title[:LONGEST_TITLE]
    for name in one.files:
        ET.SubElement(found, f"{{{NAMESPACE}}}extension", {f"{{{SCHEMA}}}type": "File", "name": name})
    return found


def write(
    target: IO[bytes], documents: Sequence[Document], files: Iterable[tuple[str, bytes]], made_at: datetime
) -> None:
    """Writes the package; the files come one by one."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, content in entries(documents, files, made_at):
            archive.writestr(stamped(name, made_at.date()), content)


def entries(
    documents: Sequence[Document], files: Iterable[tuple[str, bytes]], made_at: datetime
) -> Iterator[tuple[str, bytes]]:
    """The list first, then what it names."""
    yield "document.xml", document_xml(documents, made_at)
    yield from files
