"""What is different between two states of a pathway's files, in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from engine import diagram, forms
from engine.library import spelling, tables
from engine.library.editions import read_alone
from engine.words import N_, Sentence, say

Content = Mapping[str, Mapping[str, Any]]

# Node fields that have sentences of their own below, or that say where the arrows are.
_TOLD = {
    "id",
    "name",
    "role",
    "form",
    "instructions",
    "timer",
    "calls",
    "decision",
    "result",
    "incoming",
    "outgoing",
    "due_anchor",
    "due_offset",
    "due_days",
    "start_offset",
    "takes",
}
_OF_QUESTIONS: dict[str, str] = {
    "kind": N_("In “{form}”, “{question}” asks for {new}, no longer for {old}."),
    "hint": N_("In “{form}”, the hint of “{question}” is now: {new}"),
    "error": N_("In “{form}”, the message of “{question}” when there is no answer is now: {new}"),
    "min": N_("In “{form}”, the least that “{question}” takes is now: {new}"),
    "max": N_("In “{form}”, the most that “{question}” takes is now: {new}"),
    "max_length": N_("In “{form}”, “{question}” may now have this many characters: {new}"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that is different: the file, the step or question it is about ("" for the file), and what."""

    file: str
    element: str
    words: Sentence


def compare(old: Content, new: Content, roles: Mapping[str, str] | None = None) -> list[Difference]:
    """Everything that is different between two contents, as versions hold them.

    `roles` are the names of roles by key. A file that cannot be read is said to be different, without saying how.
    """
    found: list[Difference] = []
    asked = spelling.questions([*_forms(old).values(), *_forms(new).values()])
    titles = {key: form.title for key, form in {**_forms(old), **_forms(new)}.items()}
    for key in sorted({*old["diagrams"], *new["diagrams"]}):
        before, after = old["diagrams"].get(key), new["diagrams"].get(key)
        if before != after:
            found += _diagrams(key, before, after, _Words(asked, titles, roles or {}))
    first_tables, second_tables = old.get("tables", {}), new.get("tables", {})
    for key in sorted({*first_tables, *second_tables}):
        before, after = first_tables.get(key), second_tables.get(key)
        if before != after:
            told = tables.differences(key, before, after)
            found += [Difference(f"tables/{key}", element, words) for element, words in told]
    for key in sorted({*old["forms"], *new["forms"]}):
        first, second = old["forms"].get(key), new["forms"].get(key)
        if first != second:
            found += [Difference(f"forms/{key}", name, words) for name, words in _form(key, first, second)]
    return found


@dataclass(frozen=True)
class _Words:
    asked: spelling.Questions
    titles: Mapping[str, str]
    roles: Mapping[str, str]

    def role(self, key: str | None) -> Sentence:
        return Sentence(self.roles.get(key, key)) if key else say(N_("nobody"))

    def form(self, key: str | None) -> Sentence:
        return Sentence(self.titles.get(key, key)) if key else say(N_("no form"))


# ---- diagrams


def _diagrams(key: str, before: str | None, after: str | None, words: _Words) -> list[Difference]:
    file = f"diagrams/{key}"
    old, new = _pathway(before), _pathway(after)
    if before is None:
        return [Difference(file, "", say(N_("Added: the pathway “{name}”."), name=_name_of(new, key)))]
    if after is None:
        return [
            Difference(
                file, "", say(N_("No longer part of it: the pathway “{name}”."), name=_name_of(old, key))
            )
        ]
    if old is None or new is None:
        return [Difference(file, "", say(N_("The diagram “{key}” is different."), key=key))]
    told = [Difference(file, element, sentence) for element, sentence in _pathways(old, new, words)]
    # Whoever compares must not believe that two files are the same.
    return told or [
        Difference(file, "", say(N_("In “{name}”, only the drawing is different."), name=_name_of(new, key)))
    ]


def _pathways(old: diagram.Pathway, new: diagram.Pathway, words: _Words) -> Iterator[tuple[str, Sentence]]:
    if old.name != new.name:
        yield "", say(N_("The pathway “{old}” is now called “{new}”."), old=old.name, new=new.name)
    if old.documentation != new.documentation:
        yield "", say(N_("The description of “{name}” is now: {new}"), name=new.name, new=new.documentation)
    for ident, node in old.nodes.items():
        if ident not in new.nodes and _is_told(node):
            yield ident, say(N_("Removed: {step}."), step=place(old, node))
    for ident, node in new.nodes.items():
        if ident in old.nodes:
            for sentence in _steps(old.nodes[ident], node, place(new, node), words):
                yield ident, sentence
        elif _is_told(node):
            added = (
                N_("Added: {step}, done by {role}.") if node.kind in diagram.HUMAN else N_("Added: {step}.")
            )
            yield ident, Sentence(added, {"step": place(new, node), "role": words.role(node.role)})
    yield from _arrows(old, new, words)
    if set(old.roles) != set(new.roles):
        yield (
            "",
            say(N_("The roles of the lanes are now: {roles}."), roles=[words.role(one) for one in new.roles]),
        )


def _is_told(node: diagram.Node) -> bool:
    """Whether a place in a diagram is worth a line of its own beside the arrows to it."""
    return bool(node.name) or node.kind not in {"startEvent", "endEvent", *diagram.GATEWAYS}


def _steps(old: diagram.Node, new: diagram.Node, step: Sentence, words: _Words) -> Iterator[Sentence]:
    if old.name != new.name:
        yield say(N_("“{old}” is now called “{new}”."), old=Sentence(old.name), new=Sentence(new.name))
    if old.instructions != new.instructions:
        if new.instructions:
            yield say(N_("The instructions of {step} are now: {new}"), step=step, new=new.instructions)
        else:
            yield say(N_("{step} has no instructions any more."), step=step)
    if old.role != new.role:
        yield say(
            N_("{step} is done by {new}, no longer by {old}."),
            step=step,
            new=words.role(new.role),
            old=words.role(old.role),
        )
    if old.form != new.form:
        yield say(
            N_("{step} asks the form “{new}”, no longer “{old}”."),
            step=step,
            new=words.form(new.form),
            old=words.form(old.form),
        )
    yield from _deadlines(old, new, step, words.asked)
    if old.timer != new.timer:
        yield say(
            N_("{step} happens {new}, no longer {old}."),
            step=step,
            new=spelling.timer(new, words.asked) or say(N_("never")),
            old=spelling.timer(old, words.asked) or say(N_("never")),
        )
    if (old.decision, old.result) != (new.decision, new.result):
        yield say(
            N_("{step} is decided by “{new}”, no longer by “{old}”."),
            step=step,
            new=new.decision or "–",
            old=old.decision or "–",
        )
    if old.calls != new.calls:
        yield say(
            N_("{step} runs the pathway “{new}”, no longer “{old}”."), step=step, new=new.calls, old=old.calls
        )
    if any(getattr(old, one.name) != getattr(new, one.name) for one in fields(new) if one.name not in _TOLD):
        yield say(
            N_("{step} is of another kind, in another place or repeated in another way; see the diagram."),
            step=step,
        )


def _deadlines(
    old: diagram.Node, new: diagram.Node, step: Sentence, asked: spelling.Questions
) -> Iterator[Sentence]:
    due = ("due_anchor", "due_offset", "due_days")
    if any(getattr(old, one) != getattr(new, one) for one in due):
        first = spelling.distance(old.due_anchor, old.due_offset, old.due_days, asked)
        second = spelling.distance(new.due_anchor, new.due_offset, new.due_days, asked)
        if old.due_anchor and new.due_anchor:
            yield say(N_("{step} is due {new}, no longer {old}."), step=step, new=second, old=first)
        elif new.due_anchor:
            yield say(N_("{step} is due {new}; it had no due date."), step=step, new=second)
        elif old.due_anchor:
            yield say(N_("{step} has no due date any more; it was due {old}."), step=step, old=first)
    if old.start_offset != new.start_offset or (new.start_offset and old.due_anchor != new.due_anchor):
        first, second = (
            spelling.distance(one.due_anchor, one.start_offset, one.due_days, asked)
            if one.start_offset
            else say(N_("at any time"))
            for one in (old, new)
        )
        yield say(N_("{step} can begin {new}, no longer {old}."), step=step, new=second, old=first)
    if old.takes != new.takes:
        first, second = (
            spelling.length(one.takes, one.due_days) if one.takes else say(N_("an unknown time"))
            for one in (old, new)
        )
        yield say(N_("{step} usually takes {new}, no longer {old}."), step=step, new=second, old=first)


def _arrows(old: diagram.Pathway, new: diagram.Pathway, words: _Words) -> Iterator[tuple[str, Sentence]]:
    # An editor may draw an arrow anew between the same two: it is the same way.
    before = {(flow.source, flow.target, flow.name): flow for flow in old.flows.values()}
    after = {(flow.source, flow.target, flow.name): flow for flow in new.flows.values()}
    for ends, flow in before.items():
        if ends not in after:
            yield flow.id, Sentence(N_("Removed: the way from {source} to {target}."), _ends(old, flow))
    for ends, flow in after.items():
        if ends not in before:
            yield flow.id, Sentence(N_("Added: the way from {source} to {target}."), _ends(new, flow))
        elif (flow.condition, flow.default) != (before[ends].condition, before[ends].default):
            yield (
                flow.id,
                Sentence(
                    N_("The way from {source} to {target} is taken {new}, no longer {old}."),
                    {
                        **_ends(new, flow),
                        "new": when(flow, words.asked),
                        "old": when(before[ends], words.asked),
                    },
                ),
            )


def _ends(pathway: diagram.Pathway, flow: diagram.Flow) -> dict[str, Sentence]:
    return {
        "source": place(pathway, pathway.nodes[flow.source]),
        "target": place(pathway, pathway.nodes[flow.target]),
    }


def when(flow: diagram.Flow, asked: spelling.Questions) -> Sentence:
    """When an arrow is followed."""
    if flow.default:
        return say(N_("if no other way is"))
    if flow.condition is None:
        return say(N_("always"))
    return say(N_("if {condition}"), condition=spelling.condition(flow.condition, asked))


_KINDS: dict[str, str] = {
    "startEvent": N_("the start"),
    "endEvent": N_("the end"),
    "exclusiveGateway": N_("a decision"),
    "inclusiveGateway": N_("a choice of several ways"),
    "parallelGateway": N_("a place where ways part or meet"),
    "eventBasedGateway": N_("a place that waits for what happens first"),
    "intermediateCatchEvent": N_("an event"),
    "boundaryEvent": N_("an event on the edge of a step"),
    "intermediateThrowEvent": N_("a mark on the way"),
    "receiveTask": N_("an event"),
    "subProcess": N_("a part of the pathway"),
    "callActivity": N_("another pathway"),
    "businessRuleTask": N_("a decision table"),
}


def place(pathway: diagram.Pathway, node: diagram.Node) -> Sentence:
    """What to call a place in a diagram: its name, or its kind and what comes before it."""
    if node.name:
        return say("“{name}”", name=Sentence(node.name))
    kind = Sentence(_KINDS.get(node.kind, N_("a step without a name")))
    for ident in node.incoming:
        source = pathway.nodes[pathway.flows[ident].source] if ident in pathway.flows else None
        if source is not None and source.name:
            return say(N_("{kind} after “{name}”"), kind=kind, name=Sentence(source.name))
    return kind


# ---- forms


def _form(key: str, old: Any, new: Any) -> Iterator[tuple[str, Sentence]]:
    before, after = parse_form(old), parse_form(new)
    if old is None:
        yield "", say(N_("Added: the form “{form}”."), form=after.title if after else key)
        return
    if new is None:
        gone = before.title if before else key
        yield "", say(N_("No longer part of it: the form “{form}”."), form=gone)
        return
    if before is None or after is None:
        yield "", say(N_("The form “{form}” is different."), form=key)
        return
    title = Sentence(after.title)
    told = list(_form_itself(before, after))
    keys = {question.key for question in after.questions}
    for question in before.questions:
        if question.key not in keys:
            told.append(
                (
                    question.key,
                    say(
                        N_("In “{form}”, “{question}” is asked no more."), form=title, question=question.label
                    ),
                )
            )
    earlier = {question.key: question for question in before.questions}
    for question in after.questions:
        if question.key not in earlier:
            told.append(
                (question.key, say(N_("In “{form}”, a new question: {new}"), form=title, new=question.label))
            )
        else:
            told += [(question.key, one) for one in _question(earlier[question.key], question, title)]
    kept = [question.key for question in before.questions if question.key in keys]
    if kept != [question.key for question in after.questions if question.key in earlier]:
        told.append(("", say(N_("In “{form}”, the questions are in another order."), form=title)))
    yield from told or [("", say(N_("The form “{form}” is different."), form=title))]


def _form_itself(old: forms.Form, new: forms.Form) -> Iterator[tuple[str, Sentence]]:
    if old.title != new.title:
        yield "", say(N_("The form “{old}” is now called “{new}”."), old=old.title, new=new.title)
    if old.intro != new.intro:
        yield "", say(N_("The introduction of “{form}” is now: {new}"), form=new.title, new=new.intro)
    if old.shows != new.shows:
        yield "", say(N_("“{form}” shows the answers of other forms than before."), form=new.title)


def _question(old: forms.Question, new: forms.Question, form: Sentence) -> Iterator[Sentence]:
    words = {"form": form, "question": new.label}
    if old.label != new.label:
        yield say(N_("In “{form}”, “{old}” now reads “{new}”."), form=form, old=old.label, new=new.label)
    if old.required != new.required:
        yield Sentence(
            N_("In “{form}”, “{question}” must be answered.")
            if new.required
            else N_("In “{form}”, “{question}” may be left out."),
            words,
        )
    for part, template in _OF_QUESTIONS.items():
        first, second = getattr(old, part), getattr(new, part)
        if first != second:
            yield Sentence(template, {**words, "old": _spelt(part, first), "new": _spelt(part, second)})
    before, after = ({one.value: one.label for one in q.choices} for q in (old, new))
    for value in before.keys() - after.keys():
        yield Sentence(
            N_("In “{form}”, “{question}” offers “{choice}” no more."), {**words, "choice": before[value]}
        )
    for value, label in after.items():
        if value not in before:
            yield Sentence(
                N_("In “{form}”, “{question}” also offers “{choice}”."), {**words, "choice": label}
            )
        elif before[value] != label:
            yield Sentence(
                N_("In “{form}”, the choice “{old}” of “{question}” now reads “{new}”."),
                {**words, "old": before[value], "new": label},
            )
    if old.show_if != new.show_if:
        yield Sentence(N_("In “{form}”, “{question}” is asked under another condition."), words)
    if old.audience != new.audience:
        yield Sentence(N_("In “{form}”, others than before read the answer to “{question}”."), words)
    if _rest(old) != _rest(new):
        yield Sentence(
            N_(
                "In “{form}”, what becomes of the answer to “{question}” is different: what diagrams may read."
            ),
            words,
        )
    shared = [value for value in before if value in after]
    if shared != [value for value in after if value in before]:
        yield Sentence(N_("In “{form}”, the choices of “{question}” are in another order."), words)


def _rest(question: forms.Question) -> forms.Question:
    """A question without everything that has a sentence of its own."""
    return replace(
        question,
        label="",
        required=False,
        choices=(),
        show_if=None,
        audience="case",
        kind="",
        hint="",
        error="",
        min=None,
        max=None,
        max_length=None,
    )


def _spelt(part: str, value: Any) -> Any:
    if part == "kind":
        return Sentence(forms.KINDS[value])
    return say(N_("nothing")) if value in (None, "") else str(value)


# ---- reading


def parse_form(definition: Any) -> forms.Form | None:
    """A form, or None where it cannot be read."""
    try:
        return forms.parse(definition) if definition is not None else None
    except forms.InvalidForm:
        return None


def form_definition(text: str) -> Any:
    """What the text of a form's file says; the text itself where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _forms(content: Content) -> dict[str, forms.Form]:
    read = {key: parse_form(definition) for key, definition in content["forms"].items()}
    return {key: form for key, form in read.items() if form is not None}


def _pathway(xml: str | None) -> diagram.Pathway | None:
    read = read_alone(xml).pathways if xml is not None else ()
    return read[0] if len(read) == 1 else None


def _name_of(pathway: diagram.Pathway | None, key: str) -> Sentence:
    return Sentence(pathway.name if pathway and pathway.name else key)
