"""Does what is due: timers of cases, messages between them, and mail at once or once a day."""

import gettext
import smtplib
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from engine import cases, clock, digests, imports, notices, waiting
from engine.config import ROOT, Config
from engine.errors import EngineError
from engine.models import Case, Job, User
from engine.words import N_, Sentence

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
# The first try again comes soon, the last after some hours; then a person has to look.
PATIENCE = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 14400)]
POLL_SECONDS = 1.0

SUBJECT = N_("Something waits for you in Throughcare")
BODY = N_("Please sign in to read it: {address}\n\nThis message says nothing about its content on purpose.")
DAILY = N_(
    "Unread notices: {count}\n\nPlease sign in to read them: {address}\n\n"
    "This message says nothing about their content on purpose."
)

# The catalogues that the site is translated with; without one for a language its mails are in English.
TRANSLATIONS = ROOT / "web" / "translations"

Connect = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Leased:
    """A job that this worker holds until its lease runs out; only the holder of the token may finish it.

    `taken_at` is when it was found to be due, by the clock that all workers share.
    """

    id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    dedup_key: str
    attempts: int
    token: str
    taken_at: datetime


class LeaseLost(EngineError):
    """Somebody else has taken the job, or it was set anew: what was done in this transaction is undone."""


def tick(
    connect: Connect,
    config: Config,
    now: datetime | None = None,
    limit: int = 20,
    lease_for: timedelta = LEASE,
) -> int:
    """Do up to `limit` jobs that are due, each in its own transaction; how many were done.

    `now` is for stories that move the clock; without it the database's own clock decides what is due. A job that is
    not done within `lease_for` is anybody's again.
    """
    done = 0
    for _ in range(limit):
        job = lease(connect, now, lease_for)
        if job is None:
            break
        done += run_job(connect, config, job)
    return done


def work(connect: Connect, config: Config, stop: threading.Event) -> None:
    """Go on doing what is due until `stop` is set."""
    while not stop.is_set():
        try:
            if tick(connect, config):
                continue
        except Exception:
            log.exception("worker round failed")
        stop.wait(POLL_SECONDS)


def lease(connect: Connect, now: datetime | None = None, lease_for: timedelta = LEASE) -> Leased | None:
    """Take the next job that is due, or one whose holder was not heard of in time. None when there is nothing."""
    with connect() as db:
        present = _database_now(db)
        due = now or present
        job = db.scalar(
            select(Job)
            .where(
                or_(
                    (Job.state == "ready") & (Job.run_at <= due),
                    (Job.state == "leased") & (Job.lease_until < present),
                )
            )
            .order_by(Job.run_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if job is None:
            return None
        job.state, job.lease_token = "leased", uuid.uuid4().hex
        job.lease_until, job.attempts = present + lease_for, job.attempts + 1
        return Leased(job.id, job.kind, job.payload, job.dedup_key, job.attempts, job.lease_token, due)


def run_job(connect: Connect, config: Config, job: Leased) -> bool:
    """Do one job. What fails is tried again later; after the last try it waits for a person, as dead."""
    try:
        HANDS[job.kind](connect, config, job)
    except LeaseLost:
        log.info("job taken over", job=str(job.id), kind=job.kind)
        return False
    except Exception as error:
        log.warning(
            "job failed", job=str(job.id), kind=job.kind, attempts=job.attempts, error=type(error).__name__
        )
        _put_off(connect, job, type(error).__name__)
        return False
    return True


def dead(db: Session) -> list[Job]:
    """The jobs that were tried too often and wait for a person, the oldest first."""
    return list(db.scalars(select(Job).where(Job.state == "dead").order_by(Job.run_at)))


def revive(db: Session) -> int:
    """Let every dead job be tried again from now on; how many there were."""
    found = dead(db)
    for job in found:
        job.state, job.attempts, job.run_at, job.problem = "ready", 0, _database_now(db), None
    return len(found)


def _timers(connect: Connect, _config: Config, job: Leased) -> None:
    with connect() as db:
        case = db.scalar(
            select(Case).where(Case.id == uuid.UUID(job.payload["case"])).with_for_update(of=Case)
        )
        _finish(db, job)
        if case is not None:
            # By the clock that found the job due: a worker whose own clock is slow would fire nothing, set the job
            # for the same past moment, and begin again at once. Waking sets this job anew when a timer is ahead.
            with clock.at(job.taken_at):
                cases.wake(db, case)


def _replan_place(connect: Connect, _config: Config, job: Leased) -> None:
    with connect() as db:
        _finish(db, job)
        waiting.replan_cases(db, cases.open_in(db, uuid.UUID(job.payload["place"])))


def _replan(connect: Connect, _config: Config, job: Leased) -> None:
    with connect() as db:
        _finish(db, job)
        with clock.at(job.taken_at):
            cases.replan_case(db, uuid.UUID(job.payload["case"]))


def _message(connect: Connect, _config: Config, job: Leased) -> None:
    with connect() as db:
        _finish(db, job)
        with clock.at(job.taken_at):
            cases.deliver_message(db, uuid.UUID(job.payload["message"]))


def _forget_upload(connect: Connect, _config: Config, job: Leased) -> None:
    with connect() as db:
        _finish(db, job)
        imports.forget(db, uuid.UUID(job.payload["upload"]))


def _mail(connect: Connect, config: Config, job: Leased) -> None:
    notice_id = uuid.UUID(job.payload["notice"])
    with connect() as db:
        letter = notices.letter(db, notice_id)
        if letter is None or digests.waits(db, letter, job.taken_at):
            _finish(db, job)
            if letter is not None:
                digests.plan(db, letter.user_id, job.taken_at)
            return
    # At least once: a worker that dies between sending and noting it sends the same message again, under
    # the same Message-ID.
    send_mail(config, letter.address, letter.language, job.dedup_key)
    with connect() as db:
        _finish(db, job)
        notices.mark_told(db, [notice_id])


def _digest(connect: Connect, config: Config, job: Leased) -> None:
    """The day's mail, at most once: the day is taken before the mail goes out, and a dead worker keeps it."""
    user_id = uuid.UUID(job.payload["user"])
    with connect() as db:
        taken = digests.claim(db, user_id, job.taken_at)
        user = db.get(User, user_id)
        to = (user.email, user.language or "en") if user else ("", "")
    told: list[uuid.UUID] = []
    if taken:
        day, told = taken
        try:
            send_mail(config, *to, f"{job.dedup_key}:{day.isoformat()}", count=len(told))
        except Exception as error:
            # Where a server fell silent half way, nobody knows whether the mail is under way.
            if not isinstance(error, smtplib.SMTPServerDisconnected | TimeoutError):
                with connect() as db:
                    digests.give_up(db, user_id, day)
            raise
    with connect() as db:
        _finish(db, job)
        notices.mark_told(db, told)
        digests.plan_rest(db, user_id, job.taken_at)


HANDS: dict[str, Callable[[Connect, Config, Leased], None]] = {
    "timers": _timers,
    "mail": _mail,
    "digest": _digest,
    "replan_place": _replan_place,
    "replan": _replan,
    "message": _message,
    "forget_upload": _forget_upload,
}


def send_mail(config: Config, address: str, language: str, key: str, count: int | None = None) -> None:
    """Send the one message that we send, which says only that there is something to read; a daily one, how much."""
    translate = gettext.translation("messages", TRANSLATIONS, [language], fallback=True).gettext
    message = EmailMessage()
    message["Subject"] = translate(SUBJECT)
    message["To"] = address
    message["From"] = f"Throughcare <no-reply@{urlsplit(config.public_url).hostname}>"
    message["Message-ID"] = f"<{key.replace(':', '.')}@{urlsplit(config.public_url).hostname}>"
    words = {"address": config.public_url, "count": count}
    message.set_content(Sentence(BODY if count is None else DAILY, words).said(translate))
    target = urlsplit(config.mail_url)
    if target.scheme == "folder":
        folder = Path(target.path) if target.path else config.mail_folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{key.replace(':', '-')}.eml").write_bytes(bytes(message))
        return
    secure = target.scheme == "smtps"
    smtp = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with smtp(target.hostname or "localhost", target.port or (465 if secure else 587), timeout=20) as server:
        if not secure and target.hostname not in ("localhost", "127.0.0.1"):
            server.starttls()
        if target.username:
            server.login(unquote(target.username), unquote(target.password or ""))
        server.send_message(message)


def _finish(db: Session, job: Leased) -> None:
    """Mark the job as done, in the transaction of what it did. Raises LeaseLost."""
    ended = db.execute(
        update(Job)
        .where(Job.id == job.id, Job.state == "leased", Job.lease_token == job.token)
        .values(state="done", lease_token=None, lease_until=None)
        .returning(Job.id)
    )
    if ended.first() is None:
        raise LeaseLost("This job has been taken over.")


def _put_off(connect: Connect, job: Leased, problem: str) -> None:
    with connect() as db:
        over = job.attempts > len(PATIENCE)
        values: dict[str, Any] = {
            "state": "dead" if over else "ready",
            "problem": problem,
            "lease_token": None,
        }
        if not over:
            values["run_at"] = _database_now(db) + PATIENCE[job.attempts - 1]
        db.execute(
            update(Job)
            .where(Job.id == job.id, Job.state == "leased", Job.lease_token == job.token)
            .values(**values)
        )


def _database_now(db: Session) -> datetime:
    """The one clock that all workers share: a worker whose own clock is wrong neither takes nor keeps jobs wrongly."""
    if db.get_bind().dialect.name == "sqlite":
        return clock.now()
    found: datetime = db.scalar(select(func.clock_timestamp())) or clock.now()
    return found
