"""Form definition -> JSON Schema -> valid answers -> facts."""

from engine.forms.answers import (
    AnswerProblem,
    dates,
    facts,
    file_problem,
    raw,
    read,
    visible,
)
from engine.forms.checks import InvalidForm, Problem, is_key, parse, problems
from engine.forms.definition import (
    COMPUTED,
    DATES,
    KINDS,
    RESERVED,
    Choice,
    Form,
    Question,
    ShowIf,
    kinds,
)
from engine.forms.files import FILE_LIMIT, FILE_TYPES, file_type
from engine.forms.schema import schema

__all__ = [
    "COMPUTED",
    "DATES",
    "FILE_LIMIT",
    "FILE_TYPES",
    "KINDS",
    "RESERVED",
    "AnswerProblem",
    "Choice",
    "Form",
    "InvalidForm",
    "Problem",
    "Question",
    "ShowIf",
    "dates",
    "facts",
    "file_problem",
    "file_type",
    "is_key",
    "kinds",
    "parse",
    "problems",
    "raw",
    "read",
    "schema",
    "visible",
]
