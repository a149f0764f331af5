"""The command line: one small function for each command."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from engine import (
    administration,
    agencies,
    config,
    decisions,
    diagram,
    errors,
    journal,
    library,
    schedule,
    store,
    vault,
    worker,
)
from engine import demo as demo_world
from engine import play as plays

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Wrong usage exits with 2."""
    options = _parser().parse_args(arguments)
    # A file may have a name that the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    command: Command = options.command
    try:
        code = command(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Who read along (head, less) has read enough. What is left is flushed again at the end: to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except errors.EngineError as no:
        print(no, file=sys.stderr)
        return 1


def check(options: argparse.Namespace) -> int:
    """Say everything that is wrong with some diagrams and decision tables; 1 if one of them may not be published."""
    catalogues = diagram.catalogues_of(options.files)
    refused = False
    for name in options.files:
        read: diagram.Diagram | decisions.Read
        if diagram.is_table(name):
            read = diagram.read_decisions(name, catalogues)
        else:
            read = diagram.read_file(name, catalogues)
        refused = refused or not read.ok
        print(_as_json(name, read) if options.json else _as_text(name, read))
    return 1 if refused else 0


def play(options: argparse.Namespace) -> int:
    """Play a case of some diagrams; 2, with every problem, when a diagram or the script cannot be played."""
    try:
        stage = plays.set_stage(options.files, options.start)
        acts = plays.read_script(_script(options.script), stage) if options.script else []
        played = plays.Play(stage, options.steps)
        played.follow(acts)
        if options.auto:
            played.go_on()
    except plays.NotPlayable as refused:
        for name, read in refused.read:
            print(_as_json(name, read) if options.json else _as_text(name, read))
        return 2
    except plays.BadScript as bad:
        if options.json:
            print(json.dumps({"status": "refused", "problems": list(bad.problems)}))
        else:
            print(*bad.problems, sep="\n", file=sys.stderr)
        return 2
    print(json.dumps(played.told()) if options.json else played)
    return 0


def _script(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise plays.BadScript([f"The script “{name}” cannot be read."]) from error


def make_keys(_options: argparse.Namespace) -> int:
    """Write a new key file where the settings say, unless there is one."""
    path = Path(os.environ.get("THROUGHCARE_KEYS", str(config.home() / "keys.json")))
    try:
        config.make_keys(path)
    except FileExistsError:
        print(f"There is a key file at {path} already; it was left as it is.", file=sys.stderr)
        return 1
    print(
        f"New keys are in {path}. Keep a safe copy apart from the database: without them nothing can be read."
    )
    return 0


def upgrade(_options: argparse.Namespace) -> int:
    """Migrate the database."""
    store.upgrade(config.load().database_url)
    return 0


def publish(options: argparse.Namespace) -> int:
    """Publish what is new in workflows/ and forms/; 1, with every problem, when something cannot be published."""
    try:
        with _connected(config.load())() as db:
            versions = library.publish_folders(db, replace=options.replace)
            print(
                "\n".join(f"{one.pathway.name}: version {one.number}" for one in versions)
                or "Nothing is new."
            )
    except library.NotPublishable as refused:
        for name, problems in refused.problems.items():
            print(name, *(f"  {problem.message}" for problem in problems), sep="\n", file=sys.stderr)
        return 1
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the diagrams and forms of the current versions into workflows/ and forms/ of a folder."""
    folder = Path(options.folder)
    with _connected(config.load())() as db:
        written = library.export_folders(db, folder / "workflows", folder / "forms")
    print("\n".join(map(str, written)) or "The folders have everything already.")
    return 0


def work(_options: argparse.Namespace) -> int:
    """Be the worker until told to stop; what is in hand is finished first."""
    settings = config.load()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(_connected(settings), settings, stop)
    return 0


def dead_jobs(options: argparse.Namespace) -> int:
    """Name the jobs that failed too often; 1 when there are some. With --retry they are tried again."""
    with _connected(config.load())() as db:
        if options.retry:
            print(f"Jobs to be tried again: {worker.revive(db)}")
            return 0
        found = worker.dead(db)
        for job in found:
            print(f"{job.run_at:%Y-%m-%d %H:%M} UTC  {job.kind}  {job.dedup_key}  {job.problem}")
    return 1 if found else 0


def verify_journal(_options: argparse.Namespace) -> int:
    """Check every chain of the journal, and print the heads, one a line, for somebody else to keep."""
    with _connected(config.load())() as db:
        breaks = list(journal.verify(db))
        for one in breaks:
            print(f"{one.case_id or 'site'}: line {one.number} is {one.how}", file=sys.stderr)
        if not breaks:
            print("Every line is in its place.")
        for head in journal.heads(db):
            print(json.dumps(head))
    return 1 if breaks else 0


def demo_data(settings: config.Config, *, fresh: bool) -> list[dict[str, str]]:
    """The demonstration's accounts, its data made first where there is none."""
    url = make_url(settings.database_url)
    if fresh and url.get_backend_name() == "sqlite" and url.database:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{url.database}{suffix}").unlink(missing_ok=True)
        (settings.home / demo_world.ACCOUNTS).unlink(missing_ok=True)
    store.upgrade(settings.database_url)
    held = demo_world.read_accounts(settings.home)
    if held:
        return held
    print("  Making invented agencies, people and cases", flush=True)
    return demo_world.fill(settings, _connected(settings))


def demo(options: argparse.Namespace) -> int:
    """Prepare the demonstration: keys, database, pathways, invented people and cases; print who can sign in."""
    path = config.home() / "keys.json"
    if "THROUGHCARE_KEYS" not in os.environ and not path.exists():
        config.make_keys(path)
    found = demo_data(config.load(), fresh=options.fresh)
    width = max(len(one["email"]) for one in found)
    print("\nWho can sign in (everybody is invented):")
    for one in found:
        print(f"  {one['email']:{width}}  {one['password']}  {one['name']}, {one['does']}")
    return 0


def add_local_action(options: argparse.Namespace) -> int:
    """Add a local action: a municipality's or region's own set-up, with its holidays and time zone."""
    try:
        calendar = schedule.Calendar(options.timezone, options.country, options.region)
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    with _connected(config.load())() as db:
        agencies.add_local_action(
            db,
            key=options.key,
            name=options.name,
            country=options.country,
            region=calendar.region,
            timezone=calendar.timezone,
        )
    return 0


def add_agency(options: argparse.Namespace) -> int:
    """Add an agency to a local action."""
    with _connected(config.load())() as db:
        local_action = agencies.find_local_action(db, options.local_action)
        if local_action is None:
            print(f"There is no local action “{options.local_action}”. Add it first.", file=sys.stderr)
            return 1
        agencies.add_agency(db, local_action, key=options.key, name=options.name, phone=options.phone)
    return 0


def add_user(options: argparse.Namespace) -> int:
    """Add a user who works at the desks given, each as agency key/role key."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        with _connected(config.load())() as db:
            agencies.add_named_user(
                db, email=options.email, name=options.name, password=password, desks=options.desks
            )
    except errors.Invalid as invalid:
        print(*(problem.message for problem in invalid.problems), sep="\n", file=sys.stderr)
        return 1
    return 0


def let_in(options: argparse.Namespace) -> int:
    """Give somebody a one-time password and take away their second step: for a last administrator who is locked out."""
    try:
        with _connected(config.load())() as db:
            print(administration.let_in(db, options.email))
    except errors.NotFound as no:
        print(no, file=sys.stderr)
        return 1
    return 0


def _connected(settings: config.Config) -> worker.Connect:
    """A way to a transaction of the installation's database, with its vault, committed when the block ends well."""
    database = store.connect(settings.database_url)
    keeper = vault.Vault(settings.keys)

    @contextmanager
    def connect() -> Iterator[Session]:
        with database.writing() as db:
            db.info["vault"] = keeper
            yield db

    return connect


def _as_json(name: str, read: diagram.Diagram | decisions.Read) -> str:
    problems = [
        {
            "severity": problem.severity,
            "code": problem.code,
            "element": problem.element,
            "name": problem.name,
            "message": problem.message,
        }
        for problem in read.problems
    ]
    pathways = [pathway.id for pathway in read.pathways] if isinstance(read, diagram.Diagram) else []
    return json.dumps({"file": name, "pathways": pathways, "problems": problems})


def _as_text(name: str, read: diagram.Diagram | decisions.Read) -> str:
    """A heading for the file, then a line for each problem with the element to look for."""
    errors = sum(problem.severity == "error" for problem in read.problems)
    warnings = len(read.problems) - errors
    lines = [
        f"{name}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"
        if read.problems
        else f"{name}: ok"
    ]
    for problem in read.problems:
        where = f" [{problem.element}]" if problem.element else ""
        lines.append(f"  {problem.severity:7}  {problem.message}  ({problem.code}){where}")
    return "\n".join(lines)


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="throughcare", description="Release and mentoring pathways.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands)
    _add_play(commands)
    for command, words in {
        make_keys: "make the secrets of a new installation",
        upgrade: "bring the database's tables up to date",
        work: "do what is due (timers, mail) until stopped",
        verify_journal: "find lines of the journal that were changed or cut",
    }.items():
        _add_plain(commands, command, words)
    _add_publishing(commands)
    _add_demo(commands)
    _add_places(commands)
    _add_user(commands)
    jobs = _add_plain(commands, dead_jobs, "name the jobs that failed too often and wait for a person")
    jobs.add_argument("--retry", action="store_true", help="try them all again")
    return parser


def _add_plain(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], command: Command, words: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        command.__name__.replace("_", "-"), help=words, description=words.capitalize()
    )
    parser.set_defaults(command=command)
    return parser


def _add_publishing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add_plain(commands, publish, "publish the pathways and forms of the folders")
    parser.add_argument(
        "--replace", action="store_true", help="also where editors published something else in the site"
    )
    parser = _add_plain(commands, export, "write the current pathways and forms into folders")
    parser.add_argument(
        "folder",
        nargs="?",
        default=str(config.ROOT),
        help="whose workflows/ and forms/ are written over (default: this folder)",
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add_plain(commands, demo, "make or keep the demonstration's data and say who can sign in")
    parser.add_argument("--fresh", action="store_true", help="throw the old data away first")


def _add_places(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add_plain(commands, add_local_action, "add a municipality's or region's own set-up")
    parser.add_argument("key")
    parser.add_argument("name")
    parser.add_argument("country", help="two letters, such as ES")
    parser.add_argument("timezone", help="such as Europe/Madrid")
    parser.add_argument("--region", help="for its public holidays, such as CT")
    parser = _add_plain(commands, add_agency, "add an agency to a local action")
    parser.add_argument("local_action", metavar="LOCAL-ACTION")
    parser.add_argument("key")
    parser.add_argument("name")
    parser.add_argument("--phone")


def _add_user(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add_plain(
        commands, add_user, "add a user; the password is asked for, or read from standard input"
    )
    parser.add_argument("email")
    parser.add_argument("name")
    parser.add_argument("desks", nargs="+", metavar="AGENCY/ROLE")
    parser = _add_plain(commands, let_in, "print a one-time password for somebody who is locked out")
    parser.add_argument("email")


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="say everything that is wrong with diagrams and decision tables",
        description="Reads BPMN diagrams and DMN tables and says everything that is wrong with them, in words. "
        "Ends with 0 if all of them may be published, with 1 if one of them has an error.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, one line a file")
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a diagram (.bpmn) or decision tables (.dmn)"
    )
    parser.set_defaults(command=check)


def _add_play(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "play",
        help="let an invented case follow diagrams, in memory",
        description="Plays a case with the engine that runs real ones, in memory, and prints where it came by. "
        "Ends with 2 if a diagram has errors or the script cannot be played.",
    )
    parser.add_argument(
        "--start", metavar="KEY", help="the pathway that the case follows; else the first file's"
    )
    parser.add_argument(
        "--script",
        metavar="STEPS.json",
        help='a JSON list of {"complete": step, "answers": {}}, {"message": name, "payload": {}}, '
        '{"signal": name} and {"advance": "P14D" or a date}',
    )
    parser.add_argument(
        "--auto",
        action="store_true",
        help="then complete whatever is open, and let time pass where timers wait",
    )
    parser.add_argument(
        "--steps", type=_some, default=plays.MOST_STEPS, metavar="N", help="stop after so many (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help='{"status", "trace", "open", "reason"}')
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a diagram (.bpmn) or decision tables (.dmn)"
    )
    parser.set_defaults(command=play)


def _some(text: str) -> int:
    if not text.isdecimal() or not int(text[:7]) > 0:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
