"""What DMN calls things: its versions, its kinds of values, and its elements as far as they matter here."""

from __future__ import annotations

# 1.1 to 1.6: what a decision table says is the same in all of them.
NAMESPACES = tuple(
    f"http{s}://www.omg.org/spec/DMN/{version}"
    for s, version in (
        ("", "20151101/dmn.xsd"),
        ("", "20180521/MODEL/"),
        ("s", "20191111/MODEL/"),
        ("s", "20211108/MODEL/"),
        ("s", "20230324/MODEL/"),
        ("s", "20240513/MODEL/"),
    )
)

# What DMN calls kinds, with what other programs call them.
KINDS = {
    "string": "text",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "decimal": "number",
    "boolean": "yes_no",
    "date": "date",
    "dateandtime": "datetime",
    "datetime": "datetime",
    "time": "time",
    "duration": "duration",
    "daysandtimeduration": "duration",
    "daytimeduration": "duration",
    "yearsandmonthsduration": "duration",
    "yearmonthduration": "duration",
    "list": "list",
    "context": "record",
    "any": "any",
}
# Drawn or written for readers; nothing would change if they were not there.
NOTES = frozenset(
    {
        "artifact",
        "association",
        "authorityRequirement",
        "description",
        "elementCollection",
        "extensionElements",
        "group",
        "inputData",
        "itemDefinition",
        "knowledgeSource",
        "organizationUnit",
        "performanceIndicator",
        "question",
        "allowedAnswers",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
        "textAnnotation",
    }
)
LOGICS = frozenset(
    {
        "conditional",
        "context",
        "every",
        "filter",
        "for",
        "functionDefinition",
        "invocation",
        "list",
        "relation",
        "some",
    }
)
TABLE = frozenset({"annotation", "input", "output", "rule", *NOTES})

# Of use only to the editor that wrote them.
HARMLESS = frozenset({"diagramRelationId", "historyTimeToLive", "width", "versionTag"})
