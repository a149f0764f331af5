"""A pathway's diagrams in words: everything that the drawing shows, in the order in which one would read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import diagram, forms, library
from engine.library import spelling
from engine.words import N_, Sentence, say


@dataclass(frozen=True)
class Way:
    """Where it goes on after a place: the next place's id and name, and when."""

    target: str
    name: Sentence
    label: str
    when: Sentence | None


@dataclass(frozen=True)
class Place:
    """A place in a diagram in words; `depth` counts the sub-processes around it. `editable`: a step for people."""

    id: str
    name: Sentence
    kind: Sentence
    role: str | None
    instructions: str | None
    form: str | None
    form_title: str | None
    lines: list[Sentence]
    ways: list[Way]
    depth: int
    editable: bool


@dataclass(frozen=True)
class Chart:
    """A diagram: drawn by its key, and in words."""

    key: str
    name: str
    documentation: str
    places: list[Place]


def charts(content: Mapping[str, Mapping[str, Any]], roles: Mapping[str, str]) -> list[Chart]:
    """The diagrams of a content, the caller's first, with everything that they draw said in words."""
    asked = spelling.questions(read_forms(content))
    titles = {form.key: form.title for form in read_forms(content)}
    tables = {grid.id: grid.name for grid in library.grids(content.get("tables", {}))}
    found = []
    for key, xml in content["diagrams"].items():
        for pathway in library.read_alone(xml).pathways:
            places = _places(pathway, None, 0, _Spelling(asked, titles, roles, tables))
            found.append(Chart(key, pathway.name or key, pathway.documentation, places))
    return found


@dataclass(frozen=True)
class _Spelling:
    asked: spelling.Questions
    titles: Mapping[str, str]
    roles: Mapping[str, str]
    tables: Mapping[str, str]


def _places(pathway: diagram.Pathway, parent: str | None, depth: int, words: _Spelling) -> list[Place]:
    found = []
    for node in _in_order(pathway, parent):
        found.append(_place(pathway, node, depth, words))
        if node.kind == "subProcess":
            found += _places(pathway, node.id, depth + 1, words)
    return found


def _in_order(pathway: diagram.Pathway, parent: str | None) -> list[diagram.Node]:
    """The places of one level as somebody would read them: along the arrows, what parts one after the other."""
    here = pathway.level(parent)
    order: dict[str, diagram.Node] = {}
    starts = [node for node in here if not node.incoming and node.attached_to is None]
    ahead = [*reversed(starts or here[:1])]
    edges: dict[str, list[diagram.Node]] = {}
    for node in here:
        if node.attached_to:
            edges.setdefault(node.attached_to, []).append(node)
    while ahead:
        node = ahead.pop()
        if node.id in order:
            continue
        order[node.id] = node
        after = [pathway.nodes[pathway.flows[one].target] for one in node.outgoing if one in pathway.flows]
        ahead += [*reversed(edges.get(node.id, [])), *reversed(after)]
    return [*order.values(), *(node for node in here if node.id not in order)]


_KINDS: dict[str, str] = {
    "userTask": N_("Step"),
    "manualTask": N_("Step"),
    "task": N_("Step"),
    "sendTask": N_("Step"),
    "receiveTask": N_("Waits for an event"),
    "intermediateThrowEvent": N_("A mark on the way"),
    "startEvent": N_("Start"),
    "endEvent": N_("End"),
    "exclusiveGateway": N_("Decision: one way is taken"),
    "inclusiveGateway": N_("Decision: every way that fits is taken"),
    "parallelGateway": N_("All ways, at the same time"),
    "eventBasedGateway": N_("What happens first decides"),
    "intermediateCatchEvent": N_("Waits for an event"),
    "boundaryEvent": N_("Event on the edge of a step"),
    "subProcess": N_("Part of the pathway"),
    "callActivity": N_("Runs another pathway"),
    "businessRuleTask": N_("Decided by a table, without a person"),
}


def _place(pathway: diagram.Pathway, node: diagram.Node, depth: int, words: _Spelling) -> Place:
    human = node.kind in diagram.HUMAN
    return Place(
        id=node.id,
        name=library.place(pathway, node),
        kind=Sentence(_KINDS.get(node.kind, N_("Place in the diagram"))),
        role=words.roles.get(node.role, node.role) if node.role and _is_done(node) else None,
        instructions=node.instructions,
        form=node.form,
        form_title=words.titles.get(node.form, node.form) if node.form else None,
        lines=[*(spelling.deadline(node, words.asked) if human else []), *_about(pathway, node, words)],
        ways=_ways(pathway, node, words),
        depth=depth,
        editable=human,
    )


def _is_done(node: diagram.Node) -> bool:
    """Is there anything for its role to do?"""
    return node.kind in diagram.ACTIVITIES and node.decision is None


def _about(pathway: diagram.Pathway, node: diagram.Node, words: _Spelling) -> list[Sentence]:
    """What else the drawing says of a place."""
    found = []
    if node.attached_to and node.attached_to in pathway.nodes:
        step = library.place(pathway, pathway.nodes[node.attached_to])
        found.append(
            say(N_("Ends {step} when it happens."), step=step)
            if node.interrupting
            else say(N_("Happens beside {step}, which goes on."), step=step)
        )
    timer = spelling.timer(node, words.asked)
    if timer is not None:
        found.append(say(N_("It happens {when}."), when=timer))
    if node.message:
        found.append(say(N_("It happens when this is told: “{message}”."), message=Sentence(node.message)))
    if node.calls:
        found.append(say(N_("It runs the pathway “{key}”."), key=node.calls))
    if node.decision:
        found.append(
            say(N_("The decision table is “{key}”."), key=words.tables.get(node.decision, node.decision))
        )
    if node.each:
        template = N_("Once for each of: {list}, one after the other.")
        template = template if node.sequential else N_("Once for each of: {list}, at the same time.")
        label = words.asked[node.each].label if node.each in words.asked else node.each
        found.append(Sentence(template, {"list": Sentence(label)}))
    if node.cardinality:
        found.append(say(N_("As often as: {number}."), number=node.cardinality))
    if node.completion:
        done = spelling.condition(node.completion, words.asked)
        found.append(say(N_("Enough are done if {condition}."), condition=done))
    if node.again:
        again = spelling.condition(node.again_if, words.asked) if node.again_if else say(N_("always"))
        found.append(say(N_("Done again as long as this holds: {condition}."), condition=again))
    if node.again_most is not None:
        found.append(say(N_("At most this often: {number}."), number=node.again_most))
    if node.terminates:
        found.append(say(N_("Everything that is still open ends here.")))
    return found


def _ways(pathway: diagram.Pathway, node: diagram.Node, words: _Spelling) -> list[Way]:
    flows = [pathway.flows[one] for one in node.outgoing if one in pathway.flows]
    decides = len(flows) > 1 and node.kind in ("exclusiveGateway", "inclusiveGateway")
    return [
        Way(
            target=flow.target,
            name=library.place(pathway, pathway.nodes[flow.target]),
            label=flow.name,
            when=library.when(flow, words.asked) if decides or flow.condition or flow.default else None,
        )
        for flow in flows
    ]


def read_forms(content: Mapping[str, Mapping[str, Any]]) -> list[forms.Form]:
    """The forms of a content by title; those that cannot be read are left out."""
    read = (library.parse_form(definition) for definition in content["forms"].values())
    return sorted((form for form in read if form is not None), key=lambda form: form.title)
