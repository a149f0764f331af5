"""Bytes from anywhere in, a harmless XML tree out."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from lxml import etree

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
THROUGHCARE = "urn:throughcare:bpmn:1"
MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 50_000
MAX_ATTRIBUTES = 200

_SWITCHES = (
    "cancelActivity",
    "isSequential",
    "triggeredByEvent",
    "isInterrupting",
    "isForCompensation",
    "instantiate",
)


class Unreadable(Exception):
    """The bytes are not a file we read; `code` says why in engine.diagram.sentences, `values` its words."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def parse(xml: bytes) -> etree._Element:
    """The root element of a UTF-8 XML document, without comments; raises Unreadable.

    Legal variants of the same thing are written in one way, so that nobody after us can misread them:
    switches are "true" or "false", and messages are named without a prefix.
    """
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
    _normalise(root)
    return root


def root_tag(xml: bytes) -> tuple[int, bytes] | None:
    """Where the root element begins, and its start tag as it is written; None if there is none."""
    at = 0
    while True:
        at = xml.find(b"<", at)
        skipped = next((end for start, end in _PROLOGUE if at >= 0 and xml.startswith(start, at)), None)
        end = xml.find(skipped or b">", at) if at >= 0 else -1
        if end < 0:
            return None
        if skipped is None:
            return at, xml[at : end + 1]
        at = end + len(skipped)


_PROLOGUE = ((b"<!--", b"-->"), (b"<?", b"?>"))


def is_true(value: str | None) -> bool:
    """An XML Schema boolean: "true" or "1"."""
    return (value or "").strip().lower() in ("true", "1")


def _normalise(root: etree._Element) -> None:
    messages = set()
    for message in list(root.iterchildren(f"{{{MODEL}}}message")):
        if message.get("id", "").strip():
            messages.add(message.get("id", "").strip())
        else:
            # Nothing can refer to it.
            root.remove(message)
    for element in root.iter(f"{{{MODEL}}}*"):
        for name, value in [(str(name), str(value)) for name, value in element.attrib.items()]:
            if name in _SWITCHES:
                element.set(name, "true" if is_true(value) else "false")
            elif name.startswith("{" + THROUGHCARE + "}") and not value.strip():
                # A cleared field of an editor says nothing.
                del element.attrib[name]
            elif name.startswith("{" + THROUGHCARE + "}"):
                element.set(name, value.strip())
        reference = element.get("messageRef", "").strip()
        if reference not in messages and reference.rpartition(":")[2] in messages:
            element.set("messageRef", reference.rpartition(":")[2])


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
