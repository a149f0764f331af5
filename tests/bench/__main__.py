"""Measures how fast Throughcare is and prints what it found; nothing here passes or fails."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from tests.bench import contact_loop, memory, request, throughput, worklist
from tests.bench.report import table

BENCHES: dict[str, Callable[..., dict[str, Any]]] = {
    "contact-loop": contact_loop.measure,
    "request": request.measure,
    "throughput": throughput.measure,
    "worklist": worklist.measure,
    "memory": memory.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--only", choices=BENCHES, help="measure this alone")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of tables")
    parser.add_argument("--rounds", type=numbers, help="rounds of the loop, such as 10,100")
    parser.add_argument("--tasks", type=numbers, help="open tasks in the lists, such as 1000,100000")
    parser.add_argument("--databases", type=lambda text: text.split(","), default=["sqlite", "postgresql"])
    options = parser.parse_args()
    for name in [one for one in os.environ if one.startswith("THROUGHCARE_") or one == "DATABASE_URL"]:
        del os.environ[name]  # what is measured is never the installation of whoever measures
    found: dict[str, Any] = {}
    for name in [options.only] if options.only else BENCHES:
        say(f"{name} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)")
        found[name] = BENCHES[name](options, say)
        if not options.json:
            print(table(name, found[name]), flush=True)
    if options.json:
        print(json.dumps(found))


def numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
