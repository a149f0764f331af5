"""A small pathway on which a decision table says whose turn it is."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests import make
from tests.make_bpmn import end, lanes, pathway, rule, start, user, xor
from tests.make_dmn import dmn, table

# How long beforehand the offices of this invented city want to know of a release. Who agreed may be known to the
# prison and the coordinator only, so what is found is theirs too.
NOTICE = [['"given"', "8", '"early"'], ["-", "2", '"late"']]


def notice(
    rules: Sequence[Sequence[str]] = NOTICE, policy: str = "FIRST", name: str = "Notice period"
) -> str:
    outputs = [("notice_weeks", "number"), ("notice", "string")]
    return dmn(table("notice_period", ["agreement"], outputs, rules, policy=policy, name=name)).decode()


DRAWN = pathway(
    lanes(("prison", ["ask", "r", "x"]), ("coordinator", ["early", "e"]), ("housing", ["late", "f"])),
    start(),
    user("ask", t_form="announcement"),
    rule("r", "notice_period", name="How early?"),
    xor("x", name="Early or late?", default="x_late"),
    user("early", t_form="housing"),
    user("late", t_form="housing"),
    end(),
    end("f"),
    "s > ask > r > x > late > f",
    'x > early : notice = "early"',
    "early > e",
    key="small_notice",
)


def folder(path: Path) -> Path:
    """The small folder, with this pathway and its table beside the others."""
    for one in ("workflows", "forms"):
        shutil.copytree(make.SMALL / one, path / one)
    (path / "workflows/small_notice.bpmn").write_bytes(DRAWN)
    (path / "workflows/notice_period.dmn").write_text(notice())
    return path
