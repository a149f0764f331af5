"""An administrator's acts: who may, what follows, and what nobody can do by mistake."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import accounts, administration, agencies, cases, clock, policy, reports, worker
from engine.errors import Invalid, NotFound, Refused
from engine.models import (
    Agency,
    Case,
    CaseAccess,
    Entry,
    Job,
    Membership,
    Notice,
    ParameterChange,
    Task,
    User,
)
from engine.reports import admin
from tests import make


@pytest.fixture
def quim(db):
    """The administrator of Catalonia, beside a small release that is being prepared."""
    make.local_action(db)
    return administrator(db)


def administrator(db, key="catalonia", name="Quim Bosc"):
    return agencies.add_user(
        db, email=f"admin@{key}.example", name=name, password=None, desks=[(agency(db, "city", key), "admin")]
    )


def agency(db, house, key="catalonia"):
    return db.scalars(select(Agency).where(Agency.key == f"{key}-{house}")).one()


def field_problems(error):
    return {problem.field for problem in error.value.problems}


def test_an_agency_joins_gets_people_and_a_default_owner(db, quim):
    shelter = administration.add_agency(db, quim, "catalonia", name="Casa Nova", phone="+34 900")
    pep, password = administration.add_user(
        db, quim, "catalonia", name="Pep Mas", email="Pep@Nova.example", agency_id=shelter.id, role="housing"
    )
    assert agencies.is_password(pep, password)
    assert pep.email == "pep@nova.example"
    assert pep.one_time_until > clock.now()
    administration.change_agency(
        db, quim, "catalonia", shelter.id, name="Casa Nova", phone="", default_owner=pep.id
    )
    (line,) = [
        one
        for one in reports.agency_lines(db, administration.find_place(db, quim, "catalonia"))
        if one.id == shelter.id
    ]
    assert (line.default_owner, line.people) == ("Pep Mas", 1)
    noted = db.scalars(select(Entry.verb).where(Entry.user_id == quim.id)).all()
    assert set(noted) == {"added_agency", "added_user", "changed_agency"}


def test_new_tasks_of_a_role_go_to_whom_its_agency_names(db, quim):
    city, pau = agency(db, "city"), make.user(db, "housing")
    ona, _password = administration.add_user(
        db, quim, "catalonia", name="Ona", email="ona@city.example", agency_id=city.id, role="housing"
    )

    def name_for_housing(who):
        owners = {"housing": who.id} if who else {}
        administration.change_agency(db, quim, "catalonia", city.id, name=city.name, role_owners=owners)

    def opened(number):
        case = make.case(db, number=number, name=number)
        make.complete(db, case, "announce", by="prison", answers=make.announcement())
        return make.task(db, case, "find_housing").owner_id

    assert opened("N-1") is None
    name_for_housing(ona)
    assert opened("N-2") == ona.id
    # Who cannot sign in any more is passed over.
    administration.deactivate_user(db, quim, "catalonia", ona.id)
    assert opened("N-3") is None
    name_for_housing(pau)
    assert opened("N-4") == pau.id
    name_for_housing(None)
    assert opened("N-5") is None
    with pytest.raises(Invalid) as wrong:
        name_for_housing(make.user(db, "prison"))
    assert field_problems(wrong) == {"owner_housing"}


def test_everything_that_is_wrong_is_said_at_once(db, quim):
    with pytest.raises(Invalid) as wrong:
        administration.add_user(
            db,
            quim,
            "catalonia",
            name=" ",
            email="prison@catalonia.example",
            agency_id=agency(db, "city").id,
            role="king",
        )
    assert field_problems(wrong) == {"name", "email", "role"}
    with pytest.raises(Invalid) as wrong:
        administration.add_agency(db, quim, "catalonia", name="city of CATALONIA")
    assert field_problems(wrong) == {"name"}
    elsewhere = make.user(db, "prison")
    with pytest.raises(Invalid) as wrong:
        administration.change_agency(
            db, quim, "catalonia", agency(db, "city").id, name="City", default_owner=elsewhere.id
        )
    assert field_problems(wrong) == {"default_owner"}


def test_nothing_elsewhere_exists_for_an_administrator(db, quim):
    make.local_action(db, key="hague")
    theirs = make.user(db, "prison", key="hague")
    for key in ("hague", "nowhere"):
        with pytest.raises(NotFound):
            administration.find_place(db, quim, key)
    for act in (administration.deactivate_user, administration.give_password):
        with pytest.raises(NotFound):
            act(db, quim, "catalonia", theirs.id)
    with pytest.raises(NotFound):
        administration.add_user(
            db,
            quim,
            "catalonia",
            name="Eva",
            email="eva@x.example",
            agency_id=agency(db, "city", "hague").id,
            role="prison",
        )


@pytest.mark.parametrize("role", ["coordinator", "prison", "police"])
def test_who_does_not_administer_finds_nothing_to_administer(db, quim, role):
    worker_ = make.user(db, role)
    assert administration.places(db, worker_) == []
    with pytest.raises(NotFound):
        administration.add_agency(db, worker_, "catalonia", name="Mine")


def test_an_administrator_sees_no_case(db, quim):
    make.prepared_case(db)
    assert db.scalars(policy.visible(quim, Case)).all() == []
    assert db.scalars(policy.visible(quim, Task)).all() == []


def test_nobody_gives_themselves_a_role_and_the_last_administrator_stays(db, quim):
    with pytest.raises(Refused):
        administration.add_desk(
            db, quim, "catalonia", quim.id, agency_id=agency(db, "city").id, role="coordinator"
        )
    with pytest.raises(Refused):
        administration.deactivate_user(db, quim, "catalonia", quim.id)
    marta = make.user(db, "coordinator")
    administration.add_desk(db, quim, "catalonia", marta.id, agency_id=agency(db, "city").id, role="admin")
    db.refresh(marta)
    desk = next(m for m in marta.memberships if m.role == "admin")
    administration.deactivate_user(db, quim, "catalonia", quim.id)
    with pytest.raises(Refused):
        administration.leave_desk(db, marta, "catalonia", marta.id, desk.id)


def test_who_works_in_two_places_keeps_the_account_to_themselves(db, quim):
    make.local_action(db, key="hague")
    marc = make.user(db, "probation")
    there = administrator(db, "hague", "Daan")
    db.add(Membership(user_id=marc.id, agency_id=agency(db, "probation", "hague").id, role="probation"))
    db.flush()
    db.refresh(marc)
    for user, key in ((quim, "catalonia"), (there, "hague")):
        for act in (administration.deactivate_user, administration.give_password):
            with pytest.raises(Refused):
                act(db, user, key, marc.id)
        with pytest.raises(Refused):
            administration.change_user(db, user, key, marc.id, name="X", email="mine@evil.example")
    theirs = next(m for m in marc.memberships if m.agency.key == "hague-probation")
    with pytest.raises(NotFound):
        administration.leave_desk(db, quim, "hague", marc.id, theirs.id)
    assert marc.active


def test_what_somebody_had_open_goes_back_when_they_leave(db, config, quim):
    case = make.prepared_case(db)
    pau = make.user(db, "housing")
    task = make.task(db, case, "find_housing")
    cases.claim_task(db, pau, task.id)
    token = accounts.begin_sign_in(db, pau, config, device="")
    pau.memberships[0].agency.default_owner_id = pau.id
    db.flush()
    with pytest.raises(Refused, match="default owner"):
        administration.deactivate_user(db, quim, "catalonia", pau.id)
    pau.memberships[0].agency.default_owner_id = None
    db.flush()
    administration.deactivate_user(db, quim, "catalonia", pau.id)
    assert not pau.active
    assert accounts.find_sign_in(db, config, token) is None
    assert accounts.sign_ins(db, pau, config) == []
    assert task.owner_id is None
    assert task.status == "open"
    noted = db.scalars(select(Entry).where(Entry.case_id == case.id, Entry.verb == "gave_back")).one()
    assert noted.user_id == quim.id
    administration.activate_user(db, quim, "catalonia", pau.id)
    assert pau.active
    assert task.owner_id is None


def test_a_role_that_ends_takes_its_tasks_and_its_sight_along(db, quim):
    case = make.prepared_case(db)
    pau = make.user(db, "housing")
    administration.add_desk(
        db, quim, "catalonia", pau.id, agency_id=pau.memberships[0].agency_id, role="social"
    )
    db.refresh(pau)
    task = make.task(db, case, "find_housing")
    cases.claim_task(db, pau, task.id)
    desk = next(m for m in pau.memberships if m.role == "housing")
    administration.leave_desk(db, quim, "catalonia", pau.id, desk.id)
    assert task.owner_id is None
    assert policy.level(db, pau, case.id) == policy.NOTHING
    assert db.scalars(select(CaseAccess).where(CaseAccess.user_id == pau.id)).all() == []
    (only,) = pau.memberships
    with pytest.raises(Refused):
        administration.leave_desk(db, quim, "catalonia", pau.id, only.id)


def test_counts_of_fewer_than_five_are_not_told(db, quim):
    assert [str(admin.in_words(count)) for count in (0, 4, 5, 12)] == [
        "fewer than five",
        "fewer than five",
        "5",
        "12",
    ]


def test_people_are_listed_page_by_page_and_found(db, quim, monkeypatch):
    monkeypatch.setattr(admin, "AT_A_TIME", 4)
    place = administration.find_place(db, quim, "catalonia")
    seen, after = [], None
    while True:
        page = reports.people_page(db, place, after=after)
        seen += [row.name for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == len(make.PEOPLE) + 1
    found = reports.people_page(db, place, text="KARIM")
    assert [row.email for row in found.rows] == ["mentor@catalonia.example"]
    assert reports.people_page(db, place, text="%").rows == []


def test_a_closed_day_moves_the_due_date_of_an_open_task(connect, config):
    with connect() as db:
        make.local_action(db)
        quim = administrator(db)
        case = make.prepared_case(db)
        task = make.task(db, case, "find_housing")
        cases.claim_task(db, make.user(db, "housing"), task.id)
        due, case_id = task.due_at, case.id
        place = administration.find_place(db, quim, "catalonia")
        assert administration.add_closed_days(
            db, quim, "catalonia", first=due.date(), last=due.date() + timedelta(days=1), name="Festa Major"
        )
        assert administration.add_closed_days(db, quim, "catalonia", first=due.date(), name="Again") == 0
        assert len(reports.calendar_page(db, place).closed) == 2
    assert worker.tick(connect, config) >= 2
    with connect() as db:
        case = db.get_one(Case, case_id)
        moved = make.task(db, case, "find_housing")
        assert moved.due_at < due
        told = {one.kind for one in db.scalars(select(Notice))}
        assert "dates_moved" in told
        quim = db.scalars(select(User).where(User.email == "admin@catalonia.example")).one()
        for line in reports.calendar_page(db, administration.find_place(db, quim, "catalonia")).closed:
            administration.remove_closed_day(db, quim, "catalonia", line.id)
    worker.tick(connect, config)
    with connect() as db:
        assert make.task(db, db.get_one(Case, case_id), "find_housing").due_at == due


def test_one_job_a_case_and_one_only(connect, config):
    with connect() as db:
        make.local_action(db)
        quim = administrator(db)
        for number in ("N-1", "N-2", "N-3"):
            make.case(db, name=f"Person {number}", number=number)
        for day in (1, 2):
            administration.add_closed_days(
                db, quim, "catalonia", first=clock.now().date() + timedelta(days=day), name="Closed"
            )
    worker.tick(connect, config, limit=1)
    with connect() as db:
        jobs = db.scalars(select(Job).where(Job.kind.in_(("replan", "replan_place")))).all()
        assert sorted(job.kind for job in jobs) == ["replan"] * 3 + ["replan_place"]


def test_closed_days_and_the_place_are_checked(db, quim):
    with pytest.raises(Invalid) as wrong:
        administration.add_closed_days(db, quim, "catalonia", first=None, name=" ")
    assert field_problems(wrong) == {"first", "name"}
    today = clock.now().date()
    with pytest.raises(Invalid) as wrong:
        administration.add_closed_days(
            db, quim, "catalonia", first=today, last=today - timedelta(days=1), name="X"
        )
    assert field_problems(wrong) == {"last"}
    with pytest.raises(Invalid) as wrong:
        administration.change_place(db, quim, "catalonia", timezone="Mars", country="XX", region="CT")
    assert field_problems(wrong) == {"timezone", "country"}
    administration.change_place(db, quim, "catalonia", timezone="Europe/Amsterdam", country="NL", region=None)
    page = reports.calendar_page(db, administration.find_place(db, quim, "catalonia"))
    assert page.country == "NL"
    assert any(day.on.month == 4 and day.on.day in (26, 27) for day in page.holidays)


def test_a_parameter_is_checked_noted_and_put_back(db, quim):
    place = administration.find_place(db, quim, "catalonia")
    with pytest.raises(Invalid) as wrong:
        administration.set_parameter(db, quim, "catalonia", "housing_apply_weeks", value=99, reason=" ")
    assert field_problems(wrong) == {"value", "reason"}
    with pytest.raises(NotFound):
        administration.set_parameter(db, quim, "catalonia", "speed", value=1, reason="x")
    administration.set_parameter(
        db, quim, "catalonia", "housing_apply_weeks", value=12, reason="Social housing answers faster here."
    )
    assert place.parameters == {"housing_apply_weeks": 12}
    line = next(one for one in reports.parameter_lines(db, place) if one.about.key == "housing_apply_weeks")
    assert (line.value, line.is_own, line.changed.by) == (12, True, "Quim Bosc")
    assert line.changed.reason == "Social housing answers faster here."
    assert b"Social" not in db.scalars(select(ParameterChange.reason)).one()
    administration.set_parameter(
        db, quim, "catalonia", "housing_apply_weeks", value=None, reason="No longer."
    )
    assert place.parameters == {}
    assert len(reports.parameter_changes(db, place, "housing_apply_weeks")) == 2


def test_a_password_of_one_s_own_replaces_the_one_time_one(db, quim):
    person, given = administration.add_user(
        db,
        quim,
        "catalonia",
        name="Pep",
        email="pep@x.example",
        agency_id=agency(db, "city").id,
        role="housing",
    )
    with pytest.raises(Invalid) as wrong:
        accounts.change_password(db, person, old="no", new="short", again="other")
    assert field_problems(wrong) == {"old", "new", "again"}
    accounts.change_password(db, person, old=given, new=make.PASSWORD, again=make.PASSWORD)
    assert person.one_time_until is None
    assert agencies.is_password(person, make.PASSWORD)
    assert not agencies.is_password(person, given)
