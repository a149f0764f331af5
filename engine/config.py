"""What an installation can set, read once from the environment."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.errors import EngineError

ROOT = Path(__file__).resolve().parent.parent


class Misconfigured(EngineError):
    """A setting is missing or wrong; the sentence says which and what to do."""


@dataclass(frozen=True)
class Keys:
    """The installation's secrets. `master` maps a key's id to 32 bytes; `current` is the id that seals new data."""

    master: Mapping[str, bytes]
    current: str
    index: bytes
    journal: bytes
    web: str


@dataclass(frozen=True)
class Config:
    """Every setting of an installation; README.md describes each.

    A sign-in ends after `idle` without a click and after `longest` in any case; what changes who may do what is asked
    for again after `confirmed`. Half an hour is what NIST SP 800-63B asks for; ten hours are a long working day, within
    its twelve; a quarter of an hour is our own.
    """

    home: Path
    database_url: str
    keys: Keys
    mail_url: str
    public_url: str
    plain_http: bool
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=10)
    confirmed: timedelta = timedelta(minutes=15)

    @property
    def mail_folder(self) -> Path:
        return self.home / "mail"


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder where an installation keeps what it writes."""
    return Path(environ.get("THROUGHCARE_HOME", str(ROOT / "var"))).resolve()


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration that `environ` describes. Raises Misconfigured."""
    folder = home(environ)
    keys = Path(environ.get("THROUGHCARE_KEYS", str(folder / "keys.json")))
    public_url = environ.get("THROUGHCARE_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}")
    loopback = public_url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    if public_url.startswith("http://") and not loopback:
        raise Misconfigured(
            "THROUGHCARE_URL must begin with https:// unless the site is on this machine only."
        )
    return Config(
        home=folder,
        database_url=environ.get("DATABASE_URL", f"sqlite:///{folder / 'throughcare.db'}"),
        keys=read_keys(keys),
        mail_url=environ.get("MAIL_URL", "folder:"),
        public_url=public_url.rstrip("/"),
        plain_http=loopback,
        idle=timedelta(minutes=_number(environ, "THROUGHCARE_IDLE_MINUTES", 30, 5, 120)),
        longest=timedelta(hours=_number(environ, "THROUGHCARE_SIGN_IN_HOURS", 10, 1, 24)),
        confirmed=timedelta(minutes=_number(environ, "THROUGHCARE_CONFIRM_MINUTES", 15, 1, 120)),
    )


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Misconfigured(
            "{name} must be a whole number from {least} to {most}.",
            {"name": name, "least": least, "most": most},
        )
    return int(text)


def read_keys(path: Path) -> Keys:
    """The secrets kept in the file at `path`. Raises Misconfigured when there are none."""
    try:
        held: dict[str, Any] = json.loads(path.read_text())
        return Keys(
            master={name: base64.b64decode(key) for name, key in held["master"].items()},
            current=held["current"],
            index=base64.b64decode(held["index"]),
            journal=base64.b64decode(held["journal"]),
            web=held["web"],
        )
    except FileNotFoundError:
        raise Misconfigured(
            "There is no key file at {path}. Make one with: python -m engine make-keys", {"path": path}
        ) from None
    except (KeyError, ValueError, AttributeError) as error:
        raise Misconfigured(
            "The key file at {path} cannot be read. Restore it from a safe copy; "
            "without it nothing sealed can be opened.",
            {"path": path},
        ) from error


def make_keys(path: Path) -> None:
    """Write new secrets to `path`, readable by its owner only. An existing file is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = datetime.now(UTC).strftime("%Y-%m-%d")

    def random_key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    held = {
        "master": {name: random_key()},
        "current": name,
        "index": random_key(),
        "journal": random_key(),
        "web": secrets.token_urlsafe(48),
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(held, file, indent=1)
