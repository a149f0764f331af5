"""What a script tells a case to do, read and checked before the case begins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from engine import diagram, schedule
from engine.diagram import times

from .stage import BadScript, Stage, named, unknown

Verb = Literal["complete", "message", "signal", "advance"]
# What may come along with each.
_ACTS: Mapping[Verb, str | None] = {
    "complete": "answers",
    "message": "payload",
    "signal": "payload",
    "advance": None,
}


@dataclass(frozen=True)
class Act:
    """One line of a script: what to do, with what, and the answers or payload that come along."""

    number: int
    verb: Verb
    what: str
    told: Mapping[str, Any] = field(default_factory=dict)


def read_script(text: str, stage: Stage) -> list[Act]:
    """A script: a JSON list of {"complete", "answers"}, {"message", "payload"}, {"signal", "payload"} and {"advance"}.

    Raises BadScript with everything that is wrong, as far as it can be seen before playing.
    """
    try:
        lines = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadScript(['The script is not JSON. Write a list such as [{"advance": "P1D"}].']) from error
    if not isinstance(lines, list):
        raise BadScript(
            ["The script is not a list. Put what happens in square brackets, one after the other."]
        )
    problems: list[str] = []
    acts = [_read_act(number, line, stage, problems) for number, line in enumerate(lines, 1)]
    if problems:
        raise BadScript(problems)
    return [act for act in acts if act is not None]


def _no_number(word: str) -> None:
    raise ValueError(word)


def _read_act(number: int, line: Any, stage: Stage, problems: list[str]) -> Act | None:
    before = len(problems)
    verbs = [verb for verb in _ACTS if isinstance(line, dict) and verb in line]
    if len(verbs) != 1:
        problems.append(f"Step {number} must say one of “complete”, “message”, “signal” and “advance”.")
        return None
    verb, extra = verbs[0], _ACTS[verbs[0]]
    allowed = [one for one in (verb, extra) if one]
    problems += [
        f"Step {number}: {unknown('nobody knows what to do with', key, allowed, 'It may say')}"
        for key in line
        if key not in allowed
    ]
    what, told = line[verb], line.get(extra, {}) if extra else {}
    if not isinstance(told, dict):
        problems.append(f"Step {number}: “{extra}” must be an object, such as {{“decision”: “yes”}}.")
        told = {}
    if not isinstance(what, str) or not what.strip():
        problems.append(f"Step {number}: “{verb}” must be followed by a text in quotes.")
    elif verb == "complete":
        problems += [f"Step {number}: {one}" for one in _wrong_step(what, told, stage)]
    elif verb in ("message", "signal"):
        problems += [f"Step {number}: {one}" for one in _wrong_news(verb, what, told, stage)]
    elif time_of(what) is None:
        problems.append(
            f"Step {number}: “{what[:60]}” is neither a length of time nor a date. Write it like P14D, PT4H or "
            "2027-03-01."
        )
    if len(problems) > before or not isinstance(what, str):
        return None
    return Act(number, verb, what, told)


def _wrong_step(what: str, answers: Mapping[str, Any], stage: Stage) -> Iterable[str]:
    nodes = named(what, stage.nodes)
    steps = [node for node in nodes if node.kind in diagram.HUMAN]
    human = [node for node in stage.nodes if node.kind in diagram.HUMAN]
    if not nodes:
        words = [word for node in human for word in (node.name, node.id) if word]
        yield unknown("there is no step", what, words, "The steps are")
    elif not steps:
        yield f"“{what}” is no step that a person completes."
    asked = [form for form in map(stage.form_of, steps) if form is not None]
    if asked:
        keys = [question.key for form in asked for question in form.questions]
        for key in answers:
            if key not in keys:
                yield unknown(f"the form of “{what}” does not ask", key, keys, "It asks")


def _wrong_news(kind: str, what: str, payload: Mapping[str, Any], stage: Stage) -> Iterable[str]:
    names = [name for node in stage.nodes if (name := getattr(node, kind))]
    if what not in names:
        yield unknown(f"nothing ever waits for the {kind}", what, names, f"The {kind}s are")
    if stage.asks is not None:
        for key in payload:
            if key not in stage.unasked:
                yield unknown("no form asks the fact", key, stage.unasked, "The facts are")


def time_of(text: str) -> schedule.Offset | date | None:
    for read in (times.read_length, times.read_moment):
        try:
            return read(text)
        except times.UnreadableTime:
            continue
    return None
