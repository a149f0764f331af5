"""Keeps the words of a reader's rules, so that they are written once and known at once."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.sql.cache_key import NO_CACHE, CacheKey
from sqlalchemy.sql.elements import BindParameter, Grouping

from engine.models import User

# Some ten for each user; all of them together take a few megabytes.
RULES_KEPT = 200
_rules: dict[Any, "Rule"] = {}


class Rule(Grouping[bool]):
    """A rule in brackets that tells SQLAlchemy at once whether it was compiled before.

    Otherwise a statement is read through, term by term, each time that it is asked for its place in the cache: with
    a rule of a hundred terms that takes longer than the database takes to answer.
    """

    inherit_cache = True
    _known: tuple[Any, CacheKey | None] = (None, None)

    def _gen_cache_key(self, anon_map: Any, bindparams: list[BindParameter[Any]]) -> tuple[Any, ...] | None:
        # A copy may hold another element: what is kept counts only for the one that it was made of.
        rule: Any = self.element
        if self._known[0] is not rule:
            self._known = (rule, rule._generate_cache_key())
        key = self._known[1]
        if key is None:
            anon_map[NO_CACHE] = True
            return None
        bindparams.extend(key.bindparams)
        return (type(self), key.key)


def rule(user: User, model: type[Any], write: Callable[[User], ColumnElement[bool]]) -> Rule:
    """The rule of `model` for `user` as SQL, which depends on nothing but who they are and where: so it is built once.

    What it finds is asked anew each time; only its words are kept.
    """
    # Everything of the memberships and roles that a rule may read: one that is left out would be mistaken for another.
    places = tuple(
        (m.agency_id, m.role, role.sees, role.scope, role.names, tuple(role.leads), tuple(role.may))
        for m in user.memberships
        for role in (m.as_role,)
    )
    key = (model, write, user.id, places)
    if key not in _rules:
        if len(_rules) >= RULES_KEPT:
            _rules.clear()
        _rules[key] = Rule(write(user))
    return _rules[key]
