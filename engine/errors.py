"""The few ways in which the engine says no, each a sentence for the user."""

from dataclasses import dataclass
from typing import Any

from engine.words import N_, Sentence


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one answer, shown beside it. `field` is the question's key, "" for the whole form."""

    field: str
    message: str | Sentence


class EngineError(Exception):
    """Its first argument is a sentence (a translatable template), its second the sentence's placeholders."""

    def __init__(self, sentence: str, words: dict[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.words = words or {}

    def __str__(self) -> str:
        return self.sentence.format(**self.words)


class NotFound(EngineError):
    """It does not exist, or this user may not know that it does: both read alike."""

    def __init__(
        self, sentence: str = N_("We cannot find that page."), words: dict[str, Any] | None = None
    ) -> None:
        super().__init__(sentence, words)


class Refused(EngineError):
    """The user may see the thing, but may not do this with it. The sentence says why."""


class Conflict(EngineError):
    """Someone else changed this case while the user was working on it."""


class Invalid(EngineError):
    """What was entered cannot be taken yet; `problems` holds every reason, one a field."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(N_("There is a problem with what was entered."))
        self.problems = problems


class Unavailable(EngineError):
    """A part of the system that is needed now cannot be reached; trying again later helps."""
