"""PDF/A-3b with the e-invoice inside (ZUGFeRD 2.4 / Factur-X 1.08, profile EN 16931). Equal input gives equal bytes.

The drawing brings its fonts; what is added here is the colour profile, the metadata that PDF/A asks for, and the XML.
"""

import hashlib
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import NamedTuple
from xml.sax.saxutils import escape

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

NAME, PROFILE = "factur-x.xml", "EN 16931"
NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# What stands inside an XMP extension schema: name of the property, and what it is.
PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML file"),
    ("DocumentType", "INVOICE"),
    ("Version", "version of the standard of the XML"),
    ("ConformanceLevel", "profile of the XML"),
)


class Words(NamedTuple):
    """What the file says about itself; `dated` is `2026-12-15`, the day of the document."""

    title: str
    author: str
    subject: str
    dated: str


def with_einvoice(pdf: bytes, xml: bytes, words: Words) -> bytes:
    """The drawing as PDF/A-3b that carries the e-invoice."""
    target = BytesIO()
    with Pdf.open(BytesIO(pdf)) as opened:
        for page in opened.pages:
            if "/Trans" in page.obj:
                del page.obj["/Trans"]
        opened.Root.OutputIntents = Array([output_intent(opened)])
        opened.Root.Metadata = metadata(opened, words)
        attach(opened, xml, words.dated)
        opened.save(target, deterministic_id=True, force_version="1.7")
    return target.getvalue()


@cache
def colour_profile() -> bytes:
    """The colour space of everything that is drawn."""
    return files("pikepdf.pdfa").joinpath("data/sRGB.icc").read_bytes()


def output_intent(pdf: Pdf) -> Dictionary:
    """Says that all colours are sRGB (ISO 19005-3, 6.2.3)."""
    profile = Stream(pdf, colour_profile(), N=3)
    return Dictionary(
        Type=Name.OutputIntent, S=Name.GTS_PDFA1, OutputConditionIdentifier=String("sRGB"), Info=String("sRGB"),
        DestOutputProfile=pdf.make_indirect(profile),
    )  # fmt: skip


def attach(pdf: Pdf, xml: bytes, dated: str) -> None:
    """The XML as an associated file that says the same as the pages (ISO 19005-3, 6.8)."""
    moment = String(f"D:{dated.replace('-', '')}000000Z")
    checksum = String(hashlib.md5(xml, usedforsecurity=False).digest())
    parameters = Dictionary(ModDate=moment, CreationDate=moment, Size=len(xml), CheckSum=checksum)
    content = pdf.make_indirect(Stream(pdf, xml, Type=Name.EmbeddedFile, Subtype=Name("/text/xml"), Params=parameters))
    specification = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec, F=String(NAME), UF=String(NAME), Desc=String("E-Rechnung"),
            AFRelationship=Name.Alternative, EF=Dictionary(F=content, UF=content),
        )
    )  # fmt: skip
    pdf.Root.AF = Array([specification])
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(NAME), specification])))


def metadata(pdf: Pdf, words: Words) -> Stream:
    """The same facts as in the document information, and what ZUGFeRD asks for, as XMP."""
    text = xmp(words, str(pdf.docinfo.get("/Producer", "")), str(pdf.docinfo.get("/Creator", "")))
    stream = Stream(pdf, text.encode(), Type=Name.Metadata, Subtype=Name.XML)
    return pdf.make_indirect(stream)


def xmp(words: Words, producer: str, creator: str) -> str:
    """One packet; it must agree with the document information to the letter (ISO 19005-3, 6.6.2)."""
    title, author, subject, maker, tool = map(escape, (words.title, words.author, words.subject, producer, creator))
    moment = f"{words.dated}T00:00:00Z"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        f"<dc:title>{alternatives(title)}</dc:title><dc:description>{alternatives(subject)}</dc:description>"
        f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator><dc:format>application/pdf</dc:format>"
        f"<pdf:Producer>{maker}</pdf:Producer><xmp:CreatorTool>{tool}</xmp:CreatorTool>"
        f"<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>"
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>"
        f'{extension()}<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}"><fx:DocumentType>INVOICE</fx:DocumentType>'
        f"<fx:DocumentFileName>{NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
        f"<fx:ConformanceLevel>{PROFILE}</fx:ConformanceLevel></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )


def alternatives(text: str) -> str:
    """A text in the language of the document."""
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt>'


@cache
def extension() -> str:
    """Describes the properties of ZUGFeRD, which PDF/A does not know (ISO 19005-3, 6.6.2.3.3)."""
    described = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text'
        "</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        for name, what in PROPERTIES
    )
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>"
        "</pdfaExtension:schemas></rdf:Description>"
    )
