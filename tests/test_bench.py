"""What is measured can be read by another program."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_loop_is_measured_as_one_line_of_json():
    """The shape that is promised; the figures of so few rounds say nothing."""
    command = [sys.executable, "-m", "tests.bench", "--only", "contact-loop", "--json"]
    few = ["--rounds", "2,4", "--databases", "sqlite"]
    done = subprocess.run([*command, *few], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    found = json.loads(line)["contact-loop"]
    assert list(found["rounds"]) == ["2", "4"]
    assert found["ratio"] == round(found["rounds"]["4"] / found["rounds"]["2"], 2)
    # After two rounds more the case is as small, and plain SpiffWorkflow is not.
    assert found["state_bytes_by_round"]["2"] == found["state_bytes"]
    plain = found["plain_spiffworkflow"]["state_bytes"]
    assert plain["4"] > 0
