"""The sandbox in which expressions run: feelin inside QuickJS, with limits and no way out."""

import json
import re
import threading
import time
from pathlib import Path
from typing import Any, Protocol, cast

import quickjs

from engine.errors import Unavailable
from engine.expressions.zones import offsets
from engine.words import N_

BUNDLE = Path(__file__).parents[1] / "feel.js"
CPU_SECONDS = 0.2
MEMORY_BYTES = 32 << 20
# QuickJS' own 256 kB end at some 40 levels of nesting; a thread has at least 8 MB.
STACK_BYTES = 1 << 20
PATIENCE = 3
LONGEST_ANSWER = 100_000
MISSING = N_(
    "The file engine/feel.js is missing: it evaluates the conditions in diagrams, and is built with the site. "
    "Run “python3 run.py demo”, or “npm ci --ignore-scripts” and “npm run build” in web/frontend."
)
ZONE = re.compile(r"@([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)")

_threads = threading.local()
_alone = threading.Lock()


class LimitHit(Exception):
    """An expression took more time, memory or depth than it may."""


class TooDeep(LimitHit):
    """An expression is nested too deeply, and would be so again."""


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
        self._calls = {name: self._context.eval(f"feel.{name}") for name in ("parse", "run", "learnZone")}
        self._zones: set[str] = set()

    def call(self, name: str, source: str, *arguments: str) -> Any:
        """The answer of feel.<name>, out of JSON. Raises LimitHit."""
        try:
            for zone in set(ZONE.findall(source)) - self._zones:
                self._calls["learnZone"](zone, json.dumps(offsets(zone)))
                self._zones.add(zone)
            answer = self._calls[name](source, *arguments)
        except quickjs.StackOverflow as error:
            raise TooDeep(str(error).strip().split("\n")[0]) from None
        except (quickjs.JSException, MemoryError) as error:
            # feel.run answers every other error itself.
            raise LimitHit(str(error).strip().split("\n")[0]) from None
        if len(answer) > LONGEST_ANSWER:
            raise LimitHit("the answer is too long")
        return json.loads(answer)


def call(name: str, source: str, *arguments: str) -> Any:
    """Ask this thread's sandbox. Raises LimitHit.

    QuickJS counts the CPU time of the whole process, so a busy neighbour can use up an innocent expression's
    share. What hit a limit is tried again with no other such expression beside it; again and again only while
    this thread itself has hardly worked.
    """
    try:
        return _ask(name, source, *arguments)
    except TooDeep:
        raise
    except LimitHit:
        pass
    with _alone:
        for _ in range(PATIENCE):
            began = time.thread_time()
            try:
                return _ask(name, source, *arguments)
            except LimitHit as hit:
                last = hit
                if time.thread_time() - began > CPU_SECONDS / 2:
                    break
        raise last


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


def require() -> None:
    """Raises Unavailable, with what to do, when the sandbox cannot be built: asked when a program starts."""
    _bundle()


def _bundle() -> str:
    try:
        return BUNDLE.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unavailable(MISSING) from None
