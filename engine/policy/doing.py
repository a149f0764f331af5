"""Who may do what, and why not: one table of rules."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from engine import clock
from engine.errors import Refused
from engine.models import Case, CaseAccess, Participant, User
from engine.policy.seeing import Standing, convenes, highest, knows_of, standing, works_on
from engine.policy.users import CONTENT, Desk, administered, desks, led_desks, may, team_desks
from engine.words import N_


class Asked:
    """A user who asks whether something may be done to `thing`; what has to be looked up for it is looked up once."""

    def __init__(self, user: User, thing: Any = None) -> None:
        self.user, self.thing = user, thing

    @property
    def case(self) -> Case:
        found: Case = self.thing if isinstance(self.thing, Case) else self.thing.case
        return found

    @cached_property
    def known(self) -> list[Standing]:
        db = object_session(self.case)
        return standing(db, self.user, self.case.id) if db is not None else []

    @cached_property
    def desks(self) -> set[Desk]:
        """The desks, led ones left out, through which the user knows of the thing."""
        if isinstance(self.thing, Participant):
            return _desks_around(self.user, self.thing)
        return {(one.agency_id, one.role) for one in self.known}


def _desks_around(user: User, participant: Participant) -> set[Desk]:
    """The user's desks in the agency that registered a participant, and those that know of a case of theirs."""
    registering = {desk for desk in desks(user) if desk[0] == participant.agency_id}
    db = object_session(participant)
    if db is None:
        return registering
    cases = select(Case.id).where(Case.participant_id == participant.id)
    rows = db.execute(
        select(CaseAccess.agency_id, CaseAccess.role).where(knows_of(user), CaseAccess.case_id.in_(cases))
    )
    return registering | {(row.agency_id, row.role) for row in rows}


Rule = Callable[[Asked, str], str | None]


def why_not(user: User, verb: str, thing: Any = None) -> str | None:
    """The first reason against it, in words for the user. None means go ahead."""
    return _first(Asked(user, thing), verb)


def why_not_each(
    user: User, verbs: Iterable[str], thing: Any, known: list[Standing] | None = None
) -> dict[str, str | None]:
    """For each of the verbs, None or the reason against it. `known`: the user's standing, if it was looked up."""
    asked = Asked(user, thing)
    if known is not None:
        asked.known = known
    return {verb: _first(asked, verb) for verb in verbs}


def check(user: User, verb: str, thing: Any = None) -> None:
    """Raises Refused with the reason against it, if there is one."""
    reason = why_not(user, verb, thing)
    if reason:
        raise Refused(reason)


def _first(asked: Asked, verb: str) -> str | None:
    return next(filter(None, (rule(asked, verb) for rule in RULES[verb])), None)


def _role_carries_it(asked: Asked, verb: str) -> str | None:
    """A role carries a verb only where it works: who may close cases in one place may not in another."""
    carrying = {(m.agency_id, m.role) for m in asked.user.memberships if verb in m.as_role.may}
    if carrying and (asked.thing is None or carrying & asked.desks):
        return None
    return N_("Your role does not do this. Ask the case coordinator.")


def _administers(asked: Asked, _verb: str) -> str | None:
    if asked.thing.id in administered(asked.user):
        return None
    return N_("You do not administer this local action.")


def _registers_and_dates(asked: Asked, _verb: str) -> str | None:
    """A list of dates names people by their agency's own numbers: it is for who registers them and records dates."""
    if any({"register_participant", "record_date"} <= set(m.as_role.may) for m in asked.user.memberships):
        return None
    return N_("Your role does not import dates.")


def _task_is_open(asked: Asked, _verb: str) -> str | None:
    if asked.thing.status == "done":
        return N_("This task is already done.")
    return N_("This task is no longer needed.") if asked.thing.status == "withdrawn" else None


def _task_is_done(asked: Asked, _verb: str) -> str | None:
    return None if asked.thing.status == "done" else N_("Only a task that is done can be corrected.")


def _task_is_mine(asked: Asked, _verb: str) -> str | None:
    task = asked.thing
    led = (task.agency_id, task.role) in led_desks(asked.user)
    return (
        None
        if task.owner_id == asked.user.id or led
        else N_("You can give back only a task that you have taken on.")
    )


def _case_runs(asked: Asked, _verb: str) -> str | None:
    return PAUSES.get(asked.case.status)


def _case_is_open(asked: Asked, _verb: str) -> str | None:
    return N_("This case is closed.") if asked.case.status == "closed" else None


def _case_is_paused(asked: Asked, _verb: str) -> str | None:
    return None if asked.case.status == "paused" else N_("This case is not paused.")


def _case_is_stuck(asked: Asked, _verb: str) -> str | None:
    return None if asked.case.status == "stuck" else N_("This case does not need repair.")


def _may_retry(asked: Asked, _verb: str) -> str | None:
    """Whoever may try a case again may repair it in every other way too."""
    return _role_carries_it(asked, "retry")


def _people_can_decide(asked: Asked, _verb: str) -> str | None:
    stuck = asked.case.stuck or {}
    return None if stuck.get("remedy") else UNDECIDABLE.get(stuck.get("code", ""), UNDECIDABLE["internal"])


def _tracks_it(asked: Asked, _verb: str) -> str | None:
    """Who tracks cases where they know this one, or leads the desk whose step it is."""
    task = asked.thing
    if (task.agency_id, task.role) in led_desks(asked.user):
        return None
    return _role_carries_it(asked, "track_cases")


def _works_in_lane(asked: Asked, _verb: str) -> str | None:
    if works_on(asked.user, asked.thing):
        return None
    return N_("This task belongs to another role or agency.")


def _nobody_else_has_it(asked: Asked, _verb: str) -> str | None:
    if asked.thing.owner_id is None or asked.thing.owner_id == asked.user.id:
        return None
    return N_("A colleague has taken on this task. Ask them to give it back, or assign it to yourself.")


def _sees_into_case(asked: Asked, _verb: str) -> str | None:
    if highest(asked.known) >= CONTENT:
        return None
    return N_("You take part in single tasks of this case only.")


def _knows_case(asked: Asked, _verb: str) -> str | None:
    return None if asked.known else N_("You do not work on this case.")


def _wrote_it(asked: Asked, _verb: str) -> str | None:
    if asked.thing.author_id == asked.user.id:
        return None
    return N_("Only the person who wrote a note can share it.")


def _convenes_it(asked: Asked, _verb: str) -> str | None:
    if convenes(asked.user, asked.thing):
        return None
    return N_("Who convenes this meeting does this.")


def _is_asked_to_it(asked: Asked, _verb: str) -> str | None:
    if {(one.agency_id, one.role) for one in asked.thing.desks} & set(team_desks(asked.user)):
        return None
    return N_("You are not asked to this meeting.")


def _meeting_is_ahead(asked: Asked, _verb: str) -> str | None:
    return MEETING_OVER.get(asked.thing.status)


def _meeting_is_prepared(asked: Asked, _verb: str) -> str | None:
    return None if asked.thing.status == "preparing" else N_("The invitation has already been sent.")


def _invitation_is_sent(asked: Asked, _verb: str) -> str | None:
    return N_("Send the invitation first.") if asked.thing.status == "preparing" else None


def _meeting_has_begun(asked: Asked, _verb: str) -> str | None:
    if asked.thing.starts_at <= clock.now():
        return None
    return N_("This meeting has not taken place yet. Its record can be finished once it has begun.")


MEETING_OVER = {
    "recorded": N_("This meeting has been recorded."),
    "cancelled": N_("This meeting was cancelled."),
}


def _edits_pathways(asked: Asked, _verb: str) -> str | None:
    return None if may(asked.user, "edit_pathways") else N_("Only pathway editors do this.")


def _publishes_pathways(asked: Asked, _verb: str) -> str | None:
    return None if may(asked.user, "publish_pathways") else N_("Only those who may publish pathways do this.")


def _change_is_open(asked: Asked, _verb: str) -> str | None:
    if asked.thing is None or asked.thing.status == "open":
        return None
    if asked.thing.status == "handed_in":
        return N_("This change waits to be published. Send it back first, then go on with it.")
    return N_("This change is no longer prepared. Open the pathway and begin again.")


def _change_is_handed_in(asked: Asked, _verb: str) -> str | None:
    return None if asked.thing.status == "handed_in" else N_("This change has not been handed in.")


def _change_is_somebody_elses(asked: Asked, _verb: str) -> str | None:
    if str(asked.user.id) not in asked.thing.editors:
        return None
    return N_("You took part in this change, so another editor publishes it: two people look at each change.")


PAUSES = {
    "paused": N_("This case is paused. Its tasks can be done when it goes on."),
    "stuck": N_("This case needs repair before it can go on. The coordinator has been told."),
    "closed": N_("This case is closed."),
}

# Why nobody can decide by hand, by what is wrong.
UNDECIDABLE = {
    "no_way_out": N_(
        "There is nothing to choose here: the pathway waits for something that cannot come any more. Tell the "
        "pathway’s editor, or close the case."
    ),
    "condition_failed": N_(
        "There is nothing to choose here: the answer itself has to be put right. Correct it, or tell the pathway’s "
        "editor."
    ),
    "endless": N_(
        "Nobody can choose here: the pathway goes round for ever. Correct the answer that it reads, or tell the "
        "pathway’s editor."
    ),
    "limit": N_(
        "Nobody can choose here: too much would happen at once. Correct the answer that it reads, or tell the "
        "pathway’s editor."
    ),
    "depth": N_("Nobody can choose here: pathways call each other too deep. Tell the pathway’s editor."),
    "internal": N_(
        "Nobody can choose here: the program itself failed. Try again later, or tell the pathway’s editor."
    ),
}

RULES: dict[str, list[Rule]] = {
    "open_case": [_role_carries_it],
    "register_participant": [_role_carries_it],
    "claim": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "give_back": [_task_is_open, _task_is_mine],
    "assign": [_task_is_open, _works_in_lane],
    "save_draft": [_task_is_open, _works_in_lane, _nobody_else_has_it],
    "complete": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "mark_done": [_task_is_open, _case_runs, _works_in_lane, _nobody_else_has_it],
    "correct": [_task_is_done, _case_is_open, _works_in_lane],
    "ask_colleague": [_case_is_open, _sees_into_case],
    "add_note": [_case_is_open, _knows_case],
    "hand_over": [_case_is_open, _knows_case],
    "share_note": [_case_is_open, _wrote_it],
    "record_date": [_role_carries_it],
    "import_dates": [_registers_and_dates],
    "send_message": [_role_carries_it, _case_runs, _sees_into_case],
    "pause": [_role_carries_it, _case_runs, _sees_into_case],
    "resume": [_role_carries_it, _case_is_paused, _sees_into_case],
    "close": [_role_carries_it, _case_is_open, _sees_into_case],
    "retry": [_role_carries_it, _case_is_stuck, _sees_into_case],
    "move_on": [_may_retry, _case_is_stuck, _sees_into_case, _people_can_decide],
    "tell_editor": [_may_retry, _case_is_stuck, _sees_into_case],
    "see_design": [_edits_pathways],
    "see_pathways": [_edits_pathways],
    "save_change": [_edits_pathways, _change_is_open],
    "drop_change": [_edits_pathways, _change_is_open],
    "take_over": [_edits_pathways, _change_is_open],
    "hand_in": [_edits_pathways, _change_is_open],
    "go_back": [_edits_pathways, _change_is_open],
    "send_back": [_edits_pathways, _change_is_handed_in],
    "publish_change": [_publishes_pathways, _change_is_handed_in, _change_is_somebody_elses],
    "read_notice": [],
    "track_cases": [_role_carries_it],
    "see_figures": [_role_carries_it],
    "nudge": [_task_is_open, _case_runs, _tracks_it],
    "ask_reason": [_task_is_open, _case_is_open, _sees_into_case, _tracks_it],
    "hold_meeting": [_role_carries_it],
    "change_meeting": [_convenes_it, _meeting_is_ahead],
    "send_invitation": [_convenes_it, _meeting_is_ahead, _meeting_is_prepared],
    "reply_to_meeting": [_meeting_is_ahead, _is_asked_to_it],
    "record_meeting": [_convenes_it, _meeting_is_ahead, _invitation_is_sent],
    "finish_record": [_convenes_it, _meeting_is_ahead, _invitation_is_sent, _meeting_has_begun],
    "repeat_meeting": [_convenes_it],
    "reply_to_minutes": [_is_asked_to_it],
    "answer_correction": [_convenes_it],
    "add_agency": [_administers],
    "change_agency": [_administers],
    "add_user": [_administers],
    "change_user": [_administers],
    "give_password": [_administers],
    "sign_out_user": [_administers],
    "reset_second_step": [_administers],
    "set_provider": [_administers],
    "remove_provider": [_administers],
    "bind_user": [_administers],
    "unbind_user": [_administers],
    "add_desk": [_administers],
    "leave_desk": [_administers],
    "deactivate_user": [_administers],
    "activate_user": [_administers],
    "change_place": [_administers],
    "add_closed_days": [_administers],
    "remove_closed_day": [_administers],
    "set_parameter": [_administers],
    "change_password": [],
    "end_sign_in": [],
    "set_up_app": [],
    "remove_app": [],
    "print_codes": [],
    "drop_codes": [],
    "add_passkey": [],
    "remove_passkey": [],
    "bind_account": [],
    "unbind_account": [],
    "choose_mail": [],
    "make_calendar": [],
    "stop_calendar": [],
}
