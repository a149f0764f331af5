"""The sandbox in which expressions run: feelin inside QuickJS, with limits and no way out."""

import json
import re
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

import quickjs

from engine.expressions.zones import offsets

BUNDLE = Path(__file__).parents[1] / "feel.js"
CPU_SECONDS = 0.2
MEMORY_BYTES = 32 << 20
# QuickJS' own 256 kB end at some 40 levels of nesting; a thread has at least 8 MB.
STACK_BYTES = 1 << 20
LONGEST_ANSWER = 100_000
LIMITS = ("interrupted", "out of memory", "stack overflow", "call stack size", "invalid array length")
ZONE = re.compile(r"@([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)")

_threads = threading.local()
_alone = threading.Lock()


class LimitHit(Exception):
    """An expression took more time, memory or depth than it may."""


class _Context(Protocol):
    """The part of quickjs.Context that is used here: the package has no stubs."""

    def eval(self, code: str) -> Any: ...
    def set_memory_limit(self, limit: int) -> None: ...
    def set_max_stack_size(self, limit: int) -> None: ...
    def set_time_limit(self, limit: float) -> None: ...


class Sandbox:
    """One QuickJS context. It belongs to one thread, and after a hit limit to nobody."""

    def __init__(self) -> None:
        self._context = cast(_Context, quickjs.Context())
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(STACK_BYTES)
        self._context.eval(_bundle())
        self._context.set_time_limit(CPU_SECONDS)
        self._calls = {name: self._context.eval(f"feel.{name}") for name in ("parse", "run", "learnZones")}
        self._zones: set[str] = set()

    def call(self, name: str, source: str, *arguments: str) -> Any:
        """The answer of feel.<name>, out of JSON. Raises LimitHit."""
        try:
            for zone in set(ZONE.findall(source)) - self._zones:
                self._calls["learnZones"](json.dumps({zone: offsets(zone)}))
                self._zones.add(zone)
            answer = self._calls[name](source, *arguments)
        except (quickjs.JSException, quickjs.StackOverflow, MemoryError) as error:
            reason = str(error).strip().split("\n")[0]
            if isinstance(error, quickjs.JSException) and not any(word in reason.lower() for word in LIMITS):
                raise
            raise LimitHit(reason) from None
        if len(answer) > LONGEST_ANSWER:
            raise LimitHit("the answer is too long")
        return json.loads(answer)


def call(name: str, source: str, *arguments: str) -> Any:
    """Ask this thread's sandbox. Raises LimitHit when a limit was hit twice.

    QuickJS counts the CPU time of the whole process, so a busy neighbour can use up an innocent
    expression's share: what hit a limit is tried once more, with no other expression beside it.
    """
    try:
        return _ask(name, source, *arguments)
    except LimitHit:
        with _alone:
            return _ask(name, source, *arguments)


def _ask(name: str, source: str, *arguments: str) -> Any:
    sandbox = getattr(_threads, "sandbox", None)
    if sandbox is None:
        sandbox = _threads.sandbox = Sandbox()
    try:
        return sandbox.call(name, source, *arguments)
    except BaseException:
        # Whatever went wrong inside, nothing of it may reach the next expression.
        del _threads.sandbox
        raise


@lru_cache(maxsize=1)
def _bundle() -> str:
    try:
        return BUNDLE.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SystemExit(
            "engine/feel.js is missing. It evaluates the conditions of diagrams and is built with the site.\n"
            "Run `python3 run.py demo`, or `npm ci --ignore-scripts && npm run build` in web/frontend."
        ) from None
