"""Checking an expression before a case needs it: every problem at once, in words for whoever drew the diagram."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.expressions.errors import ExpressionError
from engine.expressions.reading import read
from engine.words import N_

NO_FACT = N_("There is no fact called “{name}”.")


@dataclass(frozen=True)
class Kind:
    """What a fact is: text, number, date, datetime, yes_no, one_of, list ...

    `optional` facts may have no answer; of a one_of (or a list of them) the `choices` are the values it can take.
    """

    name: str
    optional: bool = False
    choices: frozenset[str] = frozenset()


def problems(
    source: str, kinds: Mapping[str, str | Kind] | None = None, expects: str = "yes_no"
) -> list[str]:
    """Every problem, as plain sentences."""
    try:
        expression = read(source)
    except ExpressionError as error:
        return [str(error)]
    if kinds is None:
        return []
    return [NO_FACT.format(name=name) for name in sorted(expression.names - kinds.keys() - {"today", "item"})]
