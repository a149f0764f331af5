"""Reads the conditions of Camunda 7 and Flowable (JUEL, what stands inside ${…}); nothing of them is ever run."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.diagram.feel import Choice, Literal, Minus, Name, Not, Tree, Two, Untranslatable, surely_number
from engine.words import N_, say

# Nested deeper than this, nobody wrote it by hand.
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d*)?|\.\d+)(?![\w.])
      | (?P<text>"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%!<>?:()\[\].,])
    )""",
    re.VERBOSE,
)
_WORDS = {"and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<="}
_WORDS |= {"ge": ">=", "div": "/", "mod": "%"}
_CONSTANTS = {"true": True, "false": False, "null": None}
# From the loosest to the tightest, each with what FEEL writes.
_LEVELS = (
    {"||": "or"},
    {"&&": "and"},
    {"==": "=", "!=": "!="},
    {"<": "<", "<=": "<=", ">": ">", ">=": ">="},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/"},
)
_COMPARING = ("=", "!=", "<", "<=", ">", ">=")

UNREADABLE = N_("It cannot be read to its end. Write the condition anew.")
CALL = N_(
    'It asks a program (“{found}”), and a pathway runs none. Let a form ask, and compare its answer: answer = "given".'
)
POSITION = N_("It takes something out of a list by its place. Let a form ask for it, and compare its answer.")
REMAINDER = N_("It asks for a remainder (%). Write modulo(a, b) = 0.")
JOINED = N_(
    "It adds what may be text or a number. Write the sum so that it is clear, for example: a + 0 + b > 3."
)
ORDER = N_('It asks which of two texts is greater. Write what the text must be: answer = "given".')


def parse(text: str) -> Tree:
    """The tree of a condition without its ${…}. Raises Untranslatable."""
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text.strip()))
        self._at = 0
        self._deep = 0

    def whole(self) -> Tree:
        tree = self._choice()
        if self._at < len(self._tokens):
            raise unknown()
        return tree

    def _sign(self, *signs: str) -> str | None:
        """Go over the next token if it is one of these signs."""
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind != "sign" or text not in signs:
            return None
        self._at += 1
        return text

    def _need(self, sign: str) -> None:
        if self._sign(sign) is None:
            raise unknown()

    def _choice(self) -> Tree:
        self._deep += 1
        if self._deep > _DEEPEST:
            raise unknown()
        tree = self._two(0)
        if self._sign("?"):
            then = self._choice()
            self._need(":")
            tree = Choice(tree, then, self._choice())
        self._deep -= 1
        return tree

    def _two(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._one()
        tree = self._two(level + 1)
        while (found := self._sign(*_LEVELS[level])) is not None:
            tree = _joined(_LEVELS[level][found], tree, self._two(level + 1))
        if level == len(_LEVELS) - 1 and self._sign("%"):
            raise Untranslatable(say(REMAINDER))
        return tree

    def _one(self) -> Tree:
        self._deep += 1
        if self._deep > _DEEPEST:
            raise unknown()
        sign = self._sign("!", "-")
        if sign == "!":
            tree: Tree = Not(self._one())
        elif sign == "-":
            tree = Minus(self._one())
        elif self._word("empty"):
            # What was left empty is nothing here, never an empty text or list (engine.forms).
            tree = Two("=", self._one(), Literal(None))
        else:
            tree = self._parts(self._first())
        self._deep -= 1
        return tree

    def _word(self, word: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == ("name", word)
        self._at += found
        return found

    def _first(self) -> Tree:
        if self._sign("("):
            tree = self._choice()
            self._need(")")
            return tree
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        if kind == "number":
            return Literal(Decimal(text))
        if kind == "text":
            return Literal(re.sub(r"\\(.)", r"\1", text[1:-1]))
        if kind == "name" and text in _CONSTANTS:
            return Literal(_CONSTANTS[text])
        if kind == "name" and text != "instanceof":
            if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", "("):
                raise Untranslatable(say(CALL, found=text))
            return Name((text,))
        raise unknown()

    def _parts(self, tree: Tree) -> Tree:
        """What is taken out of something with a dot or brackets, or asked of it."""
        while (sign := self._sign(".", "[")) is not None:
            kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
            self._at += 1
            if sign == "[":
                self._need("]")
                if kind != "text" or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text[1:-1]):
                    raise Untranslatable(say(POSITION))
                tree = part(tree, text[1:-1])
            elif kind != "name":
                raise unknown()
            elif self._sign("("):
                tree = self._asked(tree, text)
            else:
                tree = part(tree, text)
        return tree

    def _asked(self, tree: Tree, method: str) -> Tree:
        """The few questions that are the same as a comparison or a name."""
        given = None if self._sign(")") else self._choice()
        if given is not None:
            self._need(")")
        if method == "equals" and given is not None:
            return Two("=", tree, given)
        if method == "isEmpty" and given is None:
            return Two("=", tree, Literal(None))
        if tree == Name(("execution",)) and method == "getVariable":
            match given:
                case Literal(str(name)):
                    return Name((name,))
        raise Untranslatable(say(CALL, found=method))


def part(tree: Tree, name: str) -> Name:
    """A part of a fact."""
    if not isinstance(tree, Name):
        raise unknown()
    return Name((*tree.path, name))


def unknown() -> Untranslatable:
    return Untranslatable(say(UNREADABLE), understood=False)


def _joined(sign: str, left: Tree, right: Tree) -> Two:
    """Two parts with a sign between them, if FEEL takes it for the same: + only adds in JUEL, texts have no order."""
    if sign in _COMPARING and not (surely_number(left) or surely_number(right)):
        if _may_join(left) or _may_join(right):
            raise Untranslatable(say(JOINED))
        texts = [one for one in (left, right) if isinstance(one, Literal) and isinstance(one.value, str)]
        if texts and sign not in ("=", "!="):
            raise Untranslatable(say(ORDER))
    return Two(sign, left, right)


def _may_join(tree: Tree) -> bool:
    """Could it be two texts, which FEEL would join?"""
    match tree:
        case Two("+", left, right):
            return not surely_number(tree) or _may_join(left) or _may_join(right)
        case Choice(_, then, otherwise):
            return _may_join(then) or _may_join(otherwise)
    return False


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise unknown()
        kind, word = match.lastgroup, match[match.lastgroup]
        if kind == "name" and word in _WORDS:
            kind, word = "sign", _WORDS[word]
        found.append((kind, word))
        at = match.end()
    return found
