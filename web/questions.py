"""What the pages about cases and participants ask, as forms: asked, checked and shown again like a step's own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext

from engine import forms, reports
from web import fields, filters

Form = forms.Form


def read(form: Form, options: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Any]:
    """What was sent for `form`: its answers, None where there is none, days as dates. Raises Invalid."""
    options = {kind: dict(choices) for kind, choices in (options or {}).items()}
    answers = forms.read(form, fields.posted(form, request.form), options, timezone=filters.timezone())
    return {q.key: _as_date(q, answers.get(q.key)) for q in form.questions}


def typed(form: Form) -> dict[str, Any]:
    """What was sent for `form`, to be shown again."""
    return fields.posted(form, request.form)


def note(agency: str, readers: Sequence[str], today: date) -> Form:
    """A note, and who reads it: `readers` are the agencies that see into the case."""
    everyone = gettext("Everyone who works on the whole case")
    if readers:
        everyone = gettext("Everyone who works on the whole case: %(agencies)s", agencies=", ".join(readers))
    return _form(
        {
            "key": "text",
            "kind": "long_text",
            "label": gettext("Note"),
            "required": True,
            "hint": gettext(
                "What you saw or were told, and what was agreed. Keep facts and impressions apart."
            ),
            "error": gettext("Enter the note"),
        },
        {
            "key": "happened_on",
            "kind": "date",
            "label": gettext("Happened on"),
            "hint": gettext("For example, 27 3 2025"),
            "required": True,
            "max": today.isoformat(),
            "error": gettext("Enter the day on which it happened"),
        },
        {
            "key": "readers",
            "kind": "one_of",
            "label": gettext("Who reads it?"),
            "required": True,
            "choices": [
                {"value": "agency", "label": gettext("Only my agency: %(agency)s", agency=agency)},
                {"value": "case", "label": everyone},
            ],
        },
    )


def request_to_colleague() -> Form:
    """What a colleague is asked for. The choices of `desk` are handed in as options."""
    return _form(
        {
            "key": "desk",
            "kind": "agency",
            "label": gettext("Whom do you ask?"),
            "required": True,
            "error": gettext("Choose whom to ask"),
        },
        {
            "key": "text",
            "kind": "long_text",
            "label": gettext("What do you ask for?"),
            "required": True,
            "hint": gettext(
                "They read this, the participant’s name and the case number, and nothing else of the case."
            ),
            "error": gettext("Enter what you ask for"),
        },
        {"key": "due_on", "kind": "date", "label": gettext("By when do you need it?")},
    )


def pause() -> Form:
    return _form(
        {
            "key": "reason",
            "kind": "long_text",
            "label": gettext("Why does the case pause?"),
            "required": True,
            "error": gettext("Enter why the case pauses"),
        },
        {
            "key": "until",
            "kind": "date",
            "label": gettext("When do you look at it again?"),
            "hint": gettext("The day is shown on the case. The case goes on when somebody resumes it."),
        },
    )


def close() -> Form:
    return _form(
        {
            "key": "reason",
            "kind": "long_text",
            "label": gettext("Why does the case end here?"),
            "required": True,
            "error": gettext("Enter why the case ends here"),
        },
    )


def decision(ways: Sequence[reports.WayOn]) -> Form:
    """How a case goes on by hand, where there is more than one way, and why."""
    labels = [_way(one) for one in ways]
    choices = [
        {"value": one.flow, "label": label if labels.count(label) == 1 else f"{label} ({place})"}
        for place, (one, label) in enumerate(zip(ways, labels, strict=True), start=1)
    ]
    reason = {
        "key": "reason",
        "kind": "long_text",
        "label": gettext("Why do you decide this by hand?"),
        "required": True,
        "hint": gettext("Everyone who works on the whole case reads it."),
        "error": gettext("Enter why you decide this by hand"),
    }
    if len(choices) < 2:
        return _form(reason)
    flow = {
        "key": "flow",
        "kind": "one_of",
        "label": gettext("How does the case go on?"),
        "required": True,
        "choices": choices,
        "error": gettext("Choose how the case goes on"),
    }
    return _form(flow, reason)


def _way(way: reports.WayOn) -> str:
    leads_to = filters.say(way.leads_to)
    if way.name is None:
        return gettext("To %(step)s", step=leads_to)
    return gettext("%(way)s: to %(step)s", way=filters.say(way.name), step=leads_to)


def meeting() -> Form:
    """When and where a meeting is, and who is asked. The choices of `desks` are handed in as options."""
    return _form(
        {
            "key": "starts_at",
            "kind": "datetime",
            "label": gettext("Day and time"),
            "required": True,
            "error": gettext("Enter the day and the time"),
        },
        {
            "key": "mode",
            "kind": "one_of",
            "label": gettext("How is it held?"),
            "required": True,
            "choices": [
                {"value": "in_person", "label": gettext("In one room")},
                {"value": "video", "label": gettext("By video")},
                {"value": "telephone", "label": gettext("By telephone")},
            ],
            "error": gettext("Choose how the meeting is held"),
        },
        {
            "key": "place",
            "kind": "text",
            "label": gettext("Place, or how one joins"),
            "hint": gettext("Everybody who is asked reads this. Nothing about a participant belongs here."),
            "required": True,
            "max_length": 120,
            "error": gettext("Enter the place, or how one joins"),
        },
        {
            "key": "desks",
            "kind": "agency",
            "many": True,
            "label": gettext("Whom do you ask?"),
            "hint": gettext("For each case you say on the next pages who is needed, and why."),
            "required": True,
            "error": gettext("Choose whom to ask"),
        },
        {
            "key": "silence_days",
            "kind": "whole_number",
            "label": gettext("Working days to answer to the minutes"),
            "hint": gettext("After these days, who has said nothing has accepted them."),
            "required": True,
            "min": 1,
            "max": 30,
            "error": gettext("Enter a number of working days from 1 to 30"),
        },
    )


def hand_over(reasons: Mapping[str, str]) -> Form:
    """To whom a case goes, and what they must know. The choices of `to` are handed in as options."""
    return _form(
        _taker(),
        _why(reasons),
        {
            "key": "promises",
            "kind": "long_text",
            "label": gettext("What has been promised to the participant?"),
            "hint": gettext("By whom, and until when."),
        },
        {"key": "works", "kind": "long_text", "label": gettext("What works with this participant?")},
        {"key": "avoid", "kind": "long_text", "label": gettext("What is better avoided?")},
        {
            "key": "open",
            "kind": "long_text",
            "label": gettext("What is open?"),
            "hint": gettext("What the tasks above do not say by themselves."),
        },
        {
            "key": "introduced",
            "kind": "yes_no",
            "label": gettext("Have you introduced your successor to the participant in person?"),
            "required": True,
            "error": gettext("Say whether the two have met"),
        },
    )


def hand_over_cases(
    lines: Sequence[tuple[str, str]], reasons: Mapping[str, str], text_key: Callable[[str], str]
) -> Form:
    """Which cases go to one colleague, and a text for each. `lines` are [(case id, label)]."""
    return _form(
        {
            "key": "cases",
            "kind": "several_of",
            "label": gettext("Which cases?"),
            "required": True,
            "choices": [{"value": case_id, "label": label} for case_id, label in lines],
            "error": gettext("Choose at least one case"),
        },
        _taker(),
        _why(reasons),
        *(
            {
                "key": text_key(case_id),
                "kind": "long_text",
                "label": gettext("What must your successor know? %(case)s", case=label),
                "hint": gettext("What was promised, what works, what to avoid, what is open."),
            }
            for case_id, label in lines
        ),
    )


def _taker() -> dict[str, Any]:
    return {
        "key": "to",
        "kind": "user",
        "label": gettext("Who takes over?"),
        "required": True,
        "error": gettext("Choose who takes over"),
    }


def _why(reasons: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": "reason",
        "kind": "one_of",
        "label": gettext("Why does the work change hands?"),
        "required": True,
        "choices": [{"value": key, "label": label} for key, label in reasons.items()],
        "error": gettext("Choose why the work changes hands"),
    }


def mail(ways: Mapping[str, str]) -> Form:
    """How mail comes to the user."""
    return _form(
        {
            "key": "mail",
            "kind": "one_of",
            "label": gettext("How does mail come to you?"),
            "required": True,
            "hint": gettext(
                "A mail never says what it is about. With one mail a day, what cannot wait until the next morning "
                "still comes at once."
            ),
            "choices": [{"value": key, "label": label} for key, label in ways.items()],
            "error": gettext("Choose how mail comes to you"),
        },
    )


def registration() -> Form:
    return _form(
        {
            "key": "name",
            "kind": "text",
            "label": gettext("Name"),
            "required": True,
            "hint": gettext("As it is written in your own records: the case is found by exactly this name."),
            "error": gettext("Enter the participant’s name"),
            "max_length": 200,
        },
        {
            "key": "number",
            "kind": "text",
            "label": gettext("Your own number for this person"),
            "hint": gettext("Such as a prison number. It keeps one person from being registered twice."),
            "max_length": 60,
        },
        {
            "key": "born_on",
            "kind": "date",
            "label": gettext("Date of birth"),
            "hint": gettext("For example, 27 3 1985"),
        },
        {
            "key": "language",
            "kind": "text",
            "label": gettext("Language the participant prefers"),
            "max_length": 60,
        },
        {"key": "phone", "kind": "text", "label": gettext("Telephone"), "max_length": 60},
    )


def recorded_date(labels: Mapping[str, str]) -> Form:
    """A date with who said it; `labels` are the dates a participant can have."""
    return _form(
        {
            "key": "key",
            "kind": "one_of",
            "label": gettext("Which date?"),
            "required": True,
            "choices": [{"value": key, "label": label} for key, label in labels.items()],
            "error": gettext("Choose which date this is"),
        },
        {
            **_sure(),
            "required": True,
            "choices": [*_sure()["choices"], {"value": "unknown", "label": gettext("Not known any more")}],
        },
        {
            "key": "on",
            "kind": "date",
            "label": gettext("The date"),
            "required": True,
            "show_if": {"key": "sure", "in": ["estimated", "confirmed"]},
            "error": gettext("Enter the day"),
        },
        {**_source(), "required": True},
    )


def release_date(*, given: bool = True) -> Form:
    """The release date, asked on the way when a case is opened; only one that is `given` needs who said it."""
    return _form(
        {
            "key": "on",
            "kind": "date",
            "label": gettext("Release date"),
            "hint": gettext("Due dates are counted from it. Leave it empty if nobody knows it yet."),
        },
        {**_sure(), "required": given, "hint": gettext("Needed when you give a date.")},
        {
            **_source(),
            "required": given,
            "hint": gettext(
                "Needed when you give a date. For example: sentence calculation, letter of 3 May."
            ),
        },
    )


def _sure() -> dict[str, Any]:
    return {
        "key": "sure",
        "kind": "one_of",
        "label": gettext("How sure is it?"),
        "choices": [
            {"value": "estimated", "label": gettext("Estimated: it may still move")},
            {"value": "confirmed", "label": gettext("Confirmed by the office that decides")},
        ],
        "error": gettext("Choose how sure it is"),
    }


def _source() -> dict[str, Any]:
    return {
        "key": "source",
        "kind": "text",
        "label": gettext("Who said so?"),
        "hint": gettext("For example: sentence calculation, letter of 3 May."),
        "error": gettext("Enter who said so"),
    }


def _form(*questions: dict[str, Any]) -> Form:
    return forms.parse({"key": "asked", "title": "asked", "questions": list(questions)})


def _as_date(question: forms.Question, answer: Any) -> Any:
    return date.fromisoformat(answer) if question.kind == "date" and answer else answer
