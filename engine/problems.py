"""What is wrong with a file that an editor made: one problem, in words, with its element."""

from dataclasses import dataclass, field
from typing import Literal

from engine.words import Sentence

Severity = Literal["error", "warning"]
E: Severity = "error"
W: Severity = "warning"
# Problems by code: how grave each is, and the template of what the editor reads.
SentenceTable = dict[str, tuple[Severity, str]]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a diagram or a decision table, told to the person who edits it.

    `code` is stable and listed in the `sentences` of engine.diagram and engine.decisions; `element` is the id to
    highlight (None for the file as a whole), `name` what the editor called it; `words` is the message as a template
    with its placeholders, to be translated.
    """

    severity: Severity
    code: str
    element: str | None
    name: str
    message: str
    words: Sentence = field(compare=False)
