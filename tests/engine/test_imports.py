"""Release dates from a file: what each line would do, and that what is taken is exactly that."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import clock, imports, participants, worker
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.imports import reading
from engine.models import Key, ParticipantDate, Upload
from tests import make

SOON = clock.today("Europe/Madrid") + timedelta(weeks=20)


@pytest.fixture
def nuria(db):
    """A prison worker with four participants, N-1 to N-4; N-1 has a case and a date."""
    make.local_action(db)
    nuria = make.user(db, "prison")
    make.prepared_case(db, weeks=30)
    for number in ("N-2", "N-3", "N-4"):
        make.participant(db, by=nuria, name=f"Person {number}", number=number)
    return nuria


def send(db, user, *lines, heading="number;date;sure;source", encoding="utf-8"):
    return imports.start_import(db, user, "\r\n".join([heading, *lines]).encode(encoding))


def states(report):
    return [line.state for line in report.lines]


def known_days(db):
    """Every release date that holds now."""
    return db.scalars(
        select(ParticipantDate.on).where(
            ParticipantDate.key == "release_on", ParticipantDate.superseded_at.is_(None)
        )
    ).all()


def test_a_list_is_reported_and_taken_once(db, nuria):
    day = SOON.strftime("%d.%m.%Y")
    lines = [f"N-1;{SOON};confirmed;the court", f"N-2;{day};Estimated;letter of 3 May"]
    upload = send(db, nuria, *lines)
    report = imports.upload_report(db, nuria, upload)
    assert states(report) == ["changed", "new"]
    assert report.lines[0].follow > 0
    assert imports.take_import(db, nuria, upload, seen=report.seen, only_right=False) == 2
    assert imports.take_import(db, nuria, upload, seen=report.seen, only_right=False) == 2
    assert known_days(db).count(SOON) == 2
    again = imports.upload_report(db, nuria, send(db, nuria, *lines))
    assert states(again) == ["same", "same"]


def test_forty_lines_with_six_problems(db, nuria):
    for number in range(5, 39):
        make.participant(db, by=nuria, name=f"Person {number}", number=f"N-{number}")
    good = [f"N-{number};{SOON};estimated;the court" for number in range(3, 37)]
    bad = [
        f"N-999;{SOON};estimated;the court",
        "N-37;31.2.2027;estimated;the court",
        f"N-38;{SOON};perhaps;",
        f"N-2;{SOON};estimated;the court",
        f"N-2;{SOON + timedelta(days=1)};estimated;the court",
        ";1.1.1870;estimated;the court",
    ]
    upload = send(db, nuria, *good, *bad)
    report = imports.upload_report(db, nuria, upload)
    assert report.counts == {"new": 34, "problem": 6}
    told = [" ".join(map(str, line.problems)) for line in report.lines if line.problems]
    assert "Nobody whom you registered has this number" in told[0]
    assert "There is no such day" in told[1]
    assert "estimated" in told[2]
    assert "Enter who said this." in told[2]
    assert "more than once" in told[3]
    assert "Enter the participant's number." in told[5]
    assert "Check the year." in told[5]
    with pytest.raises(Invalid):
        imports.take_import(db, nuria, upload, seen=report.seen, only_right=False)
    assert known_days(db).count(SOON) == 0
    assert imports.take_import(db, nuria, upload, seen=report.seen, only_right=True) == 34
    rest = imports.rest_of(db, nuria, upload)
    assert len(reading.read(rest.encode())) == 6
    assert "no such day" in rest


def test_a_number_of_another_agency_reads_like_one_that_nobody_has(db, nuria):
    make.local_action(db, key="hague")
    sanne = make.user(db, "prison", key="hague")
    make.participant(db, by=sanne, name="Willem", number="H-1")
    marta = make.user(db, "coordinator")
    make.participant(db, by=marta, name="Of the city", number="C-1")
    report = imports.upload_report(
        db, nuria, send(db, nuria, *(f"{n};{SOON};estimated;court" for n in ("H-1", "C-1", "Z-9")))
    )
    assert len({tuple(map(str, line.problems)) for line in report.lines}) == 1


def test_what_changes_in_between_is_noticed(db, nuria):
    upload = send(db, nuria, f"N-2;{SOON};estimated;the court")
    report = imports.upload_report(db, nuria, upload)
    person = report.lines[0].participant_id
    participants.record_date(
        db,
        nuria,
        person,
        key="release_on",
        on=SOON + timedelta(days=9),
        sure="confirmed",
        source="a colleague",
    )
    with pytest.raises(Conflict):
        imports.take_import(db, nuria, upload, seen=report.seen, only_right=False)
    report = imports.upload_report(db, nuria, upload)
    assert states(report) == ["changed"]
    assert imports.take_import(db, nuria, upload, seen=report.seen, only_right=False) == 1


def test_who_has_been_released_gets_no_release_date(db, nuria):
    upload = send(db, nuria, f"N-2;{SOON};estimated;the court")
    person = imports.upload_report(db, nuria, upload).lines[0].participant_id
    yesterday = clock.today("Europe/Madrid") - timedelta(days=1)
    participants.record_date(
        db, nuria, person, key="released_on", on=yesterday, sure="confirmed", source="the gate"
    )
    assert "released already" in str(imports.upload_report(db, nuria, upload).lines[0].problems[0])


def test_days_that_can_be_read_in_two_ways_are_asked_once(db, nuria):
    upload = send(db, nuria, "N-2;03/04/2027;estimated;court", "N-3;05/06/2027;estimated;court")
    assert imports.upload_report(db, nuria, upload).asks_order
    with pytest.raises(Invalid):
        imports.choose_order(db, nuria, upload, "year")
    imports.choose_order(db, nuria, upload, "month")
    assert imports.upload_report(db, nuria, upload).lines[0].on == date(2027, 3, 4)
    clear = send(db, nuria, "N-2;03/04/2027;estimated;court", "N-3;25/06/2027;estimated;court")
    assert imports.upload_report(db, nuria, clear).lines[0].on == date(2027, 4, 3)


def test_a_file_is_its_sender_s_and_forgotten_in_time(connect, config):
    with connect() as db:
        make.local_action(db)
        nuria = make.user(db, "prison")
        keys = len(db.scalars(select(Key)).all())
        upload = send(db, nuria, f"N-2;{SOON};estimated;the court")
        assert b"N-2" not in db.get_one(Upload, upload).content
        with pytest.raises(NotFound):
            imports.upload_report(db, make.user(db, "coordinator"), upload)
        with pytest.raises(Refused):
            imports.start_import(db, make.user(db, "police"), b"number,date\n")
    worker.tick(connect, config, clock.now() + timedelta(hours=3))
    with connect() as db:
        assert db.scalars(select(Upload)).all() == []
        assert len(db.scalars(select(Key)).all()) == keys


@pytest.mark.parametrize(
    "content",
    [
        "number;date;sure;source\nÑ-1;2027-03-27;confirmed;tribunal".encode("latin-1"),
        "number,date,sure,source\r\nÑ-1,27/03/2027,confirmed,tribunal\r\n".encode("utf-8-sig"),
        "Date\tSource\tSure\tPrison number\n27.3.2027\ttribunal\tconfirmed\tÑ-1".encode(),
        '\nÑ-1;"27.3.2027";confirmed;"tribunal"\n\n'.encode(),
    ],
)
def test_files_of_many_programs_say_the_same(content):
    (row,) = reading.read(content)
    assert (row.number, row.sure, row.source) == ("Ñ-1", "confirmed", "tribunal")
    assert reading.day_of(row.date, reading.month_first([row], None)) == date(2027, 3, 27)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n \n",
        b"number;date;sure;source\n",
        b"PK\x03\x04\0\0",
        b"x" * (reading.LARGEST + 1),
        b'a;"b\nc',
    ],
)
def test_what_is_no_list_is_refused_in_words(content):
    with pytest.raises(Invalid) as wrong:
        reading.read(content)
    assert wrong.value.problems[0].field == "file"


def test_too_many_lines_are_refused():
    line = b"N-1;2027-03-27;estimated;court\n"
    assert len(reading.read(line * reading.MOST_LINES)) == reading.MOST_LINES
    with pytest.raises(Invalid):
        reading.read(line * (reading.MOST_LINES + 1))


def test_what_is_given_back_is_no_formula_and_reads_as_it_was():
    row = reading.Row(1, "=1+1", "2027-03-27", "estimated", "@cmd")
    text = reading.write([(row, "-why")])
    assert "'=1+1" in text
    assert "'@cmd" in text
    assert "'-why" in text
    (again,) = reading.read(text.encode())
    assert (again.number, again.source) == (row.number, row.source)
