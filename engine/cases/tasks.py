"""A task from taking it on to completing it, and correcting it afterwards."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session, contains_eager

from engine import agencies, clock, facts, forms, journal, library, notices, policy, runner, vault
from engine.cases.handing import name_users
from engine.cases.ledger import refresh_waits
from engine.cases.running import (
    Scene,
    grant,
    hold_participant,
    move,
    open_cases,
    replan,
)
from engine.errors import Conflict, FieldProblem, Invalid, NotFound
from engine.models import Answer, Case, Draft, File, Task, User
from engine.words import N_, Sentence

# How far back a step can have happened: further is nearly always a slip of the pen.
OLDEST = timedelta(days=365 * 2)
# Whether something of a task has to be cleared away when it is done.
LEFT_OVER = or_(
    exists().where(Draft.task_id == Task.id),
    exists().where(notices.about(Task)),
)


@dataclass(frozen=True)
class Submitted:
    """What a user sent for a task.

    `raw` as `forms.read` takes it. `happened_on` may be a date, or text that is not one (a problem then).
    `already`: the step had been done before; only what the diagram reads is demanded, and a `reason`.
    `seen`: how many answers the task had when the user opened it, to notice that a colleague was quicker.
    """

    raw: Mapping[str, Any] = field(default_factory=dict)
    happened_on: date | str | None = None
    interpreter: str | None = None
    reason: str = ""
    already: bool = False
    seen: int | None = None


def claim_task(db: Session, user: User, task_id: uuid.UUID) -> Task:
    """Take a task on: it is then the user's until it is done or given back."""
    task = _hold(db, user, task_id)
    policy.check(user, "claim", task)
    _take_on(db, user, task)
    return task


def give_back_task(db: Session, user: User, task_id: uuid.UUID) -> Task:
    """Give a task back to the team; what was typed so far stays with it."""
    task = _hold(db, user, task_id)
    policy.check(user, "give_back", task)
    task.owner_id = None
    _note(db, user, "gave_back", task)
    return task


def assign_task(db: Session, user: User, task_id: uuid.UUID, to: uuid.UUID) -> Task:
    """Give a task to a colleague of the task's agency. Raises Invalid when the colleague cannot do it."""
    task = _hold(db, user, task_id)
    policy.check(user, "assign", task)
    able = agencies.users_at(db, task.agency_id, task.role)
    chosen = next((colleague for colleague in able if colleague.id == to), None)
    if chosen is None:
        raise Invalid(
            [FieldProblem("assign_to", N_("Choose a colleague who does this role in this agency."))]
        )
    task.owner_id = chosen.id
    grant(Scene.of(db, task.case), task.agency_id, task.role, chosen.id)
    if chosen.id != user.id:
        notices.tell(db, chosen.id, "task_for_you", task.case, task)
    _note(db, user, "assigned", task, {"to": str(chosen.id)})
    return task


def save_draft(db: Session, user: User, task_id: uuid.UUID, raw: Mapping[str, Any]) -> Task:
    """Keep what was typed so far, right or wrong, and take the task on."""
    task = _hold(db, user, task_id)
    policy.check(user, "save_draft", task)
    _take_on(db, user, task)
    sealed = vault.seal(db, task.case.participant.key, "drafts.raw", dict(raw))
    draft = db.get(Draft, (task.id, user.id))
    if draft is None:
        db.add(Draft(task_id=task.id, user_id=user.id, raw=sealed, saved_at=clock.now()))
    else:
        draft.raw, draft.saved_at = sealed, clock.now()
    _note(db, user, "saved_draft", task)
    return task


def complete_task(db: Session, user: User, task_id: uuid.UUID, submitted: Submitted) -> Task:
    """Close a task with the user's answers and let the case move on.

    Raises Invalid with all problems, Conflict when somebody else was quicker, Refused, NotFound. A diagram that
    fails afterwards does not undo the answers: the case is then stuck, with them kept.
    """
    task, left_over = _hold_with_left_over(db, user, task_id)
    _refuse_if_done(task)
    policy.check(user, "mark_done" if submitted.already else "complete", task)
    form = library.form_of(db, task)
    answers, happened_on = _read(db, user, task, form, submitted)
    if left_over:
        notices.settle(db, task)
        db.execute(delete(Draft).where(Draft.task_id == task.id))
    dates_moved = _close(db, user, task, form, answers, happened_on, submitted)
    if task.kind == "step" and task.run_id:
        run_id = task.run_id
        move(db, task.case, user, lambda plan, state, context: runner.complete(plan, state, run_id, context))
        if dates_moved:
            replan_all(db, user, task.case)
    else:
        refresh_waits(Scene.of(db, task.case))
        task.case.moved_at = clock.now()
        if task.asked_by:
            notices.tell(db, task.asked_by, "reply", task.case, task)
    return task


def correct_answer(db: Session, user: User, task_id: uuid.UUID, submitted: Submitted) -> Task:
    """Put right what was answered: the old answer is kept beside the new one, and due dates follow.

    The case does not go back: ways it has taken stay taken. Raises Invalid, Conflict, Refused, NotFound.
    """
    task = _hold(db, user, task_id)
    policy.check(user, "correct", task)
    last = _last_number(db, task)
    if submitted.seen is not None and submitted.seen != last:
        raise Conflict(
            "Somebody corrected these answers while you were working. Compare, then send yours again."
        )
    form = library.form_of(db, task)
    unread = forms.raw(form, _unread(db, user, task, form))
    given = {
        key: value for key, value in submitted.raw.items() if key not in unread or _says_something(value)
    }
    submitted = replace(submitted, raw={**unread, **given})
    answers, happened_on = _read(db, user, task, form, submitted, correcting=True)
    dates_moved = _keep(db, user, task, form, answers, happened_on, submitted, number=last + 1)
    task.happened_on = happened_on
    _correct_contact(db, task, form, answers, happened_on)
    _note(db, user, "corrected", task, {"number": last + 1})
    if dates_moved:
        replan_all(db, user, task.case)
    return task


def keep_file(
    db: Session, user: User, task_id: uuid.UUID, *, question: str, name: str, type: str, content: bytes
) -> File:
    """Keep a file that goes with an answer, sealed."""
    task = _hold(db, user, task_id)
    policy.check(user, "correct" if task.status == "done" else "save_draft", task)
    if not any(one.key == question and one.kind == "file" for one in library.form_of(db, task).questions):
        raise NotFound("This step does not ask for that file.")
    key = task.case.participant.key
    file = File(
        id=uuid.uuid4(),
        task_id=task.id,
        question=question,
        name=vault.seal(db, key, "files.name", name),
        type=type,
        size=len(content),
        content=vault.seal_bytes(db, key, "files.content", content),
        added_by=user.id,
        added_at=clock.now(),
    )
    db.add(file)
    _note(db, user, "added_file", task, {"file": str(file.id)})
    return file


def read_file(db: Session, user: User, file_id: uuid.UUID) -> tuple[str, str, bytes]:
    """A file's name, type and bytes. Raises NotFound."""
    file = policy.find(db, user, File, file_id)
    task = policy.find(db, user, Task, file.task_id)
    known = policy.standing(db, user, task.case_id)
    if file.question not in policy.fields(user, known, task, library.form_of(db, task), file.added_by):
        raise NotFound(policy.UNKNOWN[File])
    key = task.case.participant.key
    return (
        vault.unseal(db, key, "files.name", file.name),
        file.type,
        vault.unseal_bytes(db, key, "files.content", file.content),
    )


# ---- the parts of these verbs


def _hold(db: Session, user: User, task_id: uuid.UUID) -> Task:
    """The task as it is now, its case held by this transaction. Raises NotFound."""
    return _hold_with_left_over(db, user, task_id)[0]


def _hold_with_left_over(db: Session, user: User, task_id: uuid.UUID) -> tuple[Task, bool]:
    """The same, and whether there are drafts of it, or notices that it waits."""
    belonging = library.belonging(db, user, task_id)
    if any(question.date for question in belonging.form.questions):
        # Its answers can move every case of the participant.
        hold_participant(db, belonging.participant_id)
    task, left_over = _look_at(db, user, task_id)
    if task.case.moves != belonging.moves:
        # Somebody else had the case until now. PostgreSQL then shows the case as it is, but all else as it was
        # before it had to wait.
        task, left_over = _look_at(db, user, task_id)
    return task, left_over


def _look_at(db: Session, user: User, task_id: uuid.UUID) -> tuple[Task, bool]:
    """The task, what is left over of it, and its case, which this transaction now holds. Raises NotFound."""
    found = db.execute(
        policy.visible(user, Task)
        .join(Task.case)
        .where(Task.id == task_id)
        .options(contains_eager(Task.case))
        .add_columns(LEFT_OVER)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound(policy.UNKNOWN[Task])
    task, left_over = found
    return task, left_over


def _refuse_if_done(task: Task) -> None:
    if task.status == "done" and task.closer and task.closed_at:
        raise Conflict(
            "{who} completed this step on {when}. Your answers were not taken; they are shown below so that you "
            "can copy them.",
            {"who": task.closer.name, "when": task.closed_at},
        )
    if task.status == "withdrawn":
        raise Conflict("This step is no longer needed: the case has moved on. Your answers are shown below.")


def _take_on(db: Session, user: User, task: Task) -> None:
    if task.owner_id != user.id:
        task.owner_id = user.id
        _note(db, user, "claimed", task)


def _read(
    db: Session, user: User, task: Task, form: forms.Form, submitted: Submitted, *, correcting: bool = False
) -> tuple[dict[str, Any], date]:
    """The answers and the day on which it happened. Raises Invalid with every problem of the page at once."""
    problems: list[FieldProblem] = []
    answers: dict[str, Any] = {}
    zone = task.agency.local_action.timezone
    today = clock.today(zone)
    happened_on = submitted.happened_on or today
    if not isinstance(happened_on, date):
        problems.append(FieldProblem("happened_on", N_("Enter a real date, such as 27 3 2027.")))
    elif happened_on > today:
        problems.append(
            FieldProblem("happened_on", N_("The day on which it happened cannot lie in the future."))
        )
    elif happened_on < today - OLDEST:
        problems.append(FieldProblem("happened_on", N_("The day on which it happened lies too far back.")))
    if (submitted.already or correcting) and not submitted.reason.strip():
        sentence = (
            N_("Enter why you correct this.") if correcting else N_("Enter how you know that this is done.")
        )
        problems.append(FieldProblem("reason", sentence))
    try:
        answers = forms.read(
            form,
            submitted.raw,
            {**agencies.options_for(db, task.case, asked=form, reader=user), **_files(db, task, form)},
            facts_only=submitted.already,
            today=today,
            timezone=zone,
        )
    except Invalid as invalid:
        problems = [*invalid.problems, *problems]
    wrong = facts.contradictions({key: on for key, on, _ in forms.dates(form, answers)})
    problems += [FieldProblem(q.key, wrong[q.date]) for q in form.questions if q.date in wrong]
    if problems or not isinstance(happened_on, date):
        raise Invalid(problems)
    return answers, happened_on


def _files(db: Session, task: Task, form: forms.Form) -> dict[str, dict[str, Any]]:
    """The files that an answer may hold: those that were kept for this very task."""
    if not any(question.kind == "file" for question in form.questions):
        return {}
    key = task.case.participant.key
    rows = db.execute(select(File.id, File.name, File.type, File.size).where(File.task_id == task.id))
    return {
        "file": {
            str(row.id): {
                "name": vault.unseal(db, key, "files.name", row.name),
                "type": row.type,
                "size": row.size,
            }
            for row in rows
        }
    }


def _close(
    db: Session,
    user: User,
    task: Task,
    form: forms.Form,
    answers: dict[str, Any],
    happened_on: date,
    submitted: Submitted,
) -> bool:
    task.status, task.closed_at, task.closed_by = "done", clock.now(), user.id
    task.happened_on, task.closed_as = happened_on, "already" if submitted.already else "done"
    task.owner_id = task.owner_id or user.id
    if form.is_contact(answers):
        task.contact_on = happened_on
        task.case.contact_on = max(happened_on, task.case.contact_on or happened_on)
    dates_moved = _keep(db, user, task, form, answers, happened_on, submitted, number=1)
    verb = "marked_done" if submitted.already else "completed"
    _note(db, user, verb, task, {"happened_on": happened_on.isoformat()})
    return dates_moved


def _correct_contact(
    db: Session, task: Task, form: forms.Form, answers: dict[str, Any], happened_on: date
) -> None:
    """What is put right may have been the last contact, or may be one only now."""
    task.contact_on = happened_on if form.is_contact(answers) else None
    db.flush()
    task.case.contact_on = db.scalar(select(func.max(Task.contact_on)).where(Task.case_id == task.case_id))


def _keep(
    db: Session,
    user: User,
    task: Task,
    form: forms.Form,
    answers: dict[str, Any],
    happened_on: date,
    submitted: Submitted,
    number: int,
) -> bool:
    """Keep the answers, what of them the diagram reads, and the dates among them; whether a date is now another."""
    case = task.case
    key = case.participant.key
    reason = submitted.reason.strip()
    given = {
        "task_id": task.id,
        "number": number,
        "values": vault.seal(db, key, "answers.values", answers),
        "reason": vault.seal(db, key, "answers.reason", reason) if reason else None,
        "interpreter": submitted.interpreter or None,
        "happened_on": happened_on,
        "entered_at": clock.now(),
        "entered_by": user.id,
    }
    db.execute(insert(Answer), [given], execution_options={"autoflush": False})
    audiences = {question.key: policy.audience(question.audience) for question in form.questions}
    # A question that was left empty this time has no answer now, whatever was said to it before.
    found = {question.key: answers.get(question.key) for question in form.questions if question.fact}
    facts.record(db, case, found, task=task, agency_id=task.agency_id, user=user, audience=audiences)
    name_users(db, case, {q.key: found[q.key] for q in form.questions if q.fact and q.kind == "user"})
    if isinstance(found.get("coordinator"), str):
        case.coordinator_id = uuid.UUID(found["coordinator"])
    # A day ahead for which nobody said how sure it is, is not certain; one that has passed has happened.
    today = clock.today(task.agency.local_action.timezone)
    said = [
        facts.Said(
            name,
            on,
            sure or ("confirmed" if on <= today else "estimated"),
            Sentence(task.title or ""),
        )
        for name, on, sure in forms.dates(form, answers)
    ]
    moved = facts.say(db, case.participant, said, user=user, agency_id=task.agency_id)
    if said:
        db.flush()
    return bool(moved)


def replan_all(db: Session, user: User, case: Case) -> None:
    """Let every open case of the participant follow the dates."""
    for other in open_cases(db, case.participant_id):
        replan(db, user, other)


def _unread(db: Session, user: User, task: Task, form: forms.Form) -> dict[str, Any]:
    """What was answered to the questions that the user may not read: a correction by somebody else keeps it."""
    newest = db.scalars(
        select(Answer).where(Answer.task_id == task.id).order_by(Answer.number.desc()).limit(1)
    ).one()
    readable = policy.fields(user, policy.standing(db, user, task.case_id), task, form, newest.entered_by)
    values = vault.unseal(db, task.case.participant.key, "answers.values", newest.values)
    return {key: value for key, value in values.items() if key not in readable}


def _says_something(raw: Any) -> bool:
    return any(raw.values()) if isinstance(raw, Mapping) else bool(raw)


def _last_number(db: Session, task: Task) -> int:
    return db.scalar(select(func.max(Answer.number)).where(Answer.task_id == task.id)) or 0


def _note(db: Session, user: User, verb: str, task: Task, codes: dict[str, Any] | None = None) -> None:
    journal.note(
        db,
        user,
        verb,
        task,
        case=task.case,
        agency_id=task.agency_id,
        audience=task.audience,
        codes={"step": task.step, **(codes or {})},
    )
