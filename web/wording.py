"""The words of forms, diagrams, tables and roles: collected for translators, and shown in the user's language."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from flask import Flask
from flask_babel import get_locale, gettext
from lxml import etree

from engine import decisions, diagram, forms

# Elements whose names are for programs and stand nowhere in a drawing.
UNSEEN = frozenset({"definitions", "message", "signal", "error", "escalation"})


def bind(app: Flask) -> None:
    """Give every template the filter that translates a form."""
    app.jinja_env.filters[in_language.__name__] = in_language


def in_language(form: forms.Form) -> forms.Form:
    """The same form with its words in the user's language."""
    return replace(
        form,
        title=_translated(form.title),
        intro=_translated(form.intro),
        questions=tuple(
            replace(
                question,
                label=_translated(question.label),
                hint=_translated(question.hint),
                error=_translated(question.error),
                choices=tuple(replace(one, label=_translated(one.label)) for one in question.choices),
            )
            for question in form.questions
        ),
    )


def diagram_in_language(source: str) -> str:
    """The same diagram with the words that are drawn in the user's language."""
    root = None if str(get_locale()).startswith("en") else diagram.read(source.encode()).root
    if root is None:
        return source
    for element, words in _drawn(root):
        if element.get("name"):
            element.set("name", _translated(words))
        else:
            element.text = _translated(words)
    return etree.tostring(root, encoding="unicode")


def extract(file: BinaryIO, *_asked: Any, **_options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """What a translator has to translate of one file, as Babel asks for it: (line, function, text, comments)."""
    content = file.read()
    tables = decisions.read(content)
    if content.lstrip().startswith(b"{"):
        words = _of_json(json.loads(content))
    else:
        words = _of_tables(tables) if tables.known else _of_diagram(content)
    for text in dict.fromkeys(words):
        if text.strip():
            yield 1, None, text, []


def _of_json(content: dict[str, Any]) -> Iterator[str]:
    """The words of a form, or of the catalogue of roles."""
    if "roles" in content:
        yield from (role["name"] for role in content["roles"])
        return
    form = forms.parse(content)
    yield from (form.title, form.intro)
    for question in form.questions:
        yield from (question.label, question.hint, question.error)
        yield from (choice.label for choice in question.choices)


def _of_tables(read: decisions.Read) -> Iterator[str]:
    """The words of decision tables: what they and their columns are called, and the notes at their rules."""
    for table in read.decisions.values():
        yield table.name
        yield from (column.label for column in (*table.inputs, *table.outputs))
        yield from (rule.note for rule in table.rules)


def _of_diagram(content: bytes) -> Iterator[str]:
    """The words of a diagram: as the engine reads them, and as they are drawn."""
    read = diagram.read(content)
    for pathway in read.pathways:
        yield from (pathway.name, pathway.documentation)
        yield from (node.name for node in pathway.nodes.values())
        yield from (node.instructions or "" for node in pathway.nodes.values())
        yield from (flow.name for flow in pathway.flows.values())
    if read.root is not None:
        yield from (words for _element, words in _drawn(read.root))


def _drawn(root: Any) -> Iterator[tuple[Any, str]]:
    """Each element whose words are drawn, with the words."""
    for element in root.iter(f"{{{diagram.MODEL}}}*"):
        kind = etree.QName(element).localname
        words = (element.text if kind == "text" else element.get("name")) or ""
        if kind not in UNSEEN and words.strip():
            yield element, words


def _translated(text: str) -> str:
    # An empty string is a catalogue's own heading.
    return gettext(text) if text else ""
