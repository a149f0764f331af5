"""What a plan has lost of the diagram that it was made from; knows only BPMN's XML, and what a plan is made of."""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from engine import runner

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
OURS = "{urn:throughcare:bpmn:1}"
Element = etree._Element

ACTIVITIES = "task userTask manualTask sendTask receiveTask businessRuleTask subProcess callActivity"
GATEWAYS = "exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway"
EVENTS = "startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent"
# Whatever else the schema calls a flow node: none of them may be in a diagram that was let through.
OTHERS = (
    "scriptTask serviceTask transaction adHocSubProcess complexGateway implicitThrowEvent "
    "choreographyTask subChoreography callChoreography"
)
NODES = frozenset(BPMN + kind for kind in f"{ACTIVITIES} {GATEWAYS} {EVENTS} {OTHERS}".split())


def losses(xml: bytes, plan: runner.Plan) -> list[str]:
    """Everything that the process of a file says and the plan does not, each in a few words."""
    root = etree.fromstring(xml, etree.XMLParser(remove_comments=True, remove_pis=True))
    run = [one for one in root.iterchildren(BPMN + "process") if one.get("id", "").strip() in plan.specs]
    if len(run) != 1:
        return [f"{len(run)} of its processes are run"]
    key = run[0].get("id", "").strip()
    return list(_of_level(run[0], key, key, plan, root))


def _of_level(level: Element, key: str, name: str, plan: runner.Plan, root: Element) -> Iterator[str]:
    if name not in plan.specs:
        yield f"the level {name} is not there"
        return
    spec = plan.specs[name]
    nodes = {node.get("id"): node for node in level if node.tag in NODES}
    flows = [flow for flow in level if flow.tag == BPMN + "sequenceFlow"]
    reached = set(_reached(nodes, flows))
    held = set(_held(spec))
    for id_ in nodes:
        if id_ not in reached:
            yield f"{id_} is drawn, and no token can come there"
        if id_ not in held:
            yield f"{id_} is not in the plan, or cannot be reached in it"
    yield from (f"{id_} is only in the plan" for id_ in held - nodes.keys())
    for id_ in held & nodes.keys():
        node = nodes[id_]
        yield from _of_flows(
            node, [flow for flow in flows if _is(flow, "sourceRef", id_)], spec.task_specs[id_]
        )
        told, known = _said(node, root), _known(spec, id_)
        for what, value in told.items():
            if value != known.get(what):
                yield f"{id_} loses {what}: {value!r} is {known.get(what)!r}"
        if node.tag == BPMN + "subProcess":
            yield from _of_level(node, key, f"{key}/{id_}", plan, root)


def _is(flow: Element, end: str, id_: str | None) -> bool:
    return (flow.get(end) or "").strip() == id_


def _reached(nodes: dict[str | None, Element], flows: list[Element]) -> Iterable[str | None]:
    """Where tokens can come: from starts along flows and links, to edges, and into what events start."""
    seen = {
        id_
        for id_, node in nodes.items()
        if node.tag == BPMN + "startEvent" or _bool(node, "triggeredByEvent", False)
    }
    if not any(node.tag in (BPMN + "startEvent", BPMN + "endEvent") for node in nodes.values()):
        # The inside of a sub-process may have neither: then it begins where no arrow leads.
        led = {(flow.get("targetRef") or "").strip() for flow in flows}
        seen |= {id_ for id_, node in nodes.items() if id_ not in led and node.get("attachedToRef") is None}
    ahead = list(seen)
    while ahead:
        here = ahead.pop()
        node = nodes[here]
        after = [(flow.get("targetRef") or "").strip() for flow in flows if _is(flow, "sourceRef", here)]
        after += [id_ for id_, other in nodes.items() if (other.get("attachedToRef") or "").strip() == here]
        link = _link(node)
        if link is not None and node.tag == BPMN + "intermediateThrowEvent":
            after += [id_ for id_, other in nodes.items() if other is not node and _catches(other, link)]
        for one in after:
            if one in nodes and one not in seen:
                seen.add(one)
                ahead.append(one)
    return seen


def _link(node: Element) -> str | None:
    definition = node.find(BPMN + "linkEventDefinition")
    return None if definition is None else " ".join((definition.get("name") or "").split())


def _catches(node: Element, link: str) -> bool:
    return node.tag == BPMN + "intermediateCatchEvent" and _link(node) == link


def _held(spec: Any) -> Iterable[str]:
    """The ids of the nodes that can be reached in a level of the plan; "a [guard]" and its like belong to a."""
    seen, ahead = {spec.start.name}, [spec.start.name]
    while ahead:
        for name in spec.task_specs[ahead.pop()]._outputs:
            if name not in seen:
                seen.add(name)
                ahead.append(name)
    return {name.partition(" [")[0] for name in seen} - {spec.start.name}


def _known(spec: Any, id_: str) -> dict[str, Any]:
    """All that the plan knows of an element, wherever it keeps it."""
    known: dict[str, Any] = {}
    for one in spec.task_specs.values():
        if one.name.partition(" [")[0] == id_:
            known |= {name: value for name, value in one.extensions.items() if name != "flows"}
    return known


def _of_flows(node: Element, drawn: list[Element], run: Any) -> Iterator[str]:
    id_ = node.get("id")
    default = (node.get("default") or "").strip()
    want = []
    for flow in drawn:
        text = _text(flow.find(BPMN + "conditionExpression"))
        to = (flow.get("targetRef") or "").strip()
        want.append((flow.get("id", "").strip(), to, text, flow.get("id") == default))
    have = [
        (flow["id"], flow["to"].removesuffix(" [guard]"), flow["condition"], flow["default"])
        for flow in run.extensions.get("flows", ())
        if flow["id"] is not None
    ]
    for one in want:
        if one not in have:
            yield f"{id_} loses the flow {one}; it has {have}"
    yield from (f"{id_} has a flow that is not drawn: {one}" for one in have if one not in want)


def _said(node: Element, root: Element) -> dict[str, Any]:
    """What an element says of itself, in the words of the plan."""
    said: dict[str, Any] = {}
    kind = etree.QName(node).localname
    about = node
    if kind == "subProcess" and _bool(node, "triggeredByEvent", False):
        about = next(one for one in node if one.tag == BPMN + "startEvent")
        said["interrupting"] = _bool(about, "isInterrupting", True)
    elif kind == "startEvent":
        begins = _meaning(node, root, kind) if node.getparent().tag == BPMN + "process" else {}
        return {"begins": begins["message"]} if "message" in begins else {}
    if kind == "boundaryEvent":
        said["interrupting"] = _bool(node, "cancelActivity", True)
    said |= _meaning(about, root, kind)
    if kind == "callActivity":
        said["runs"] = (node.get("calledElement") or "").strip()
    if kind == "sendTask" and node.get("messageRef"):
        name = _declared(node.get("messageRef"), "message", "name", root)
        said["throws"] = {"kind": "message", "code": name}
    if kind == "businessRuleTask":
        said["decision"] = (node.get(OURS + "decision") or "").strip()
        said["result"] = (node.get(OURS + "result") or "").strip() or None
    if kind == "receiveTask":
        said["message"] = _declared(node.get("messageRef"), "message", "name", root)
    loop = node.find(BPMN + "multiInstanceLoopCharacteristics")
    if loop is not None:
        said["sequential"] = _bool(loop, "isSequential", False)
        said["each"] = (loop.get(OURS + "each") or "").strip() or None
        said["cardinality"] = _text(loop.find(BPMN + "loopCardinality"))
        said["completion"] = _text(loop.find(BPMN + "completionCondition"))
    again = node.find(BPMN + "standardLoopCharacteristics")
    if again is not None:
        said["test_before"] = _bool(again, "testBefore", False)
        said["condition"] = _text(again.find(BPMN + "loopCondition"))
        most = (again.get("loopMaximum") or "").strip()
        said["maximum"] = int(most) if most else None
    return said


def _meaning(event: Element, root: Element, kind: str) -> dict[str, Any]:
    """What an event waits for or does."""
    found: dict[str, Any] = {}
    throws = kind in ("endEvent", "intermediateThrowEvent")
    for definition in event:
        if not isinstance(definition.tag, str) or not definition.tag.endswith("EventDefinition"):
            continue
        match etree.QName(definition).localname.removesuffix("EventDefinition"):
            case "terminate":
                found["terminate"] = True
            case ("message" | "signal") as news:
                name = _declared(definition.get(f"{news}Ref"), news, "name", root)
                found |= {"throws": {"kind": news, "code": name}} if throws else {news: name}
            case "conditional":
                found["condition"] = _text(definition.find(BPMN + "condition"))
            case "timer":
                found["timer"] = _timer(event, definition)
            case ("error" | "escalation") as thrown:
                reference = definition.get(f"{thrown}Ref")
                code = (
                    _declared(reference, thrown, f"{thrown}Code", root) or (reference or "").strip() or None
                )
                found["throws" if throws else "catches"] = {"kind": thrown, "code": code}
            case "link":
                pass
            case other:
                found[other] = "is never run"
    return found


def _timer(event: Element, definition: Element) -> dict[str, str]:
    if event.get(OURS + "anchor"):
        days, offset = event.get(OURS + "days"), event.get(OURS + "offset")
        anchor = str(event.get(OURS + "anchor")).strip()
        return {
            "anchor": anchor,
            "offset": (offset or "").strip() or "P0D",
            "days": (days or "").strip() or "calendar",
        }
    for name, tag in (("duration", "timeDuration"), ("date", "timeDate"), ("cycle", "timeCycle")):
        text = _text(definition.find(BPMN + tag))
        if text:
            return {name: text}
    return {}


def _declared(reference: str | None, tag: str, said: str, root: Element) -> str | None:
    wanted = (reference or "").strip()
    for one in root.iterchildren(BPMN + tag):
        if (one.get("id") or "").strip() in (wanted, wanted.rpartition(":")[2]) and wanted:
            return (one.get(said) or "").strip() or None
    return None


def _bool(element: Element, name: str, default: bool) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}.get(
        (element.get(name) or "").strip().lower(), default
    )


def _text(element: Element | None) -> str | None:
    return (
        None
        if element is None
        else "".join(str(one) for one in element.itertext(with_tail=False)).strip() or None
    )
