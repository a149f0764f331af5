"""Bytes from anywhere in, a harmless XML tree out, and what stands in it."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from lxml import etree

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 50_000
MAX_ATTRIBUTES = 200


class Unreadable(Exception):
    """The bytes are not a file we read; `code` says why, in the sentences of who reads them, `values` its words."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def parse(xml: bytes) -> etree._Element:
    """The root element of a UTF-8 XML document, without comments; raises Unreadable."""
    if len(xml) > MAX_BYTES:
        raise Unreadable("too_big", limit=MAX_BYTES // 1_000_000)
    if not xml.strip():
        raise Unreadable("empty_file")
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8") from error
    _scan(xml)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("not_xml", line=error.lineno or 1) from error
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: etree._Element | None) -> str | None:
    """What is written in an element, in one piece; None if it is missing or blank."""
    return "".join(str(part) for part in element.itertext()).strip() or None if element is not None else None


def shown(text: str | None) -> str:
    """A value from the file, short enough to quote."""
    text = " ".join((text or "").split())
    return text if len(text) <= 60 else text[:59] + "…"


def _scan(xml: bytes) -> None:
    """Refuse what could hurt the real parser, before it builds anything."""
    depth = elements = 0

    def start(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH:
            raise Unreadable("too_deep", limit=MAX_DEPTH)
        if elements > MAX_ELEMENTS:
            raise Unreadable("too_many_elements", limit=MAX_ELEMENTS)
        if len(attributes) > MAX_ATTRIBUTES:
            raise Unreadable("too_many_attributes", limit=MAX_ATTRIBUTES)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise Unreadable("not_utf8")

    def doctype(*_: Any) -> None:
        raise Unreadable("has_doctype")

    scanner = expat.ParserCreate("utf-8")
    scanner.StartElementHandler = start
    scanner.EndElementHandler = end
    scanner.XmlDeclHandler = declaration
    scanner.StartDoctypeDeclHandler = doctype
    scanner.EntityDeclHandler = doctype
    try:
        scanner.Parse(xml, True)
    except expat.ExpatError as error:
        raise Unreadable("not_xml", line=error.lineno) from error
