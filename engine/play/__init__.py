"""Plays a case of some diagrams with the engine that runs real ones, in memory and with a clock of its own."""

from engine.play.case import BEGUN, MOST_STEPS, Play
from engine.play.script import Act, read_script
from engine.play.stage import BadScript, NotPlayable, Stage, set_stage

__all__ = [
    "BEGUN",
    "MOST_STEPS",
    "Act",
    "BadScript",
    "NotPlayable",
    "Play",
    "Stage",
    "read_script",
    "set_stage",
]
