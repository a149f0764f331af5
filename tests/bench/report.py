"""What was measured, as a table to be read."""

from statistics import median
from typing import Any


def middle(times: list[float]) -> float:
    """The median of some milliseconds, to the hundredth."""
    return round(median(times), 2)


def table(name: str, found: dict[str, Any]) -> str:
    """Figures nested by name, one line each, indented as they are nested."""
    return "\n".join([f"\n{name}", *_lines(found, 1), ""])


def _lines(found: dict[str, Any], depth: int) -> list[str]:
    lines = []
    for key, value in found.items():
        words = f"{'  ' * depth}{key.replace('_', ' ')}"
        if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
            lines += [words, *_lines(value, depth + 1)]
        elif isinstance(value, dict):
            lines.append(
                f"{words:<34}" + "   ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in value.items())
            )
        else:
            lines.append(f"{words:<34}{value:,}" if isinstance(value, int | float) else f"{words:<34}{value}")
    return lines
