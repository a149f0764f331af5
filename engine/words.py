"""Sentences for people, kept apart from their placeholders so that the site can translate them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(template: str) -> str:
    """Mark a sentence for translation where it is written; the site translates it where it is shown."""
    return template


@dataclass(frozen=True)
class Sentence:
    """A template such as "Waiting for {who}" and what goes into it.

    A word is a Sentence itself where it is to be translated too (a step's name), or a list of words; names and what
    people typed are plain text and stay as they are. `inside` another sentence it begins with a small letter.
    """

    template: str
    words: Mapping[str, Any] = field(default_factory=dict)
    inside: bool = False

    def __str__(self) -> str:
        return self.said()

    def said(self, translate: Callable[[str], str] = str, show: Callable[[Any], Any] = str) -> str:
        """The whole sentence in the language of `translate`, each word that is no sentence as `show` has it."""

        def worded(word: Any) -> Any:
            if isinstance(word, Sentence):
                return word.said(translate, show)
            return ", ".join(map(worded, word)) if isinstance(word, list | tuple) else show(word)

        text = translate(self.template) if self.template else ""
        if self.words:
            words = {name: worded(word) for name, word in self.words.items()}
            try:
                text = text.format(**words)
            except (AttributeError, IndexError, KeyError, ValueError):
                # A translator's slip in a placeholder must not take the page away.
                text = self.template.format(**words)
        return small(text) if self.inside else text

    def kept(self) -> dict[str, Any]:
        """As JSON; `read` gives the sentence back."""

        def kept(word: Any) -> Any:
            if isinstance(word, Sentence):
                return word.kept()
            return [kept(one) for one in word] if isinstance(word, list | tuple) else word

        return {"template": self.template, "words": {name: kept(word) for name, word in self.words.items()}}

    @classmethod
    def read(cls, kept: Mapping[str, Any] | str) -> Sentence:
        """The sentence that was `kept`; one that was kept as mere text has no words."""
        if isinstance(kept, str):
            return cls(kept)

        def read(word: Any) -> Any:
            if isinstance(word, Mapping):
                return cls.read(word)
            return [read(one) for one in word] if isinstance(word, list) else word

        return cls(kept["template"], {name: read(word) for name, word in kept["words"].items()})


def say(template: str, **words: Any) -> Sentence:
    """The sentence `template` with its `words`; marks the template for translation as well."""
    return Sentence(template, words)


def small(text: str) -> str:
    """Begun with a small letter; ID, DNA and X-ray keep their capital."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
