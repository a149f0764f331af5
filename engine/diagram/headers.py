"""Reads the head of a file in which the encoding or BPMN's namespace is written with a slip."""

from __future__ import annotations

import re

from engine.diagram.source import MODEL, root_tag

# Encodings in which each byte is one letter.
_ENCODINGS = ("ascii", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")
_DECLARED = re.compile(rb"<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def in_utf8(xml: bytes) -> bytes:
    """The same bytes, unless they are declared to be in an older encoding and can be nothing else."""
    declared = _DECLARED.match(xml)
    name = declared[1].decode("ascii").lower() if declared is not None else ""
    if declared is None or name not in _ENCODINGS or (not xml.isascii() and _is_utf8(xml)):
        return xml
    try:
        rest = xml[declared.end(1) :].decode(name)
    except UnicodeDecodeError:
        return xml
    return xml[: declared.start(1)] + b"UTF-8" + rest.encode()


def _is_utf8(xml: bytes) -> bool:
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def in_namespace(xml: bytes) -> bytes:
    """The same bytes, unless the root names BPMN's namespace with a slip (https, a slash, capitals) or not at all."""
    tag = root_tag(xml)
    if tag is None:
        return xml
    start, said = tag
    name = re.match(rb"<(?:([^\s:/>]+):)?definitions(?=[\s>])", said)
    if name is None:
        return xml
    declaration = (
        rb"\sxmlns" + (rb":" + re.escape(name[1]) if name[1] else rb"") + rb"\s*=\s*[\"']([^\"']*)[\"']"
    )
    declared = re.search(declaration, said)
    if declared is None and not name[1] and re.search(rb"<process\s[^>]*\bid\s*=", xml):
        said = said[: name.end()] + f' xmlns="{MODEL}"'.encode() + said[name.end() :]
    elif (
        declared is not None
        and declared[1] != MODEL.encode()
        and _plain(declared[1]) == _plain(MODEL.encode())
    ):
        said = said[: declared.start(1)] + MODEL.encode() + said[declared.end(1) :]
    else:
        return xml
    return xml[:start] + said + xml[start + len(tag[1]) :]


def _plain(namespace: bytes) -> bytes:
    return namespace.strip().lower().replace(b"https:", b"http:").rstrip(b"/#")
