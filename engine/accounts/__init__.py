"""How users sign in and are recognised: passwords, where they are signed in, and what makes guessing slow."""

from engine.accounts import attempts
from engine.accounts.passwords import change_password, renew_hash, user_by_id, user_with
from engine.accounts.signins import (
    SignInLine,
    begin_sign_in,
    end_all,
    end_other_sign_ins,
    end_sign_in,
    find_sign_in,
    is_seen_anew,
    note_seen,
    sign_ins,
)

__all__ = [
    "SignInLine",
    "attempts",
    "begin_sign_in",
    "change_password",
    "end_all",
    "end_other_sign_ins",
    "end_sign_in",
    "find_sign_in",
    "is_seen_anew",
    "note_seen",
    "renew_hash",
    "sign_ins",
    "user_by_id",
    "user_with",
]
