"""Bytes from anywhere in, a harmless tree of a BPMN diagram out."""

from __future__ import annotations

from lxml import etree

from engine import safe_xml
from engine.safe_xml import MAX_BYTES, Unreadable

__all__ = ["MAX_BYTES", "MODEL", "THROUGHCARE", "Unreadable", "is_true", "parse"]

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
THROUGHCARE = "urn:throughcare:bpmn:1"

SWITCHES = (
    "cancelActivity",
    "isSequential",
    "triggeredByEvent",
    "isInterrupting",
    "isForCompensation",
    "isImmediate",
    "instantiate",
    "parallelMultiple",
    "testBefore",
)
_BOOLEANS = ("true", "false", "1", "0")


def parse(xml: bytes) -> etree._Element:
    """The root element of a UTF-8 XML document, without comments; raises Unreadable.

    Legal variants of the same thing are written in one way, so that nobody after us can misread them:
    switches are "true" or "false" (what is neither stays as it is), and messages are named without a prefix.
    """
    root = safe_xml.parse(xml)
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
            if name in SWITCHES and value.strip().lower() in _BOOLEANS:
                element.set(name, "true" if is_true(value) else "false")
            elif name.startswith("{" + THROUGHCARE + "}") and not value.strip():
                # A cleared field of an editor says nothing.
                del element.attrib[name]
            elif name.startswith("{" + THROUGHCARE + "}"):
                element.set(name, value.strip())
        reference = element.get("messageRef", "").strip()
        if reference not in messages and reference.rpartition(":")[2] in messages:
            element.set("messageRef", reference.rpartition(":")[2])
