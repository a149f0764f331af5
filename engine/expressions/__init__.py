"""What a diagram may say: FEEL over the facts of a case, decided strictly and run where it can do no harm."""

from engine.expressions.checking import find, problems
from engine.expressions.errors import ExpressionError
from engine.expressions.kinds import Kind
from engine.expressions.reading import names
from engine.expressions.running import decide, evaluate
from engine.expressions.sandbox import require

__all__ = ["ExpressionError", "Kind", "decide", "evaluate", "find", "names", "problems", "require"]
