"""The durations that a local action may set for itself, and how a diagram names one in its offsets.

A diagram writes `-P{housing_apply_weeks}W`: the name stands where the number would, and the letter after it must be
the parameter's own unit. Each step and timer is planned with the values of its case's local action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.words import N_

NAMED = re.compile(r"\{([^{}]*)\}(.?)")


@dataclass(frozen=True)
class Parameter:
    """One duration: its default, and the whole numbers from `least` to `most` with which the real pathways hold.

    `unit` is weeks, days or working_days; `origin` says in a few words where the default comes from.
    """

    key: str
    label: str
    unit: str
    default: int
    least: int
    most: int
    origin: str

    @property
    def letter(self) -> str:
        """What must follow the name in an offset."""
        return "W" if self.unit == "weeks" else "D"


# What one of a unit is called, and several.
UNITS = {
    "weeks": (N_("week"), N_("weeks")),
    "days": (N_("day"), N_("days")),
    "working_days": (N_("working day"), N_("working days")),
}

OWN = N_("Own proposal: agree it with the agencies.")
RESETTLEMENT = N_(
    "British resettlement practice: planning begins twelve weeks before, homelessness is told at eight."
)

CATALOGUE: dict[str, Parameter] = {
    one.key: one
    for one in (
        Parameter(
            "notice_target_weeks",
            N_("A planned release is announced this long before it"),
            "weeks",
            26,
            12,
            29,
            N_("British MAPPA and Finnish practice: half a year before."),
        ),
        Parameter(
            "acknowledge_days",
            N_("An agency names its contact person within"),
            "working_days",
            5,
            1,
            20,
            OWN,
        ),
        Parameter(
            "reoffer_weeks",
            N_("What a participant declined is offered again after"),
            "weeks",
            8,
            4,
            26,
            OWN,
        ),
        Parameter(
            "housing_apply_weeks",
            N_("The application for a place to live is sent this long before release"),
            "weeks",
            16,
            8,
            18,
            N_("Own proposal; Denmark helps up to three months before release."),
        ),
        Parameter(
            "housing_confirm_weeks",
            N_(
                "A place to live is confirmed this long before release; without one, preparing for none begins"
            ),
            "weeks",
            8,
            8,
            12,
            RESETTLEMENT,
        ),
        Parameter(
            "housing_red_weeks",
            N_("Without a home, the head of the housing service is asked this long before release"),
            "weeks",
            4,
            3,
            6,
            OWN,
        ),
        Parameter(
            "confirm_date_weeks",
            N_("The release date is confirmed this long before it"),
            "weeks",
            4,
            3,
            5,
            N_("Denmark's roadmap for release: the date and the conditions are known four weeks before."),
        ),
        Parameter(
            "day_plan_weeks",
            N_("The plan for the day of release is in the participant's hands this long before it"),
            "weeks",
            2,
            1,
            3,
            N_("Sweden's gradual release, and the standard for children in custody: two weeks."),
        ),
        Parameter(
            "first_appointment_days",
            N_("The first appointment after release is held within"),
            "working_days",
            1,
            1,
            3,
            N_("Own proposal; one to three days are common."),
        ),
        Parameter(
            "review_weeks",
            N_("The first review is held this long after release"),
            "weeks",
            6,
            4,
            12,
            OWN,
        ),
        Parameter(
            "supervision_end_weeks",
            N_("Voluntary support is thought of this long before supervision ends"),
            "weeks",
            8,
            7,
            16,
            N_("The European probation rules and Swedish practice: before supervision ends, not after."),
        ),
        Parameter(
            "minutes_days",
            N_("The minutes of a conference hold if nobody corrects them within"),
            "working_days",
            5,
            2,
            10,
            OWN,
        ),
    )
}


def named(text: str) -> Iterator[tuple[str, str]]:
    """Each name in an offset with the letter that follows it."""
    for found in NAMED.finditer(text):
        yield found[1], found[2]


def fill(text: str, chosen: Mapping[str, int]) -> str:
    """An offset with numbers for its names: those that a local action has `chosen`, else the defaults.

    Raises ValueError, worded, for a name that is no parameter.
    """
    if "{" not in text:
        return text

    def number(found: re.Match[str]) -> str:
        one = CATALOGUE.get(found[1])
        if one is None:
            raise ValueError(f"“{found[1]}” is not a parameter.")
        return f"{chosen.get(one.key, one.default)}{found[2]}"

    return NAMED.sub(number, text)


def extremes() -> tuple[dict[str, int], ...]:
    """The values with which a diagram must hold: the defaults, the least of all and the most of all."""
    return (
        {},
        {key: one.least for key, one in CATALOGUE.items()},
        {key: one.most for key, one in CATALOGUE.items()},
    )
