"""What a diagram says in codes, said in words: lengths of time, deadlines, conditions."""

import re
from collections.abc import Iterable, Mapping

from engine import diagram, forms, schedule
from engine.forms import Question
from engine.words import N_, Sentence, say

UNITS: dict[str, tuple[str, str]] = {
    "hours": (N_("1 hour"), N_("{number} hours")),
    "days": (N_("1 day"), N_("{number} days")),
    "weeks": (N_("1 week"), N_("{number} weeks")),
    "months": (N_("1 month"), N_("{number} months")),
    "years": (N_("1 year"), N_("{number} years")),
    "minutes": (N_("1 minute"), N_("{number} minutes")),
    "seconds": (N_("1 second"), N_("{number} seconds")),
    "working": (N_("1 working day"), N_("{number} working days")),
    "working_weeks": (N_("1 week of working days"), N_("{number} weeks of working days")),
}
ANCHORS: dict[str, str] = {
    "release": N_("the release date"),
    "release_on": N_("the release date"),
    "case_opened": N_("the opening of the case"),
    "case_opened_on": N_("the opening of the case"),
    "step_opened": N_("the beginning of the step"),
    "supervision_end": N_("the end of supervision"),
    "supervision_ends_on": N_("the end of supervision"),
    "earliest_release_on": N_("the earliest possible release date"),
    "released_on": N_("the day of release"),
    "received_on": N_("the day of reception in custody"),
    "today": N_("today"),
}

Questions = Mapping[str, Question]

_COMPARISON = re.compile(r"([a-z][a-z0-9_]*)\s*(!?=)\s*(\"[^\"]*\"|true|false|null)")
_GUARDED = re.compile(
    r"if ([a-z][a-z0-9_]*) = null(?: or ([a-z][a-z0-9_]*) = null)? then (true|false) else (.+)", re.DOTALL
)


def questions(known: Iterable[forms.Form]) -> dict[str, Question]:
    """The facts that some forms ask, by key."""
    return {question.key: question for form in known for question in form.questions if question.fact}


def length(text: str, days: str = "calendar") -> Sentence:
    """How long an ISO 8601 duration is, without its sign: "2 weeks", "1 working day"."""
    try:
        offset = schedule.parse_offset(text)
    except ValueError:
        return say("“{text}”", text=text)
    parts = [
        _counted(getattr(offset, unit), unit, days)
        for unit in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
        if getattr(offset, unit)
    ]
    if len(parts) == 1:
        return parts[0]
    return Sentence("{parts}", {"parts": parts}) if parts else _counted(0, "days", days)


def _counted(number: int, unit: str, days: str) -> Sentence:
    if days == "working":
        unit = {"days": "working", "weeks": "working_weeks"}.get(unit, unit)
    one, many = UNITS[unit]
    return Sentence(one) if number == 1 else Sentence(many, {"number": number})


def distance(anchor: str | None, offset: str | None, days: str, asked: Questions) -> Sentence:
    """How far from what: "2 weeks before the release date"."""
    if anchor is None:
        return say(N_("never"))
    try:
        read = schedule.parse_offset(offset or "P0D")
    except ValueError:
        return say("“{text}”", text=offset)
    words = {"length": length(offset or "P0D", days), "anchor": anchor_words(anchor, asked)}
    if read.zero:
        return Sentence(N_("on the day of {anchor}"), words)
    return Sentence(N_("{length} before {anchor}") if read.negative else N_("{length} after {anchor}"), words)


def anchor_words(anchor: str, asked: Questions) -> Sentence:
    """What a deadline counts from."""
    if anchor in ANCHORS:
        return Sentence(ANCHORS[anchor])
    if anchor in asked:
        return say(N_("the answer to “{question}”"), question=Sentence(asked[anchor].label))
    return say("“{anchor}”", anchor=anchor)


def deadline(node: diagram.Node, asked: Questions) -> list[Sentence]:
    """When a step is due, when it can begin, how long it takes."""
    found = []
    if node.due_anchor:
        due = distance(node.due_anchor, node.due_offset, node.due_days, asked)
        found.append(say(N_("Due {when}."), when=due))
    else:
        found.append(say(N_("It has no due date.")))
    if node.start_offset:
        start = distance(node.due_anchor, node.start_offset, node.due_days, asked)
        found.append(say(N_("It can begin {when}."), when=start))
    if node.takes:
        found.append(say(N_("It usually takes {length}."), length=length(node.takes, node.due_days)))
    return found


def timer(node: diagram.Node, asked: Questions) -> Sentence | None:
    """When a timer event fires."""
    if node.timer is None:
        return None
    if node.timer.anchor:
        return distance(node.timer.anchor, node.timer.offset, node.timer.days, asked)
    literal = node.timer.literal or ""
    if literal.startswith("P"):
        return say(N_("{length} after the event is reached"), length=length(literal))
    return say(N_("at {moment}"), moment=literal)


def event(node: diagram.Node, asked: Questions) -> list[Sentence]:
    """What an event waits for besides its time, and what is sent here."""
    found = []
    if node.message:
        begins = node.kind == "startEvent" and node.parent is None
        template = N_("A case begins here when this is told: “{message}”.")
        template = template if begins else N_("It happens when this is told: “{message}”.")
        found.append(Sentence(template, {"message": Sentence(node.message)}))
    if node.signal:
        found.append(
            say(N_("It happens when the signal “{signal}” is given in the case."), signal=node.signal)
        )
    if node.condition:
        found.append(
            say(
                N_("It happens as soon as this holds: {condition}."),
                condition=condition(node.condition, asked),
            )
        )
    if node.throws and node.throws.code:
        templates = {
            "message": N_("It sends the message “{name}”."),
            "signal": N_("It gives the signal “{name}”, for everything in the case that waits for it."),
        }
        if node.throws.kind in templates:
            found.append(Sentence(templates[node.throws.kind], {"name": node.throws.code}))
    return found


def condition(source: str, asked: Questions) -> Sentence:
    """A FEEL condition as a sentence; what is not plain is quoted as the formula that it is."""
    source = _bare(source)
    guarded = _GUARDED.fullmatch(source)
    if guarded:
        rest = condition(guarded[4], asked)
        if guarded[3] == "false":
            return rest
        facts = [_label(key, asked) for key in (guarded[1], guarded[2]) if key]
        return say(N_("{questions} is not known yet, or {condition}"), questions=facts, condition=rest)
    for word, template in (("or", N_("{one} or {other}")), ("and", N_("{one} and {other}"))):
        first, rest_of_it = _split(source, word)
        if rest_of_it:
            return Sentence(template, {"one": condition(first, asked), "other": condition(rest_of_it, asked)})
    found = _COMPARISON.fullmatch(source)
    if found is None:
        return say(N_("this formula is true: {formula}"), formula=source)
    question, value = _label(found[1], asked), found[3]
    same = found[2] == "="
    if value == "null":
        template = N_("{question} is not known") if same else N_("{question} is known")
        return Sentence(template, {"question": question})
    return Sentence(
        N_("{question} is {answer}") if same else N_("{question} is not {answer}"),
        {"question": question, "answer": _answer(found[1], value, asked)},
    )


def _label(key: str, asked: Questions) -> Sentence:
    if key in asked:
        return say("“{question}”", question=Sentence(asked[key].label))
    return Sentence(ANCHORS[key]) if key in ANCHORS else say("“{question}”", question=key)


def _answer(key: str, value: str, asked: Questions) -> Sentence:
    if value in ("true", "false"):
        return Sentence(N_("yes") if value == "true" else N_("no"))
    choice = asked[key].choice(value.strip('"')) if key in asked else None
    return say("“{answer}”", answer=Sentence(choice.label) if choice else value.strip('"'))


def _bare(source: str) -> str:
    """Without the brackets around the whole."""
    source = source.strip()
    while source.startswith("(") and _closing(source) == len(source) - 1:
        source = source[1:-1].strip()
    return source


def _closing(source: str) -> int:
    depth = 0
    for place, sign in enumerate(source):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    return -1


def _split(source: str, word: str) -> tuple[str, str]:
    """What stands before and behind the first `word` that is in no bracket and no text; "" where there is none."""
    depth, quoted = 0, False
    if source.startswith("if "):
        return source, ""
    for place, sign in enumerate(source):
        quoted ^= sign == '"'
        if not quoted:
            depth += (sign in "([") - (sign in ")]")
            if depth == 0 and source.startswith(f" {word} ", place):
                return source[:place], source[place + len(word) + 2 :]
    return source, ""
