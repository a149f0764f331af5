"""What other systems add to an element of a diagram: whose it is, what it is called, what it says."""

from __future__ import annotations

from lxml import etree

from engine.diagram.labels import bpmn, is_bpmn, local, text_of

# Namespaces of other engines, by a part that their versions share, and the prefix people know them by.
_ENGINES = {
    "camunda.org/schema/1.0": "camunda",
    "camunda.org/schema/zeebe": "zeebe",
    "activiti.": "activiti",
    "flowable.": "flowable",
    "spiffworkflow.": "spiffworkflow",
    "jboss.org/drools": "drools",
}
# What names a program, a form or a list there.
PROGRAMS = frozenset(
    {
        "class",
        "connector",
        "delegateExpression",
        "expression",
        "serviceTaskOperator",
    }
)
# What names who does it instead, elsewhere.
WORKERS = frozenset({"taskDefinition", "topic", "type"})
FORMS = frozenset(
    {
        "form",
        "formData",
        "formDefinition",
        "formJsonSchemaFilename",
        "formKey",
        "formProperty",
        "formRef",
        "formUiSchemaFilename",
    }
)
_LISTS = frozenset({"collection", "inputCollection"})

Addition = tuple[str, str, str]


def form_of(step: etree._Element) -> str | None:
    """What another system calls the form of a step or a start; None if it names none."""
    found = [*additions(step), *(one for kept in _holding(step, "properties") for one in _properties(kept))]
    return next((said or name for _, name, said in found if name in FORMS), None)


def list_of(marker: etree._Element) -> str | None:
    """The list for each item of which another system does a step; None if it names none."""
    kept = [one for child in _holding(marker, "loopCharacteristics") for one in _attributes(child)]
    return next((said for _, name, said in [*additions(marker), *kept] if name in _LISTS and said), None)


def called_by(step: etree._Element) -> str | None:
    """The pathway that a step calls in another system's way; None if it names none."""
    said = [one for kept in _holding(step, "calledElement") for one in _attributes(kept)]
    return next((value for _, name, value in said if name == "processId" and value), None)


def program_of(step: etree._Element) -> str | None:
    """What another system runs for a step; None if it does not say."""
    found = [(name, said) for _, name, said in additions(step) if name in PROGRAMS | WORKERS]
    # Of an external task its topic tells more than that it is external.
    found.sort(key=lambda one: one[0] == "type")
    return next((said or name for name, said in found), None)


def additions(element: etree._Element) -> list[Addition]:
    """What other systems add to an element, each with the system's prefix, its name and what it says."""
    found = _attributes(element)
    for child in inside(element):
        engine = _engine(etree.QName(child).namespace or "")
        only_form = local(child) == "properties" and all(name in FORMS for _, name, _ in _properties(child))
        if engine is not None and not only_form:
            inner = [said for _, _, said in _attributes(child) if said]
            found.append((engine, etree.QName(child).localname, inner[0] if inner else text_of(child) or ""))
    return found


def _attributes(element: etree._Element) -> list[Addition]:
    """An element's attributes, of another system or of its own element."""
    found = []
    for full, said in element.attrib.items():
        name = etree.QName(str(full))
        engine = _engine(
            name.namespace or (etree.QName(element).namespace or "" if not is_bpmn(element) else "")
        )
        if engine is not None:
            found.append((engine, name.localname, str(said).strip()))
    return found


def inside(element: etree._Element) -> list[etree._Element]:
    """The elements that are not BPMN's own."""
    holder = element.find(bpmn("extensionElements"))
    found = [] if holder is None else [child for child in holder if not is_bpmn(child)]
    if local(element) not in ("extensionElements", "documentation", "text"):
        found += [child for child in element if not is_bpmn(child)]
    return found


def _holding(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in inside(element) if local(child) == name]


def _properties(kept: etree._Element) -> list[Addition]:
    """Settings that are kept as pairs of a name and a value."""
    return [("", child.get("name", ""), child.get("value", "").strip()) for child in kept]


def _engine(namespace: str) -> str | None:
    return next((prefix for part, prefix in _ENGINES.items() if part in namespace), None)
