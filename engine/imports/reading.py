"""A CSV file -> rows of number, date, sureness and source, whatever program wrote it.

Separators are semicolon, comma or tab; text is UTF-8 with or without its mark, else Latin-1, which every file can be.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from engine.errors import FieldProblem, Invalid
from engine.words import N_, Sentence, say

MOST_LINES = 5000
LARGEST = 2 * 1024 * 1024
LONGEST_CELL = 300
COLUMNS = ("number", "date", "sure", "source")
# What a first line may call its columns.
HEADINGS = {
    "number": ("number", "participant", "participant number", "prison number", "no", "nr", "num", "id"),
    "date": ("date", "release date", "release", "release_on", "day"),
    "sure": ("sure", "how sure", "certainty", "status"),
    "source": ("source", "who said so", "said by", "origin"),
}
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
# The apostrophe that `write` puts before what a spreadsheet would run.
GUARD = re.compile(r"^'(?=[=+\-@\t\r])")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


@dataclass(frozen=True)
class Row:
    """One line as it stands in the file; `line` counts from 1 as an editor or spreadsheet does."""

    line: int
    number: str
    date: str
    sure: str
    source: str


def read(content: bytes) -> list[Row]:
    """The rows of a file, without its headings and empty lines. Raises Invalid, in words."""
    if len(content) > LARGEST:
        raise _refused(N_("The file is larger than 2 MB. Send it in parts."))
    if not content.strip():
        raise _refused(N_("The file is empty. Choose another one."))
    if b"\0" in content:
        raise _refused(
            N_("This is not a CSV file. In the spreadsheet, save it as CSV (UTF-8) and send that.")
        )
    text = _text(content)
    try:
        cells = _cells(text)
    except csv.Error as error:
        raise _refused(N_("The file cannot be read as CSV. Save it as CSV again and send that.")) from error
    if not cells:
        raise _refused(N_("The file is empty. Choose another one."))
    order = _order(cells[0][1])
    rows = [_row(line, found, order or COLUMNS) for line, found in cells[1 if order else 0 :]]
    if not rows:
        raise _refused(N_("The file has headings and no lines."))
    if len(rows) > MOST_LINES:
        raise Invalid(
            [
                FieldProblem(
                    "file", say("The file has more than {most} lines. Send it in parts.", most=MOST_LINES)
                )
            ]
        )
    return rows


def needs_order(rows: Iterable[Row]) -> bool:
    """Whether days such as 03/04/2027 could be two different ones, and no other line of the file tells which."""
    slashed = [found for row in rows if (found := SLASHED.fullmatch(row.date))]
    first, second = ([int(found[n]) for found in slashed] for n in (1, 2))
    return bool(slashed) and max(first) <= 12 and max(second) <= 12 and first != second


def day_of(text: str, month_first: bool) -> date | None:
    """The day that a cell says; None when there is no such day."""
    if found := ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := DOTTED.fullmatch(text):
        day, month, year = found.groups()
    elif found := SLASHED.fullmatch(text):
        month, day, year = found.groups() if month_first else (found[2], found[1], found[3])
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def month_first(rows: Iterable[Row], chosen: str | None) -> bool:
    """Whether the file writes the month before the day: as somebody has chosen, or as one of its days shows."""
    if chosen:
        return chosen == "month"
    slashed = [found for row in rows if (found := SLASHED.fullmatch(row.date))]
    return any(int(found[2]) > 12 for found in slashed) and all(int(found[1]) <= 12 for found in slashed)


def write(rows: Iterable[tuple[Row, str]]) -> str:
    """Rows with what is wrong with each, as CSV that no spreadsheet takes for formulas and that `read` reads again."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([*COLUMNS, "problem"])
    for row, problem in rows:
        writer.writerow([_harmless(cell) for cell in (row.number, row.date, row.sure, row.source, problem)])
    return "\ufeff" + file.getvalue()


def _harmless(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run (OWASP, "CSV injection")."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """The filled lines of a file with their numbers; the separator is the one that its first line has most of."""
    first = text.lstrip().partition("\n")[0]
    separator = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found = []
    for cells in reader:
        plain = [" ".join(GUARD.sub("", cell).split()) for cell in cells]
        if any(plain):
            found.append((reader.line_num, plain))
        if len(found) > MOST_LINES + 1:
            break
    return found


def _order(cells: list[str]) -> tuple[str, ...] | None:
    """Which column each cell of the first line names; None when it is no heading but a row."""
    known = {name: column for column, names in HEADINGS.items() for name in names}
    order = tuple(known.get(cell.casefold(), "") for cell in cells)
    return order if {"number", "date"} <= set(order) else None


def _row(line: int, cells: list[str], order: tuple[str, ...]) -> Row:
    by_column = dict(zip(order, cells, strict=False))
    return Row(line, *(by_column.get(column, "")[:LONGEST_CELL] for column in COLUMNS))


def _refused(sentence: str) -> Invalid:
    return Invalid([FieldProblem("file", Sentence(sentence))])
