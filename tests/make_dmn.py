"""Writes small DMN files for the tests."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"

# An input is its expression or (expression, type); an output its name or (name, type, listed values, default).
Column = str | tuple[str | None, ...]


def dmn(*decisions: str, namespace: str = DMN, more: str = "") -> bytes:
    """A file with these decisions."""
    inside = "".join(decisions)
    return (
        f'<definitions xmlns="{namespace}" id="file" name="File" namespace="http://example.org">'
        f"{inside}{more}</definitions>"
    ).encode()


def table(
    key: str,
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    rules: Iterable[Sequence[str | None]],
    *,
    policy: str = "UNIQUE",
    aggregation: str | None = None,
    requires: Sequence[str] = (),
    name: str | None = None,
    variable: str | None = None,
) -> str:
    """A decision table; each rule is its cells from left to right, None for one that is empty."""
    columns = "".join(_input(f"{key}_in{place}", one) for place, one in enumerate(inputs))
    columns += "".join(_output(place, one) for place, one in enumerate(outputs))
    rows = "".join(_rule(f"{key}_{number}", rule, len(inputs)) for number, rule in enumerate(rules, 1))
    added = f' aggregation="{aggregation}"' if aggregation else ""
    inside = f'<decisionTable id="{key}_table" hitPolicy="{policy}"{added}>{columns}{rows}</decisionTable>'
    return decision(key, inside, requires=requires, name=name, variable=variable)


def formula(key: str, text: str, **more: str | Sequence[str] | None) -> str:
    """A decision that is worked out."""
    inside = f"<literalExpression><text>{escape(text)}</text></literalExpression>"
    return decision(key, inside, **more)  # type: ignore[arg-type]


def decision(
    key: str,
    inside: str,
    *,
    requires: Sequence[str] = (),
    name: str | None = None,
    variable: str | None = None,
) -> str:
    needs = "".join(
        f'<informationRequirement><requiredDecision href="#{one}"/></informationRequirement>'
        for one in requires
    )
    called = f"<variable name={quoteattr(variable)}/>" if variable else ""
    return f"<decision id={quoteattr(key)} name={quoteattr(name or key)}>{called}{needs}{inside}</decision>"


def _input(key: str, column: Column) -> str:
    text, kind = (column, None) if isinstance(column, str) else column
    typed = f" typeRef={quoteattr(kind)}" if kind else ""
    return f'<input id="{key}"><inputExpression{typed}><text>{escape(text or "")}</text></inputExpression></input>'


def _output(place: int, column: Column) -> str:
    parts = (column,) if isinstance(column, str) else column
    name, kind, values, default = (*parts, *[None] * (4 - len(parts)))
    typed = f" typeRef={quoteattr(kind)}" if kind else ""
    inside = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    inside += f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    return f"<output name={quoteattr(name or '')}{typed}>{inside}</output>"


def _rule(key: str, cells: Sequence[str | None], inputs: int) -> str:
    written = "".join(
        f"<{kind}><text>{escape(cell or '')}</text></{kind}>"
        for place, cell in enumerate(cells)
        for kind in ["inputEntry" if place < inputs else "outputEntry"]
    )
    return f'<rule id="{key}">{written}</rule>'
