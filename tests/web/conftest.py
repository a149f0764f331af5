"""A small world for the pages: a local action with one open case, and people to sign in as."""

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine import agencies
from tests import make
from tests.visitor import Visitor

Connect = Callable[[], AbstractContextManager[Session]]


# Everybody in the small world has the same password; hashing it is slow on purpose.
hash_once = functools.cache(agencies.hash_password)


@pytest.fixture
def world(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """`case` and `task`: ids of a case at its first step. In the prison, Núria has a colleague, Oriol."""
    monkeypatch.setattr(agencies, "hash_password", hash_once)
    with connect() as db:
        make.local_action(db)
        nuria = make.user(db, "prison")
        agencies.add_user(
            db,
            email="oriol@catalonia.example",
            name="Oriol Bosch",
            password=make.PASSWORD,
            desks=[(nuria.memberships[0].agency, "prison")],
        )
        case = make.case(db)
        return SimpleNamespace(case=case.id, number=case.number, task=make.task(db, case, "announce").id)


@pytest.fixture
def signed_in_as(app: Any, world: SimpleNamespace) -> Iterator[Callable[[str], Visitor]]:
    """A visitor who has signed in, by the role (or the name before the @) of somebody in the small world."""

    def sign_in(who: str) -> Visitor:
        visitor: Visitor = app.test_client()
        answer = visitor.submit(
            "/sign-in", {"email": f"{who}@catalonia.example", "password": make.PASSWORD}, button="Sign in"
        )
        assert answer.status_code == 200, visitor.text
        return visitor

    return sign_in
