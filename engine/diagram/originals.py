"""Writes a changed tree back into the bytes of its file: what nobody touched stays as it was, to the byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape

from lxml import etree

from engine.diagram.source import THROUGHCARE

_TAG = re.compile(rb"<([^\s/>]+)(?:\s+[^=\s]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_ATTRIBUTE = re.compile(rb"\s+([^=\s]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_XML = "http://www.w3.org/XML/1998/namespace"
_IN_A_VALUE = {'"': "&quot;", "'": "&apos;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


@dataclass(frozen=True)
class _Place:
    """Where an element, comment or instruction stood, and what it said: offsets of bytes from the file's start.

    Its start tag ends at `opened`, its end tag begins at `closing`; both are `end` where there is none.
    """

    start: int
    opened: int
    closing: int
    end: int
    attributes: dict[str, str]
    text: str | None
    tail: str | None
    prefixes: dict[str | None, str]


class Original:
    """A file that is to be changed: change its `root`, then take the `written` bytes.

    The bytes must have been read by engine.diagram.source without complaint.
    """

    def __init__(self, xml: bytes) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
        self.root = etree.fromstring(xml, parser)
        self._xml = xml
        self._line = b"\r\n" if b"\r\n" in xml else b"\n"
        spans = _spans(xml)
        self._places = {
            one: _Place(*span, _attributes(one), one.text, one.tail, dict(one.nsmap))
            for one, span in zip(self.root.iter(), spans, strict=True)
        }
        self._prefix = self._free_prefix()
        self._declares = False

    def written(self) -> bytes:
        """The file with the tree as it is now."""
        pieces: list[bytes] = []
        place = self._places[self.root]
        self._write(self.root, {}, pieces)
        if self._declares:
            name = _name_in(pieces[0])
            declared = f' xmlns:{self._prefix}="{THROUGHCARE}"'.encode()
            pieces[0] = pieces[0].replace(name, name + declared, 1)
        return self._xml[: place.start] + b"".join(pieces) + self._xml[place.end :]

    def _text_at(self, start: int) -> bytes:
        """The text from `start` to the next tag, comment or instruction."""
        found = self._xml.index(b"<", start)
        while self._xml.startswith(b"<![CDATA[", found):
            found = self._xml.index(b"<", self._xml.index(b"]]>", found))
        return self._xml[start:found]

    def _free_prefix(self) -> str:
        taken = {prefix for place in self._places.values() for prefix in place.prefixes}
        free = (f"throughcare{number or ''}" for number in range(len(taken) + 1))
        return next(prefix for prefix in free if prefix not in taken)

    def _write(self, one: etree._Element, prefixes: dict[str | None, str], pieces: list[bytes]) -> None:
        place = self._places.get(one)
        if place is not None and not isinstance(one.tag, str):
            pieces.append(self._xml[place.start : place.end])
            return
        if place is None:
            tag, was = f"<{self._named(str(one.tag), prefixes, bare=True)}>".encode(), {}
        else:
            tag, was, prefixes = self._xml[place.start : place.opened], place.attributes, place.prefixes
        opened = len(pieces)
        pieces.append(self._changed(tag, was, _attributes(one), prefixes))
        same = place is not None and place.text == one.text and place.closing < place.end
        pieces.append(self._text_at(place.opened) if place and same else self._escaped(one.text))
        for child in one:
            self._write(child, prefixes, pieces)
            known = self._places.get(child)
            same = known is not None and known.tail == child.tail
            pieces.append(self._text_at(known.end) if known and same else self._escaped(child.tail))
        self._close(pieces, opened, place)

    def _close(self, pieces: list[bytes], opened: int, place: _Place | None) -> None:
        """End an element: with the end tag it had, or one that it needs now."""
        tag, inside = pieces[opened], any(pieces[opened + 1 :])
        if place is not None and place.closing < place.end:
            pieces.append(self._xml[place.closing : place.end])
        elif not inside:
            pieces[opened] = tag if tag.endswith(b"/>") else tag[:-1] + b"/>"
        else:
            pieces[opened] = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
            pieces.append(b"</" + _name_in(tag) + b">")

    def _changed(
        self, tag: bytes, was: dict[str, str], now: dict[str, str], prefixes: dict[str | None, str]
    ) -> bytes:
        """A start tag with what differs between two sets of attributes."""
        for full in [*(name for name in was if name not in now), *now]:
            if was.get(full) == now.get(full):
                continue
            name = self._named(full, prefixes).encode()
            value = escape(now[full], _IN_A_VALUE).encode() if full in now else None
            found = next((match for match in _ATTRIBUTE.finditer(tag) if match[1] == name), None)
            if found is None and value is not None:
                end = max((match.end() for match in _ATTRIBUTE.finditer(tag)), default=1 + len(_name_in(tag)))
                tag = tag[:end] + b" " + name + b'="' + value + b'"' + tag[end:]
            elif found is not None and value is not None:
                group = 2 if found[2] is not None else 3
                tag = tag[: found.start(group)] + value + tag[found.end(group) :]
            elif found is not None:
                tag = tag[: found.start()] + tag[found.end() :]
        return tag

    def _named(self, full: str, prefixes: dict[str | None, str], *, bare: bool = False) -> str:
        """A name as the file writes it: with the prefix of its namespace, or `bare` in the default namespace."""
        namespace, _, name = full[1:].rpartition("}") if full.startswith("{") else ("", "", full)
        if not namespace:
            return name
        if bare and prefixes.get(None) == namespace:
            return name
        if namespace == _XML:
            return f"xml:{name}"
        known = next((prefix for prefix, one in prefixes.items() if one == namespace and prefix), None)
        if known is None and namespace != THROUGHCARE:
            raise ValueError(f"The file has no prefix for {namespace}.")
        self._declares = self._declares or known is None
        return f"{known or self._prefix}:{name}"

    def _escaped(self, text: str | None) -> bytes:
        return escape(text or "").encode().replace(b"\r", b"&#13;").replace(b"\n", self._line)


def _attributes(one: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in one.attrib.items()}


def _name_in(tag: bytes) -> bytes:
    found = _TAG.match(tag)
    assert found is not None
    return found[1]


def _spans(xml: bytes) -> list[tuple[int, int, int, int]]:
    """Start, end of the start tag, start of the end tag and end of everything in the root element, in order."""
    found: list[tuple[int, int, int, int]] = []
    open_now: list[int] = []
    scanner = expat.ParserCreate("utf-8")

    def start(_name: str, _attributes: dict[str, str]) -> None:
        at = scanner.CurrentByteIndex
        tag = _TAG.match(xml, at)
        assert tag is not None
        open_now.append(len(found))
        found.append((at, tag.end(), tag.end(), tag.end()))

    def end(_name: str) -> None:
        number = open_now.pop()
        at, opened = found[number][:2]
        if not xml.startswith(b"/>", opened - 2):
            closing = scanner.CurrentByteIndex
            found[number] = (at, opened, closing, xml.index(b">", closing) + 1)

    def leave(sign: bytes) -> None:
        if open_now:
            at = scanner.CurrentByteIndex
            finish = xml.index(sign, at) + len(sign)
            found.append((at, finish, finish, finish))

    scanner.StartElementHandler = start
    scanner.EndElementHandler = end
    scanner.CommentHandler = lambda _text: leave(b"-->")
    scanner.ProcessingInstructionHandler = lambda _target, _text: leave(b"?>")
    scanner.Parse(xml, True)
    return found
