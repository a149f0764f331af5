"""Release dates from another system's file: read, reported line by line, and taken in one transaction."""

from engine.imports.keeping import forget
from engine.imports.taking import (
    Line,
    Report,
    choose_order,
    rest_of,
    start_import,
    take_import,
    upload_report,
)

__all__ = [
    "Line",
    "Report",
    "choose_order",
    "forget",
    "rest_of",
    "start_import",
    "take_import",
    "upload_report",
]
