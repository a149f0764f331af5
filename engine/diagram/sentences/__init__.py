"""Every problem that a diagram can have: its code, how grave it is, and what the editor reads.

One table, so that nothing is said in two ways and everything can be translated. {step} is the element the problem
belongs to, as engine.diagram.labels calls it.
"""

from engine.diagram.sentences.arrows import ARROWS
from engine.diagram.sentences.borrowed import BORROWED, TRANSLATED
from engine.diagram.sentences.conditions import CONDITIONS
from engine.diagram.sentences.events import EVENTS
from engine.diagram.sentences.files import FILES
from engine.diagram.sentences.gateways import GATEWAYS
from engine.diagram.sentences.refusals import REFUSALS
from engine.diagram.sentences.rules import RULES
from engine.diagram.sentences.steps import STEPS
from engine.problems import SentenceTable

__all__ = ["SENTENCES", "TRANSLATED"]

SENTENCES: SentenceTable = {
    **FILES,
    **ARROWS,
    **CONDITIONS,
    **GATEWAYS,
    **EVENTS,
    **STEPS,
    **BORROWED,
    **REFUSALS,
    **RULES,
}
