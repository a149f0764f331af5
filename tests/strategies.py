"""What Hypothesis may make up: forms, and the answers people could give to any form."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from engine import forms
from engine.forms.definition import limit_day

A_DAY = date(2027, 1, 15)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
WORDS = st.text("abcdefgh ", min_size=1, max_size=12).map(str.strip).filter(bool)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).map(lambda key: "q_" + key)


@st.composite
def answers_for(
    draw: st.DrawFn,
    form: forms.Form,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    today: date = A_DAY,
    timezone: str = "UTC",
) -> dict[str, Any]:
    """Valid answers to any form, as JSON values: what `forms.read` takes and gives back.

    `options` as for `forms.read`; a question about an agency, a user or a file that has no option is left
    out, which is an answer only if it is not required.
    """
    answers: dict[str, Any] = {}
    for question in form.questions:
        if question not in forms.visible(form, answers):
            continue
        if not question.required and draw(st.booleans()):
            continue
        values = _values(question, options, today, timezone)
        if values is None:
            continue
        answer = draw(st.lists(values, min_size=1, max_size=3) if question.takes_list else values)
        if question.takes_list:
            answer = [one for n, one in enumerate(answer) if one not in answer[:n]]
        if question.kind == "several_of":
            answer = [choice.value for choice in question.choices if choice.value in answer]
        answers[question.key] = answer
    return answers


def _values(
    question: forms.Question, options: Mapping[str, Mapping[str, Any]] | None, today: date, timezone: str
) -> st.SearchStrategy[Any] | None:
    match question.kind:
        case "text":
            return TEXTS.map(lambda text: _as_kept(text, question)).filter(bool)
        case "long_text":
            return (
                st.lists(TEXTS, min_size=1, max_size=3)
                .map(lambda lines: _as_kept("\n".join(lines), question))
                .filter(bool)
            )
        case "whole_number":
            return st.integers(
                -999 if question.min is None else int(question.min),
                999_999 if question.max is None else int(question.max),
            )
        case "decimal":
            low = -999.0 if question.min is None else float(question.min)
            high = max(low, 999.0) if question.max is None else float(question.max)
            return st.floats(low, high).map(lambda n: round(n, 2)).filter(lambda n: low <= n <= high)
        case "date" | "datetime":
            days = st.dates(
                limit_day(str(question.min), today) if question.min else today - timedelta(900),
                limit_day(str(question.max), today) if question.max else today + timedelta(900),
            )
            if question.kind == "date":
                return days.map(date.isoformat)
            return st.builds(
                lambda day, time: _moment(day, time, ZoneInfo(timezone)), days, st.times()
            ).filter(bool)
        case "yes_no":
            return st.booleans()
        case "one_of" | "several_of":
            return st.sampled_from([choice.value for choice in question.choices])
        case "person":
            names = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)
            return st.fixed_dictionaries(
                {"name": names.map(_normal).filter(bool), "phone": st.sampled_from(["", "+34 93 123 45 67"])}
            )
        case "file":
            return _files(options)
        case kind:
            known = list(options.get(kind, {})) if options is not None else [f"{kind}_1", f"{kind}_2"]
            return st.sampled_from(known) if known else None


def _files(options: Mapping[str, Mapping[str, Any]] | None) -> st.SearchStrategy[Any] | None:
    if options is None:
        return st.just({"name": "letter.pdf", "type": "application/pdf", "size": 2048, "file": "f-1"})
    kept = [{**about, "file": key} for key, about in options.get("file", {}).items()]
    return st.sampled_from(kept) if kept else None


def _as_kept(text: str, question: forms.Question) -> str:
    """The text as it reads after cleaning, short enough for its question."""
    kept = forms.read(_one_text(question.kind), {"q_text": text}).get("q_text", "")
    return _as_kept(kept[: question.length], question) if len(kept) > (question.length or 0) else kept


def _normal(name: str) -> str:
    return str(forms.read(_one_text("text"), {"q_text": name}).get("q_text", ""))


def _one_text(kind: str) -> forms.Form:
    return forms.parse(
        {"key": "f", "title": "F", "questions": [{"key": "q_text", "kind": kind, "label": "Text"}]}
    )


def _moment(day: date, time: Any, zone: ZoneInfo) -> str | None:
    moment = datetime.combine(day, time.replace(second=0, microsecond=0), zone)
    exists = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)
    return moment.isoformat() if exists else None


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Any form that the check accepts, with every kind of question, limits and chains of conditions."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=8, unique=True))
    questions: list[dict[str, Any]] = []
    for key in keys:
        kind = draw(st.sampled_from(list(forms.KINDS)))
        question: dict[str, Any] = {"key": key, "kind": kind, "label": draw(WORDS), **draw(_limits(kind))}
        question["required"] = draw(st.booleans())
        parents = [q for q in questions if q["kind"] in ("yes_no", "one_of", "several_of")]
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            values = [c["value"] for c in parent["choices"]] if "choices" in parent else [True, False]
            shown_for = draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
            question["show_if"] = {"key": parent["key"], "in": shown_for}
        if kind not in ("text", "long_text", "file", "person"):
            question["fact"] = draw(st.booleans())
        questions.append(question)
    return {"key": "made_up", "title": draw(WORDS), "questions": questions}


@st.composite
def _limits(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    match kind:
        case "one_of" | "several_of":
            labels = draw(st.lists(WORDS, min_size=2, max_size=5, unique=True))
            return {"choices": [{"value": f"v{n}", "label": label} for n, label in enumerate(labels)]}
        case "text" | "long_text":
            return draw(st.sampled_from([{}, {"max_length": 5}, {"max_length": 20_000}]))
        case "whole_number" | "decimal":
            return draw(st.sampled_from([{}, {"min": 0}, {"max": 12}, {"min": -5, "max": 5}]))
        case "date" | "datetime":
            return draw(
                st.sampled_from(
                    [
                        {},
                        {"min": "today"},
                        {"max": "today"},
                        {"min": "today-P2W", "max": "today+P1Y"},
                        {"min": "2026-12-01", "max": "2027-12-31"},
                    ]
                )
            )
        case "agency" | "user" | "person":
            return {"many": draw(st.booleans())}
    return {}
