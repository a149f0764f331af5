"""Which files an answer may hold, and what a file really is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

FILE_LIMIT = 10 * 1024 * 1024
"""The largest file that an answer may hold, in bytes."""

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
FILE_TYPES: Mapping[str, str] = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    _WORD: "Word (docx)",
    _OPEN_DOCUMENT: "OpenDocument (odt)",
}
"""The types that are taken, with their names for people."""

UNKNOWN = "application/octet-stream"
_BEGINNINGS: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


def file_type(content: bytes) -> str:
    """The type that a file's bytes show, whatever its name or its sender say; UNKNOWN if it is none of ours."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    return _packed_type(content) if content.startswith(b"PK\x03\x04") else UNKNOWN


def _packed_type(content: bytes) -> str:
    """Word and OpenDocument files are zip archives; what lies in them tells which. Nothing is unpacked."""
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return UNKNOWN
    # A document with macros is refused: it is a program.
    if "word/document.xml" in names and "word/vbaProject.bin" not in names:
        return _WORD
    # The standard puts this entry first, and uncompressed.
    if content[30:].startswith(b"mimetype" + _OPEN_DOCUMENT.encode()):
        return _OPEN_DOCUMENT
    return UNKNOWN
