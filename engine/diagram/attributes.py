"""Attributes that BPMN does not know where they stand, and values with which nothing could run as it is drawn."""

from __future__ import annotations

from lxml import etree

from engine.diagram.labels import bpmn, is_bpmn, local, shown, text_of
from engine.diagram.report import Report
from engine.diagram.source import MODEL, SWITCHES, is_true

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ACTIVITY = "name isForCompensation startQuantity completionQuantity default "
_GATEWAY = "name gatewayDirection "
# BPMN 2.0.2, the attributes of whatever is run; every element may have an id.
_KNOWN = {
    kind: frozenset(("id " + names).split())
    for kind, names in {
        "definitions": "name targetNamespace expressionLanguage typeLanguage exporter exporterVersion",
        "process": "name processType isClosed isExecutable definitionalCollaborationRef",
        "lane": "name partitionElementRef",
        "laneSet": "name",
        "sequenceFlow": "name sourceRef targetRef isImmediate",
        "conditionExpression": "language evaluatesToTypeRef",
        "task": _ACTIVITY,
        "manualTask": _ACTIVITY,
        "userTask": _ACTIVITY + "implementation",
        "sendTask": _ACTIVITY + "implementation messageRef operationRef",
        "receiveTask": _ACTIVITY + "implementation messageRef operationRef instantiate",
        "businessRuleTask": _ACTIVITY + "implementation",
        "subProcess": _ACTIVITY + "triggeredByEvent",
        "callActivity": _ACTIVITY + "calledElement",
        "exclusiveGateway": _GATEWAY + "default",
        "inclusiveGateway": _GATEWAY + "default",
        "parallelGateway": _GATEWAY,
        "eventBasedGateway": _GATEWAY + "instantiate eventGatewayType",
        "startEvent": "name parallelMultiple isInterrupting",
        "intermediateCatchEvent": "name parallelMultiple",
        "intermediateThrowEvent": "name",
        "boundaryEvent": "name parallelMultiple cancelActivity attachedToRef",
        "endEvent": "name",
        "messageEventDefinition": "messageRef",
        "timerEventDefinition": "",
        "errorEventDefinition": "errorRef",
        "escalationEventDefinition": "escalationRef",
        "linkEventDefinition": "name",
        "terminateEventDefinition": "",
        "multiInstanceLoopCharacteristics": "isSequential behavior oneBehaviorEventRef noneBehaviorEventRef",
        "standardLoopCharacteristics": "testBefore loopMaximum",
    }.items()
}


def check_attributes(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    """Report attributes of the file and of the given processes that would be lost, or could not be followed."""
    _check_names(root, report)
    for extension in root.iterchildren(bpmn("extension")):
        if is_true(extension.get("mustUnderstand")):
            report.add("extension_required", root, found=shown(extension.get("definition")))
    for process in processes:
        if process.get("processType", "").strip() == "Public":
            report.add("pathway_public", process)
        for element in process.iter(f"{{{MODEL}}}*"):
            _check_names(element, report)
            for name in SWITCHES:
                if element.get(name, "true") not in ("true", "false"):
                    report.add(
                        "switch_unreadable", named(element), attribute=name, found=shown(element.get(name))
                    )
            if local(element) in _EXPRESSIONS and text_of(element):
                _check_language(root, element, report)
            if local(element) == "sequenceFlow" and element.get("isImmediate") == "false":
                report.add("flow_not_immediate", element)


def _check_language(root: etree._Element, expression: etree._Element, report: Report) -> None:
    """Report the language of a marker, or that of the whole file. An arrow's own is said with its condition.

    XPath is what BPMN says of a file that says nothing, and what editors write unasked.
    """
    own, files = (one.strip() for one in (expression.get("language", ""), root.get("expressionLanguage", "")))
    if own:
        language = own if local(expression) in _EXPRESSIONS[1:] else ""
    else:
        language = files if "xpath" not in files.lower() else ""
    if language and "feel" not in language.lower():
        report.add("condition_language", named(expression), found=shown(language))


def named(element: etree._Element) -> etree._Element:
    """The element to blame: what an event or a loop marker says has no name of its own, the step has."""
    parent = element.getparent()
    while parent is not None and is_bpmn(parent) and local(element).endswith(_PARTS):
        element, parent = parent, parent.getparent()
    return element


_EXPRESSIONS = ("conditionExpression", "loopCardinality", "completionCondition", "loopCondition")
_PARTS = ("EventDefinition", "LoopCharacteristics", *_EXPRESSIONS)


def _check_names(element: etree._Element, report: Report) -> None:
    known = _KNOWN.get(local(element))
    if known is None:
        return
    for name in map(str, element.attrib):
        namespace, _, word = name.rpartition("}")
        # What stands in a namespace of its own is for whoever wrote it. BPMN's attributes stand in none, and what
        # an element is, its name says.
        if name not in known and namespace in ("", "{" + MODEL) or name == _TYPE and "language" not in known:
            report.add("attribute_misplaced", named(element), found=shown(word))
