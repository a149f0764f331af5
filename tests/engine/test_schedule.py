"""When things are due: the master timeline around a release, free days, changing clocks, odd months."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import schedule
from engine.schedule import Calendar, Left

CATALONIA = Calendar("Europe/Madrid", "ES", "CT")
THE_HAGUE = Calendar("Europe/Amsterdam", "NL")
BARE = Calendar("UTC")
RELEASE = date(2027, 3, 31)  # the Wednesday after Easter


def due_on(anchor: date | datetime, offset: str, calendar: Calendar, days: str = "calendar") -> str:
    due = schedule.due_at(anchor, offset, days, calendar)
    assert due.tzinfo is UTC
    return due.astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M:%S")


# The timeline that pathways are built on; a holiday of one place moves the date there and not in the other.
TIMELINE = [
    # offset, Catalonia, The Hague
    ("-P12M", "2026-03-31", "2026-03-31"),
    ("-P26W", "2026-09-30", "2026-09-30"),  # release notice
    ("-P22W", "2026-10-28", "2026-10-28"),
    ("-P20W", "2026-11-11", "2026-11-11"),
    ("-P18W", "2026-11-25", "2026-11-25"),
    ("-P16W", "2026-12-09", "2026-12-09"),  # housing application; the 8th is free in Spain
    ("-P12W", "2027-01-05", "2027-01-06"),  # Epiphany is free in Catalonia: the day before
    ("-P10W", "2027-01-20", "2027-01-20"),
    ("-P8W", "2027-02-03", "2027-02-03"),
    ("-P6W", "2027-02-17", "2027-02-17"),
    ("-P4W", "2027-03-03", "2027-03-03"),
    ("-P2W", "2027-03-17", "2027-03-17"),
    ("-P1W", "2027-03-24", "2027-03-24"),
    ("-P2D", "2027-03-25", "2027-03-25"),  # Easter Monday; back over Easter to Maundy Thursday
    ("P0D", "2027-03-31", "2027-03-31"),
    ("P3D", "2027-04-05", "2027-04-05"),  # a Saturday: the Monday after
    ("P2W", "2027-04-14", "2027-04-14"),
    ("P27D", "2027-04-27", "2027-04-28"),  # King's Day is free in the Netherlands
    ("P6W", "2027-05-12", "2027-05-12"),
    ("P3M", "2027-06-30", "2027-06-30"),
    ("P6M", "2027-09-30", "2027-09-30"),
    ("P9M", "2027-12-31", "2027-12-31"),
    ("P1Y", "2028-03-31", "2028-03-31"),
    ("P18M", "2028-10-02", "2028-10-02"),  # 30 September is a Saturday
]


@pytest.mark.parametrize(("offset", "catalonia", "the_hague"), TIMELINE)
def test_the_timeline_around_a_release(offset, catalonia, the_hague):
    assert due_on(RELEASE, offset, CATALONIA) == f"{catalonia} 23:59:59"
    assert due_on(RELEASE, offset, THE_HAGUE) == f"{the_hague} 23:59:59"


@pytest.mark.parametrize(
    ("anchor", "offset", "calendar", "day"),
    [
        # months by the calendar
        (date(2028, 1, 31), "P1M", BARE, "2028-02-29"),
        (date(2027, 1, 31), "P1M", BARE, "2027-03-01"),  # 28 February is a Sunday
        (date(2027, 3, 31), "-P1M", BARE, "2027-02-26"),  # the Friday before that Sunday
        (date(2028, 2, 29), "P1Y", BARE, "2029-02-28"),
        (date(2028, 2, 29), "P4Y", BARE, "2032-03-01"),  # 29 February 2032 is a Sunday
        (date(2027, 12, 31), "P2M", BARE, "2028-02-29"),
        (date(2027, 1, 31), "P1M3D", BARE, "2027-03-03"),  # months first, then days
        # supervision that ends on a leap day
        (date(2028, 2, 29), "-P8W", CATALONIA, "2028-01-04"),
        # a release on a Sunday stays there; the appointment after it waits for an open door
        (date(2027, 4, 4), "P0D", CATALONIA, "2027-04-04"),
        (date(2027, 4, 4), "-P0D", CATALONIA, "2027-04-04"),
        (date(2027, 4, 3), "P1D", CATALONIA, "2027-04-05"),
        (date(2027, 4, 5), "-P1D", CATALONIA, "2027-04-02"),
        # Saint John's is Catalonia's own
        (date(2027, 6, 23), "P1D", CATALONIA, "2027-06-25"),
        (date(2027, 6, 23), "P1D", Calendar("Europe/Madrid", "ES"), "2027-06-24"),
    ],
)
def test_odd_months_and_free_days(anchor, offset, calendar, day):
    assert due_on(anchor, offset, calendar) == f"{day} 23:59:59"


@pytest.mark.parametrize(
    ("anchor", "offset", "calendar", "day"),
    [
        (RELEASE, "P1D", CATALONIA, "2027-04-01"),
        (date(2027, 3, 25), "P1D", CATALONIA, "2027-03-30"),  # over the whole of Easter
        (date(2026, 12, 23), "P5D", CATALONIA, "2026-12-31"),
        (date(2026, 12, 23), "P1W", CATALONIA, "2026-12-31"),
        (date(2027, 4, 26), "P1D", THE_HAGUE, "2027-04-28"),
        (date(2027, 4, 28), "-P1D", THE_HAGUE, "2027-04-26"),
        (date(2027, 4, 3), "P1D", CATALONIA, "2027-04-05"),
        (date(2027, 4, 4), "-P10D", CATALONIA, "2027-03-18"),
        (date(2027, 4, 4), "P0D", CATALONIA, "2027-04-04"),
    ],
)
def test_working_days_are_counted_one_by_one(anchor, offset, calendar, day):
    assert due_on(anchor, offset, calendar, "working") == f"{day} 23:59:59"


def test_an_agency_is_closed_when_it_says_so():
    party = Calendar("Europe/Amsterdam", "NL", closed=frozenset({date(2027, 4, 14), date(2027, 4, 15)}))
    assert due_on(RELEASE, "P2W", party) == "2027-04-16 23:59:59"
    assert due_on(date(2027, 4, 13), "P1D", party, "working") == "2027-04-16 23:59:59"
    assert not party.is_working(date(2027, 4, 14))
    assert party.next_working(date(2027, 4, 14)) == date(2027, 4, 16)
    assert party.previous_working(date(2027, 4, 15)) == date(2027, 4, 13)
    assert party.working_days(date(2027, 4, 12), date(2027, 4, 16)) == 2
    assert party.working_days(date(2027, 4, 16), date(2027, 4, 12)) == -2


def test_the_end_of_a_day_follows_summer_time():
    before, after = (schedule.due_at(RELEASE, offset, "calendar", CATALONIA) for offset in ("-P1W", "P1W"))
    assert before == datetime(2027, 3, 24, 22, 59, 59, tzinfo=UTC)
    assert after == datetime(2027, 4, 7, 21, 59, 59, tzinfo=UTC)


def test_hours_are_exact_and_days_are_the_wall_clocks():
    friday = datetime.fromisoformat("2027-03-26T16:30:00+01:00")
    assert due_on(friday, "PT4H", CATALONIA) == "2027-03-26 20:30:00", "no holiday moves hours"
    saturday = datetime.fromisoformat("2027-03-27T22:00:00+01:00")
    assert due_on(saturday, "PT4H", CATALONIA) == "2027-03-28 03:00:00", (
        "the hour from two to three was skipped"
    )
    assert due_on(saturday, "P1DT4H", CATALONIA) == "2027-03-29 02:00:00"
    assert due_on(saturday, "-PT90M", CATALONIA) == "2027-03-27 20:30:00"
    assert due_on(RELEASE, "PT8H", CATALONIA) == "2027-03-31 08:00:00"


def test_a_moment_belongs_to_the_day_it_is_there():
    late = datetime(2027, 3, 31, 22, 30, tzinfo=UTC)
    assert due_on(late, "P0D", CATALONIA) == "2027-04-01 23:59:59"
    assert due_on(late, "P0D", BARE) == "2027-03-31 23:59:59"


def test_a_start_begins_with_its_day():
    assert schedule.starts_at(RELEASE, "-P30W", "calendar", CATALONIA) == datetime(2026, 9, 1, 22, tzinfo=UTC)
    sunday = schedule.starts_at(date(2027, 4, 5), "-P1D", "calendar", CATALONIA)
    assert CATALONIA.day_of(sunday) == date(2027, 4, 4), "a start waits for nobody"
    working = schedule.starts_at(date(2027, 4, 5), "-P1D", "working", CATALONIA)
    assert CATALONIA.day_of(working) == date(2027, 4, 2)
    noon = datetime(2027, 4, 5, 12, tzinfo=UTC)
    assert schedule.starts_at(noon, "PT2H", "calendar", CATALONIA) == noon + timedelta(hours=2)


def test_the_latest_safe_start_leaves_the_usual_time():
    due = schedule.due_at(RELEASE, "-P8W", "calendar", CATALONIA)
    assert schedule.latest_start(due, "P4W", CATALONIA) == CATALONIA.end_of(date(2027, 1, 5))
    assert schedule.latest_start(due, "P3D", CATALONIA, "working") == CATALONIA.end_of(date(2027, 1, 29))
    assert schedule.latest_start(due, "PT2H", CATALONIA) == due - timedelta(hours=2)
    assert schedule.latest_start(due, "P0D", CATALONIA) == due


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-09-01T09:00", Left(211, "days", "left")),
        ("2027-03-11T09:00", Left(12, "working_days", "left")),
        ("2027-03-25T09:00", Left(2, "working_days", "left")),
        ("2027-03-30T23:59", Left(1, "working_days", "left")),
        ("2027-03-31T00:00", Left(23, "hours", "today")),
        ("2027-03-31T23:30", Left(0, "hours", "today")),
        ("2027-04-01T00:30", Left(1, "days", "over")),
        ("2027-04-09T12:00", Left(9, "days", "over")),
    ],
)
def test_how_long_is_left_of_something_due_on_a_day(now, left):
    due = schedule.due_at(RELEASE, "P0D", "calendar", CATALONIA)
    moment = datetime.fromisoformat(now).replace(tzinfo=CATALONIA.zone)
    assert schedule.left(due, moment, CATALONIA) == left


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2027-04-01T22:00", Left(1, "working_days", "left")),
        ("2027-04-01T23:30", Left(23, "hours", "left")),
        ("2027-04-02T17:20", Left(5, "hours", "today")),
        ("2027-04-02T22:45", Left(0, "hours", "over")),
        ("2027-04-03T03:45", Left(5, "hours", "over")),
        ("2027-04-04T03:45", Left(2, "days", "over")),
    ],
)
def test_how_long_is_left_of_something_due_at_an_hour(now, left):
    due = datetime.fromisoformat("2027-04-02T22:30:00+02:00")
    moment = datetime.fromisoformat(now).replace(tzinfo=CATALONIA.zone)
    assert schedule.left(due, moment, CATALONIA) == left


def test_days_left_are_plain_days_when_nobody_works_until_then():
    friday_night = datetime.fromisoformat("2027-04-02T20:00:00+02:00")
    sunday = schedule.due_at(date(2027, 4, 4), "P0D", "calendar", CATALONIA)
    assert schedule.left(sunday, friday_night, CATALONIA) == Left(2, "days", "left")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "-P",
        "PT",
        "P1DT",
        "26W",
        "P-1W",
        "P1.5D",
        "1 week",
        "P1W ago",
        "P1D\nP",
        "P٣D",
        None,
        7,
        "P" * 99,
    ],
)
def test_an_offset_that_cannot_be_read_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not a length of time. Write it like P2W"):
        schedule.parse_offset(text)


def test_offsets_that_nobody_means_are_refused_in_words():
    for offset, days, words in (
        ("P101Y", "calendar", "longer than a hundred years"),
        ("P99999D", "calendar", "longer than a hundred years"),
        ("PT999999H", "calendar", "longer than a hundred years"),
        ("P1M", "working", "counted in days or weeks"),
        ("PT4H", "working", "counted in days or weeks"),
        ("P1D", "business", "“calendar” or as “working” days"),
    ):
        with pytest.raises(ValueError, match=words):
            schedule.due_at(RELEASE, offset, days, CATALONIA)
    with pytest.raises(ValueError, match="too far away"):
        schedule.due_at(date(9990, 1, 1), "P50Y", "calendar", BARE)
    with pytest.raises(ValueError, match="too far away"):
        schedule.due_at(date(1, 1, 2), "-P5D", "working", BARE)
    with pytest.raises(ValueError, match="in which time zone"):
        schedule.due_at(datetime(2027, 3, 31, 12), "P0D", "calendar", BARE)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("Europe/Barcelona",), "“Europe/Barcelona” is not a time zone"),
        (("Europe/Madrid", "XX"), "public holidays of “XX” are not known"),
        (("Europe/Madrid", "ES", "ZZ"), "“ZZ” is not a region of ES"),
        (("Europe/Madrid", None, "CT"), "A region needs its country"),
    ],
)
def test_a_place_that_does_not_exist_is_refused_in_words(place, words):
    with pytest.raises(ValueError, match=words):
        Calendar(*place)


# ---- for any day, offset and place

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
ZONES = ["UTC", "Europe/Madrid", "Europe/Amsterdam", "America/Santiago", "Atlantic/Azores", "Asia/Kathmandu"]
CALENDARS = st.sampled_from([CATALONIA, THE_HAGUE, BARE, Calendar("Europe/Copenhagen", "DK")]) | st.builds(
    Calendar, timezone=st.sampled_from(ZONES), closed=st.frozensets(DAYS, max_size=5)
)
COUNTS = st.integers(0, 60)
SIGNS = st.sampled_from(["", "-", "+"])
WHOLE = st.builds("{}P{}{}".format, SIGNS, COUNTS, st.sampled_from("DWM"))
COUNTED = st.builds("{}P{}{}".format, SIGNS, COUNTS, st.sampled_from("DW"))


@settings(deadline=None)
@given(DAYS, DAYS, CALENDARS, WHOLE)
def test_a_later_release_never_makes_anything_due_earlier(one, other, calendar, offset):
    first, second = sorted((one, other))
    due = [schedule.due_at(day, offset, "calendar", calendar) for day in (first, second)]
    assert due == sorted(due)


@settings(deadline=None)
@given(DAYS, DAYS, CALENDARS, COUNTED)
def test_the_same_holds_for_working_days(one, other, calendar, offset):
    first, second = sorted((one, other))
    due = [schedule.due_at(day, offset, "working", calendar) for day in (first, second)]
    assert schedule.parse_offset(offset).zero or due == sorted(due)


@settings(deadline=None)
@given(DAYS, CALENDARS, WHOLE, st.sampled_from(["calendar", "working"]))
def test_nothing_is_due_on_a_free_day_and_nothing_crosses_its_anchor(day, calendar, offset, days):
    parsed = schedule.parse_offset(offset)
    assume(days == "calendar" or not parsed.months)
    due = calendar.day_of(schedule.due_at(day, offset, days, calendar))
    if parsed.zero:
        assert due == day
    else:
        assert calendar.is_working(due)
        assert due < day if parsed.negative else due > day


@settings(deadline=None)
@given(DAYS, CALENDARS, st.integers(1, 60))
def test_working_days_there_and_back(day, calendar, count):
    start = calendar.next_working(day)
    end = calendar.add_working(start, count)
    assert calendar.add_working(end, -count) == start
    assert calendar.working_days(start, end) == count
    assert calendar.add_working(day, 0) == day


@settings(deadline=None)
@given(DAYS, st.sampled_from("DW"), COUNTS)
def test_days_and_weeks_there_and_back(day, unit, count):
    there = schedule.add(day, schedule.parse_offset(f"P{count}{unit}"))
    assert schedule.add(there, schedule.parse_offset(f"-P{count}{unit}")) == day


@settings(deadline=None)
@given(DAYS, COUNTS)
def test_months_there_and_back_lose_at_most_the_end_of_a_month(day, count):
    there = schedule.add(day, schedule.parse_offset(f"P{count}M"))
    back = schedule.add(there, schedule.parse_offset(f"-P{count}M"))
    assert timedelta(0) <= day - back <= timedelta(3)
    assert there.day == min(day.day, there.day)


@settings(deadline=None)
@given(DAYS, st.sampled_from(ZONES))
def test_days_meet_without_gap_or_overlap_whatever_the_clocks_do(day, zone):
    calendar = Calendar(zone)
    assert calendar.day_of(calendar.start_of(day)) == calendar.day_of(calendar.end_of(day)) == day
    assert calendar.end_of(day) + timedelta(seconds=1) == calendar.start_of(day + timedelta(1))


@settings(deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(0, 5000), st.sampled_from(ZONES))
def test_hours_pass_at_their_own_speed(moment, minutes, zone):
    anchor = moment.replace(tzinfo=UTC)
    assume(minutes)
    due = schedule.due_at(anchor, f"PT{minutes}M", "calendar", Calendar(zone))
    assert due - anchor == timedelta(minutes=minutes)


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), DAYS, CALENDARS)
def test_what_is_left_agrees_with_the_clock(moment, day, calendar):
    now, due = moment.replace(tzinfo=UTC), calendar.end_of(day)
    left = schedule.left(due, now, calendar)
    assert (left.state == "over") == (now > due)
    assert (left.state == "today") == (now <= due and calendar.day_of(now) == day)
    assert left.number >= (0 if left.state == "today" else 1)


@settings(deadline=None)
@given(st.text(max_size=20) | st.from_regex(schedule._OFFSET, fullmatch=True))
def test_any_text_is_an_offset_or_a_sentence(text):
    sentence = "."
    try:
        schedule.due_at(RELEASE, text, "calendar", CATALONIA)
    except ValueError as refused:
        sentence = str(refused)
    assert sentence.endswith(".")
