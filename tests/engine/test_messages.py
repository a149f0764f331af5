"""What one case sends to another of the same participant, and cases that begin because of it."""

import json
import shutil
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine import cases, clock, journal, library, participants, reports, worker
from engine.models import Case, CaseLane, Entry, Job, Message, Pathway, Version, Wait
from tests import make
from tests.make_bpmn import catch, end, lanes, message, node, pathway, start

HEAD = '<b:message id="m" name="help.wanted"/><b:message id="n" name="released.now"/>'


def by_hand(ident):
    return node("manualTask", ident, name=f"Step {ident}")


def drawn(key, *lines, lane="coordinator"):
    return pathway(*lines, key=key, head=HEAD, lane=lane)


def throw(ident, reference="m"):
    return node("intermediateThrowEvent", ident, message(reference), name="Call")


DIAGRAMS = {
    "sender": drawn(
        "sender", start(), by_hand("ask"), throw("t"), by_hand("after"), end(), "s > ask > t > after > e"
    ),
    "receiver": drawn(
        "receiver",
        start(),
        by_hand("ready"),
        catch("c", message()),
        by_hand("help"),
        end(),
        "s > ready > c > help > e",
    ),
    "begun": drawn("begun", start("s", message()), by_hand("answer"), end(), "s > answer > e"),
    "at_release": drawn("at_release", start("s", message("n")), by_hand("visit"), end(), "s > visit > e"),
    "ping": drawn("ping", start("s", message("n")), throw("t"), end(), "s > t > e"),
    "pong": drawn("pong", start("s", message("m")), throw("t", "n"), end(), "s > t > e"),
}


@pytest.fixture
def publish(db, tmp_path):
    """Publish some of the diagrams above, beside the small pathway."""
    make.local_action(db)

    def publish(*keys, forms=None):
        folder = tmp_path / uuid.uuid4().hex
        shutil.copytree(make.SMALL, folder)
        for key in keys:
            (folder / "workflows" / f"{key}.bpmn").write_bytes(DIAGRAMS[key])
        for key, form in (forms or {}).items():
            (folder / "forms" / f"{key}.json").write_text(json.dumps(form))
        make.publish(db, folder)

    return publish


@pytest.fixture
def amira(db, publish):
    return make.participant(db, by=make.user(db, "prison"))


def opened(db, person, key):
    return cases.open_case(db, make.user(db, "prison"), pathway=key, participant_id=person.id, lanes={})


def done(db, case, step):
    make.complete(db, case, step, by="coordinator")


@pytest.fixture
def work(db, connect, config):
    """Let the worker do what is due."""

    def work():
        db.commit()
        while worker.tick(connect, config, clock.now()):
            pass
        db.expire_all()

    return work


def of_pathway(db, person, key):
    versions = select(Version.id).join(Pathway, Pathway.id == Version.pathway_id).where(Pathway.key == key)
    rows = db.scalars(select(Case).where(Case.participant_id == person.id, Case.version_id.in_(versions)))
    return sorted(rows, key=lambda case: case.number)


def verbs(db, case):
    return list(db.scalars(select(Entry.verb).where(Entry.case_id == case.id).order_by(Entry.number)))


def test_a_case_of_the_same_participant_hears_what_another_sends(db, publish, amira, work):
    publish("sender", "receiver")
    other = make.participant(db, by=make.user(db, "prison"), name="Somebody Else", number="N-2")
    sender, receiver, stranger = (
        opened(db, amira, "sender"),
        opened(db, amira, "receiver"),
        opened(db, other, "receiver"),
    )
    done(db, receiver, "ready")
    done(db, stranger, "ready")
    done(db, sender, "ask")
    assert make.open_steps(db, sender) == ["after"], "who sends does not wait for who hears"
    assert make.open_steps(db, receiver) == []
    work()
    assert make.open_steps(db, receiver) == ["help"]
    assert make.open_steps(db, stranger) == []
    assert "sent_message" in verbs(db, sender)
    assert "message" in verbs(db, receiver)
    assert db.scalars(select(Message)).one().heard_at is not None
    assert list(journal.verify(db)) == []


def test_what_nobody_waits_for_is_kept_and_heard_once_by_who_waits_first(db, publish, amira, work):
    publish("sender", "receiver")
    sender, first, second = (opened(db, amira, key) for key in ("sender", "receiver", "receiver"))
    done(db, sender, "ask")
    work()
    assert db.scalars(select(Message)).one().heard_at is None
    done(db, first, "ready")
    assert make.open_steps(db, first) == ["help"]
    done(db, second, "ready")
    work()
    assert make.open_steps(db, second) == []


def test_a_case_that_is_paused_hears_it_when_it_goes_on(db, publish, amira, work):
    publish("sender", "receiver")
    coordinator = make.user(db, "coordinator")
    sender, receiver = opened(db, amira, "sender"), opened(db, amira, "receiver")
    done(db, receiver, "ready")
    cases.pause_case(db, coordinator, receiver.id, reason="In hospital.")
    done(db, sender, "ask")
    work()
    assert make.open_steps(db, receiver) == []
    cases.resume_case(db, coordinator, receiver.id)
    assert make.open_steps(db, receiver) == ["help"]


def test_a_message_begins_a_case_of_its_pathway_where_nobody_waits_for_it(db, publish, amira, work):
    publish("sender", "begun")
    sender = opened(db, amira, "sender")
    done(db, sender, "ask")
    assert of_pathway(db, amira, "begun") == []
    work()
    [begun] = of_pathway(db, amira, "begun")
    assert make.open_steps(db, begun) == ["answer"]
    assert begun.opened_by is None
    lanes = [
        db.scalars(
            select(CaseLane.agency_id).where(CaseLane.case_id == case.id, CaseLane.role == "coordinator")
        ).one()
        for case in (begun, sender)
    ]
    assert lanes[0] == lanes[1]
    assert make.task(db, begun, "answer").agency_id == lanes[0]
    done(db, begun, "answer")
    assert begun.status == "closed"


def test_a_pathway_without_such_a_start_begins_nothing(db, publish, amira, work):
    publish("sender", "at_release")
    done(db, opened(db, amira, "sender"), "ask")
    work()
    assert of_pathway(db, amira, "at_release") == []


def test_the_day_of_release_begins_the_pathways_that_wait_for_it(db, publish, amira):
    publish("at_release")
    prison = make.user(db, "prison")
    said = {"sure": "confirmed", "source": "the gate", "on": clock.today("Europe/Madrid")}
    participants.record_date(db, prison, amira.id, key="released_on", **said)
    participants.record_date(db, prison, amira.id, key="released_on", **said)
    [begun] = of_pathway(db, amira, "at_release")
    assert make.open_steps(db, begun) == ["visit"]


def test_only_the_running_version_decides_what_a_message_begins(db, publish, amira):
    publish("begun")
    assert [version.pathway.key for version in library.begun_by(db, "help.wanted")] == ["begun"]
    old = DIAGRAMS["begun"]
    try:
        DIAGRAMS["begun"] = old.replace(b'<b:messageEventDefinition messageRef="m"/>', b"")
        publish("begun")
    finally:
        DIAGRAMS["begun"] = old
    assert library.begun_by(db, "help.wanted") == []


class Killed(Exception):
    """What happens to a worker between two lines."""


def test_a_message_is_never_heard_twice_whoever_dies_in_between(db, publish, amira, connect, config):
    publish("sender", "begun")
    done(db, opened(db, amira, "sender"), "ask")
    db.commit()
    sent = db.scalars(select(Message)).one().id
    db.commit()

    def die_before_it_is_written():
        with connect() as dying:
            cases.deliver_message(dying, sent)
            dying.flush()
            raise Killed

    with pytest.raises(Killed):
        die_before_it_is_written()
    assert of_pathway(db, amira, "begun") == []
    db.commit()
    for _ in range(3):
        with connect() as again:
            # As a worker does whose job was done but not ticked off.
            again.scalars(select(Job).where(Job.kind == "message")).one().state = "ready"
        worker.tick(connect, config, clock.now())
    db.expire_all()
    assert len(of_pathway(db, amira, "begun")) == 1


def test_a_case_that_waits_again_does_not_hear_the_same_message_again(db, publish, amira, work):
    twice = drawn("receiver", start(), by_hand("ready"), catch("c", message()), catch("d", message()), by_hand("help"),
                  end(), "s > ready > c > d > help > e")  # fmt: skip
    old = DIAGRAMS["receiver"]
    try:
        DIAGRAMS["receiver"] = twice
        publish("sender", "receiver")
    finally:
        DIAGRAMS["receiver"] = old
    sender, receiver = opened(db, amira, "sender"), opened(db, amira, "receiver")
    done(db, receiver, "ready")
    done(db, sender, "ask")
    work()
    assert make.open_steps(db, receiver) == []
    done(db, opened(db, amira, "sender"), "ask")
    work()
    assert make.open_steps(db, receiver) == ["help"]


def test_the_same_sending_is_never_kept_twice(db, publish, amira, work):
    publish("sender")
    done(db, opened(db, amira, "sender"), "ask")
    db.flush()
    sent = db.scalars(select(Message)).one()
    kept = {
        key: getattr(sent, key)
        for key in ("participant_id", "case_id", "move", "place", "name", "audience", "sent_at")
    }
    db.add(Message(id=uuid.uuid4(), **kept))
    with pytest.raises(IntegrityError):
        db.flush()
    db.rollback()


ILLNESS = {
    "key": "illness",
    "title": "Health",
    "questions": [
        {
            "key": "ill",
            "kind": "yes_no",
            "label": "Ill?",
            "required": True,
            "fact": True,
            "audience": ["prison"],
        }
    ],
}
HOLDS = "<b:conditionalEventDefinition><b:condition>ill</b:condition></b:conditionalEventDefinition>"


def test_what_a_condition_reads_narrows_who_knows_of_the_waiting_the_way_on_and_the_message(
    db, publish, amira, work
):
    ask = node("userTask", "examine", name="Examine", t_form="illness")
    lanes_of = lanes(("prison", ["examine"]), ("coordinator", ["talk", "look"]))
    fork = node("parallelGateway", "f", name="Both")
    DIAGRAMS["quiet"] = drawn(
        "quiet", lanes_of, start(), fork, ask, end(), by_hand("talk"), catch("c", HOLDS), throw("t"), by_hand("look"),
        end("z"), end("y"), "s > f > examine > e", "f > talk > y", "f > c > t > look > z",
    )  # fmt: skip
    publish("quiet", "receiver", forms={"illness": ILLNESS})
    quiet, receiver = opened(db, amira, "quiet"), opened(db, amira, "receiver")
    done(db, receiver, "ready")
    waits = db.scalars(select(Wait).where(Wait.case_id == quiet.id, Wait.kind == "condition")).all()
    assert [(wait.title, wait.audience) for wait in waits] == [("Event c", "|prison|")]
    [turn] = [one for one in page(db, "prison", quiet).turns if one.kind == "condition"]
    assert turn.title == "Event c"
    assert [one for one in page(db, "coordinator", quiet).turns if one.kind == "condition"] == []
    make.complete(db, quiet, "examine", by="prison", answers={"ill": True})
    assert make.open_steps(db, quiet) == ["look", "talk"]
    assert make.task(db, quiet, "talk").audience == "case"
    assert make.task(db, quiet, "look").audience == "|prison|"
    work()
    assert make.open_steps(db, receiver) == ["help"]
    told = db.scalars(select(Entry.audience).where(Entry.verb.in_(("sent_message", "message")))).all()
    assert told == ["|prison|", "|prison|"]


def page(db, role, case):
    return reports.case_page(db, make.user(db, role), case.id)


def test_pathways_that_begin_each_other_come_to_rest(db, publish, amira, work):
    publish("ping", "pong")
    said = {"sure": "confirmed", "source": "the gate", "on": clock.today("Europe/Madrid")}
    participants.record_date(db, make.user(db, "prison"), amira.id, key="released_on", **said)
    work()
    found = of_pathway(db, amira, "ping") + of_pathway(db, amira, "pong")
    assert len(found) == 5
    assert {case.status for case in found} == {"closed"}
