"""The page that shows what pages are made of."""

from tests import stuck

AT_THE_FOOT = "//footer//a[normalize-space()='How pages are made']"


def test_who_edits_pathways_sees_every_part_and_finds_the_page_at_the_foot(signed_in_as, world, connect):
    with connect() as db:
        stuck.editor(db)
    rosa = signed_in_as("editor")
    rosa.get("/notices")
    (link,) = rosa.page.xpath(AT_THE_FOOT)
    rosa.get(link.get("href"))
    for part in ("Colours", "Status tags", "Lists", "A form with a problem", "Nothing to show"):
        assert rosa.says(part)
    assert rosa.says("Needs repair")
    assert rosa.says("Enter why the case pauses")


def test_nobody_else_sees_it(signed_in_as, world):
    marta = signed_in_as("coordinator")
    assert marta.get("/design").status_code == 403
    marta.get("/notices")
    assert not marta.page.xpath(AT_THE_FOOT)
