"""Seals what is personal, with a key per participant that can be deleted.

AES-256-GCM; each participant's key is wrapped by the installation's master key. What is sealed is bound to its column
and its participant: moved elsewhere, it does not open.
"""

import hashlib
import hmac
import json
import os
import unicodedata
import uuid
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from engine import clock
from engine.config import Keys
from engine.errors import EngineError
from engine.models import Key

NONCE = 12


class Erased(EngineError):
    """The key is gone: what it sealed can never be read again."""


class Vault:
    """Opens and seals with the installation's `keys`. Holds no session and no participant's key."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._master = {name: AESGCM(key) for name, key in keys.master.items()}

    def wrap(self, key: bytes, key_id: uuid.UUID) -> tuple[bytes, str]:
        nonce = os.urandom(NONCE)
        name = self.keys.current
        return nonce + self._master[name].encrypt(nonce, key, key_id.bytes), name

    def unwrap(self, key: Key) -> AESGCM:
        if key.wrapped is None:
            raise Erased("This participant's data has been erased.")
        nonce, box = key.wrapped[:NONCE], key.wrapped[NONCE:]
        return AESGCM(self._master[key.master].decrypt(nonce, box, key.id.bytes))

    def index(self, text: str) -> str:
        """A keyed hash of `text`, blind to case, accents and spacing, to find exactly this name or number again."""
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
        return hmac.new(self.keys.index, plain.encode(), hashlib.sha256).hexdigest()

    def chain(self, previous: str, line: str) -> str:
        """The seal of a journal's line that follows the line sealed `previous`."""
        return hmac.new(self.keys.journal, f"{previous}\n{line}".encode(), hashlib.sha256).hexdigest()


def of(db: Session) -> Vault:
    """The vault that was handed to this session when it was made."""
    vault: Vault = db.info["vault"]
    return vault


def new_key(db: Session) -> Key:
    """A new participant's key, already in the session."""
    key_id = uuid.uuid4()
    wrapped, master = of(db).wrap(AESGCM.generate_key(256), key_id)
    key = Key(id=key_id, wrapped=wrapped, master=master, created_at=clock.now())
    db.add(key)
    return key


def seal(db: Session, key: Key, column: str, value: Any) -> bytes:
    """`value` (anything JSON can say) as a box for `column`, such as "notes.text"."""
    nonce = os.urandom(NONCE)
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + _cipher(db, key).encrypt(nonce, plain, _binding(key, column))


def unseal(db: Session, key: Key, column: str, box: bytes) -> Any:
    """The value in a `box` of `column`. Raises Erased, or InvalidTag when the box was moved or changed."""
    return json.loads(_cipher(db, key).decrypt(box[:NONCE], box[NONCE:], _binding(key, column)))


def seal_bytes(db: Session, key: Key, column: str, content: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _cipher(db, key).encrypt(nonce, content, _binding(key, column))


def unseal_bytes(db: Session, key: Key, column: str, box: bytes) -> bytes:
    return _cipher(db, key).decrypt(box[:NONCE], box[NONCE:], _binding(key, column))


def rotate(db: Session, key: Key) -> None:
    """Wrap a participant's key anew under the current master key; nothing that it sealed changes."""
    vault = of(db)
    nonce, box = (key.wrapped or b"")[:NONCE], (key.wrapped or b"")[NONCE:]
    plain = vault._master[key.master].decrypt(nonce, box, key.id.bytes)
    key.wrapped, key.master = vault.wrap(plain, key.id)


def _cipher(db: Session, key: Key) -> AESGCM:
    opened: dict[uuid.UUID, AESGCM] = db.info.setdefault("opened_keys", {})
    if key.id not in opened:
        opened[key.id] = of(db).unwrap(key)
    return opened[key.id]


def _binding(key: Key, column: str) -> bytes:
    return f"{column}|{key.id}".encode()


__all__ = [
    "Erased",
    "InvalidTag",
    "Vault",
    "new_key",
    "of",
    "rotate",
    "seal",
    "seal_bytes",
    "unseal",
    "unseal_bytes",
]
