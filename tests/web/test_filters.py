"""Dates and lengths of time in words."""

from datetime import UTC, date, datetime

import pytest

from engine.schedule import Left
from engine.words import say
from web import filters


@pytest.fixture(autouse=True)
def _in_a_page(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("due", "words", "mark"),
    [
        (Left(3, "working_days", "left"), "3 working days left", "soon"),
        (Left(1, "working_days", "left"), "1 working day left", "soon"),
        (Left(9, "working_days", "left"), "9 working days left", "later"),
        (Left(40, "days", "left"), "40 days left", "later"),
        (Left(200, "days", "left"), "28 weeks left", "later"),
        (Left(5, "hours", "today"), "Due today", "soon"),
        (Left(5, "hours", "left"), "5 hours left", "soon"),
        (Left(1, "days", "over"), "1 day over", "late"),
        (Left(9, "days", "over"), "9 days over", "late"),
        (Left(0, "hours", "over"), "Just over", "late"),
    ],
)
def test_how_far_a_due_date_is_away(due, words, mark):
    assert filters.left(due) == words
    assert filters.nearness(due) == mark


def test_dates_are_written_out_the_european_way():
    assert filters.day(date(2027, 3, 12)) == "12 March 2027"
    assert filters.short_day(date(2027, 3, 12)) == "Fri 12 Mar 2027"
    assert filters.moment(datetime(2027, 3, 12, 9, 5, tzinfo=UTC)) == "12 March 2027 at 09:05"


def test_a_sentence_is_filled_with_its_words_and_those_with_theirs():
    inner = say("the day of {what}", what="release")
    assert (
        filters.say(say("{date} is {on}", date=inner, on=date(2027, 3, 12)))
        == "the day of release is 12 March 2027"
    )
    assert filters.say("100 % certain") == "100 % certain"


def test_answers_are_read_as_words():
    assert filters.shown(True) == "Yes"
    assert filters.shown(["A", "B"]) == "A, B"
    assert filters.shown({"name": "Ada", "phone": "5"}) == "Ada, 5"
    assert filters.shown(date(2027, 3, 12)) == "12 March 2027"
    assert filters.shown(None) == ""
