"""What a diagram may say: FEEL over the facts of a case, decided strictly and run where it can do no harm."""

from engine.expressions.checking import find, find_in_cell, problems
from engine.expressions.errors import ExpressionError
from engine.expressions.kinds import Kind
from engine.expressions.reading import items, names, names_in_cell
from engine.expressions.running import KIND_NAMES, decide, evaluate, fits
from engine.expressions.sandbox import require

__all__ = [
    "KIND_NAMES",
    "ExpressionError",
    "Kind",
    "decide",
    "evaluate",
    "find",
    "find_in_cell",
    "fits",
    "items",
    "names",
    "names_in_cell",
    "problems",
    "require",
]
