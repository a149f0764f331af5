"""Reads a DMN file: bytes in, its decisions with every problem out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from engine import expressions, safe_xml
from engine.decisions.checking import check, is_hopeless
from engine.decisions.findings import Findings
from engine.decisions.model import LISTING, NAME, Decision, Input, Output, Rule, literal_kind, top_of
from engine.decisions.vocabulary import HARMLESS, KINDS, LOGICS, NAMESPACES, NOTES, TABLE
from engine.expressions import ExpressionError
from engine.expressions.kinds import Kinds
from engine.problems import Problem
from engine.safe_xml import local, shown, text_of


@dataclass(frozen=True)
class Read:
    """What a file decides, by id, and everything that is wrong with it; `known` tells whether it is DMN at all."""

    decisions: dict[str, Decision]
    problems: tuple[Problem, ...]
    known: bool = True

    @property
    def ok(self) -> bool:
        """May this be published?"""
        return not any(problem.severity == "error" for problem in self.problems)


def read(
    xml: bytes, kinds: Kinds | None = None, key: str | None = None, elsewhere: Collection[str] = ()
) -> Read:
    """Everything that a file of decisions says and everything that is wrong with it; never raises.

    `kinds` are the facts that it may ask, by name; without them (a file from outside the project's own folders)
    nobody can tell which facts there are, and a table that is named like a score is only warned of. `key` is what
    the decision that pathways call must have as its id, `elsewhere` the ids that other files have taken.
    """
    findings = Findings(strict=kinds is not None)
    try:
        root = safe_xml.parse(xml)
    except safe_xml.Unreadable as error:
        words: dict[str, Any] = {**error.values}
        findings.add(error.code, **words)
        return Read({}, findings.problems(), known=False)
    namespace, _, name = str(root.tag)[1:].rpartition("}")
    if namespace not in NAMESPACES or name != "definitions":
        _say_what_it_is(namespace, name or str(root.tag), findings)
        return Read({}, findings.problems(), known=False)
    reader = _Reader(root, namespace, findings)
    decisions = reader.decisions()
    for ident in sorted(decisions.keys() & set(elsewhere)):
        findings.add("decided_elsewhere", ident, decisions[ident].name, id=shown(ident))
    if key is not None and decisions and key not in decisions:
        found = ", ".join(top_of(decisions) or decisions)
        findings.add("key_differs", key=shown(key), found=shown(found))
    if is_hopeless(decisions, findings):
        return Read({}, findings.problems())
    check(decisions, kinds, findings)
    return Read(decisions, findings.problems())


def unreadable(code: str) -> Read:
    """What there is to say of a file that could not even be opened."""
    findings = Findings(strict=True)
    findings.add(code)
    return Read({}, findings.problems(), known=False)


def _say_what_it_is(namespace: str, name: str, findings: Findings) -> None:
    if "/BPMN/" in namespace:
        findings.add("is_bpmn")
    elif "/DMN/" in namespace or namespace.endswith("dmn.xsd"):
        findings.add("unknown_dmn")
    else:
        findings.add("not_dmn", found=shown(name))


class _Reader:
    """Reads the decisions of one tree, in the order of the file."""

    def __init__(self, root: etree._Element, namespace: str, findings: Findings) -> None:
        self._root, self._namespace, self._findings = root, namespace, findings
        self._types = {
            one.get("name", "").strip(): one
            for one in self._children(root, "itemDefinition")
            if one.get("name")
        }

    def decisions(self) -> dict[str, Decision]:
        self._check_root()
        found: dict[str, Decision] = {}
        elements = self._children(self._root, "decision")
        self._check_ids(elements)
        for element in elements:
            name = " ".join(element.get("name", "").split())
            ident = element.get("id", "").strip()
            if not ident:
                self._findings.add("missing_id", None, name, table=name)
            elif ident not in found:
                found[ident] = self._decision(element, ident, name or ident)
        if not elements:
            self._findings.add("no_decision")
        known = {key: replace(one, requires=self._known(one, found)) for key, one in found.items()}
        return {key: replace(one, **_kind_of_formula(one)) for key, one in known.items()}

    def _children(self, parent: etree._Element, name: str) -> list[etree._Element]:
        return list(parent.iterchildren(f"{{{self._namespace}}}{name}"))

    def _child(self, parent: etree._Element, name: str) -> etree._Element | None:
        return parent.find(f"{{{self._namespace}}}{name}")

    def _check_root(self) -> None:
        language = self._root.get("expressionLanguage", "")
        self._check_language(language, None, "")
        for child in self._root.iterchildren(f"{{{self._namespace}}}*"):
            kind, ident = local(child), child.get("id", "")
            name = " ".join(child.get("name", "").split()) or ident
            if kind == "businessKnowledgeModel":
                self._findings.add("unsupported_knowledge_model", ident, name)
            elif kind == "decisionService":
                self._findings.add("unsupported_service", ident, name)
            elif kind == "import":
                found = shown(child.get("locationURI") or child.get("namespace"))
                self._findings.add("unsupported_import", ident, found=found)
            elif kind not in NOTES | {"decision"}:
                self._findings.add("unknown_element", ident, name, found=kind)

    def _check_ids(self, elements: Iterable[etree._Element]) -> None:
        seen: set[str] = set()
        for ident in filter(None, (element.get("id", "").strip() for element in elements)):
            if ident in seen:
                self._findings.add("duplicate_id", ident, id=shown(ident))
            seen.add(ident)

    def _check_language(self, language: str, ident: str | None, name: str) -> None:
        if language.strip() and "feel" not in language.lower() and language.strip() not in NAMESPACES:
            self._findings.add("expression_language", ident, name, found=shown(language))

    def _known(self, decision: Decision, found: dict[str, Decision]) -> tuple[str, ...]:
        for one in decision.requires:
            if one not in found:
                self._findings.add("requires_unknown", decision.id, decision.name, found=shown(one))
        return tuple(one for one in decision.requires if one in found)

    def _decision(self, element: etree._Element, ident: str, name: str) -> Decision:
        variable = self._child(element, "variable")
        called: str = " ".join((variable.get("name", "") if variable is not None else "").split())
        if not called:
            called = name if NAME.fullmatch(name) else ident
        decision = Decision(ident, name, called, requires=self._requires(element))
        logics = []
        for child in element.iterchildren(f"{{{self._namespace}}}*"):
            kind = local(child)
            if kind in ("decisionTable", "literalExpression"):
                logics.append(child)
            elif kind in LOGICS:
                self._findings.add("unsupported_logic", ident, name, found=kind)
                return decision
            elif kind == "knowledgeRequirement":
                self._findings.add("unsupported_knowledge", ident, name)
            elif kind not in NOTES | {"variable", "informationRequirement"}:
                self._findings.add("unknown_element", ident, name, found=kind)
        if len(logics) != 1:
            self._findings.add("two_logics" if logics else "no_logic", ident, name)
            return decision
        self._check_foreign(element, logics[0], decision)
        self._check_language(logics[0].get("expressionLanguage", ""), ident, name)
        if local(logics[0]) == "literalExpression":
            return self._formula(logics[0], variable, decision)
        return self._table(logics[0], variable, decision)

    def _requires(self, element: etree._Element) -> tuple[str, ...]:
        found = []
        for requirement in self._children(element, "informationRequirement"):
            for required in self._children(requirement, "requiredDecision"):
                href = required.get("href", "").strip()
                found.append(href.removeprefix("#"))
        return tuple(dict.fromkeys(found))

    def _check_foreign(self, element: etree._Element, logic: etree._Element, decision: Decision) -> None:
        """Say which settings of another system change nothing here."""
        names = {
            str(name)[1:].rpartition("}")[::2]
            for one in (element, *logic.iter())
            for name in one.attrib
            if str(name).startswith("{")
        }
        ignored = sorted(name for namespace, name in names if "camunda" in namespace and name not in HARMLESS)
        if ignored:
            found = ", ".join(f"camunda:{name}" for name in ignored)
            self._findings.add("foreign_ignored", decision.id, decision.name, found=found)

    def _formula(
        self, logic: etree._Element, variable: etree._Element | None, decision: Decision
    ) -> Decision:
        text = text_of(self._child(logic, "text"))
        if text is None:
            self._findings.add("no_logic", decision.id, decision.name)
            return decision
        said = logic.get("typeRef") or (variable.get("typeRef") if variable is not None else None)
        kind = self._kind(said, decision, decision.name)[0]
        return replace(
            decision,
            formula=text,
            outputs=(Output(logic.get("id") or decision.id, decision.variable, decision.name, kind),),
        )

    def _table(self, table: etree._Element, variable: etree._Element | None, decision: Decision) -> Decision:
        for child in table.iterchildren(f"{{{self._namespace}}}*"):
            if local(child) not in TABLE:
                self._findings.add("unknown_element", decision.id, decision.name, found=local(child))
        policy = " ".join(table.get("hitPolicy", "UNIQUE").upper().replace("_", " ").split()) or "UNIQUE"
        aggregation = table.get("aggregation", "").strip().upper() or None
        decision = replace(decision, policy=policy, aggregation=aggregation)
        outputs = self._children(table, "output")
        # What the decision is called has the type of all that it finds: of one output's value only where it finds one.
        alone = len(outputs) == 1 and (policy not in LISTING or aggregation in ("SUM", "MIN", "MAX"))
        typed = variable.get("typeRef") if variable is not None and alone else None
        decision = replace(
            decision,
            inputs=tuple(
                self._input(one, place, decision)
                for place, one in enumerate(self._children(table, "input"), 1)
            ),
            outputs=tuple(self._output(one, typed, len(outputs), decision) for one in outputs),
        )
        self._check_ids(self._children(table, "rule"))
        rows = enumerate(self._children(table, "rule"), 1)
        rules = [self._rule(one, number, decision) for number, one in rows]
        return replace(decision, rules=tuple(rule for rule in rules if rule is not None))

    def _input(self, element: etree._Element, place: int, decision: Decision) -> Input:
        asked = self._child(element, "inputExpression")
        text = text_of(self._child(asked, "text")) if asked is not None else None
        label = " ".join(element.get("label", "").split()) or text or str(place)
        kind, allowed = self._kind(asked.get("typeRef") if asked is not None else None, decision, label)
        if asked is not None:
            self._check_language(asked.get("expressionLanguage", ""), decision.id, decision.name)
        if text is None:
            self._findings.add("input_empty", element.get("id"), decision.name)
        listed = self._child(element, "inputValues")
        values = text_of(self._child(listed, "text")) if listed is not None else None
        return Input(
            element.get("id") or f"input {place}", label, text or "null", kind, _unless_any(values) or allowed
        )

    def _output(self, element: etree._Element, typed: str | None, count: int, decision: Decision) -> Output:
        name = " ".join(element.get("name", "").split())
        label = " ".join(element.get("label", "").split()) or name or decision.name
        ident = element.get("id")
        if not name and count > 1:
            self._findings.add("output_unnamed", ident, decision.name)
        kind, allowed = self._kind(element.get("typeRef") or typed, decision, label)
        listed, given = self._child(element, "outputValues"), self._child(element, "defaultOutputEntry")
        values = (text_of(self._child(listed, "text")) if listed is not None else None) or allowed
        return Output(
            id=ident or name or decision.variable,
            name=name or (decision.variable if NAME.fullmatch(decision.variable) else decision.id),
            label=label,
            kind=kind,
            values=self._values(values, ident, label, decision) if values else (),
            default=_unless_any(text_of(self._child(given, "text"))) if given is not None else None,
        )

    def _values(self, text: str, ident: str | None, label: str, decision: Decision) -> tuple[str, ...]:
        try:
            return expressions.items(text)
        except ExpressionError as error:
            self._findings.add("values_faulty", ident, decision.name, column=label, reason=error)
            return ()

    def _rule(self, element: etree._Element, number: int, decision: Decision) -> Rule | None:
        cells = {name: self._children(element, name) for name in ("inputEntry", "outputEntry")}
        texts = {
            name: tuple(text_of(self._child(cell, "text")) for cell in found) for name, found in cells.items()
        }
        for cell in (*cells["inputEntry"], *cells["outputEntry"]):
            self._check_language(cell.get("expressionLanguage", ""), element.get("id"), decision.name)
        wanted = {"inputEntry": len(decision.inputs), "outputEntry": len(decision.outputs)}
        wrong = [name for name, count in wanted.items() if len(texts[name]) != count]
        for name in wrong:
            words: dict[str, Any] = {"rule": number, "count": len(texts[name]), "limit": wanted[name]}
            self._findings.add("cells_missing", element.get("id"), decision.name, **words)
        if wrong:
            return None
        notes = [text_of(child) or "" for child in self._children(element, "annotationEntry")]
        said = [note for note in (text_of(self._child(element, "description")) or "", *notes) if note]
        return Rule(
            id=element.get("id") or f"{decision.id}-{number}",
            tests=tuple(_unless_any(text) for text in texts["inputEntry"]),
            results=tuple(_unless_any(text) for text in texts["outputEntry"]),
            note=" ".join(said),
        )

    def _kind(self, said: str | None, decision: Decision, column: str) -> tuple[str, str | None]:
        """The kind that a type means, with the values that it allows."""
        name = (said or "").rpartition(":")[2].strip()
        allowed, seen = None, set[str]()
        while name in self._types and name not in seen:
            seen.add(name)
            definition = self._types[name]
            if self._children(definition, "itemComponent") or self._children(definition, "functionItem"):
                self._findings.add(
                    "type_structured", decision.id, decision.name, column=column, found=shown(name)
                )
                return "any", None
            listed = self._child(definition, "allowedValues")
            allowed = allowed or (text_of(self._child(listed, "text")) if listed is not None else None)
            if definition.get("isCollection", "").strip() in ("true", "1"):
                return "list", None
            name = (text_of(self._child(definition, "typeRef")) or "").rpartition(":")[2]
        plain = "".join(name.lower().replace("_", " ").split())
        if plain and plain not in KINDS:
            self._findings.add("type_unknown", decision.id, decision.name, column=column, found=shown(name))
        return KINDS.get(plain, "any"), allowed


def _unless_any(text: str | None) -> str | None:
    """The text of a cell; None where it is empty or a dash, which fit everything."""
    return None if text in (None, "-", "–") else text


def _kind_of_formula(decision: Decision) -> dict[str, Any]:
    """What is found by a formula that is a plain value needs no type."""
    if decision.formula is None or decision.outputs[0].kind != "any":
        return {}
    return {"outputs": (replace(decision.outputs[0], kind=literal_kind(decision.formula)),)}
