"""Whatever is in a file: the check answers, and what it lets through can be played, whole, to an end in words."""

import faulthandler
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import diagram, forms, play
from engine.errors import Invalid
from engine.play.answers import made_up
from tests.engine.bpmn_samples import WAY
from tests.engine.drawing import draw
from tests.engine.form_mutants import spoilt_form
from tests.engine.losses import losses
from tests.engine.mutants import FEEL, WORDS, mutant
from tests.engine.test_diagram_problems import CATALOGUE, deciding
from tests.engine.test_losses import SAMPLES
from tests.engine.test_runner_random import KINDS, Author, Draughtsman
from tests.strategies import A_DAY

ROOT = Path(__file__).parents[2]
# Far above what anything takes; whatever takes longer hangs, and is shown where.
HANGS = 120


@contextmanager
def watched() -> Iterator[None]:
    faulthandler.dump_traceback_later(HANGS, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def original(dice: random.Random, ours: float) -> bytes:
    """A good diagram: one of the table, a random one, or with a chance of `ours` one of our own, which is large."""
    of = dice.random()
    if of < 0.55 - ours:
        return dice.choice(list(SAMPLES.values()))
    if of < 1 - ours:
        author = Author(dice.randrange(10**6), KINDS[dice.choice(list(KINDS))], depth=dice.choice((2, 3)))
        return draw(Draughtsman(author.block).main)
    return dice.choice(sorted((ROOT / "workflows").glob("*.bpmn"))).read_bytes()


def invented(pathway: diagram.Pathway, dice: random.Random) -> dict[str, Any]:
    """Answers to what a pathway asks, most of them of the kind that it asks for."""
    nodes = pathway.nodes.values()
    conditions = [flow.condition or "" for flow in pathway.flows.values()]
    conditions += [text or "" for node in nodes for text in (node.completion, node.again_if)]
    facts: dict[str, Any] = {node.each: ["one", "two"][: dice.randrange(3)] for node in nodes if node.each}
    for condition in conditions:
        for name, number in re.findall(r"([a-z_]\w*)(?: = (\d+))?", condition):
            facts.setdefault(name, dice.randrange(int(number[:3]) + 2) if number else dice.random() < 0.5)
    return facts


def judge(xml: bytes, folder: Path, dice: random.Random) -> str:
    """Check a file and play it if it is let through; what became of it, in a word."""
    read = diagram.read(xml)
    strict = diagram.read(xml, CATALOGUE)
    for problem in read.problems + strict.problems:
        assert problem.message
        assert problem.code in diagram.SENTENCES
    if not read.ok:
        assert not strict.ok
        return "refused"
    (folder / "way.dmn").write_bytes(WAY)
    file = folder / "p.bpmn"
    file.write_bytes(xml)
    try:
        stage = play.set_stage([str(file)])
    except play.BadScript as bad:
        if all("does not exist" in one or "the decision" in one for one in bad.problems):
            # What is called must be there; only a catalogue would know.
            return "alone"
        raise
    assert losses(diagram.mended(xml), stage.plan) == []
    told = invented(stage.pathways[stage.main], dice)
    played = play.Play(replace(stage, unasked={**stage.unasked, **told}), most=60)
    played.go_on()
    assert json.loads(json.dumps(played.told())) == played.told()
    assert str(played)
    if played.run.stuck:
        assert played.run.stuck.code != "internal", played.reason
    assert played.status == "completed" or played.reason
    if played.status == "completed":
        # Whatever was entered was left or taken back.
        moves = [(one["element"], one["event"] == "entered") for one in played.trace]
        assert Counter(one for one, entered in moves if entered) == Counter(
            one for one, entered in moves if not entered
        )
    return played.status


def run_mutants(seeds: range, folder: Path, ours: float = 0.0) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in seeds:
        dice = random.Random(seed)
        xml, done = mutant(original(dice, ours), dice)
        with watched():
            try:
                found[judge(xml, folder, dice)] += 1
            except Exception as error:
                error.add_note(f"seed {seed}: {', '.join(done)}")
                raise
    return found


def test_mutants_are_refused_or_run(tmp_path: Path) -> None:
    found = run_mutants(range(150), tmp_path)
    assert found["refused"]
    assert found["completed"]


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_many_more_mutants_are_refused_or_run(part: int, tmp_path: Path) -> None:
    assert run_mutants(range(1_000 * (part + 1), 1_000 * (part + 2)), tmp_path, ours=0.1)["completed"]


def run_conditions(conditions: Iterable[str], folder: Path) -> None:
    for condition in conditions:
        with watched():
            judge(deciding(condition), folder, random.Random(0))


def test_a_hostile_condition_is_refused_or_decided(tmp_path: Path) -> None:
    run_conditions(FEEL[::9], tmp_path)


@pytest.mark.long
def test_any_condition_is_refused_or_decided(tmp_path: Path) -> None:
    run_conditions(FEEL, tmp_path)


def judge_form(written: bytes) -> bool:
    """Read a form and answer it if it is let through; was it?"""
    wrong = forms.problems(written)
    if wrong:
        assert all(problem.message for problem in wrong)
        return False
    form = forms.parse(written)
    for turn in range(3):
        for answers in (
            made_up(form, turn, A_DAY),
            dict.fromkeys((q.key for q in form.questions), WORDS[turn]),
        ):
            try:
                read = forms.read(form, answers, today=A_DAY)
            except Invalid:
                continue
            assert json.loads(json.dumps(read)) == read
            forms.facts(form, read)
            forms.dates(form, read)
    forms.kinds(form)
    return True


def run_forms(seeds: range) -> Counter[bool]:
    good = [file.read_text() for file in sorted((ROOT / "forms").glob("*.json"))]
    found: Counter[bool] = Counter()
    for seed in seeds:
        dice = random.Random(seed)
        written = spoilt_form(dice.choice(good), dice)
        with watched():
            try:
                found[judge_form(written)] += 1
            except Exception as error:
                error.add_note(f"seed {seed}: {written[:2000]!r}")
                raise
    return found


def test_spoilt_forms_are_refused_or_asked() -> None:
    assert run_forms(range(120)).keys() == {True, False}


@pytest.mark.long
def test_many_more_spoilt_forms_are_refused_or_asked() -> None:
    assert run_forms(range(120, 6_000)).keys() == {True, False}
