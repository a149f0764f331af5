"""Sending a list of release dates, as a browser sees it."""

import io
from datetime import timedelta

from engine import clock
from tests import make

DAY = clock.today("Europe/Madrid") + timedelta(weeks=20)


def send(visitor, text, name="list.csv"):
    visitor.get("/imports/new")
    return visitor.send({"file": (io.BytesIO(text.encode()), name)}, button="Show what it would do")


def test_a_list_is_reported_taken_in_part_and_the_rest_given_back(signed_in_as, connect):
    with connect() as db:
        make.participant(db, by=make.user(db, "prison"), name="Hugo", number="N-2")
    nuria = signed_in_as("prison")
    send(nuria, f"N-1;{DAY};confirmed;the court\nN-2;{DAY};estimated;letter\n=9;x;;")
    assert nuria.says("Take the right lines only")
    assert nuria.says("Nobody whom you registered has this number")
    nuria.send(button="Record the dates")
    assert nuria.says("Tick the box to take the right ones only.")
    nuria.send({"only_right": "yes"}, button="Record the dates")
    assert nuria.says("2 dates are recorded.")
    (link,) = nuria.page.xpath("//a[@download]/@href")
    rest = nuria.get(link)
    assert rest.mimetype == "text/csv"
    assert "'=9" in rest.get_data(as_text=True)
    send(nuria, f"N-1;{DAY};confirmed;the court")
    assert nuria.says("There is nothing to record.")
    assert nuria.says("Same as known")


def test_no_file_and_a_wrong_one_are_said_in_words(signed_in_as):
    nuria = signed_in_as("prison")
    nuria.submit("/imports/new", button="Show what it would do")
    assert nuria.says("Choose the file.")
    send(nuria, "\0\0\0")
    assert nuria.says("This is not a CSV file.")


def test_days_that_can_be_read_in_two_ways_are_asked(signed_in_as):
    nuria = signed_in_as("prison")
    send(nuria, "N-1;03/04/2027;estimated;court")
    assert nuria.says("what stands first?")
    nuria.send(button="Go on")
    assert nuria.says("Choose which stands first.")
    nuria.send({"order": "day"}, button="Go on")
    assert nuria.says("3 Apr 2027")


def test_a_report_that_is_no_longer_true_is_made_anew(signed_in_as):
    nuria, oriol = signed_in_as("prison"), signed_in_as("oriol")
    send(nuria, f"N-1;{DAY};estimated;the court")
    send(oriol, f"N-1;{DAY + timedelta(days=3)};confirmed;a letter")
    oriol.send(button="Record the dates")
    assert nuria.send(button="Record the dates").status_code == 409
    assert nuria.says("Something has changed since this report was made.")
    assert nuria.says("Changed: from")
    nuria.send(button="Record the dates")
    assert nuria.says("1 date is recorded.")


def test_a_file_is_nobody_else_s(signed_in_as):
    nuria = signed_in_as("prison")
    where = send(nuria, f"N-1;{DAY};estimated;the court").request.path
    assert signed_in_as("oriol").get(where).status_code == 404
    police = signed_in_as("police")
    police.get("/imports/new")
    assert police.says("Your role does not import dates.")
    assert police.get(where).status_code in (403, 404)
