"""Nothing that a diagram says is ever run as a program."""

from pathlib import Path

import pytest
from lxml import etree

from engine import runner
from engine.errors import Invalid
from engine.runner.judging import Judge
from engine.runner.outcome import Halt
from tests.engine.drawing import HEAD, MONDAY, Walk, draw

# Whoever evaluates one of these as Python, in whatever place, leaves a file behind.
PLACES = {
    "condition of a decision": "start s; exclusive g; end e; end f; s -> g; g -> e : {code}; g => f",
    "condition of an inclusive gateway": "start s; inclusive g; end e; end f; s -> g; g -> e : {code}; g => f",
    "completion of several": "start s; user a each=list done='{code}'; end e; s -> a -> e",
    "completion one by one": "start s; user a each=list sequential done='{code}'; end e; s -> a -> e",
    "number of times": "start s; user a times='{code}'; end e; s -> a -> e",
    "number of calls": "start s; call a runs=p times='{code}'; end e; s -> a -> e",
    "list": "start s; user a each='{code}'; end e; s -> a -> e",
    "length of time": "start s; catch t timer='{code}'; end e; s -> t -> e",
    "date": "start s; catch t date='{code}'; end e; s -> t -> e",
    "anchor": "start s; catch t anchor='{code}' offset=P1D; end e; s -> t -> e",
    "offset": "start s; catch t anchor=release offset='{code}'; end e; s -> t -> e",
    "days": "start s; catch t anchor=release offset=P1D days='{code}'; end e; s -> t -> e",
    "time beside a step": "start s; user a; boundary t on=a timer='{code}' beside; end e; s -> a -> e; t -> e",
    "name of a message": "start s; catch m message='{code}'; end e; s -> m -> e",
}
RAW = {
    "script": '<bpmn:scriptTask id="x"><bpmn:script>{code}</bpmn:script></bpmn:scriptTask>',
    "script in Python": '<bpmn:scriptTask id="x" scriptFormat="python"><bpmn:script>{code}</bpmn:script>'
    "</bpmn:scriptTask>",
    "service": '<bpmn:serviceTask id="x"><bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{code}"'
    ' resultVariable="r"><spiffworkflow:parameters><spiffworkflow:parameter id="p" type="str" value="{code}"/>'
    "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></bpmn:extensionElements></bpmn:serviceTask>",
    "pre and post script": '<bpmn:userTask id="x"><bpmn:extensionElements><spiffworkflow:preScript>{code}'
    "</spiffworkflow:preScript><spiffworkflow:postScript>{code}</spiffworkflow:postScript>"
    "</bpmn:extensionElements></bpmn:userTask>",
    "pre script of a call": '<bpmn:callActivity id="x" calledElement="p"><bpmn:extensionElements>'
    "<spiffworkflow:preScript>{code}</spiffworkflow:preScript></bpmn:extensionElements></bpmn:callActivity>",
    "pre script of a manual task": '<bpmn:manualTask id="x"><bpmn:extensionElements>'
    "<spiffworkflow:preScript>{code}</spiffworkflow:preScript></bpmn:extensionElements></bpmn:manualTask>",
    "loop": '<bpmn:userTask id="x"><bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="2">'
    "<bpmn:loopCondition>{code}</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>",
    "conditional event": '<bpmn:intermediateCatchEvent id="x"><bpmn:conditionalEventDefinition>'
    "<bpmn:condition>{code}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>",
    "cycle": '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition><bpmn:timeCycle>{code}'
    "</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
    "payload thrown": '<bpmn:intermediateThrowEvent id="x"><bpmn:messageEventDefinition messageRef="m">'
    "<bpmn:extensionElements><spiffworkflow:messagePayload>{code}</spiffworkflow:messagePayload>"
    "</bpmn:extensionElements></bpmn:messageEventDefinition></bpmn:intermediateThrowEvent>",
    "payload sent": '<bpmn:sendTask id="x" messageRef="m"><bpmn:extensionElements><spiffworkflow:messagePayload>'
    "{code}</spiffworkflow:messagePayload></bpmn:extensionElements></bpmn:sendTask>",
    "payload caught": '<bpmn:intermediateCatchEvent id="x"><bpmn:messageEventDefinition messageRef="m">'
    "<bpmn:extensionElements><spiffworkflow:messageVariable>{code}</spiffworkflow:messageVariable>"
    "</bpmn:extensionElements></bpmn:messageEventDefinition></bpmn:intermediateCatchEvent>",
    "received": '<bpmn:receiveTask id="x" messageRef="m"/>',
    "ad hoc": '<bpmn:adHocSubProcess id="x"><bpmn:userTask id="y"/><bpmn:completionCondition>{code}'
    "</bpmn:completionCondition></bpmn:adHocSubProcess>",
    "decision table": '<bpmn:businessRuleTask id="x"><bpmn:extensionElements><spiffworkflow:calledDecisionId>{code}'
    "</spiffworkflow:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>",
    "input": '<bpmn:userTask id="x"><bpmn:ioSpecification><bpmn:dataInput id="{code}" name="{code}"/>'
    "<bpmn:inputSet><bpmn:dataInputRefs>{code}</bpmn:dataInputRefs></bpmn:inputSet></bpmn:ioSpecification></bpmn:userTask>",
    "assignment": '<bpmn:userTask id="x"><bpmn:dataInputAssociation><bpmn:sourceRef>nowhere</bpmn:sourceRef>'
    "<bpmn:assignment><bpmn:from>{code}</bpmn:from><bpmn:to>{code}</bpmn:to></bpmn:assignment>"
    "</bpmn:dataInputAssociation></bpmn:userTask>",
    "event sub-process": '<bpmn:subProcess id="x" triggeredByEvent="true"><bpmn:startEvent id="y">'
    "<bpmn:conditionalEventDefinition><bpmn:condition>{code}</bpmn:condition></bpmn:conditionalEventDefinition>"
    "</bpmn:startEvent></bpmn:subProcess>",
    "transaction": '<bpmn:transaction id="x"><bpmn:startEvent id="y"/></bpmn:transaction>',
    "complex gateway": '<bpmn:complexGateway id="x"><bpmn:activationCondition>{code}'
    "</bpmn:activationCondition></bpmn:complexGateway>",
}
CORRELATION = (
    '<bpmn:message id="m" name="m"/><bpmn:correlationProperty id="cp" name="cp">'
    '<bpmn:correlationPropertyRetrievalExpression messageRef="m"><bpmn:messagePath>{code}</bpmn:messagePath>'
    "</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
    '<bpmn:collaboration id="co"><bpmn:correlationKey name="k"><bpmn:correlationPropertyRef>cp'
    "</bpmn:correlationPropertyRef></bpmn:correlationKey></bpmn:collaboration>"
)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def code(canary: Path) -> str:
    """Python that needs no quotes that XML or the drawing would have to escape, true when it has run."""
    letters = " + ".join(f"chr({ord(letter)})" for letter in str(canary))
    return f"open({letters}, chr(119)).close() is None"


def tempt(sources: dict[str, bytes]) -> runner.Run | None:
    """Do with a diagram whatever can be done with one."""
    try:
        case = Walk(runner.load(runner.prepare(sources, "p"), str(hash(str(sources)))), list=["a", "b"])
    except Invalid:
        return None
    for _ in range(3):
        case.wake(days=40)
        for message in [wait.name for wait in case.run.waits if wait.name]:
            case.hear(message)
        for step in case.open:
            if step in case.open:
                case.done(step)
        case.retry()
    return case.run


@pytest.mark.parametrize("place", PLACES)
def test_no_expression_is_ever_run_as_python(place, canary):
    assert eval(code(canary)) is True  # noqa: S307 - the canary sings when it is let out
    assert canary.exists()
    canary.unlink()
    tempt({"p": draw(PLACES[place].replace("{code}", code(canary)))})
    assert not canary.exists()


@pytest.mark.parametrize("place", RAW)
def test_nothing_else_in_a_file_is_ever_run(place, canary):
    start = '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/>'
    end = '<bpmn:sequenceFlow id="g" sourceRef="x" targetRef="e"/><bpmn:endEvent id="e"/>'
    process = f'<bpmn:process id="p">{start}{RAW[place]}{end}</bpmn:process>'
    text = (HEAD + CORRELATION + process + "</bpmn:definitions>").replace("{code}", code(canary))
    etree.fromstring(text.encode())
    run = tempt({"p": text.encode()})
    assert not canary.exists()
    # What can be run is a step or a message without what another engine would do besides.
    assert (run is None) == (place not in HARMLESS)


HARMLESS = {
    "payload thrown",
    "pre and post script",
    "pre script of a call",
    "pre script of a manual task",
    "payload caught",
    "payload sent",
    "received",
    # Its condition is FEEL like any other, and cannot be decided.
    "loop",
    "assignment",
}


def test_what_spiffworkflow_could_run_behind_our_back_is_refused(canary):
    judge = Judge(runner.Context({}, MONDAY, lambda *_: None))
    for run in (
        judge.execute,
        judge.call_service,
        judge.environment.evaluate,
        judge.environment.execute,
        judge.environment.call_service,
    ):
        with pytest.raises(Halt):
            run(code(canary), {})
    assert not canary.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<",
        b"<a/>",
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>',
        HEAD.encode() + b"</bpmn:definitions>",
        HEAD.encode() + b"<bpmn:message/></bpmn:definitions>",
    ],
)
def test_a_file_that_is_no_pathway_is_refused(text):
    with pytest.raises(Invalid):
        runner.prepare({"p": text}, "p")


def test_a_fact_cannot_become_part_of_the_program():
    """A key named like one of the engine's own words once made a stored case unreadable for ever."""
    item = {"typename": "UUID", "value": "x", "id": 1, "at": "e", "is": "c", "holds": [], "inside": []}
    case = Walk("start s; user a each=list; end e; s -> a -> e", list=[item, "typename"], typename="UUID")
    assert case.items == [item, "typename"]
    case.wake().done("a")
    assert case.items == ["typename"]
    assert case.done("a").run.ended == "e"
