"""The one command: what it says when something is missing, and that it leaves nothing running."""

import ast
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE = ROOT / "run.py"


@pytest.fixture
def run():
    spec = importlib.util.spec_from_file_location("run", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sleeper(note):
    """A program that writes its process id and stays."""
    return [
        sys.executable,
        "-c",
        f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    ]


def wait_for(condition):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse(FILE.read_text(), feature_version=(3, 8))  # an old Python must get as far as the message
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


def test_a_port_in_use_is_told_with_the_way_out(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(run.Trouble, match=f"Port {taken} is in use.*PORT={taken + 1}"):
            run.check_port(taken)


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("npm error code ENOTFOUND", "Check the network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("something else", "This command failed"),
    ],
)
def test_a_command_that_fails_shows_what_it_said_and_what_to_do(run, capfd, said, cure):
    with pytest.raises(run.Trouble, match=cure):
        run.step("Trying", [sys.executable, "-c", f"import sys; sys.exit({said!r})"])
    assert said in capfd.readouterr().err


def test_a_command_that_is_missing_is_named(run):
    with pytest.raises(run.Trouble, match="no-such-program could not be started"):
        run.step("Trying", ["no-such-program"])


def test_when_one_program_ends_the_other_is_stopped(run, tmp_path, port):
    note = tmp_path / "note"
    dies = [
        sys.executable,
        "-c",
        f"import os, time\nwhile not os.path.exists({str(note)!r}): time.sleep(.01)",
    ]
    with pytest.raises(run.Trouble, match="The worker has stopped"):
        run.serve({"web": sleeper(note), "worker": dies}, dict(os.environ), port)
    assert not is_running(int(wait_for(note.read_text)))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_stops_both(tmp_path, port, how):
    notes = [tmp_path / "web", tmp_path / "worker"]
    commands = {note.name: sleeper(note) for note in notes}
    program = (
        f"import sys, os; sys.path.insert(0, {str(ROOT)!r}); import run; "
        f"sys.exit(run.serve({commands!r}, dict(os.environ), {port}))"
    )
    main = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    running = [int(wait_for(lambda note=note: note.exists() and note.read_text())) for note in notes]
    main.send_signal(how)
    assert main.wait(timeout=20) == 0
    assert not any(map(is_running, running))
    main.stdout.close()
