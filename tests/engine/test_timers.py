"""Stories of timers that say when in ISO 8601: lengths, days, moments and cycles."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine import clock, diagram, runner, worker
from engine.errors import Invalid
from engine.models import Job
from tests import make
from tests.engine.drawing import Walk, draw
from tests.make_bpmn import edge, end, pathway, start, user

MADRID = ZoneInfo("Europe/Madrid")
WAIT = "start s; catch t {}; end e; s -> t -> e"
REMIND = """
    start s; user a; boundary t on=a cycle={} beside; user b; end e; end f
    s -> a -> e; t -> b -> f
"""


class Local(Walk):
    """A case where a time zone is kept, begun at a moment."""

    def __init__(self, drawn: str, begun: datetime) -> None:
        self.begun = begun
        super().__init__(drawn)

    @property
    def context(self) -> runner.Context:
        return replace(super().context, now=self.begun, zone=MADRID)

    @property
    def due_at(self) -> list[datetime | None]:
        return [one.due_at for one in self.run.waits]

    def at(self, moment: datetime) -> "Local":
        self.begun = moment
        self.wake()
        return self


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("timer=P14D", local(2027, 2, 14, 9)),
        ("timer=PT36H", local(2027, 2, 1, 21)),
        ("timer=P1M", local(2027, 2, 28, 9)),
        ("timer=P1Y", local(2028, 1, 31, 9)),
        ("timer='duration(\"P14D\")'", local(2027, 2, 14, 9)),
        ("date=2027-07-01", local(2027, 7, 1)),
        ("date=2027-07-01T09:30", local(2027, 7, 1, 9, 30)),
        ("date=2027-07-01T09:30:00Z", datetime(2027, 7, 1, 9, 30, tzinfo=UTC)),
        ("date=2027-07-01T09:30:00+05:30", datetime(2027, 7, 1, 4, 0, tzinfo=UTC)),
        ("date='date(\"2027-07-01\")'", local(2027, 7, 1)),
    ],
)
def test_a_time_is_the_local_calendar_s(said: str, due: datetime) -> None:
    assert Local(WAIT.format(said), local(2027, 1, 31, 9)).due_at == [due]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("P1D", local(2027, 3, 28, 9)),
        ("PT24H", local(2027, 3, 28, 10)),
        ("P1W", local(2027, 4, 3, 9)),
        ("P1M", local(2027, 4, 27, 9)),
    ],
)
def test_a_day_is_a_calendar_day_and_an_hour_an_hour_when_clocks_change(said: str, due: datetime) -> None:
    assert Local(WAIT.format(f"timer={said}"), local(2027, 3, 27, 9)).due_at == [due]


def test_an_hour_that_clocks_leave_out_is_the_next_one() -> None:
    # On 28 March 2027 two o'clock is three o'clock in Madrid.
    case = Local(WAIT.format("timer=P1D"), local(2027, 3, 27, 2, 30))
    assert case.due_at == [datetime(2027, 3, 28, 1, 30, tzinfo=UTC)]


def test_two_timers_at_one_event_gateway_keep_their_own_dates() -> None:
    drawn = """
        start s; first g; catch x timer=P1M; catch y date=2027-02-20; user a; user b; end e; end f
        s -> g; g -> x -> a -> e; g -> y -> b -> f
    """
    case = Local(drawn, local(2027, 1, 31, 9))
    assert case.due_at == [local(2027, 2, 28, 9), local(2027, 2, 20)]
    assert case.at(local(2027, 2, 19, 23)).open == []
    assert case.at(local(2027, 2, 20)).open == ["b"]
    assert case.due_at == []


def test_a_month_s_cycle_stays_on_its_day() -> None:
    case = Local(REMIND.format("R/P1M"), local(2027, 1, 31, 9))
    seen = []
    for _ in range(4):
        (due,) = case.due_at
        assert due is not None
        seen.append(due.astimezone(MADRID).date())
        case.at(due)
    assert seen == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)]
    assert case.open == ["a", "b", "b", "b", "b"]


def test_a_cycle_fires_as_often_as_it_says_and_each_time_once() -> None:
    case = Walk(REMIND.format("R3/PT1H"))
    assert case.wake(minutes=59).open == ["a"]
    assert case.wake(minutes=1).open == ["a", "b"]
    assert case.wake().open == ["a", "b"]
    assert case.wake(hours=1).wake(hours=1).open == ["a", "b", "b", "b"]
    assert case.run.waits == ()
    assert case.wake(days=9).open == ["a", "b", "b", "b"]


def test_a_cycle_ends_with_its_step() -> None:
    case = Walk(REMIND.format("R/P1W")).wake(weeks=1)
    assert case.done("a").run.waits == ()
    assert case.wake(weeks=5).open == ["b"]


def test_what_a_cycle_missed_happens_once_each_with_its_true_date() -> None:
    case = Walk(REMIND.format("R/P1D"))
    begun = case.now
    case.wake(days=3, hours=5)
    assert case.open == ["a", "b", "b", "b"]
    told = [datetime.fromisoformat(one.because or "") for one in case.run.passed if one.kind == "timer"]
    assert [(one - begun).days for one in told] == [1, 2, 3]
    assert [(one.due_at - begun).days for one in case.run.waits if one.due_at] == [4]


def test_what_an_event_starts_beside_can_repeat() -> None:
    drawn = """
        start s; user a; end e; s -> a -> e
        handler h { ; start hs cycle=R2/P1W beside ; user call ; end he ; hs -> call -> he ; }
    """
    assert diagram.read(draw(drawn)).ok
    case = Walk(drawn).wake(weeks=1)
    assert case.open == ["a", "call"]
    assert case.wake(weeks=1).wake(weeks=1).open == ["a", "call", "call"]


def _problems(time: str, text: str, on_edge: bool, **attributes: str) -> list[str]:
    said = f"<b:timerEventDefinition><b:{time}>{text}</b:{time}></b:timerEventDefinition>"
    if on_edge:
        drawn = pathway(
            start(),
            user("a"),
            edge("t", "a", said, **attributes),
            user("c"),
            end("f"),
            end(),
            "s > a > e",
            "t > c > f",
        )
    else:
        event = f'<b:intermediateCatchEvent id="t" name="Wait">{said}</b:intermediateCatchEvent>'
        drawn = pathway(start(), user("a"), event, end(), "s > a > t > e")
    return [
        one.message for one in diagram.read(drawn).problems if one.element == "t" and one.severity == "error"
    ]


@pytest.mark.parametrize("text", ["7D", "P", "P1.5M", "PT", "-P1D", "R3/P1D", "soon", "p14d", "P1D2W"])
def test_a_length_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    (message,) = _problems("timeDuration", text, on_edge=True)
    assert f"“{text}”" in message
    assert "Write a length of time such as" in message


@pytest.mark.parametrize(
    "text", ["2027-02-30", "1 March 2027", "2027-03-01T25:00", "P1D", "20270301", "9999-12-31"]
)
def test_a_day_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    (message,) = _problems("timeDate", text, on_edge=False)
    assert f"“{text}”" in message


@pytest.mark.parametrize(
    "text", ["R", "R3", "R0/P1D", "R3/7D", "R3/P1.5M", "R3/-P1D", "R/PT0S", "P1D", "0 9 * * *"]
)
def test_a_cycle_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    (message,) = _problems("timeCycle", text, on_edge=True, cancelActivity="false")
    assert f"“{text}”" in message
    assert "Write R, the number of times" in message


@pytest.mark.parametrize("text", ["R/PT1H", "R101/PT1H", "R501/P1D"])
def test_a_cycle_that_happens_too_often_is_refused_in_words(text: str) -> None:
    (message,) = _problems("timeCycle", text, on_edge=True, cancelActivity="false")
    assert "too often" in message


@pytest.mark.parametrize("text", ["R3/PT1H", "R/P1M", "R/PT36H", "R500/P1D"])
def test_a_cycle_is_taken_where_it_does_not_interrupt_and_nowhere_else(text: str) -> None:
    assert _problems("timeCycle", text, on_edge=True, cancelActivity="false") == []
    (interrupts,) = _problems("timeCycle", text, on_edge=True)
    assert "does not interrupt" in interrupts
    (waits,) = _problems("timeCycle", text, on_edge=False)
    assert "draw an arrow back" in waits


def test_the_runner_refuses_a_cycle_that_the_check_refuses() -> None:
    for drawn in (
        "start s; user a; boundary t on=a cycle=R3/P1D; end e; end f; s -> a -> e; t -> f",
        "start s; catch t cycle=R3/P1D; end e; s -> t -> e",
    ):
        with pytest.raises(Invalid):
            runner.prepare({"p": draw(drawn)}, "p")


def test_the_worker_lets_a_cycle_fire_each_time_and_makes_up_for_what_it_missed(
    db, config, connect, tmp_path
):
    make.local_action(db)
    shutil.copytree(make.SMALL, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "workflows" / "small_release.bpmn"
    anchored = (
        ' throughcare:anchor="release" throughcare:offset="-P4W"><bpmn:timerEventDefinition id="late_timer"/>'
    )
    weekly = "><bpmn:timerEventDefinition><bpmn:timeCycle>R4/P1W</bpmn:timeCycle></bpmn:timerEventDefinition>"
    file.write_text(file.read_text().replace(anchored, weekly))
    make.publish(db, tmp_path)
    case = make.prepared_case(db)
    begun = make.task(db, case, "plan").opened_at
    db.commit()

    def reminders(by: datetime) -> int:
        db.commit()
        with clock.at(by):
            worker.tick(connect, config, clock.now())
            worker.tick(connect, config, clock.now())
        db.expire_all()
        return make.open_steps(db, case).count("contingency")

    job = db.scalars(select(Job).where(Job.dedup_key == f"timers:{case.id}")).one()
    week = timedelta(days=7, hours=2)
    assert timedelta(days=6, hours=22) < job.run_at - begun < week
    assert reminders(begun + week) == 1
    # Two weeks without a worker.
    assert reminders(begun + 3 * week) == 3
    assert reminders(begun + 9 * week) == 4
