"""Which BPMN elements can be run; every other one is refused in its own words."""

from __future__ import annotations

from lxml import etree

from engine.diagram.additions import program_of
from engine.diagram.attributes import check_attributes
from engine.diagram.labels import Label, bpmn, is_bpmn, local, shown
from engine.diagram.levels import EVENTS, FLOW_NODES, is_event_sub_process
from engine.diagram.report import Report
from engine.diagram.source import is_true

_ACTIVITY = frozenset(
    {"incoming", "outgoing", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"}
)
_EVENT = frozenset({"incoming", "outgoing", "timerEventDefinition", "messageEventDefinition"})
# What goes outwards, from level to level, until something around it catches it.
_THROWN = frozenset({"errorEventDefinition", "escalationEventDefinition"})
_CONTAINER = FLOW_NODES | {"sequenceFlow", "laneSet", "textAnnotation", "association", "group"}
# Only notes for readers; nothing would change if they were not there.
_EVERYWHERE = frozenset({"auditing", "monitoring", "categoryValueRef", "dataObject"})
# Of two, one would be read and the other lost.
_ONCE = (
    "extensionElements",
    "conditionExpression",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "loopCardinality",
    "completionCondition",
    "loopCondition",
    "childLaneSet",
)
# Where anything may be written, and nothing is read.
_OPEN = frozenset({"documentation", "extensionElements", "text", "partitionElement", "rendering"})
_DECLARED = frozenset(
    {
        "category",
        "correlationProperty",
        "dataStore",
        "endPoint",
        "error",
        "escalation",
        "extension",
        "interface",
        "itemDefinition",
        "message",
        "partnerEntity",
        "partnerRole",
        "relationship",
        "resource",
        "signal",
    }
)
_PEOPLE = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})

_CHILDREN: dict[str, frozenset[str]] = {
    "definitions": _DECLARED | {"process", "collaboration"},
    "collaboration": frozenset(
        {
            "association",
            "group",
            "messageFlow",
            "messageFlowAssociation",
            "participant",
            "participantAssociation",
            "textAnnotation",
        }
    ),
    "participant": frozenset({"participantMultiplicity", "interfaceRef", "endPointRef"}),
    "process": _CONTAINER | {"supports", "supportedInterfaceRef"},
    "subProcess": _CONTAINER | _ACTIVITY,
    "laneSet": frozenset({"lane"}),
    "lane": frozenset({"flowNodeRef", "childLaneSet", "partitionElement"}),
    "childLaneSet": frozenset({"lane"}),
    "sequenceFlow": frozenset({"conditionExpression"}),
    "userTask": _ACTIVITY | {"rendering"},
    "manualTask": _ACTIVITY,
    "sendTask": _ACTIVITY,
    "receiveTask": _ACTIVITY,
    "task": _ACTIVITY,
    "businessRuleTask": _ACTIVITY,
    "callActivity": _ACTIVITY,
    "startEvent": _EVENT | _THROWN,
    "endEvent": frozenset({"incoming", "outgoing", "terminateEventDefinition"}) | _THROWN,
    "intermediateCatchEvent": _EVENT | {"linkEventDefinition"},
    "intermediateThrowEvent": frozenset(
        {"incoming", "outgoing", "linkEventDefinition", "escalationEventDefinition"}
    ),
    "boundaryEvent": _EVENT | _THROWN,
    "timerEventDefinition": frozenset({"timeDate", "timeDuration", "timeCycle"}),
    "messageEventDefinition": frozenset({"operationRef"}),
    "multiInstanceLoopCharacteristics": frozenset({"loopCardinality", "completionCondition"}),
    "standardLoopCharacteristics": frozenset({"loopCondition"}),
    "linkEventDefinition": frozenset({"source", "target"}),
    "conditionalEventDefinition": frozenset({"condition"}),
    "participantAssociation": frozenset({"innerParticipantRef", "outerParticipantRef"}),
    "textAnnotation": frozenset({"text"}),
    "category": frozenset({"categoryValue"}),
    "correlationProperty": frozenset({"correlationPropertyRetrievalExpression"}),
    "correlationPropertyRetrievalExpression": frozenset({"messagePath", "formalExpression"}),
    "dataObject": frozenset({"dataState"}),
    "dataStore": frozenset({"dataState"}),
    "interface": frozenset({"operation"}),
    "operation": frozenset({"inMessageRef", "outMessageRef", "errorRef"}),
    "partnerEntity": frozenset({"participantRef"}),
    "partnerRole": frozenset({"participantRef"}),
    "relationship": frozenset({"source", "target"}),
    "resource": frozenset({"resourceParameter"}),
    **dict.fromkeys(
        _PEOPLE, frozenset({"resourceRef", "resourceParameterBinding", "resourceAssignmentExpression"})
    ),
    **dict.fromkeys(
        ("resourceParameterBinding", "resourceAssignmentExpression"),
        frozenset({"expression", "formalExpression"}),
    ),
}
_GATEWAY = frozenset({"incoming", "outgoing"})
for _kind in ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"):
    _CHILDREN[_kind] = _GATEWAY

# Refused flow nodes; their inside is not looked at.
REFUSED = {
    "scriptTask": "unsupported_script_task",
    "serviceTask": "unsupported_service_task",
    "complexGateway": "unsupported_complex_gateway",
    "transaction": "unsupported_transaction",
    "adHocSubProcess": "unsupported_ad_hoc",
    "dataObjectReference": "unsupported_data",
    "dataStoreReference": "unsupported_data",
    "dataInput": "unsupported_data",
    "dataOutput": "unsupported_data",
    "correlationSubscription": "unsupported_correlation",
}
_REFUSED_INSIDE = {
    "ioSpecification": "unsupported_data_in_step",
    "ioBinding": "unsupported_data_in_step",
    "property": "unsupported_data_in_step",
    "dataInputAssociation": "unsupported_data_in_step",
    "dataOutputAssociation": "unsupported_data_in_step",
    "inputSet": "unsupported_data_in_step",
    "outputSet": "unsupported_data_in_step",
    "loopDataInputRef": "unsupported_loop_data",
    "loopDataOutputRef": "unsupported_loop_data",
    "inputDataItem": "unsupported_loop_data",
    "outputDataItem": "unsupported_loop_data",
    "complexBehaviorDefinition": "unsupported_loop_data",
    "correlationKey": "unsupported_correlation",
}
# Imports of data types and interfaces, which only programs would use.
_TYPES = ("http://www.w3.org/2001/XMLSchema", "http://www.w3.org/TR/wsdl", "http://schemas.xmlsoap.org/wsdl")
_CHOREOGRAPHY = frozenset({"choreography", "globalConversation", "conversation", "conversationNode"})
_CONVERSATION = frozenset(
    {"subConversation", "callConversation", "conversationLink", "conversationAssociation"}
)
_DEFINITIONS = {
    "signalEventDefinition": "unsupported_signal",
    "escalationEventDefinition": "unsupported_escalation",
    "errorEventDefinition": "unsupported_error",
    "conditionalEventDefinition": "unsupported_conditional",
    "compensateEventDefinition": "unsupported_compensation",
    "cancelEventDefinition": "unsupported_cancel",
}
# A link on an edge has a sentence of its own.
_WAITED_FOR = _EVENT | {"linkEventDefinition"}
_MEANINGS = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "linkEventDefinition": "link",
    "escalationEventDefinition": "escalation",
    "errorEventDefinition": "error",
    "conditionalEventDefinition": "condition",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
    "terminateEventDefinition": "terminate",
}


# Said with the file as a whole.
XINCLUDE = "{http://www.w3.org/2001/XInclude}"


def check_elements(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    """Report everything in the file that could not be run as drawn.

    Of the processes only the given ones are looked into: the others are shown and never run.
    """
    skipped = {process for process in root.iterchildren(bpmn("process")) if process not in processes}
    _check_children(root, skipped, report)
    check_attributes(root, processes, report)


def definitions_of(event: etree._Element) -> list[etree._Element]:
    """The event definitions of an event: what it waits for or does."""
    return [child for child in event if is_bpmn(child) and local(child).endswith("EventDefinition")]


def _check_children(parent: etree._Element, skipped: set[etree._Element], report: Report) -> None:
    allowed = _CHILDREN.get(local(parent), frozenset())
    there = [local(child) for child in parent if is_bpmn(child)]
    for kind in _ONCE:
        if there.count(kind) > 1:
            report.add("element_twice", _step_of(parent), found=kind)
    for child in parent:
        if not is_bpmn(child):
            # It may be meant to do something: what only tells something stands in extensionElements.
            if local(parent) != "definitions" and not str(child.tag).startswith(XINCLUDE):
                report.add("unknown_element", parent, found=shown(local(child)))
            continue
        if child in skipped:
            continue
        kind = local(child)
        if kind in _OPEN or kind == "eventDefinitionRef" or _refused(child, parent, report):
            continue
        if kind in _PEOPLE:
            report.add("person_ignored", parent)
            _check_children(child, skipped, report)
            continue
        if kind.endswith("EventDefinition") and kind not in allowed:
            # What an event means was judged with the event; a declared one does nothing by itself.
            continue
        if kind not in allowed | _EVERYWHERE:
            report.add("unknown_element", parent, found=kind)
            continue
        if kind in EVENTS:
            _check_event(child, report)
        _check_attributes(child, report)
        _check_children(child, skipped, report)


def _refused(child: etree._Element, parent: etree._Element, report: Report) -> bool:
    """Report an element that cannot be run whatever it contains."""
    kind = local(child)
    if kind == "import" and child.get("importType", "").startswith(_TYPES):
        report.add("import_ignored", found=shown(child.get("location") or child.get("namespace")))
    elif kind == "import":
        report.add("import_refused", found=shown(child.get("location") or child.get("namespace")))
    elif kind == "serviceTask" and (program := program_of(child)) is not None:
        report.add("service_by_program", child, found=shown(program))
    elif kind in REFUSED:
        report.add(REFUSED[kind], child)
    elif kind in _REFUSED_INSIDE:
        report.add(_REFUSED_INSIDE[kind], _step_of(parent), found=kind)
    elif kind in _CHOREOGRAPHY | _CONVERSATION or "horeography" in kind:
        report.add("unsupported_choreography", child, found=kind)
    elif kind.startswith("global") and kind.endswith("Task"):
        report.add("unsupported_global_task", child)
    elif kind == "implicitThrowEvent":
        report.add("unsupported_element", child, found=kind)
    else:
        return False
    return True


def _step_of(element: etree._Element) -> etree._Element:
    """The step to blame for something inside its loop marker."""
    while local(element).endswith("LoopCharacteristics"):
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element


def _check_throw(event: etree._Element, report: Report) -> None:
    for meaning in definitions_of(event):
        kind = local(meaning)
        if kind == "compensateEventDefinition":
            report.add(_DEFINITIONS[kind], event)
        elif kind not in ("linkEventDefinition", "escalationEventDefinition"):
            report.add("unsupported_throw", event, found=meaning_of(meaning))


def meaning_of(definition: etree._Element) -> Label:
    """What an event is about, in a word: "timer", "signal"."""
    return _MEANINGS.get(local(definition), local(definition))


def _check_event(event: etree._Element, report: Report) -> None:
    """Report what an event waits for or does if we cannot."""
    kind = local(event)
    meanings = definitions_of(event)
    if event.find(bpmn("eventDefinitionRef")) is not None:
        report.add("event_by_reference", event)
    elif kind in ("intermediateCatchEvent", "boundaryEvent") and not meanings:
        report.add("event_without_meaning", event)
    if kind == "intermediateThrowEvent":
        _check_throw(event, report)
    if kind == "boundaryEvent" and any(local(meaning) == "linkEventDefinition" for meaning in meanings):
        report.add("link_on_edge", event)
    if len(meanings) > 1:
        code = "unsupported_parallel_events" if is_true(event.get("parallelMultiple")) else "several_meanings"
        report.add(code, event)
    around = event.getparent()
    handles = kind == "startEvent" and around is not None and is_event_sub_process(around)
    if handles and not meanings:
        report.add("handler_without_event", event)
    for meaning in meanings:
        if kind == "startEvent":
            if not handles or local(meaning) not in _EVENT | _THROWN:
                report.add("unsupported_start", event, found=meaning_of(meaning))
        elif kind == "endEvent" and local(meaning) not in _THROWN | {"terminateEventDefinition"}:
            report.add("unsupported_end", event, found=meaning_of(meaning))
        elif kind == "boundaryEvent" and local(meaning) in _THROWN:
            continue
        elif kind in ("intermediateCatchEvent", "boundaryEvent") and local(meaning) in _DEFINITIONS:
            report.add(_DEFINITIONS[local(meaning)], event)
        elif kind in ("intermediateCatchEvent", "boundaryEvent") and local(meaning) not in _WAITED_FOR:
            report.add("unsupported_element", event, found=meaning_of(meaning))


def _check_attributes(element: etree._Element, report: Report) -> None:
    """Report BPMN attributes that would change how a step runs."""
    if is_true(element.get("isForCompensation")):
        report.add("unsupported_compensation", element)
    if any((element.get(name) or "1").strip() != "1" for name in ("startQuantity", "completionQuantity")):
        report.add("unsupported_quantity", element)
    if is_true(element.get("instantiate")):
        report.add("unsupported_instantiate", element)
    if element.get("eventGatewayType", "Exclusive") != "Exclusive":
        report.add("unsupported_parallel_events", element)
    kind = local(element)
    if kind == "multiInstanceLoopCharacteristics" and element.get("behavior", "All") != "All":
        report.add("unsupported_loop_data", _step_of(element))
