"""How users sign in: where they are signed in, what was tried, and what their second step is."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.base import Table, new_id
from engine.models.keys import Key
from engine.models.places import Agency, User


class SignIn(Table):
    """Somebody is signed in in one browser, whose cookie holds a random token; `digest` is its SHA-256.

    `seen_at` is noted every few minutes only. `confirmed_at`: when they last showed that it is them. `way`: how it
    began, "password", "passkey" or "provider". `second_step`: how, beside that: "app", "printed", "passkey" or
    "provider". `waits`: the second step is still to come; until then it opens nothing.
    """

    __tablename__ = "sign_ins"

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(60))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    way: Mapped[str] = mapped_column(String(10))
    second_step: Mapped[str | None] = mapped_column(String(10))
    waits: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship()


class Attempt(Table):
    """How often in a row something was tried in vain; `key` is a keyed hash of who or where."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class CodeApp(Table):
    """The secret that a user's app makes its codes of, sealed; `last_step` is the half minute of the last one taken.

    Without `confirmed_at` it is only offered: no code of it has been seen yet.
    """

    __tablename__ = "code_apps"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keys.id"))
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    key: Mapped[Key] = relationship()


class PrintedCode(Table):
    """A code on a user's printed list, as a keyed hash; it goes when it is used."""

    __tablename__ = "printed_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)


class Passkey(Table):
    """A passkey of a user: what its device calls it, its public key, and how often it was used if it counts that."""

    __tablename__ = "passkeys"

    id: Mapped[uuid.UUID] = new_id()
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    credential: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Provider(Table):
    """The service at which an agency's own people sign in (OpenID Connect), its secret sealed."""

    __tablename__ = "providers"

    id: Mapped[uuid.UUID] = new_id()
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agencies.id"), unique=True)
    issuer: Mapped[str] = mapped_column(String(400))
    client_id: Mapped[str]
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keys.id"))
    secret: Mapped[bytes]
    agency: Mapped[Agency] = relationship(lazy="joined")
    key: Mapped[Key] = relationship(lazy="joined")


class ProviderAccount(Table):
    """Who a user is at a provider: a keyed hash of issuer and subject, never an address, which can pass to another."""

    __tablename__ = "provider_accounts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    provider_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("providers.id"), index=True)
    bound_at: Mapped[datetime]
    user: Mapped[User] = relationship()
