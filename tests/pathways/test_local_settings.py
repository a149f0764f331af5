"""A local action's own settings on the real pathway: what is open follows, what was done stays."""

from datetime import timedelta

from sqlalchemy import select

from engine import administration, agencies, reports, worker
from engine.models import Agency, Task
from tests.pathways.story import RELEASE, WEEK, shared_out


def administrator(db):
    city = db.scalars(select(Agency).where(Agency.key == "city")).one()
    return agencies.add_user(
        db, email="admin@x.example", name="Quim Bosc", password=None, desks=[(city, "admin")]
    )


def due(amira, step):
    with amira.db() as db:
        task = db.scalars(
            select(Task).where(Task.case_id == amira.case_id, Task.step == step, Task.status == "open")
        ).one()
        return task.due_at.date()


def test_housing_is_applied_for_twelve_weeks_before_instead_of_sixteen(begin):
    amira = begin(shared_out)
    before = due(amira, "apply_housing")
    assert RELEASE - 16 * WEEK - timedelta(days=4) <= before <= RELEASE - 16 * WEEK
    with amira.db() as db:
        quim = administrator(db)
        place = administration.find_place(db, quim, "vallserena")
        assert str(reports.would_follow(db, place, "housing_apply_weeks")) == "fewer than five"
        administration.set_parameter(
            db, quim, "vallserena", "housing_apply_weeks", value=12, reason="The housing service asks for it."
        )
    with amira.db() as db:
        worker.tick(amira.connect, amira.config, amira.now)
    after = due(amira, "apply_housing")
    assert RELEASE - 12 * WEEK - timedelta(days=4) <= after <= RELEASE - 12 * WEEK


def test_every_parameter_is_used_by_a_published_pathway(begin):
    amira = begin()
    with amira.db() as db:
        quim = administrator(db)
        lines = reports.parameter_lines(db, administration.find_place(db, quim, "vallserena"))
    assert [line.about.key for line in lines if not line.pathways] == []
