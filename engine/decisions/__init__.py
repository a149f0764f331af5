"""Decision tables (DMN): read, checked in words, and decided by what a case knows.

A table routes: which office, which notice period, which of several ways. It never scores a participant and never
decides about one, and the check holds that as far as it honestly can:

- A table that adds numbers up (COLLECT SUM), or a result of any table, that is named like a score of a person
  (score, risk, rating, likelihood ...) is refused in an installation's own pathways, and warned of elsewhere.
- Every other sum is warned of: weeks and costs may be added, weights of answers may not.
- A diagram in which what a table found leads to an end without a step for a person is warned of.

A check reads names, not intentions: a score that is called something else passes it. That is what the second editor,
who reads every table in words before it is published, is for.
"""

from engine.decisions.checking import check
from engine.decisions.evaluating import Found, Undecided, decide, facts_of
from engine.decisions.model import (
    POLICIES,
    Decision,
    Input,
    Output,
    Rule,
    Tables,
    catches_all,
    copes,
    keep,
    needed,
    reads,
    restore,
    results,
    top_of,
)
from engine.decisions.reading import Read, read, unreadable
from engine.decisions.sentences import SENTENCES
from engine.decisions.vocabulary import NAMESPACES

__all__ = [
    "NAMESPACES",
    "POLICIES",
    "SENTENCES",
    "Decision",
    "Found",
    "Input",
    "Output",
    "Read",
    "Rule",
    "Tables",
    "Undecided",
    "catches_all",
    "check",
    "copes",
    "decide",
    "facts_of",
    "keep",
    "needed",
    "read",
    "reads",
    "restore",
    "results",
    "top_of",
    "unreadable",
]
