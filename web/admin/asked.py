"""What the administrator's pages ask, as forms."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext

from engine import forms
from engine.parameters import Parameter
from web.questions import Form

# A role of an agency: its key, its name, and its people {id: name}.
Desk = tuple[str, str, Mapping[str, str]]
NOBODY = "nobody"


def agency(*, is_known: bool = False, has_people: bool = False, desks: Iterable[Desk] = ()) -> Form:
    """An agency; with people, which of them is its default owner: they are handed in as options.

    For each of its `desks`, who gets the new tasks of the role. One that `is_known` already is asked how its people
    sign in.
    """
    asked: list[dict[str, Any]] = [
        {
            "key": "name",
            "kind": "text",
            "label": gettext("Name"),
            "required": True,
            "max_length": 200,
            "error": gettext("Enter the agency’s name"),
        },
        {
            "key": "phone",
            "kind": "text",
            "label": gettext("Telephone"),
            "hint": gettext("Shown on every case that waits for this agency."),
            "max_length": 60,
        },
    ]
    if has_people:
        asked.append(
            {
                "key": "default_owner",
                "kind": "user",
                "label": gettext("Default owner"),
                "hint": gettext(
                    "Gets a task that would otherwise be nobody’s: one for a role in which each sees only their own "
                    "cases, where nobody is named and nobody leads the role."
                ),
            }
        )
    asked += [
        {
            "key": f"owner_{role}",
            "kind": "one_of",
            "label": gettext("New tasks for %(role)s go to", role=name),
            "hint": gettext("Where a case itself names nobody for this role."),
            "required": True,
            "choices": _choices({NOBODY: gettext("Nobody: they stand in the team’s list"), **people}),
            "error": gettext("Choose who gets the new tasks, or nobody"),
        }
        for role, name, people in desks
    ]
    if is_known:
        asked.append(
            {
                "key": "second_step",
                "kind": "yes_no",
                "label": gettext("Do people here need a second step to sign in?"),
                "hint": gettext(
                    "Beside the password: a passkey, or a code from an app or a printed list. "
                    "Whoever has none is led to set one up."
                ),
                "required": True,
                "error": gettext("Choose yes or no"),
            }
        )
    return _form(asked)


def provider(*, is_known: bool) -> Form:
    """Where an agency's people sign in; of one that `is_known` the secret may be left as it is."""
    kept = gettext("Leave it empty to keep the one from before.")
    return _form(
        [
            {
                "key": "issuer",
                "kind": "text",
                "label": gettext("Issuer"),
                "required": True,
                "max_length": 400,
                "hint": gettext(
                    "The service’s address as it says it itself, for example https://login.agency.example"
                ),
                "error": gettext("Enter the issuer’s address"),
            },
            {
                "key": "client_id",
                "kind": "text",
                "label": gettext("Client ID"),
                "required": True,
                "max_length": 200,
                "hint": gettext("What this site is called there."),
                "error": gettext("Enter the client’s name there"),
            },
            {
                "key": "secret",
                "kind": "text",
                "label": gettext("Client secret"),
                "required": not is_known,
                "max_length": 400,
                "hint": kept if is_known else gettext("It is sealed, and never shown again."),
                "error": gettext("Enter the secret"),
            },
        ]
    )


def account() -> Form:
    """Who somebody is at a provider."""
    return _form(
        [
            {
                "key": "subject",
                "kind": "text",
                "label": gettext("Subject"),
                "required": True,
                "max_length": 255,
                "hint": gettext("What the service calls this person in “sub”. It is not the email address."),
                "error": gettext("Enter the subject"),
            }
        ]
    )


def person() -> Form:
    return _form(_person())


def new_person(roles: Mapping[str, str]) -> Form:
    return _form([*_person(), *_desk(roles)])


def desk(roles: Mapping[str, str]) -> Form:
    """A role in an agency."""
    return _form(_desk(roles))


def place() -> Form:
    """Where a local action lies."""
    return _form(
        [
            {
                "key": "timezone",
                "kind": "text",
                "label": gettext("Time zone"),
                "required": True,
                "hint": gettext("For example, Europe/Madrid"),
                "error": gettext("Enter the time zone"),
            },
            {
                "key": "country",
                "kind": "text",
                "label": gettext("Country"),
                "required": True,
                "hint": gettext("Its code of two letters, such as ES or NL."),
                "error": gettext("Enter the country"),
            },
            {
                "key": "region",
                "kind": "text",
                "label": gettext("Region"),
                "hint": gettext("Its code, if the region has holidays of its own: CT for Catalonia."),
            },
        ]
    )


def closed_days() -> Form:
    """Days on which an agency, or all of them, does not work. Where is handed in as options."""
    return _form(
        [
            {
                "key": "first",
                "kind": "date",
                "label": gettext("Closed on, or from"),
                "required": True,
                "hint": gettext("For example, 27 3 2027"),
                "error": gettext("Enter the day"),
            },
            {"key": "last", "kind": "date", "label": gettext("To, if it is more than one day")},
            {
                "key": "name",
                "kind": "text",
                "label": gettext("Why?"),
                "required": True,
                "hint": gettext("For example: town festival."),
                "error": gettext("Enter why it is closed"),
            },
            {
                "key": "where",
                "kind": "agency",
                "label": gettext("Where?"),
                "required": True,
                "error": gettext("Choose where it is closed"),
            },
        ]
    )


def parameter(one: Parameter, unit: str) -> Form:
    """Another value for a parameter, and why."""
    return _form(
        [
            {
                "key": "value",
                "kind": "whole_number",
                "label": gettext("Value in %(unit)s", unit=unit),
                "required": True,
                "hint": gettext("From %(least)d to %(most)d.", least=one.least, most=one.most),
                "error": gettext("Enter the value"),
            },
            reason(),
        ]
    )


def reset() -> Form:
    return _form([reason()])


def reason() -> dict[str, Any]:
    return {
        "key": "reason",
        "kind": "long_text",
        "label": gettext("Why does it change?"),
        "required": True,
        "max_length": 2000,
        "hint": gettext("Other administrators read this. Write nothing about a participant."),
        "error": gettext("Enter why it changes"),
    }


def _person() -> list[dict[str, Any]]:
    return [
        {
            "key": "name",
            "kind": "text",
            "label": gettext("Name"),
            "required": True,
            "max_length": 200,
            "error": gettext("Enter the person’s name"),
        },
        {
            "key": "email",
            "kind": "text",
            "label": gettext("Email address"),
            "required": True,
            "hint": gettext("They sign in with it."),
            "error": gettext("Enter an email address"),
        },
        {"key": "phone", "kind": "text", "label": gettext("Telephone"), "max_length": 60},
    ]


def _desk(roles: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "key": "agency",
            "kind": "agency",
            "label": gettext("Agency"),
            "required": True,
            "error": gettext("Choose the agency"),
        },
        {
            "key": "role",
            "kind": "one_of",
            "label": gettext("Role"),
            "required": True,
            "choices": _choices(roles),
            "error": gettext("Choose the role"),
        },
    ]


def _choices(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in named.items()]


def _form(asked: list[dict[str, Any]]) -> Form:
    return forms.parse({"key": "asked", "title": "asked", "questions": asked})
