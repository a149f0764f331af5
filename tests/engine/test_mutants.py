"""Whatever is in a file: the check answers, and what it lets through can be played, whole, to an end in words."""

import faulthandler
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import diagram, play
from tests.engine.drawing import draw
from tests.engine.losses import losses
from tests.engine.mutants import FEEL, mutant
from tests.engine.test_diagram_problems import CATALOGUE, deciding
from tests.engine.test_losses import SAMPLES
from tests.engine.test_runner_random import KINDS, Author, Draughtsman

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


def judge(xml: bytes, folder: Path) -> str:
    """Check a file and play it if it is let through; what became of it, in a word."""
    read = diagram.read(xml)
    strict = diagram.read(xml, CATALOGUE)
    for problem in read.problems + strict.problems:
        assert problem.message
        assert problem.code in diagram.SENTENCES
    if not read.ok:
        assert not strict.ok
        return "refused"
    file = folder / "p.bpmn"
    file.write_bytes(xml)
    try:
        stage = play.set_stage([str(file)])
    except play.BadScript as bad:
        if all("is called, but does not exist" in one for one in bad.problems):
            # What is called must be there; only a catalogue would know.
            return "alone"
        raise
    assert losses(xml, stage.plan) == []
    played = play.Play(stage, most=60)
    played.go_on()
    assert json.loads(json.dumps(played.told())) == played.told()
    assert str(played)
    if played.run.stuck:
        assert played.run.stuck.code != "internal", played.reason
    assert played.status == "completed" or played.reason
    return played.status


def run_mutants(seeds: range, folder: Path, ours: float = 0.0) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in seeds:
        dice = random.Random(seed)
        xml, done = mutant(original(dice, ours), dice)
        with watched():
            try:
                found[judge(xml, folder)] += 1
            except Exception as error:
                error.add_note(f"seed {seed}: {', '.join(done)}")
                raise
    return found


def test_mutants_are_refused_or_run(tmp_path: Path) -> None:
    found = run_mutants(range(250), tmp_path)
    assert found["refused"]
    assert found["completed"]


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_many_more_mutants_are_refused_or_run(part: int, tmp_path: Path) -> None:
    assert run_mutants(range(1_000 * (part + 1), 1_000 * (part + 2)), tmp_path, ours=0.1)["completed"]


def test_any_condition_is_refused_or_decided(tmp_path: Path) -> None:
    for condition in FEEL:
        with watched():
            judge(deciding(condition), tmp_path)
