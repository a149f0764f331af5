"""Every word that a user sees can be translated: the site in a language of brackets, and what stands outside them."""

import ast
import email
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import jinja2.nodes
import pytest
from babel import Locale
from babel.messages import frontend
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import render_template_string
from lxml import etree, html
from sqlalchemy import select

from engine import cases, clock, diagram, facts, forms, worker
from engine.errors import Invalid
from engine.models import Agency, Case, Note, Task, User
from tests import make, visitor
from web import filters, wording

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "web" / "translations" / "babel.cfg"
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|%%\{\w+\}|\{\w+\})")
# A case's number, and what a script fills in with one.
NUMBERS = re.compile(r"TC-\d+|%\{count\}")
BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")
# The attributes that a browser shows or reads aloud, and those from which a script or a style takes its words.
SPOKEN = (
    "aria-label",
    "aria-description",
    "title",
    "placeholder",
    "alt",
    "label",
    "data-label",
    "data-words",
)
DATES = Locale.parse("nl")
NAMES_OF_TIME = {
    name.rstrip(".")
    for table in (DATES.months["format"], DATES.months["stand-alone"], DATES.days["format"])
    for width in table.values()
    for name in width.values()
}
IN_TWO_YEARS = clock.today("Europe/Madrid") + timedelta(days=730)
# What stands for itself in every language.
UNTRANSLATED = (
    "Throughcare",
    "English",
    "Nederlands",
    "Amira Benali",
    "Lea Roca",
    "N-1",
    "+34",
    "letter.pdf",
)


def bracketed(text: str) -> str:
    """The text with each piece between its placeholders in brackets: what is filled in stays outside."""
    pieces = PLACEHOLDER.split(text)
    return "".join(f"⟦{one}⟧" if n % 2 == 0 and one.strip() else one for n, one in enumerate(pieces))


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one language, made by the commands in babel.cfg; its words are the English ones in brackets."""
    folder = tmp_path_factory.mktemp("translations")
    commands = [shlex.split(line[1:]) for line in SETTINGS.read_text().splitlines() if "pybabel " in line]
    extract, init = (
        [str(folder / "messages.pot") if word == "var/messages.pot" else word for word in command[1:]]
        for command in commands[:2]
    )
    extract += ["tests/small/forms", "tests/small/workflows"]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", *extract], cwd=ROOT, check=True)
    init[init.index("-d") + 1] = str(folder)
    frontend.CommandLineInterface().run(["pybabel", "-q", *init])
    (catalogue,) = folder.glob("*/LC_MESSAGES/messages.po")
    with catalogue.open("rb") as file:
        messages = read_po(file, locale=catalogue.parent.parent.name)
    for message in messages:
        if message.id:
            one = isinstance(message.id, str)
            message.string = bracketed(message.id) if one else tuple(map(bracketed, message.id))
    with catalogue.open("wb") as file:
        write_po(file, messages)
    assert [list(message.check()) for message in messages if list(message.check())] == []
    with catalogue.with_suffix(".mo").open("wb") as file:
        write_mo(file, messages)
    return folder


@pytest.fixture
def app(config: Any, store: Any, translations: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from web import create_app

    monkeypatch.setattr(filters, "TRANSLATIONS", translations)
    app = create_app(config, store)
    app.test_client_class = visitor.Visitor
    return app


@pytest.fixture
def known(world: Any, connect: Any) -> list[str]:
    """Everybody and every agency of the small world by name, and everything that was typed there."""
    with connect() as db:
        for user in db.scalars(select(User)):
            user.language = "nl"
        return [
            *UNTRANSLATED,
            *db.scalars(select(User.name)),
            *db.scalars(select(User.email)),
            *db.scalars(select(Agency.name)),
        ]


class Reader:
    """Reads pages and remembers every word that stands outside the brackets."""

    def __init__(self, known: list[str]) -> None:
        self.known = sorted(known, key=len, reverse=True)
        self.found: dict[str, str] = {}
        self.pages = 0

    def read(self, page: Any, where: str) -> None:
        self.pages += 1
        for text in seen(page):
            self.check(text, where)

    def check(self, text: str, where: str) -> None:
        rest = NUMBERS.sub(" ", BRACKETS.sub(" ", text))
        for one in self.known:
            rest = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", " ", rest)
        words = [word for word in re.findall(r"[^\W\d_]+", rest) if word not in NAMES_OF_TIME]
        if words:
            self.found.setdefault(" ".join(words), f"{where}: {' '.join(text.split())[:160]}")


def seen(page: Any) -> Iterator[str]:
    """Every text of a page that somebody sees or hears."""
    for element in page.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style"):
            continue
        yield element.text or ""
        yield from (child.tail or "" for child in element)
        for name, value in element.attrib.items():
            if name in SPOKEN or name.startswith("data-i18n"):
                try:
                    told = json.loads(value)
                except ValueError:
                    told = value
                yield from told.values() if isinstance(told, dict) else [str(told)]
        if element.tag == "input" and element.get("type") in ("submit", "button"):
            yield element.get("value") or ""


# ---- the pages


@pytest.fixture
def reader(known: list[str]) -> Iterator[Reader]:
    """Fails the test at its end with every word that was found outside the brackets."""
    reader = Reader(known)
    yield reader
    assert reader.found == {}
    assert reader.pages


@pytest.fixture
def look(reader: Reader) -> Any:
    """Let a visitor open pages, each of which is read."""

    def look(who: visitor.Visitor, *paths: str) -> None:
        for path in paths:
            who.get(path)
            reader.read(who.page, path)

    return look


@pytest.fixture
def send(reader: Reader) -> Any:
    """Let a visitor fill in a page's form by the English words of its button; what comes back is read."""

    def send(who: visitor.Visitor, path: str, button: str, answers: dict[str, Any] | None = None) -> Any:
        answer = who.submit(path, answers, button=f"⟦{button}⟧")
        reader.read(who.page, f"{path} {button}")
        return answer

    return send


def test_signing_in(client, world, look, reader):
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr, nl;q=0.8, en;q=0.5"
    look(client, "/sign-in", "/tasks")
    client.submit("/sign-in", {"email": "nobody@x.example", "password": "wrong"}, button="⟦Sign in⟧")
    reader.read(client.page, "a wrong password")
    assert client.page.get("lang") == "nl"


def test_a_language_that_has_a_catalogue_can_be_chosen(signed_in_as, world):
    nuria = signed_in_as("prison")
    assert [one.text_content() for one in nuria.page.xpath("//select[@id='language']/option")] == [
        "English",
        "Nederlands",
    ]
    nuria.submit("/tasks", {"language": "nl"}, button="Change")
    assert nuria.page.get("lang") == "nl"
    assert nuria.page.xpath("//h1")[0].text_content() == "⟦My tasks⟧"
    assert nuria.page.xpath("//select[@id='language']/option[@selected]/@value") == ["nl"]
    nuria.submit("/tasks", {"language": "en"}, button="⟦Change⟧")
    assert nuria.page.xpath("//h1")[0].text_content() == "My tasks"


def test_my_tasks_and_one_task(signed_in_as, world, look, send, reader, connect):
    nuria = signed_in_as("prison")
    page = f"/tasks/{world.task}"
    look(nuria, "/tasks", "/tasks?whose=team", "/tasks?whose=unclaimed", "/tasks?late=yes", page)
    for words in ("⟦Announce the release⟧", "⟦Write down what is known.⟧", "⟦Prison case worker⟧"):
        assert words in nuria.text
    wrong = {"q-release_day-day": "31", "q-release_day-month": "2", "q-release_day-year": "2031"}
    assert send(nuria, page, "Complete", wrong).status_code == 422
    assert "⟦Release date⟧" not in nuria.text, "a label is translated within a message, whole"
    send(nuria, page, "Take on")
    with connect() as db:
        cases.save_draft(db, make.user(db, "prison"), world.task, {"wishes": "N-1"})
    look(nuria, f"{page}/already-done")
    assert send(nuria, f"{page}/already-done", "Mark as already done").status_code == 422
    look(nuria, page)
    send(nuria, page, "Give back to the team")
    told = {f"q-release_day-{part}": value for part, value in make.day(IN_TWO_YEARS).items()}
    told |= {"q-how_sure": "estimated", "q-agreement": "given", "q-wishes": "Yes"}
    assert send(nuria, page, "Complete", told).status_code == 200
    reader.known.append("Yes")  # typed, not ticked
    look(nuria, page, f"{page}/correct", "/tasks", "/notices")
    assert send(nuria, f"{page}/correct", "Save the correction").status_code == 422
    text = nuria.get(f"{page}/text").get_data(as_text=True)
    assert "⟦Estimated⟧" in text
    assert "⟦What does the participant want?⟧\n    Yes\n" in text, "what somebody typed is never translated"
    reader.check(text.replace(str(world.task), ""), "as text")


def test_one_case_for_each_role(signed_in_as, world, prepared, look, send, reader, connect):
    case = f"/cases/{world.case}"
    for role in ("prison", "coordinator", "housing", "health", "ngo", "police"):
        lists = ("/tasks?whose=team", "/notices", "/cases")
        look(signed_in_as(role), *lists, case, *tasks(connect))
    marta = signed_in_as("coordinator")
    look(marta, *(f"{case}/{page}" for page in ("ask", "pause", "close", "events")))
    for page, button in {
        "": "Add the note",
        "/ask": "Ask",
        "/pause": "Pause the case",
        "/close": "Close the case for good",
    }.items():
        assert send(marta, case + page, button).status_code == 422, page
    drawn = marta.get(f"{case}/diagrams/small_release")
    reader.check(" ".join(drawn_words(drawn.data)), "the diagram")


def test_what_can_be_done_with_a_case(signed_in_as, world, prepared, look, send, connect, reader):
    case = f"/cases/{world.case}"
    marta = signed_in_as("coordinator")
    send(marta, case, "Add the note", {"q-text": "N-1"})
    with connect() as db:
        note = db.scalar(select(Note.id).where(Note.text.is_not(None)))
        desk = f"{make.user(db, 'prison').memberships[0].agency_id}/prison"
    look(marta, f"{case}/notes/{note}/share")
    send(marta, f"{case}/notes/{note}/share", "Share it")
    send(marta, f"{case}/ask", "Ask", {"q-desk": desk, "q-text": "N-1"})
    nuria = signed_in_as("prison")
    look(nuria, "/notices", "/tasks?whose=unclaimed", *tasks(connect, kind="request"))
    person = nuria.get(case) and nuria.page.xpath("//a[contains(@href, '/participants/')]/@href")[0]
    look(nuria, person)
    assert send(nuria, person, "Record the date").status_code == 422
    send(marta, f"{case}/pause", "Pause the case", {"q-reason": "N-1"})
    look(marta, case, "/cases", *tasks(connect))
    send(marta, case, "Let the case go on")
    with connect() as db:
        stuck = db.get(Case, world.case)
        stuck.status = "stuck"
        stuck.stuck = {"code": "limit", "step": "plan", "pathway": "small_release", "message": STUCK}
    look(marta, case)
    look(nuria, case, *tasks(connect))
    with connect() as db:
        cases.retry_case(db, make.user(db, "coordinator"), world.case)
    send(marta, f"{case}/close", "Close the case for good", {"q-reason": "N-1"})
    look(marta, "/cases?closed=yes", case)


def test_the_pages_of_pathway_editors(signed_in_as, world, look, send, connect, reader):
    with connect() as db:
        for editor in make.editors(db):
            editor.language = "nl"
            reader.known += [editor.name, editor.email]
    rosa, small = signed_in_as("editor"), "/pathways/small_release"
    step = f"{small}/diagrams/small_release/steps/announce"
    # An editor is told of problems in the words of the file.
    drawn = (ROOT / "tests/small/workflows/small_release.bpmn").read_text()
    reader.known = [
        *sorted(re.findall('name="([^"]+)"', drawn), key=len, reverse=True),
        "small_release",
        *reader.known,
    ]
    reader.known.append("Write down what is known")
    look(rosa, "/pathways", small, step, f"{small}/forms/housing")
    assert send(rosa, step, "Keep this in the change", {"number": "many"}).status_code == 422
    assert send(rosa, small, "Upload").status_code == 422
    send(rosa, step, "Keep this in the change", {"number": "2", "unit": "weeks"})
    send(rosa, f"{small}/change", "Hand in for publishing")
    pere = signed_in_as("editor2")
    assert send(pere, f"{small}/change", "Send it back").status_code == 422
    send(pere, f"{small}/change", "Publish for new cases")
    look(pere, small, f"{small}/versions/1")
    send(rosa, f"{small}/versions/1", "Go back to this version")


def test_finding_and_opening_a_case(signed_in_as, world, look, send):
    nuria = signed_in_as("prison")
    look(nuria, "/cases/find", "/cases/open", "/participants/new")
    for wanted in ("", "Amira Benali", "Lea Roca"):
        send(nuria, "/cases/find", "Find", {"wanted": wanted})
        send(nuria, "/cases/open", "Look up", {"wanted": wanted})
    assert send(nuria, "/participants/new", "Register and go on").status_code == 422
    opening = send(nuria, "/participants/new", "Register and go on", {"q-name": "Lea Roca"}).request.path
    assert send(nuria, opening, "Open the case", {"q-source": "N-1"}).status_code == 422
    send(nuria, opening, "Open the case", {"pathway": "small_release"})
    look(signed_in_as("police"), "/cases/open", "/participants/new")


def test_what_is_refused(app, signed_in_as, world, look, reader):
    nuria = signed_in_as("prison")
    look(nuria, "/nowhere", f"/cases/{world.task}", f"/tasks/{world.case}")
    for status in (400, 403, 404, 405, 409, 410, 413, 422, 429, 503, 418):
        with in_dutch(app):
            page = app.jinja_env.get_template("errors/page.html").render(
                status=status, error=None, kept=[], user=None
            )
        reader.read(html.fromstring(page), f"error {status}")
    nuria.get("/participants/new")
    typed = {"csrf_token": "old", "q-name": "N-1"}
    nuria.post("/participants/new", data=typed, headers={"Origin": "http://localhost"})
    reader.check(nuria.page.xpath("//main//p")[0].text_content(), "send it again")


def test_an_answer_that_came_too_late_is_shown_under_its_question(signed_in_as, world, reader):
    nuria, oriol = signed_in_as("prison"), signed_in_as("oriol")
    page = f"/tasks/{world.task}"
    told = {f"q-release_day-{part}": value for part, value in make.day(IN_TWO_YEARS).items()}
    told |= {"q-how_sure": "estimated", "q-agreement": "given"}
    oriol.get(page)
    nuria.submit(page, told, button="⟦Complete⟧")
    sent = oriol.send(
        {**told, "q-wishes": "N-1"}, button="⟦Complete⟧", headers={"Origin": "http://localhost"}
    )
    assert sent.status_code == 409
    reader.known += ["estimated", "given", "yes", "no"]  # as they were sent
    reader.read(oriol.page, "too late")
    assert oriol.says("⟦When is the release?⟧")


def test_a_mail_is_in_the_language_of_its_reader(config, translations, monkeypatch):
    monkeypatch.setattr(worker, "TRANSLATIONS", translations)
    for language, subject in {
        "nl": f"⟦{worker.SUBJECT}⟧",
        "en": worker.SUBJECT,
        "xx": worker.SUBJECT,
    }.items():
        worker.send_mail(config, "núria@x.example", language, f"mail:{language}")
        sent = email.message_from_bytes(
            (config.mail_folder / f"mail-{language}.eml").read_bytes(), policy=default
        )
        assert sent["Subject"] == subject


# ---- forms and diagrams


def test_what_is_wrong_with_a_form_is_told_in_the_language_of_its_editor(app, reader):
    asked = [
        {"key": "One", "kind": "one_off", "label": "Amira Benali", "required": 1},
        {"key": "release_on", "kind": "one_of", "label": "", "choices": []},
        {"key": "n", "kind": "whole_number", "label": "N-1", "min": 3, "max": 2, "audience": ["prsion"]},
        {"key": "d", "kind": "date", "label": "N-1", "min": "3", "date": "birthday", "sure": "n"},
        {"key": "t", "kind": "text", "label": "N-1", "fact": True, "show_if": {"key": "n", "in": [1]}},
    ]
    wrong = forms.problems(
        {"key": "N", "title": "", "colour": "", "contact": {}, "questions": asked}, {"prison"}
    )
    assert len(wrong) > 12
    # The names that stand in a file are the same in every language.
    quoted = {word for problem in wrong for word in re.findall(r"“([A-Za-z_]+)”", problem.message)}
    reader.known += [*quoted, *forms.KINDS, *facts.DATES]
    with in_dutch(app):
        for problem in wrong:
            reader.check(filters.say(problem.words), problem.message)
    reader.pages += 1


@pytest.mark.parametrize("folder", [ROOT / "forms", make.SMALL / "forms"], ids=["forms", "small"])
def test_every_word_of_every_form(app, reader, folder):
    with in_dutch(app):
        for path in sorted(folder.glob("*.json")):
            form = forms.parse(path.read_text())
            page = render_template_string(
                FORM, form=form, options={"agency": {"a": "N-1"}, "user": {"b": "N-1"}}
            )
            reader.read(html.fromstring(page), path.name)
            for typed in ("", "x", ["x"], {"day": "x"}):
                for problem in problems(form, typed):
                    reader.check(filters.problem_text(problem), path.name)


FORM = """<div>{% from "fields/form.html" import form_questions %}
<h1>{{ form.title | say }}</h1><p>{{ form.intro | say }}</p>{{ form_questions(form, {}, [], options) }}</div>"""


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.bpmn")), ids=lambda path: path.stem)
def test_every_word_that_is_drawn(app, reader, path):
    with in_dutch(app):
        drawn = wording.diagram_in_language(path.read_text())
    for words in drawn_words(drawn.encode()):
        reader.check(words, path.name)
    reader.pages += 1
    (before,) = diagram.read(path.read_bytes()).pathways
    (after,) = diagram.read(drawn.encode()).pathways
    assert {node: one.form for node, one in before.nodes.items()} == {
        n: one.form for n, one in after.nodes.items()
    }


# ---- what is written in the sources


MARKS = {"N_": 1, "say": 1, "gettext": 1, "lazy_gettext": 1, "ngettext": 2}
MARKS |= dict.fromkeys(("NotFound", "Refused", "Conflict", "Unavailable"), 1)


@pytest.mark.parametrize("path", sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("web/**/*.py")]), ids=str)
def test_no_sentence_is_put_together_from_pieces(path):
    """Only a whole sentence can be translated: no f-string, no sum, no format() where one is marked."""
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        given = call.args[: MARKS.get(name, 0)]
        if name == "FieldProblem":
            given = call.args[1:2]
            assert not any(isinstance(one, ast.Constant) for one in given), (
                f"{path.name}:{call.lineno} is not marked"
            )
        for one in given:
            assert not isinstance(one, ast.JoinedStr | ast.BinOp), f"{path.name}:{call.lineno}"
            assert getattr(getattr(one, "func", None), "attr", "") not in ("format", "join"), (
                f"{path.name}:{call.lineno}"
            )


def test_no_template_puts_a_sentence_together(app):
    for name in app.jinja_env.list_templates(filter_func=lambda name: not name.startswith("govuk_")):
        tree = app.jinja_env.parse(app.jinja_env.loader.get_source(app.jinja_env, name)[0])
        for call in tree.find_all(jinja2.nodes.Call):
            wanted = {"_": 1, "gettext": 1, "ngettext": 2}.get(getattr(call.node, "name", ""), 0)
            for one in call.args[:wanted]:
                assert isinstance(one, jinja2.nodes.Const), f"{name}:{call.lineno}"


# ---- what the tests above share


STUCK = {
    "template": "“{condition}” cannot be decided: {reason}",
    "words": {
        "condition": "N-1",
        "reason": {"template": "This case has no fact called “{name}”.", "words": {"name": "N-1"}},
    },
}


@pytest.fixture
def prepared(world, connect):
    """The participant agreed: the plan (coordinator), housing and treatment (health) are open."""
    with connect() as db:
        make.complete(db, db.get(Case, world.case), "announce", by="prison", answers=make.announcement())


def tasks(connect, **chosen):
    with connect() as db:
        return [f"/tasks/{one}" for one in db.scalars(select(Task.id).filter_by(status="open", **chosen))]


def problems(form, typed):
    try:
        forms.read(form, {question.key: typed for question in form.questions})
    except Invalid as error:
        return error.problems
    return []


def in_dutch(app):
    return app.test_request_context(headers={"Accept-Language": "nl"})


def drawn_words(xml: bytes) -> list[str]:
    root = etree.fromstring(xml)
    named = root.xpath("//*[not(self::b:message)]/@name", namespaces={"b": diagram.MODEL})
    return [*named, *root.xpath("//b:text/text()", namespaces={"b": diagram.MODEL})]
