"""Sentences for people, kept apart from their placeholders so that the site can translate them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(template: str) -> str:
    """Mark a sentence for translation where it is written; the site translates it where it is shown."""
    return template


@dataclass(frozen=True)
class Sentence:
    """A template such as "Waiting for {who}" and what goes into it. A word may be a Sentence itself."""

    template: str
    words: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.words)


def say(template: str, **words: Any) -> Sentence:
    """The sentence `template` with its `words`; marks the template for translation as well."""
    return Sentence(template, words)
