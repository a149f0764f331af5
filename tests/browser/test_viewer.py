"""The diagram viewer: drawn under the site's strict policy, marked by shape, the bpmn.io mark in full view."""

import html
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web/static/dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
SITE = "http://127.0.0.1:1"  # every request is answered by the test itself

PAGE = """<!DOCTYPE html><html lang="en"><head><title>A case</title>
<link rel="stylesheet" href="/dist/{styles}"><link rel="stylesheet" href="/dist/{viewer_css}">
<script type="module" src="/dist/{app}"></script><script type="module" src="/dist/{viewer}"></script></head>
<body class="govuk-template__body"><main class="govuk-main-wrapper tc-wide"><h1 class="govuk-heading-l">A case</h1>
<div class="tc-diagram" role="group" aria-label="Diagram of the pathway" data-diagram="{diagram}"
 data-states="{states}"></div></main></body></html>"""


@pytest.fixture
def show(page):
    """Opens a page whose diagram has these states."""
    names = json.loads((DIST / "manifest.json").read_text())

    def open_page(states, diagram="/diagram.bpmn"):
        text = PAGE.format(
            styles=names["styles.css"],
            viewer_css=names["viewer.css"],
            app=names["app.js"],
            viewer=names["viewer.js"],
            diagram=diagram,
            states=html.escape(json.dumps(states)),
        )
        headers = {"Content-Security-Policy": POLICY}
        page.route(
            f"{SITE}/", lambda route: route.fulfill(body=text, content_type="text/html", headers=headers)
        )
        page.route(
            f"{SITE}/dist/*", lambda route: route.fulfill(path=DIST / route.request.url.rpartition("/")[2])
        )
        page.route(f"{SITE}/diagram.bpmn", lambda route: route.fulfill(body=DIAGRAM, content_type="text/xml"))
        page.route(f"{SITE}/favicon.ico", lambda route: route.fulfill(status=204))
        page.route(f"{SITE}/gone", lambda route: route.fulfill(status=404, body=""))
        page.goto(f"{SITE}/")
        page.wait_for_selector("body[data-ready]")
        return page

    return open_page


def test_each_state_is_drawn_with_a_sign_and_words(show, accessible):
    page = show(
        {
            "plan": "done",
            "to_housing": "taken",
            "housing": {
                "state": "waiting",
                "badge": "23 · 31 d",
                "href": "#housing",
                "text": "cases, oldest 31 days",
            },
        }
    )
    assert "is-done" in page.locator("[data-element-id=plan]").get_attribute("class")
    assert "is-taken" in page.locator("[data-element-id=to_housing]").get_attribute("class")
    assert page.locator(".tc-sign--done").inner_text().split() == ["✓", "done"]
    badge = page.get_by_role("link", name="23 · 31 d cases, oldest 31 days")
    assert badge.get_attribute("href") == "#housing"
    accessible(page)


def test_the_mark_of_bpmn_io_is_covered_by_nothing(show):
    page = show({})
    box = page.locator(".bjs-powered-by").bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert page.evaluate("([x, y]) => !!document.elementFromPoint(x, y).closest('.bjs-powered-by')", middle)


def test_it_can_be_made_larger_and_shown_whole_again(show):
    page = show({})
    width = page.locator("[data-element-id=plan] .djs-visual").bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("[data-element-id=plan] .djs-visual").bounding_box()["width"] > width
    page.get_by_role("button", name="Whole diagram").click()
    assert page.locator("[data-element-id=plan] .djs-visual").bounding_box()["width"] == pytest.approx(width)


def test_without_the_diagram_the_page_says_where_to_look(show):
    page = show({}, diagram="/gone")
    assert re.search("could not be drawn", page.locator(".tc-diagram").inner_text())


DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="urn:test">
 <bpmn:process id="p" isExecutable="true">
  <bpmn:userTask id="plan" name="Plan the release"><bpmn:outgoing>to_housing</bpmn:outgoing></bpmn:userTask>
  <bpmn:sequenceFlow id="to_housing" sourceRef="plan" targetRef="housing"/>
  <bpmn:userTask id="housing" name="Find housing"><bpmn:incoming>to_housing</bpmn:incoming></bpmn:userTask>
 </bpmn:process>
 <bpmndi:BPMNDiagram id="bd"><bpmndi:BPMNPlane id="bp" bpmnElement="p">
  <bpmndi:BPMNShape id="s1" bpmnElement="plan"><dc:Bounds x="100" y="100" width="120" height="80"/></bpmndi:BPMNShape>
  <bpmndi:BPMNShape id="s2" bpmnElement="housing"><dc:Bounds x="300" y="100" width="120" height="80"/>
  </bpmndi:BPMNShape>
  <bpmndi:BPMNEdge id="e1" bpmnElement="to_housing"><di:waypoint x="220" y="140"/><di:waypoint x="300" y="140"/>
  </bpmndi:BPMNEdge>
 </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
