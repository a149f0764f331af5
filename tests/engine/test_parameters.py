"""Parameters in diagrams: named, checked before they are published, and filled in when a step is planned."""

import pytest

from engine import diagram, parameters
from engine.config import ROOT
from engine.diagram import Catalogue

RELEASE = ROOT / "workflows" / "coordinated_release.bpmn"
NAMED = "-P{housing_apply_weeks}W"


def problems_with(old, new):
    """What is wrong with the real pathway when one of its offsets is written differently."""
    source = RELEASE.read_text()
    assert source.count(f'"{old}"') == 1
    changed = source.replace(f'"{old}"', f'"{new}"')
    read = diagram.read(changed.encode(), Catalogue.beside(RELEASE), "coordinated_release")
    return [(one.code, str(one.message)) for one in read.problems]


def test_the_real_pathway_names_parameters_and_is_right():
    assert problems_with(NAMED, NAMED) == []


def test_an_unknown_parameter_is_refused_with_the_one_that_was_meant():
    ((code, message),) = problems_with(NAMED, "-P{housing_aply_weeks}W")
    assert code == "parameter_unknown"
    assert "Did you mean “housing_apply_weeks”?" in message
    ((code, message),) = problems_with("-P{housing_red_weeks}W", "-P{zzz}W")
    assert code == "parameter_unknown"
    assert "Choose one from the settings" in message


def test_a_parameter_in_another_unit_is_refused():
    ((code, message),) = problems_with(NAMED, "-P{housing_apply_weeks}D")
    assert code == "parameter_unit"
    assert "Write W" in message


def test_a_deadline_must_hold_whatever_is_chosen():
    # Fine at the default of four weeks, but a local action may choose 26 weeks before release to announce it.
    ((code, _message),) = problems_with(NAMED, "-P{notice_target_weeks}W")
    assert code == "start_after_due"


@pytest.mark.parametrize(
    ("text", "chosen", "filled"),
    [
        (NAMED, {}, "-P16W"),
        (NAMED, {"housing_apply_weeks": 12}, "-P12W"),
        ("P1W{acknowledge_days}D", {"acknowledge_days": 3}, "P1W3D"),
        ("P3D", {"acknowledge_days": 3}, "P3D"),
    ],
)
def test_an_offset_is_filled_in(text, chosen, filled):
    assert parameters.fill(text, chosen) == filled


def test_a_name_that_is_gone_is_said_and_not_guessed():
    with pytest.raises(ValueError, match="speed"):
        parameters.fill("P{speed}D", {})


def test_the_catalogue_says_where_each_default_comes_from():
    for key, one in parameters.CATALOGUE.items():
        assert key == one.key
        assert one.least <= one.default <= one.most
        assert one.unit in parameters.UNITS
        assert one.origin
