"""How an expression fails: a code for the program, a sentence for the editor."""

from typing import Any

from engine.errors import EngineError


class ExpressionError(EngineError):
    """`code` is one of "syntax", "too_long", "unknown_name", "type", "limit", "not_boolean"."""

    def __init__(self, code: str, sentence: str, words: dict[str, Any] | None = None) -> None:
        super().__init__(sentence, words)
        self.code = code
