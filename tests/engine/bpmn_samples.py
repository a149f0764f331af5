"""A diagram for every element and attribute that BPMN 2.0.2 knows: the other tables of BPMN in README.md."""

from tests.engine.bpmn_events import (
    EVENTS,
    HEAD,
    INSTEAD,
    NEWS,
    PASSED,
    Documentation,
    Refused,
    Sample,
    Supported,
    meaning,
    on_edge,
)
from tests.engine.test_diagram_problems import MESSAGE, jump, line
from tests.engine.test_play import done, later
from tests.make_bpmn import call, catch, end, first, message, node, pathway, several, start, sub, user
from tests.make_dmn import dmn, table

# ---- Elements

PLAIN = line(user("a"))


def around(kind: str, inside: str = "", **attributes: str) -> bytes:
    """One element between start and end."""
    return line(node(kind, "a", inside, **{"name": "It"} | attributes), head=HEAD)


def beside(inside: str = "", *, head: str = "", body: str = "", **attributes: str) -> bytes:
    """A plain pathway with something in its step, in its file or beside its step."""
    return pathway(start(), user("a", inside, **attributes), end(), body, "s > a > e", head=head)


PLAIN = beside()


def noted(inside: str = "", warned: str | None = None, **where: str) -> Documentation:
    return Documentation(beside(inside, **where), PLAIN, warned)


def refused(code: str, inside: str = "", **where: str) -> Refused:
    return Refused(beside(inside, **where), code)


def inside_event(kind: str, inside: str) -> bytes:
    """An intermediate event that catches or throws, with something in it besides the message it waits for."""
    return line(node(kind, "a", inside + message(), name="It"), head=HEAD)


def split(gateway: str, *conditions: str, name: str = "exclusiveGateway", **attributes: str) -> bytes:
    """A gateway with two ways, to b and c; without a condition it is the default."""
    drawn = node(name, "x", name="It", **attributes)
    ways = [f"x > {to}" + (f" : {said}" if said else "") for to, said in zip("bc", conditions, strict=True)]
    steps = (user("b"), user("c"), end("e"), end("f"))
    return pathway(start(), drawn, *steps, "s > x", *ways, "b > e", "c > f")


def raced(**attributes: str) -> bytes:
    """An event gateway before a message and a timer."""
    drawn = (first("g", **attributes), catch("n", message()), catch("t"), end("e"), end("f"))
    return pathway(start(), *drawn, "s > g > n > e", "g > t > f", head=HEAD)


def joined(kind: str, *conditions: str) -> bytes:
    """Three ways from one gateway to another of its kind."""
    drawn = (node(kind, "x", name="It"), node(kind, "y", name="All"), user("a"), user("b"), user("c"))
    ways = [
        f"x > {to} : {said}" if said else f"x > {to}"
        for to, said in zip("abc", conditions or ("",) * 3, strict=True)
    ]
    return pathway(start(), *drawn, end(), "s > x", *ways, "a > y > e", "b > y", "c > y")


def again(inside: str = "", **attributes: str) -> bytes:
    """A step that is done again."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    marker = f"<b:standardLoopCharacteristics{said}>{inside}</b:standardLoopCharacteristics>"
    return line(user("a", marker))


def times(inside: str = "", count: str = "3", **attributes: str) -> bytes:
    """A step that is done some number of times."""
    return line(user("a", several(f"<b:loopCardinality>{count}</b:loopCardinality>{inside}", **attributes)))


def timed(inside: str, **attributes: str) -> bytes:
    """A step with a timer on its edge."""
    timer = f"<b:timerEventDefinition>{inside}</b:timerEventDefinition>"
    return pathway(start(), user("a"), *on_edge("a", timer, "edge", **attributes), "s > a > e")


def pool(inside: str = "", more: str = "", **attributes: str) -> str:
    """A collaboration in which the pathway is one pool and another is a black box."""
    pools = node("participant", "us", inside, processRef="p", **attributes) + node("participant", "they")
    return f'<b:collaboration id="k">{pools}{more}</b:collaboration>'


THEIRS = (
    f'<b:process id="q" isExecutable="false">{start("qs")}{end("qe")}'
    '<b:sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/></b:process>'
)
GIVEN, MORE = done("a", agreement="given"), done("a", needs="more")
ONCE = '<b:loopCondition xsi:type="b:tFormalExpression">needs = "more"</b:loopCondition>'
ENOUGH = '<b:completionCondition xsi:type="b:tFormalExpression">enough</b:completionCondition>'
DATA = '<b:dataInput id="di"/><b:dataOutput id="do"/>'
SETS = (
    '<b:inputSet id="is"><b:dataInputRefs>di</b:dataInputRefs><b:optionalInputRefs>di</b:optionalInputRefs>'
    "<b:whileExecutingInputRefs>di</b:whileExecutingInputRefs><b:outputSetRefs>os</b:outputSetRefs></b:inputSet>"
    '<b:outputSet id="os"><b:dataOutputRefs>do</b:dataOutputRefs><b:optionalOutputRefs>do</b:optionalOutputRefs>'
    "<b:whileExecutingOutputRefs>do</b:whileExecutingOutputRefs><b:inputSetRefs>is</b:inputSetRefs></b:outputSet>"
)
IO = refused("unsupported_data_in_step", f"<b:ioSpecification>{DATA}{SETS}</b:ioSpecification>")
BROUGHT = refused(
    "unsupported_data_in_step",
    '<b:dataInputAssociation id="dia"><b:sourceRef>a</b:sourceRef><b:targetRef>a</b:targetRef>'
    "<b:transformation>1</b:transformation><b:assignment><b:from>1</b:from><b:to>2</b:to></b:assignment>"
    "</b:dataInputAssociation>",
)
PEOPLE = (
    "<b:{0}><b:resourceRef>r</b:resourceRef><b:resourceParameterBinding parameterRef='rp'><b:formalExpression>1"
    "</b:formalExpression></b:resourceParameterBinding><b:resourceAssignmentExpression><b:expression>1"
    "</b:expression></b:resourceAssignmentExpression></b:{0}>"
)
DOES = {kind: noted(PEOPLE.format(kind), "person_ignored") for kind in ("performer", "humanPerformer")}
DOES |= {kind: noted(PEOPLE.format(kind), "person_ignored") for kind in ("potentialOwner", "resourceRole")}
RESOURCE = noted(
    head='<b:resource id="r" name="R"><b:resourceParameter id="rp" isRequired="true"/></b:resource>'
)
SERVICE = noted(
    head=MESSAGE
    + '<b:error id="err"/><b:interface id="if" name="I" implementationRef="x"><b:operation id="op" name="O">'
    "<b:inMessageRef>m</b:inMessageRef><b:outMessageRef>m</b:outMessageRef><b:errorRef>err</b:errorRef>"
    "</b:operation></b:interface>"
)
PARTNERS = noted(
    head='<b:partnerEntity id="pe"><b:participantRef>us</b:participantRef></b:partnerEntity>'
    '<b:partnerRole id="pr"><b:participantRef>us</b:participantRef></b:partnerRole><b:endPoint id="ep"/>'
)
CORRELATION = noted(
    head=MESSAGE
    + '<b:correlationProperty id="cp" type="t"><b:correlationPropertyRetrievalExpression messageRef="m">'
    "<b:messagePath>x</b:messagePath></b:correlationPropertyRetrievalExpression></b:correlationProperty>"
)
CORRELATED = refused(
    "unsupported_correlation",
    head='<b:collaboration id="k"><b:correlationKey id="ck"><b:correlationPropertyRef>cp</b:correlationPropertyRef>'
    "</b:correlationKey></b:collaboration>",
)
SUBSCRIBED = refused(
    "unsupported_correlation",
    body='<b:correlationSubscription id="cs" correlationKeyRef="ck"><b:correlationPropertyBinding '
    'correlationPropertyRef="cp"><b:dataPath>x</b:dataPath></b:correlationPropertyBinding>'
    "</b:correlationSubscription>",
)
POOLS = noted(
    head=pool(
        '<b:interfaceRef>if</b:interfaceRef><b:participantMultiplicity minimum="2" maximum="3"/>'
        "<b:endPointRef>ep</b:endPointRef>",
        '<b:messageFlow id="mf" sourceRef="they" targetRef="a" messageRef="m"/>'
        '<b:messageFlowAssociation id="mfa" innerMessageFlowRef="mf" outerMessageFlowRef="mf"/>'
        "<b:participantAssociation id='pa'><b:innerParticipantRef>us</b:innerParticipantRef>"
        "<b:outerParticipantRef>they</b:outerParticipantRef></b:participantAssociation>",
    )
)
NOTES = noted(
    "<b:documentation textFormat='text/plain'>Ask</b:documentation><b:extensionElements/>"
    "<b:auditing id='au'/><b:monitoring id='mo'/><b:categoryValueRef>cv</b:categoryValueRef><b:rendering id='re'/>",
    head='<b:extension mustUnderstand="false" definition="d"/>'
    '<b:category id="ca" name="C"><b:categoryValue id="cv" value="V"/></b:category>'
    '<b:relationship type="t" direction="None"><b:source>a</b:source><b:target>e</b:target></b:relationship>',
    body='<b:textAnnotation id="ta" textFormat="text/plain"><b:text>Hello</b:text></b:textAnnotation>'
    '<b:group id="gr" categoryValueRef="cv"/><b:supports>x</b:supports>'
    '<b:association id="as" sourceRef="ta" targetRef="a" associationDirection="One"/>'
    "<b:supportedInterfaceRef>if</b:supportedInterfaceRef>",
)
DECLARED = noted(
    body='<b:dataObject id="d" isCollection="true" itemSubjectRef="it"><b:dataState name="new"/></b:dataObject>',
    head='<b:dataStore id="ds" capacity="3" isUnlimited="false"/>'
    '<b:itemDefinition id="it" itemKind="Physical" structureRef="x" isCollection="true"/>',
)
LINKED = jump().replace(
    b'<b:linkEventDefinition name="over"/>',
    b'<b:linkEventDefinition name="over"><b:source>t</b:source><b:target>c</b:target></b:linkEventDefinition>',
)
LANES = pathway(
    '<b:laneSet id="l"><b:lane id="outer" name="prison" partitionElementRef="x"><b:partitionElement/>'
    '<b:flowNodeRef>a</b:flowNodeRef><b:childLaneSet id="ll"><b:lane id="inner" name="mentor">'
    "<b:flowNodeRef>a</b:flowNodeRef></b:lane></b:childLaneSet></b:lane></b:laneSet>",
    *(start(), user("a"), end(), "s > a > e"),
)
IN_LANES = Supported(LANES, PASSED)
DRAWING = Documentation(
    PLAIN.replace(
        b"</b:definitions>",
        b'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="D"><di:BPMNPlane bpmnElement="p">'
        b'<di:BPMNShape id="S" bpmnElement="a"><di:BPMNLabel/></di:BPMNShape><di:BPMNEdge id="E" bpmnElement="s_a"/>'
        b"</di:BPMNPlane><di:BPMNLabelStyle/></di:BPMNDiagram></b:definitions>",
    ),
    PLAIN,
)
CALLED = line(call("a", "other")), pathway(start("os"), user("x"), end("oe"), "os > x > oe", key="other")
CALLS = Supported(CALLED[0], "+s -s +a +os -os +x -x +oe -oe -a +e -e", other=CALLED[1])
PART = line(sub("a", start("is"), user("b"), end("ie"), "is > b > ie"))
RECEIVED = line(node("receiveTask", "a", name="It", messageRef="m"), head=HEAD)
THREE = "+s -s +a +a +a -a -a -a +e -e"
CHOSEN = "+s -s +x -x +b -b +e -e"
FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
CONDITIONAL = split("x", "1 < 2", "2 < 1")


def written_in(language: str, where: str = "") -> bytes:
    """A decision whose conditions, or the file that holds them, name a language."""
    if where == "file":
        return CONDITIONAL.replace(b'id="diagram"', f'id="diagram" expressionLanguage="{language}"'.encode())
    return CONDITIONAL.replace(
        b"<b:conditionExpression", f'<b:conditionExpression language="{language}"'.encode()
    )


WAY = dmn(table("way", ["km"], ["how"], [["< 5", '"walk"'], [">= 5", '"ride"']]))
RULED = pathway(
    *(start(), user("q"), node("businessRuleTask", "a", name="It", t_decision="way")),
    *(node("exclusiveGateway", "x", name="How?"), user("b"), user("c"), end("e"), end("f")),
    *("s > q > a > x", 'x > b : how = "walk"', 'x > c : how = "ride"', "b > e", "c > f"),
)


def process(said: str) -> bytes:
    return pathway(start(), user("a"), end(), "s > a > e", marked=f'isExecutable="true" {said}')


ELEMENTS: dict[str, Sample] = {
    # ---- Steps
    "task": Supported(around("task"), PASSED),
    "userTask": Supported(PLAIN, PASSED),
    "manualTask": Supported(around("manualTask"), PASSED),
    "sendTask": Supported(around("sendTask"), PASSED),
    "receiveTask": Supported(RECEIVED, PASSED, NEWS),
    "scriptTask": Refused(around("scriptTask"), "unsupported_script_task"),
    "script": Refused(around("scriptTask", "<b:script>1</b:script>"), "unsupported_script_task"),
    "serviceTask": Refused(around("serviceTask"), "unsupported_service_task"),
    "businessRuleTask": Supported(RULED, "+s -s +q -q +a -a +x -x +c -c +f -f", done("q", km=9), way=WAY),
    "subProcess": Supported(PART, "+s -s +a +is -is +b -b +ie -ie -a +e -e"),
    "callActivity": CALLS,
    "transaction": Refused(around("transaction"), "unsupported_transaction"),
    "adHocSubProcess": Refused(around("adHocSubProcess"), "unsupported_ad_hoc"),
    **{
        kind: refused("unsupported_global_task", head=f'<b:{kind} id="g"/>')
        for kind in ("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask")
    },
    "globalBusinessRuleTask": refused("unsupported_global_task", head='<b:globalBusinessRuleTask id="g"/>'),
    "standardLoopCharacteristics": Supported(again(loopMaximum="2"), "+s -s +a -a +a -a +e -e"),
    "loopCondition": Supported(
        again(ONCE), "+s -s +a -a +a -a +e -e", done("a", needs="more"), done("a", needs="none")
    ),
    "multiInstanceLoopCharacteristics": Supported(
        line(user("q"), user("a", several(t_each="helpers"))),
        "+s -s +q -q +a +a -a -a +e -e",
        done("q", helpers=["one", "two"]),
    ),
    "loopCardinality": Supported(times(), THREE),
    "completionCondition": Supported(times(ENOUGH), "+s -s +a +a +a -a !a !a +e -e", done("a", enough=True)),
    **{
        kind: Refused(times(f"<b:{kind}>x</b:{kind}>"), "unsupported_loop_data")
        for kind in ("loopDataInputRef", "loopDataOutputRef")
    },
    **{
        kind: Refused(times(f'<b:{kind} id="i"/>'), "unsupported_loop_data")
        for kind in ("inputDataItem", "outputDataItem")
    },
    **dict.fromkeys(
        ("complexBehaviorDefinition", "event"),
        Refused(
            times(
                "<b:complexBehaviorDefinition><b:condition>1</b:condition><b:event/></b:complexBehaviorDefinition>",
            ),
            "unsupported_loop_data",
        ),
    ),
    "rendering": NOTES,
    # ---- Gateways and arrows
    "exclusiveGateway": Supported(CONDITIONAL, CHOSEN),
    "parallelGateway": Supported(joined("parallelGateway"), "+s -s +x -x +a +b +c -a -b -c +y -y +e -e"),
    "inclusiveGateway": Supported(
        joined("inclusiveGateway", "1 < 2", "2 < 1", "2 < 3"), "+s -s +x -x +a +c -a -c +y -y +e -e"
    ),
    "eventBasedGateway": Supported(raced(), "+s -s +g -g +n +t !t -n +e -e", NEWS),
    "complexGateway": Refused(around("complexGateway"), "unsupported_complex_gateway"),
    "activationCondition": Refused(
        around("complexGateway", "<b:activationCondition>1</b:activationCondition>"),
        "unsupported_complex_gateway",
    ),
    "sequenceFlow": Supported(PLAIN, PASSED),
    "conditionExpression": Supported(CONDITIONAL, CHOSEN),
    "incoming": noted("<b:incoming>a_e</b:incoming>"),
    "outgoing": noted("<b:outgoing>s_a</b:outgoing>"),
    # ---- Events
    "startEvent": Supported(PLAIN, PASSED),
    "endEvent": Supported(PLAIN, PASSED),
    "intermediateCatchEvent": EVENTS["timer", "catch"],
    "intermediateThrowEvent": EVENTS["none", "throw"],
    "boundaryEvent": EVENTS["timer", "edge"],
    "timeDate": Supported(timed("<b:timeDate>2027-03-01</b:timeDate>"), INSTEAD, later("2027-03-01")),
    "timeDuration": EVENTS["timer", "edge"],
    "timeCycle": Supported(
        timed("<b:timeCycle>R2/P1D</b:timeCycle>", cancelActivity="false"),
        "+s -s +a +b -b +c +b -b +c -a +e -e -c +f -f -c +f -f",
        later("P5D"),
    ),
    "message": EVENTS["message", "catch"],
    "error": EVENTS["error", "edge"],
    "escalation": EVENTS["escalation", "edge"],
    "signal": noted(head='<b:signal id="sig" name="all" structureRef="x"/>'),
    **dict.fromkeys(("inMessageRef", "outMessageRef", "errorRef"), SERVICE),
    "operationRef": Documentation(
        line(
            catch(
                "a",
                '<b:messageEventDefinition messageRef="m"><b:operationRef>o</b:operationRef>'
                "</b:messageEventDefinition>",
            ),
            head=HEAD,
        ),
        line(catch("a", message()), head=HEAD),
    ),
    **dict.fromkeys(("source", "target"), Documentation(LINKED, jump())),
    "condition": EVENTS["conditional", "catch"],
    "eventDefinitionRef": Refused(
        inside_event("intermediateCatchEvent", "<b:eventDefinitionRef>d</b:eventDefinitionRef>"),
        "event_by_reference",
    ),
    "implicitThrowEvent": Refused(around("implicitThrowEvent"), "unsupported_element"),
    # ---- Files, pathways, lanes
    "definitions": Supported(PLAIN, PASSED),
    "process": Supported(PLAIN, PASSED),
    **dict.fromkeys(("laneSet", "lane", "childLaneSet", "flowNodeRef"), IN_LANES),
    "partitionElement": Documentation(LANES, PLAIN),
    "import": refused("import_refused", head='<b:import namespace="n" location="l" importType="t"/>'),
    **dict.fromkeys(
        (
            *("extension", "extensionElements", "documentation", "relationship", "auditing", "monitoring"),
            *(
                "category",
                "categoryValue",
                "categoryValueRef",
                "group",
                "association",
                "textAnnotation",
                "text",
            ),
            *("supports", "supportedInterfaceRef"),
        ),
        NOTES,
    ),
    **dict.fromkeys(
        ("BPMNDiagram", "BPMNPlane", "BPMNShape", "BPMNEdge", "BPMNLabel", "BPMNLabelStyle"), DRAWING
    ),
    # ---- Data
    **dict.fromkeys(("dataObject", "dataStore", "dataState", "itemDefinition"), DECLARED),
    "dataObjectReference": refused("unsupported_data", body='<b:dataObjectReference id="d"/>'),
    "dataStoreReference": refused("unsupported_data", body='<b:dataStoreReference id="d"/>'),
    "dataInput": Refused(
        line(user("a"), head="").replace(b"</b:process>", DATA.encode() + b"</b:process>"), "unsupported_data"
    ),
    "dataOutput": Refused(
        line(user("a")).replace(b"</b:process>", DATA.encode() + b"</b:process>"), "unsupported_data"
    ),
    "dataInputAssociation": BROUGHT,
    "dataOutputAssociation": refused("unsupported_data_in_step", '<b:dataOutputAssociation id="doa"/>'),
    **dict.fromkeys(
        (
            *("ioSpecification", "inputSet", "outputSet", "dataInputRefs", "dataOutputRefs"),
            *(
                "optionalInputRefs",
                "optionalOutputRefs",
                "whileExecutingInputRefs",
                "whileExecutingOutputRefs",
            ),
            *("inputSetRefs", "outputSetRefs"),
        ),
        IO,
    ),
    **dict.fromkeys(("assignment", "from", "to", "transformation", "sourceRef", "targetRef"), BROUGHT),
    "ioBinding": refused(
        "unsupported_data_in_step", body='<b:ioBinding inputDataRef="x" outputDataRef="y"/>'
    ),
    "property": refused("unsupported_data_in_step", '<b:property id="pr" name="x"/>'),
    # ---- Other pools
    **dict.fromkeys(
        (
            *("collaboration", "participant", "participantMultiplicity", "participantAssociation"),
            *("innerParticipantRef", "outerParticipantRef", "messageFlow", "messageFlowAssociation"),
            *("interfaceRef", "endPointRef"),
        ),
        POOLS,
    ),
    **dict.fromkeys(
        ("correlationProperty", "correlationPropertyRetrievalExpression", "messagePath"), CORRELATION
    ),
    **dict.fromkeys(("correlationKey", "correlationPropertyRef"), CORRELATED),
    **dict.fromkeys(("correlationSubscription", "correlationPropertyBinding", "dataPath"), SUBSCRIBED),
    **{
        kind: refused("unsupported_choreography", head=f'<b:{kind} id="k"/>')
        for kind in ("choreography", "globalChoreographyTask", "globalConversation")
    },
    **{
        kind: Refused(around(kind), "unsupported_choreography")
        for kind in ("choreographyTask", "subChoreography", "callChoreography")
    },
    **{
        kind: refused("unsupported_choreography", head=pool(more=f'<b:{kind} id="c">x</b:{kind}>'))
        for kind in (
            *("choreographyRef", "conversation", "subConversation", "callConversation"),
            *("conversationLink", "conversationAssociation"),
        )
    },
    "messageFlowRef": refused(
        "unsupported_choreography",
        head=pool(more='<b:conversation id="c"><b:messageFlowRef>mf</b:messageFlowRef></b:conversation>'),
    ),
    # ---- People and services
    **DOES,
    **dict.fromkeys(
        (
            *("resourceRef", "resourceParameterBinding", "resourceAssignmentExpression"),
            *("expression", "formalExpression"),
        ),
        DOES["potentialOwner"],
    ),
    **dict.fromkeys(("resource", "resourceParameter"), RESOURCE),
    **dict.fromkeys(("interface", "operation"), SERVICE),
    **dict.fromkeys(("endPoint", "partnerEntity", "partnerRole", "participantRef"), PARTNERS),
    # ---- Abstract
    **{
        kind: Refused(
            around(kind), "unknown_element", "flow_without_source", "flow_without_target", "dead_end"
        )
        for kind in ("activity", "catchEvent", "flowElement", "flowNode", "gateway", "throwEvent")
    },
    "choreographyActivity": refused("unsupported_choreography", body='<b:choreographyActivity id="k"/>'),
    "conversationNode": refused("unsupported_choreography", head=pool(more='<b:conversationNode id="c"/>')),
    "eventDefinition": Refused(
        line(node("intermediateCatchEvent", "a", "<b:eventDefinition/>", name="It")),
        "event_without_meaning",
        "unknown_element",
    ),
    **{
        kind: refused("unknown_element", f"<b:{kind}/>")
        for kind in ("baseElement", "baseElementWithMixedContent", "dataAssociation", "loopCharacteristics")
    },
    "artifact": refused("unknown_element", body='<b:artifact id="k"/>'),
    **{
        kind: refused("unknown_element", head=f'<b:{kind} id="k"/>')
        for kind in ("callableElement", "rootElement")
    },
}

ATTRIBUTES: dict[str, Sample] = {
    # ---- Pathway and file
    'isExecutable="true"': Supported(PLAIN, PASSED),
    'isExecutable="false"': Documentation(beside(head=THEIRS), PLAIN, "pool_not_run"),
    'processType="None"': Documentation(process('processType="None"'), PLAIN),
    'processType="Private"': Documentation(process('processType="Private"'), PLAIN),
    'processType="Public"': Refused(process('processType="Public"'), "pathway_public"),
    'expressionLanguage="FEEL"': Supported(written_in(FEEL, "file"), CHOSEN),
    'expressionLanguage="XPath"': Supported(written_in("http://www.w3.org/1999/XPath", "file"), CHOSEN),
    'expressionLanguage="groovy"': Refused(
        written_in("http://groovy.codehaus.org/", "file"), "condition_language"
    ),
    'language="FEEL"': Supported(written_in(FEEL), CHOSEN),
    'language="javascript"': Refused(written_in("javascript"), "condition_language"),
    'mustUnderstand="true"': refused(
        "extension_required", head='<b:extension mustUnderstand="true" definition="d"/>'
    ),
    'mustUnderstand="false"': NOTES,
    **dict.fromkeys(("importType", "location", "namespace"), ELEMENTS["import"]),
    # ---- Steps
    'startQuantity="2"': refused("unsupported_quantity", startQuantity="2"),
    'completionQuantity="2"': refused("unsupported_quantity", completionQuantity="2"),
    'isForCompensation="true"': Refused(
        beside(body=user("z", isForCompensation="true")), "unsupported_compensation"
    ),
    'instantiate="true"': Refused(
        line(node("receiveTask", "a", name="It", messageRef="m", instantiate="true"), head=HEAD),
        "unsupported_instantiate",
    ),
    "triggeredByEvent": EVENTS["message", "ESP"],
    "calledElement": CALLS,
    "implementation": noted(implementation="##WebService"),
    "scriptFormat": Refused(around("scriptTask", scriptFormat="x"), "unsupported_script_task"),
    "scriptLanguage": refused(
        "unsupported_global_task", head='<b:globalScriptTask id="g" scriptLanguage="x"/>'
    ),
    "method": Refused(around("transaction", method="##Store"), "unsupported_transaction"),
    "ordering": Refused(around("adHocSubProcess", ordering="Parallel"), "unsupported_ad_hoc"),
    "cancelRemainingInstances": Refused(
        around("adHocSubProcess", cancelRemainingInstances="false"), "unsupported_ad_hoc"
    ),
    "isSequential": Supported(times(isSequential="true"), "+s -s +a -a +a -a +a -a +e -e"),
    "testBefore": Supported(again(ONCE.replace('needs = "more"', "false"), testBefore="true"), PASSED),
    "loopMaximum": Supported(again(loopMaximum="2"), "+s -s +a -a +a -a +e -e"),
    'behavior="All"': Supported(times(behavior="All"), THREE),
    'behavior="None"': Refused(times(behavior="None"), "unsupported_loop_data"),
    'behavior="One"': Refused(times(behavior="One"), "unsupported_loop_data"),
    'behavior="Complex"': Refused(times(behavior="Complex"), "unsupported_loop_data"),
    "oneBehaviorEventRef": Refused(times(behavior="One", oneBehaviorEventRef="d"), "unsupported_loop_data"),
    "noneBehaviorEventRef": Refused(
        times(behavior="None", noneBehaviorEventRef="d"), "unsupported_loop_data"
    ),
    # ---- Gateways and arrows
    "default": Supported(split("x", "2 < 1", "", default="x_c"), "+s -s +x -x +c -c +f -f"),
    "gatewayDirection": Documentation(
        CONDITIONAL.replace(b'id="x"', b'id="x" gatewayDirection="Diverging"'), CONDITIONAL
    ),
    'eventGatewayType="Exclusive"': Supported(
        raced(eventGatewayType="Exclusive"), "+s -s +g -g +n +t !t -n +e -e", NEWS
    ),
    'eventGatewayType="Parallel"': Refused(raced(eventGatewayType="Parallel"), "unsupported_parallel_events"),
    'isImmediate="true"': Documentation(PLAIN.replace(b'id="s_a"', b'id="s_a" isImmediate="true"'), PLAIN),
    'isImmediate="false"': Refused(
        PLAIN.replace(b'id="s_a"', b'id="s_a" isImmediate="false"'), "flow_not_immediate"
    ),
    "sourceRef": Supported(PLAIN, PASSED),
    "targetRef": Supported(PLAIN, PASSED),
    # ---- Events
    "cancelActivity": EVENTS["message", "edge beside"],
    "isInterrupting": EVENTS["message", "ESP beside"],
    "attachedToRef": EVENTS["message", "edge"],
    'parallelMultiple="true"': EVENTS["parallel multiple", "catch"],
    "messageRef": ELEMENTS["receiveTask"],
    **dict.fromkeys(("errorRef", "errorCode"), EVENTS["error", "edge"]),
    **dict.fromkeys(("escalationRef", "escalationCode"), EVENTS["escalation", "edge"]),
    "signalRef": EVENTS["signal", "catch"],
    **dict.fromkeys(
        ("activityRef", "waitForCompletion"),
        Refused(
            around(
                "intermediateThrowEvent", meaning("compensate", activityRef="a", waitForCompletion="true")
            ),
            "unsupported_compensation",
        ),
    ),
    "operationRef": Documentation(
        RECEIVED.replace(b'messageRef="m"', b'messageRef="m" operationRef="o"'), RECEIVED
    ),
    # ---- Everywhere
    **dict.fromkeys(("id", "name"), Supported(PLAIN, PASSED)),
    "isClosed": Documentation(process('isClosed="true"'), PLAIN),
    "definitionalCollaborationRef": Documentation(process('definitionalCollaborationRef="k"'), PLAIN),
    **dict.fromkeys(
        ("targetNamespace", "typeLanguage", "exporter", "exporterVersion"),
        Documentation(
            PLAIN.replace(b'id="diagram"', b'id="diagram" typeLanguage="x" exporter="y" exporterVersion="1"'),
            PLAIN,
        ),
    ),
    **dict.fromkeys(
        (
            *("definition", "direction", "type", "textFormat", "associationDirection", "categoryValueRef"),
            "value",
        ),
        NOTES,
    ),
    "partitionElementRef": Documentation(LANES, PLAIN),
    **dict.fromkeys(
        ("processRef", "minimum", "maximum", "innerMessageFlowRef", "outerMessageFlowRef"), POOLS
    ),
    "evaluatesToTypeRef": Documentation(
        CONDITIONAL.replace(b"<b:conditionExpression", b'<b:conditionExpression evaluatesToTypeRef="x"'),
        CONDITIONAL,
    ),
    **dict.fromkeys(
        ("structureRef", "itemKind", "isCollection", "itemSubjectRef", "capacity", "isUnlimited"), DECLARED
    ),
    "itemRef": noted(head='<b:message id="m" itemRef="it"/>'),
    "implementationRef": SERVICE,
    "isRequired": RESOURCE,
    "parameterRef": DOES["potentialOwner"],
    "dataObjectRef": refused("unsupported_data", body='<b:dataObjectReference id="d" dataObjectRef="o"/>'),
    "dataStoreRef": refused("unsupported_data", body='<b:dataStoreReference id="d" dataStoreRef="o"/>'),
    "inputDataRef": ELEMENTS["ioBinding"],
    "outputDataRef": ELEMENTS["ioBinding"],
    "correlationKeyRef": SUBSCRIBED,
    "correlationPropertyRef": SUBSCRIBED,
    **{
        name: Refused(around("callChoreography", **{name: "x"}), "unsupported_choreography")
        for name in ("calledChoreographyRef", "initiatingParticipantRef", "loopType")
    },
    **{
        name: refused(
            "unsupported_choreography",
            head=pool(more=f'<b:callConversation id="c" {name}="x"/>'),
        )
        for name in ("calledCollaborationRef", "innerConversationNodeRef", "outerConversationNodeRef")
    },
    "any other": refused("attribute_misplaced", cancelActivity="false"),
}
