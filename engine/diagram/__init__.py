"""BPMN XML in, a checked Diagram out: every problem, in words, with its element."""

from engine.diagram.catalogue import ANCHORS, DATES, Catalogue, Reach
from engine.diagram.editing import Wording, edit_step, lane_words, translate_conditions
from engine.diagram.headers import in_utf8
from engine.diagram.model import (
    ACTIVITIES,
    GATEWAYS,
    HUMAN,
    Diagram,
    Flow,
    Node,
    Pathway,
    Problem,
    Severity,
    Thrown,
    Timer,
)
from engine.diagram.reading import catalogues_of, is_table, read, read_decisions, read_file
from engine.diagram.repairs import mended
from engine.diagram.rules import results_of
from engine.diagram.sentences import SENTENCES, TRANSLATED
from engine.diagram.source import MAX_BYTES, MODEL
from engine.diagram.telling import telling

__all__ = [
    "ACTIVITIES",
    "ANCHORS",
    "DATES",
    "GATEWAYS",
    "HUMAN",
    "MAX_BYTES",
    "MODEL",
    "SENTENCES",
    "TRANSLATED",
    "Catalogue",
    "Diagram",
    "Flow",
    "Node",
    "Pathway",
    "Problem",
    "Reach",
    "Severity",
    "Thrown",
    "Timer",
    "Wording",
    "catalogues_of",
    "edit_step",
    "in_utf8",
    "is_table",
    "lane_words",
    "mended",
    "read",
    "read_decisions",
    "read_file",
    "results_of",
    "telling",
    "translate_conditions",
]
