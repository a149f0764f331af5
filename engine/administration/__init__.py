"""What an administrator does for a local action: its agencies and people, its closed days, its parameters."""

from engine.administration.days import add_closed_days, change_place, remove_closed_day
from engine.administration.people import (
    activate_user,
    active_at,
    add_agency,
    add_desk,
    add_user,
    change_agency,
    change_user,
    deactivate_user,
    desks_of,
    give_password,
    leave_desk,
    let_in,
    reset_second_step,
    sign_out_user,
    why_not_let_go,
)
from engine.administration.providers import bind_user, remove_provider, set_provider, unbind_user
from engine.administration.settings import set_parameter
from engine.administration.standing import find_agency, find_place, find_user, places

__all__ = [
    "unbind_user",
    "set_provider",
    "remove_provider",
    "bind_user",
    "activate_user",
    "active_at",
    "add_agency",
    "add_closed_days",
    "add_desk",
    "add_user",
    "change_agency",
    "change_place",
    "change_user",
    "deactivate_user",
    "desks_of",
    "find_agency",
    "find_place",
    "find_user",
    "give_password",
    "leave_desk",
    "let_in",
    "places",
    "remove_closed_day",
    "reset_second_step",
    "set_parameter",
    "sign_out_user",
    "why_not_let_go",
]
