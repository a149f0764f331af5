"""A visitor of the site: a test client that checks every page and fills in forms as a browser would."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import html5lib
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

# What html5lib calls errors although the HTML standard allows it.
ALLOWED: frozenset[str] = frozenset()


class Visitor(FlaskClient):
    """Every HTML answer is checked. `page` is the last one, as lxml's tree."""

    page: html.HtmlElement | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        assert response.status_code < 500, response.get_data(as_text=True)
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            text = response.get_data(as_text=True)
            assert problems(text) == [], response.request.path
            self.page = html.fromstring(text)
            self.page.make_links_absolute(response.request.url)
        return response

    def submit(
        self, path: str, answers: Mapping[str, Any] | None = None, *, button: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Open `path`, fill in a form of that page, send it, and go where it leads.

        `button` is the words on the form's button; without it the first form in the main part is meant.
        """
        self.get(path)
        return self.send(answers, button=button, **kwargs)

    def send(
        self, answers: Mapping[str, Any] | None = None, *, button: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Fill in and send a form of the page that is open."""
        assert self.page is not None, "no page is open"
        form = _form(self.page, button)
        fields = _as_the_browser_would_send(form)
        if button is not None:
            pressed = next(one for one in _buttons(form) if _words(one) == button)
            if pressed.get("name"):
                fields[pressed.get("name")] = pressed.get("value", "")
        fields.update(answers or {})
        kwargs.setdefault("follow_redirects", True)
        return self.open(form.action or "", method=form.method, data=fields, **kwargs)

    def says(self, words: str) -> bool:
        """Whether the open page shows `words`, wherever its lines break."""
        return " ".join(words.split()) in self.text

    @property
    def text(self) -> str:
        assert self.page is not None, "no page is open"
        return " ".join(self.page.text_content().split())


def problems(text: str) -> list[str]:
    """What is wrong with an HTML page that every page must get right."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(text)
    found = [f"HTML: {code} at {where}" for where, code, _ in parser.errors if code not in ALLOWED]
    if not (page.findtext(".//title") or "").strip():
        found.append("the page has no title")
    if not page.get("lang"):
        found.append("the page does not say its language")
    if len(page.findall(".//h1")) != 1:
        found.append("the page needs exactly one main heading")
    ids = Counter(one.get("id") for one in page.iter() if one.get("id"))
    found += [f"id {name!r} is used {times} times" for name, times in ids.items() if times > 1]
    for form in page.iter("form"):
        if (form.get("method") or "get").lower() == "post" and not any(
            one.get("name") == "csrf_token" for one in form.iter("input")
        ):
            found.append(f"the form to {form.get('action')!r} has no csrf_token")
    for one in page.iter():
        if one.get("style") or any(str(name).startswith("on") for name in one.keys()):  # noqa: SIM118 (not a dict)
            found.append(f"<{one.tag}> has a style or a script of its own, which the site's policy forbids")
    return found


def _form(page: html.HtmlElement, button: str | None) -> Any:
    forms = page.xpath("//main//form") or page.forms
    if button is None:
        assert forms, "the page has no form"
        return forms[0]
    for form in [*forms, *page.forms]:
        if any(_words(one) == button for one in _buttons(form)):
            return form
    raise AssertionError(f"no form of the page has a button {button!r}")


def _buttons(form: Any) -> list[Any]:
    return form.xpath(".//button | .//input[@type='submit']")


def _words(button: Any) -> str:
    return " ".join((button.text_content() or button.get("value") or "").split())


def _as_the_browser_would_send(form: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        if name in fields:
            earlier = fields[name]
            fields[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            fields[name] = value
    return fields
