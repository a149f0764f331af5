"""What other systems and newer versions write into a diagram: ignored aloud, or refused if it would do something."""

from __future__ import annotations

from lxml import etree

from engine.diagram.allowed import REFUSED
from engine.diagram.labels import bpmn, is_bpmn, local
from engine.diagram.model import HUMAN
from engine.diagram.report import Report
from engine.diagram.rules import READ_OF_OTHERS, RULE_TASK
from engine.diagram.source import MODEL, THROUGHCARE

_DEADLINE = frozenset({"form", "dueAnchor", "dueOffset", "dueDays", "startOffset", "takes"})
_TIMER = frozenset({"anchor", "offset", "days"})
_OURS: dict[str, frozenset[str]] = {
    **dict.fromkeys(HUMAN, _DEADLINE),
    "lane": frozenset({"role"}),
    "intermediateCatchEvent": _TIMER,
    "boundaryEvent": _TIMER,
    "multiInstanceLoopCharacteristics": frozenset({"each"}),
    RULE_TASK: frozenset({"decision", "result"}),
}
# Namespaces of other engines, by a part that their versions share, and the prefix people know them by.
_ENGINES = {
    "camunda.org/schema/1.0": "camunda",
    "camunda.org/schema/zeebe": "zeebe",
    "activiti.": "activiti",
    "flowable.": "flowable",
    "spiffworkflow.": "spiffworkflow",
    "jboss.org/drools": "drools",
}
# What an engine would run, or change the answers with.
_BEHAVIOUR = frozenset(
    {
        "class",
        "connector",
        "delegateExpression",
        "executionListener",
        "expression",
        "in",
        "inputOutput",
        "ioMapping",
        "out",
        "postScript",
        "preScript",
        "script",
        "serviceTaskOperator",
        "taskListener",
        "variableListener",
    }
)
# Of use only to the editor that wrote them.
_HARMLESS = frozenset(
    {
        "diagramRelationId",
        "historyTimeToLive",
        "isStartableInTasklist",
        "modelerTemplate",
        "modelerTemplateIcon",
        "modelerTemplateVersion",
        "versionTag",
    }
)
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"


def check_foreign(root: etree._Element, processes: list[etree._Element], report: Report) -> None:
    """Report attributes and elements that are neither BPMN nor ours."""
    for element in root.iter(_XINCLUDE + "*"):
        report.add("external_content", found=element.get("href", local(element)))
    for process in processes:
        for element in process.iter(f"{{{MODEL}}}*"):
            # What has to be drawn anew anyway need not be cleaned first.
            if local(element) not in REFUSED:
                _check_element(element, report)


def _check_element(element: etree._Element, report: Report) -> None:
    names = [str(name) for name in element.attrib]
    holder = element.find(bpmn("extensionElements"))
    inside = [] if holder is None else [child for child in holder if not is_bpmn(child)]
    if local(element) not in ("extensionElements", "documentation", "text"):
        inside += [child for child in element if not is_bpmn(child)]
    names += [str(child.tag) for child in inside]
    ignored: list[str] = []
    refused: list[str] = []
    for full in dict.fromkeys(names):
        namespace, _, name = full[1:].rpartition("}")
        if namespace.startswith(THROUGHCARE.rpartition(":")[0]):
            if namespace != THROUGHCARE or name not in _OURS.get(local(element), ()):
                report.add("attribute_unknown", element, found=f"throughcare:{name}")
            continue
        engine = next((prefix for part, prefix in _ENGINES.items() if part in namespace), None)
        read = local(element) == RULE_TASK and f"{engine}:{name}" in READ_OF_OTHERS
        if engine is not None and name not in _HARMLESS and not read:
            (refused if name in _BEHAVIOUR else ignored).append(f"{engine}:{name}")
    # What an event waits for has no name of its own; the event has.
    parent = element.getparent()
    while parent is not None and local(element).endswith(
        ("EventDefinition", "LoopCharacteristics", "Expression")
    ):
        element, parent = parent, parent.getparent()
    if refused:
        report.add("foreign_behaviour", element, found=", ".join(refused))
    if ignored:
        report.add("foreign_ignored", element, found=", ".join(ignored))
