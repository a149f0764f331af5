"""The administrator's pages, as a browser sees them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import agencies, clock
from engine.config import ROOT
from engine.models import Agency, LocalAction, Role, User
from tests import make


@pytest.fixture
def quim(world, connect, signed_in_as):
    """Quim, who administers Catalonia, signed in."""
    with connect() as db:
        city = db.scalars(select(Agency).where(Agency.key == "catalonia-city")).one()
        agencies.add_user(
            db,
            email="admin@catalonia.example",
            name="Quim Bosc",
            password=make.PASSWORD,
            desks=[(city, "admin")],
        )
    return signed_in_as("admin")


def id_of(connect, email):
    with connect() as db:
        return db.scalars(select(User.id).where(User.email == email)).one()


def one_time_password(visitor):
    (shown,) = visitor.page.xpath("//main//code")
    return shown.text_content().strip()


PAGES = [
    "agencies",
    "agencies/new",
    "people",
    "people/new",
    "roles",
    "calendar",
    "calendar/place",
    "settings",
]


@pytest.mark.parametrize("path", [*PAGES, "settings/housing_apply_weeks"])
def test_every_page_is_the_administrator_s_alone(quim, signed_in_as, path):
    assert quim.get(f"/admin/catalonia/{path}").status_code == 200
    assert signed_in_as("coordinator").get(f"/admin/catalonia/{path}").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_another_place_is_not_there(quim, connect, path):
    with connect() as db:
        make.local_action(db, key="hague")
    assert quim.get(f"/admin/hague/{path}").status_code == 404


def test_the_menu_shows_what_somebody_may(quim, signed_in_as):
    quim.get("/admin", follow_redirects=True)
    assert quim.says("Agencies")
    assert not quim.says("Import dates")
    nuria = signed_in_as("prison")
    nuria.get("/cases")
    assert nuria.says("Import dates")
    assert not nuria.says("Administration")


def test_an_agency_and_its_first_person_who_chooses_a_password(quim, app):
    quim.submit("/admin/catalonia/agencies/new", {"q-name": "", "q-phone": "1" * 99}, button="Add the agency")
    assert quim.says("Enter the agency’s name")
    quim.submit("/admin/catalonia/agencies/new", {"q-name": "Casa Nova"}, button="Add the agency")
    assert quim.says("Casa Nova is added.")
    quim.get("/admin/catalonia/people/new")
    (casa,) = quim.page.xpath("//label[contains(., 'Casa Nova')]/preceding-sibling::input/@value")
    quim.send(
        {"q-name": "Pep Mas", "q-email": "pep@nova.example", "q-agency": casa, "q-role": "housing"},
        button="Add the person",
    )
    given = one_time_password(quim)
    quim.get(quim.page.xpath("//main//a[contains(., 'Go on to')]/@href")[0])
    assert not quim.says(given)
    pep = app.test_client()
    # It is told by telephone, and written down as people write.
    heard = f" {given.upper().replace('-', ' ')} "
    pep.submit("/sign-in", {"email": "pep@nova.example", "password": heard}, button="Sign in")
    assert pep.says("Choose your password")
    assert pep.get("/cases").location == "/account/password"
    pep.submit("/account/password", {"old": given, "new": "short", "again": "other"})
    assert pep.says("Enter a password of at least 12 characters.")
    pep.send({"old": given, "new": make.PASSWORD, "again": make.PASSWORD}, button="Change the password")
    assert pep.says("Your password is changed.")
    assert pep.get("/cases").status_code == 200
    quim.get("/admin/catalonia/agencies")
    quim.get(quim.page.xpath("//a[.='Casa Nova']/@href")[0])
    assert quim.says("New tasks for Housing officer go to")
    owner, _same = quim.page.xpath("//label[contains(., 'Pep Mas')]/preceding-sibling::input/@value")
    quim.send({"q-default_owner": owner, "q-owner_housing": owner}, button="Save")
    assert quim.says("Saved.")
    assert quim.says("Pep Mas")
    quim.get(quim.page.xpath("//a[.='Casa Nova']/@href")[0])
    assert quim.page.xpath("//input[@name='q-owner_housing' and @checked]/@value") == [owner]


def test_what_roles_may_do_is_told_in_words(quim, connect):
    roles = json.loads((ROOT / "workflows/roles.json").read_text())["roles"]
    verbs = {verb for role in roles for verb in role.get("may", ())}
    with connect() as db:
        db.get_one(Role, "prison").may = sorted(verbs)
    quim.get("/admin/catalonia/roles")
    assert quim.says("follow where cases wait")
    assert [verb for verb in verbs if "_" in verb and quim.says(verb)] == []


def test_a_one_time_password_that_is_too_old_opens_nothing(quim, connect, app):
    pau = id_of(connect, "housing@catalonia.example")
    quim.submit(f"/admin/catalonia/people/{pau}", button="Give a one-time password")
    given = one_time_password(quim)
    with connect() as db:
        db.get_one(User, pau).one_time_until = clock.now() - timedelta(minutes=1)
    late = app.test_client()
    late.submit("/sign-in", {"email": "housing@catalonia.example", "password": given}, button="Sign in")
    assert late.says("The email address or the password is not right.")


def test_who_is_stopped_is_out_at_once(quim, connect, signed_in_as):
    pau = signed_in_as("housing")
    assert pau.get("/tasks").status_code == 200
    path = f"/admin/catalonia/people/{id_of(connect, 'housing@catalonia.example')}"
    quim.get(f"{path}/deactivate")
    assert quim.says("fewer than five")
    quim.send(button="Stop them from signing in")
    assert quim.says("They cannot sign in any more.")
    assert pau.get("/tasks").status_code == 302
    quim.submit(path, button="Let them sign in again")
    assert quim.says("They can sign in again")


def test_a_lost_device_is_signed_out_by_the_administrator(quim, connect, signed_in_as):
    pau = signed_in_as("housing")
    path = f"/admin/catalonia/people/{id_of(connect, 'housing@catalonia.example')}"
    quim.submit(path, button="Sign them out everywhere")
    assert quim.says("Not signed in just now.")
    assert pau.get("/tasks").status_code == 302
    assert signed_in_as("housing").get("/tasks").status_code == 200


def test_the_last_administrator_is_told_why_not(quim, connect):
    path = f"/admin/catalonia/people/{id_of(connect, 'admin@catalonia.example')}"
    quim.get(f"{path}/deactivate")
    assert quim.says("Somebody must administer this local action.")
    assert quim.page.xpath("//main//button[@aria-disabled='true']")


def test_a_role_counts_from_the_next_page_on(quim, connect, signed_in_as):
    pau = signed_in_as("housing")
    assert pau.get("/cases/open").status_code == 200
    person = id_of(connect, "housing@catalonia.example")
    quim.get(f"/admin/catalonia/people/{person}/roles")
    (city,) = quim.page.xpath("//label[contains(., 'City of')]/preceding-sibling::input/@value")
    quim.send({"q-agency": city, "q-role": "admin"}, button="Give the role")
    assert quim.says("The role is given.")
    assert pau.get("/admin/catalonia/people").status_code == 200
    quim.get(f"/admin/catalonia/people/{person}")
    (end,) = quim.page.xpath("//form[.//button[contains(., 'Administrator')]]/@action")
    quim.post(end, data={"csrf_token": quim.page.xpath("//input[@name='csrf_token']/@value")[0]})
    assert pau.get("/admin/catalonia/people").status_code == 404


def test_people_are_searched_without_a_name_in_the_address(quim):
    quim.submit("/admin/catalonia/people", {"text": "karim"}, button="Search")
    assert quim.says("Karim Haddad")
    assert not quim.says("Joan Serra")
    quim.send({"text": "nobody at all"}, button="Search")
    assert quim.says("Nobody here has that")


def test_closed_days_are_added_and_removed(quim):
    quim.submit("/admin/catalonia/calendar", button="Add the closed days")
    assert quim.says("Enter the day")
    assert quim.says("Enter why it is closed")
    first = clock.today("Europe/Madrid") + timedelta(days=30)
    day = {"q-first-day": first.day, "q-first-month": first.month, "q-first-year": first.year}
    quim.send({**day, "q-name": "Festa Major", "q-where": "everywhere"}, button="Add the closed days")
    assert quim.says("1 closed day added. Due dates of open steps follow")
    assert quim.says("Festa Major (everywhere)")
    form = quim.page.xpath("//form[contains(@action, '/remove')]")[0]
    quim.post(form.action, data=dict(form.form_values()), follow_redirects=True)
    assert quim.says("The day is a working day again.")


def test_where_a_local_action_lies_is_checked(quim):
    quim.submit("/admin/catalonia/calendar/place", {"q-timezone": "Moon", "q-country": "ZZ"}, button="Save")
    assert quim.says("is not a time zone")
    assert quim.says("are not known")


def test_a_setting_needs_a_reason_and_goes_back(quim, connect):
    path = "/admin/catalonia/settings/housing_apply_weeks"
    quim.submit(path, {"q-value": "12"}, button="Change it")
    assert quim.says("Enter why it changes")
    quim.submit(path, {"q-value": "40", "q-reason": "Because"}, button="Change it")
    assert quim.says("Enter a whole number from 8 to 18")
    quim.send({"q-value": "12", "q-reason": "Homes are found faster here."}, button="Change it")
    assert quim.says("Homes are found faster here.")
    with connect() as db:
        place = db.scalars(select(LocalAction)).one()
        assert place.parameters == {"housing_apply_weeks": 12}
    quim.submit(path, {"q-reason": "No longer."}, button="Back to the default")
    with connect() as db:
        assert db.scalars(select(LocalAction)).one().parameters == {}


def test_a_parameter_that_no_pathway_uses_says_so(quim):
    # The small world's one pathway names none.
    quim.get("/admin/catalonia/settings")
    assert quim.says("Not used by any published pathway")
    assert quim.get("/admin/catalonia/settings/speed").status_code == 404


def test_a_password_is_changed_by_its_owner(signed_in_as, app):
    nuria, elsewhere = signed_in_as("prison"), signed_in_as("prison")
    nuria.submit("/account/password", {"old": "wrong", "new": "another long password", "again": "x"})
    assert nuria.says("This is not your present password.")
    assert nuria.says("Enter the same new password again.")
    new = "another long password"
    nuria.send({"old": make.PASSWORD, "new": new, "again": new}, button="Change the password")
    assert nuria.says("Your password is changed.")
    assert elsewhere.get("/tasks").status_code == 302
