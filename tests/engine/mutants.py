"""Takes a good diagram and does to its XML whatever an editor, an export, a slip or an attacker could do."""

import copy
import random
from collections.abc import Callable

from lxml import etree

from tests.engine import bpmn_names
from tests.engine.losses import BPMN, OURS

Dice = random.Random
Element = etree._Element

ELEMENTS, ATTRIBUTES = sorted(bpmn_names.ELEMENTS), sorted(bpmn_names.ATTRIBUTES)
STRANGERS = ("wish", "{urn:x}wish", "{http://www.w3.org/2001/XInclude}include", OURS + "wish")
NAMES = (OURS + "each", OURS + "anchor", OURS + "offset", OURS + "days", OURS + "role", OURS + "form", "wish")
# What stands in attributes and texts where it was not expected.
WORDS = (
    *(
        "",
        " ",
        "true",
        "false",
        "1",
        "0",
        "TRUE",
        " true ",
        "yes",
        "None",
        "null",
        "-1",
        "2",
        "3",
        "500",
        "501",
    ),
    *(
        "9" * 30,
        "9" * 5_000,
        "x" * 70_000,
        "1e9",
        "٣",
        "0x10",
        "NaN",
        "a b",
        "ä",
        "😀",
        "\u202eabc",
        "\ufeffa",
    ),
    *(
        "'",
        '"',
        "<",
        "&amp;",
        "]]>",
        "%s",
        "{step}",
        "{0.__class__}",
        "${x}",
        "#{x}",
        "=x",
        "../../etc/passwd",
    ),
    *(
        "P1D",
        "P0D",
        "-P1D",
        "PT0S",
        "PT1S",
        "P999999999Y",
        "P1W2D",
        "P",
        "R/PT1S",
        "R3/P1D",
        "R-1/P1D",
        "R/P0D",
    ),
    *(
        "R99999/PT1S",
        "2027-03-01",
        "0001-01-01",
        "9999-12-31T23:59:59",
        "2027-02-30",
        "2027-03-01T09:00+99:00",
    ),
    *(
        "release",
        "case_opened",
        "step_opened",
        "working",
        "P{housing_apply_weeks}W",
        "mentor",
        "note",
        "p",
        "q",
    ),
)
# Conditions of people who meant well, of programs, and of people who did not.
FEEL = (
    *(
        "true",
        "1 = 1",
        "1 < 2",
        "2 < 1",
        'agreement = "given"',
        "age > 18",
        'not(agreement = "given")',
        "item",
    ),
    *("today", 'today > date("2027-01-01")', 'release_on - today > duration("P1D")', "null", "null = null"),
    *(
        "1 / 0 = 1",
        "1 / 0",
        "[] = []",
        "{a: 1}.a = 1",
        "{}",
        "if true then true",
        "if x then y else z",
        "x.y.z",
    ),
    *(
        "for i in 1..1000000000 return i",
        "every x in 1..100000000 satisfies x > 0",
        "some x in [1,2,3] satisfies x > 2",
    ),
    *("for a in 1..9999, b in 1..9999 return a * b", "9 ** 9 ** 9 > 1", "2 ** 1000000 > 1", "exp(1000) > 1"),
    *('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")', 'replace("a", "(((((((((a", "b") = "b"'),
    *(
        'string join(for i in 1..100000 return "x") = "x"',
        "concatenate([1],[2]) = [1,2]",
        "list contains([1], 1)",
    ),
    *(
        "(" * 500 + "1 = 1" + ")" * 500,
        "[" * 400 + "]" * 400,
        "not(" * 300 + "true" + ")" * 300,
        "-" * 999 + "1 = 1",
    ),
    *("1 = 1 and " * 400 + "true", '"' + "a" * 19_000 + '" = "b"', "a" * 19_000, "1" * 9_000 + " > 1"),
    *(
        "function(x) x(x)",
        "(function(x) x(x))(function(x) x(x))",
        "{f: function(n) f(n)}.f(1)",
        "this.constructor",
    ),
    *(
        "__proto__",
        'constructor.constructor("return 1")()',
        "${7*7}",
        "#{x}",
        "=1",
        "1 == 1",
        "a && b",
        "a ? b : c",
    ),
    *(
        "import os",
        "x;y",
        "x # y",
        "// x\n1 = 1",
        "/* x */ 1 = 1",
        '@"2027-01-01" < today',
        'date("0000-00-00")',
    ),
    *(
        "date(99999,1,1) < today",
        'duration("P999999999Y") > duration("P1D")',
        'time("25:00")',
        "\u0000".strip("\0"),
    ),
    *(
        "ä = 1",
        "😀 = 1",
        "a-b = 1",
        "a b c d = 1",
        "age between 1 and 2",
        "age in [1..2]",
        "age in (1,2)",
        "?",
    ),
)


def mutant(xml: bytes, dice: Dice) -> tuple[bytes, list[str]]:
    """A diagram that is a little, or much, unlike this one; and what was done to it."""
    done = []
    root = etree.fromstring(xml)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 6))):
        change = dice.choice(TREES)
        done.append(change.__name__)
        change(root, dice)
    xml = etree.tostring(root)
    if dice.random() < 0.15:
        spoil = dice.choice(BYTES)
        done.append(spoil.__name__)
        xml = spoil(xml, dice)
    return xml, done


# ---- What can be done to a tree


def _any(root: Element, dice: Dice) -> Element:
    return dice.choice([one for one in root.iter() if isinstance(one.tag, str)])


def _inner(root: Element, dice: Dice) -> Element | None:
    """Any element but the root."""
    inner = [one for one in root.iter() if isinstance(one.tag, str) and one is not root]
    return dice.choice(inner) if inner else None


def word(root: Element, dice: Dice) -> str:
    """A value: something odd, or something that another element says."""
    if dice.random() < 0.4:
        return dice.choice(WORDS)
    if dice.random() < 0.2:
        return dice.choice(FEEL)
    said = [str(value) for one in root.iter() for value in one.attrib.values()]
    return dice.choice(said) if said else ""


def remove(root: Element, dice: Dice) -> None:
    one = _inner(root, dice)
    if one is not None:
        one.getparent().remove(one)


def unwrap(root: Element, dice: Dice) -> None:
    """Put what is in an element in its place."""
    one = _inner(root, dice)
    if one is not None:
        around = one.getparent()
        at = around.index(one)
        around.remove(one)
        for child in reversed(list(one)):
            around.insert(at, child)


def duplicate(root: Element, dice: Dice) -> None:
    one = _inner(root, dice)
    if one is not None:
        one.addnext(copy.deepcopy(one))


def copy_anew(root: Element, dice: Dice) -> None:
    """A copy of an element with ids of its own, as editors paste."""
    one = _inner(root, dice)
    if one is None:
        return
    twin = copy.deepcopy(one)
    ids = {
        inner.get("id"): f"{inner.get('id')}_{dice.randrange(99)}" for inner in twin.iter() if inner.get("id")
    }
    for inner in twin.iter():
        for name, value in inner.attrib.items():
            if value in ids:
                inner.set(name, ids[value])
    one.addnext(twin)


def move(root: Element, dice: Dice) -> None:
    one, to = _inner(root, dice), _any(root, dice)
    if one is not None and one not in to.iterancestors() and to is not one:
        to.insert(dice.randint(0, len(to)), one)


def swap(root: Element, dice: Dice) -> None:
    one, two = _inner(root, dice), _inner(root, dice)
    if one is None or two is None or one in two.iterancestors() or two in one.iterancestors() or one is two:
        return
    mark = etree.Element("mark")
    one.getparent().replace(one, mark)
    two.getparent().replace(two, one)
    mark.getparent().replace(mark, two)


def rename(root: Element, dice: Dice) -> None:
    one = _any(root, dice)
    one.tag = dice.choice(STRANGERS) if dice.random() < 0.1 else BPMN + dice.choice(ELEMENTS)


def rename_alike(root: Element, dice: Dice) -> None:
    """Another kind of task, gateway or event."""
    one = _any(root, dice)
    for end in ("Task", "Gateway", "EventDefinition", "Event", "Characteristics", "SubProcess", "Reference"):
        if str(one.tag).endswith(end):
            one.tag = BPMN + dice.choice([name for name in ELEMENTS if name.endswith(end)])
            return


def insert(root: Element, dice: Dice) -> None:
    name = dice.choice(STRANGERS) if dice.random() < 0.2 else BPMN + dice.choice(ELEMENTS)
    one = etree.SubElement(_any(root, dice), name)
    for _ in range(dice.randrange(3)):
        _set(one, dice.choice(ATTRIBUTES), word(root, dice))
    _write(one, word(root, dice))


def set_attribute(root: Element, dice: Dice) -> None:
    one = _any(root, dice)
    names = [
        *map(str, one.attrib),
        *map(str, one.attrib),
        *ATTRIBUTES[:2],
        dice.choice(ATTRIBUTES),
        dice.choice(NAMES),
    ]
    _set(one, dice.choice(names), word(root, dice))


def set_switch(root: Element, dice: Dice) -> None:
    """One of the attributes that change how something runs, where it may matter."""
    said = {
        "boundaryEvent": ("cancelActivity", "parallelMultiple", "attachedToRef"),
        "startEvent": ("isInterrupting", "parallelMultiple"),
        "subProcess": ("triggeredByEvent", "default", "isForCompensation"),
        "multiInstanceLoopCharacteristics": ("isSequential", "behavior"),
        "standardLoopCharacteristics": ("testBefore", "loopMaximum"),
        "sequenceFlow": ("sourceRef", "targetRef", "isImmediate"),
        "process": ("isExecutable", "processType"),
        "eventBasedGateway": ("instantiate", "eventGatewayType"),
    }
    one = _any(root, dice)
    names = said.get(etree.QName(one).localname, ("default", "startQuantity", "instantiate"))
    _set(one, dice.choice(names), dice.choice(("true", "false", "1", "", word(root, dice))))


def drop_attribute(root: Element, dice: Dice) -> None:
    one = _any(root, dice)
    if one.attrib:
        del one.attrib[dice.choice(list(one.attrib))]


def swap_values(root: Element, dice: Dice) -> None:
    one, two = _any(root, dice), _any(root, dice)
    name = dice.choice(("id", "sourceRef", "targetRef", "name", "attachedToRef"))
    old, new = one.get(name), two.get(name)
    if old is not None and new is not None:
        one.set(name, new)
        two.set(name, old)


def lead_elsewhere(root: Element, dice: Dice) -> None:
    """An arrow to or from another element, perhaps itself."""
    flows = list(root.iter(BPMN + "sequenceFlow"))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    if flows and ids:
        dice.choice(flows).set(dice.choice(("sourceRef", "targetRef")), str(dice.choice(ids)))


def add_arrow(root: Element, dice: Dice) -> None:
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    levels = list(root.iter(BPMN + "process", BPMN + "subProcess"))
    if levels and ids:
        flow = etree.SubElement(
            dice.choice(levels), BPMN + "sequenceFlow", id=f"added_{dice.randrange(10**6)}"
        )
        flow.set("sourceRef", str(dice.choice(ids)))
        flow.set("targetRef", str(dice.choice(ids)))
        if dice.random() < 0.3:
            _write(etree.SubElement(flow, BPMN + "conditionExpression"), dice.choice(FEEL))


def write(root: Element, dice: Dice) -> None:
    _write(_any(root, dice), word(root, dice))


def write_condition(root: Element, dice: Dice) -> None:
    """Another condition, count or time, where one stands."""
    asked = [
        one
        for one in root.iter()
        if str(one.tag).endswith(
            ("Expression", "Condition", "Cardinality", "timeDuration", "timeCycle", "timeDate")
        )
    ]
    if asked:
        one = dice.choice(asked)
        _write(one, dice.choice(WORDS) if "time" in str(one.tag) else dice.choice(FEEL))


def write_in_pieces(root: Element, dice: Dice) -> None:
    """Comments and processing instructions inside a text."""
    one = _any(root, dice)
    if one.text:
        text, at = one.text, dice.randint(0, len(one.text))
        one.text = text[:at]
        part = etree.Comment("x") if dice.random() < 0.5 else etree.ProcessingInstruction("x", "y")
        part.tail = text[at:]
        one.insert(0, part)


def repeat(root: Element, dice: Dice) -> None:
    """Mark a step to be done again or several times."""
    steps = [
        one for one in root.iter() if str(one.tag).endswith(("Task", "task", "subProcess", "callActivity"))
    ]
    if not steps:
        return
    kind = dice.choice(("standard", "multiInstance"))
    marker = etree.SubElement(dice.choice(steps), f"{BPMN}{kind}LoopCharacteristics")
    if kind == "standard":
        _set(marker, dice.choice(("loopMaximum", "testBefore")), dice.choice(("1", "2", "true", "500")))
        _write(etree.SubElement(marker, BPMN + "loopCondition"), dice.choice(FEEL))
    else:
        _set(marker, "isSequential", dice.choice(("true", "false")))
        inside = dice.choice(("loopCardinality", "completionCondition"))
        _write(
            etree.SubElement(marker, BPMN + inside), dice.choice((*FEEL, "0", "1", "3", "-1", "501", "1.5"))
        )


def nest(root: Element, dice: Dice) -> None:
    """Sub-processes inside each other, deeper than anybody draws."""
    levels = list(root.iter(BPMN + "process", BPMN + "subProcess"))
    if levels:
        one = dice.choice(levels)
        for number in range(dice.choice((3, 40, 120))):
            one = etree.SubElement(one, BPMN + "subProcess", id=f"deep_{number}")


def multiply(root: Element, dice: Dice) -> None:
    one = _inner(root, dice)
    if one is not None:
        around = one.getparent()
        for number in range(dice.choice((10, 200, 2_000))):
            twin = copy.deepcopy(one)
            for inner in twin.iter():
                if inner.get("id"):
                    inner.set("id", f"{inner.get('id')}_{number}")
            around.append(twin)


def annotate(root: Element, dice: Dice) -> None:
    """What another engine writes."""
    space = dice.choice(
        ("http://camunda.org/schema/1.0/bpmn", "http://camunda.org/schema/zeebe/1.0", "urn:x")
    )
    one = _any(root, dice)
    name = dice.choice(("class", "assignee", "in", "formKey", "ioMapping", "executionListener"))
    if dice.random() < 0.5:
        _set(one, f"{{{space}}}{name}", word(root, dice))
    else:
        holder = etree.SubElement(one, BPMN + "extensionElements")
        etree.SubElement(holder, f"{{{space}}}{name}")


TREES: tuple[Callable[[Element, Dice], None], ...] = (
    *(remove, unwrap, duplicate, copy_anew, move, swap, rename, rename_alike, rename_alike, insert),
    *(set_attribute, set_attribute, set_switch, set_switch, drop_attribute, swap_values),
    *(lead_elsewhere, lead_elsewhere, add_arrow, add_arrow, write, write_condition, write_condition),
    *(write_in_pieces, repeat, nest, multiply, annotate),
)


def _set(one: Element, name: str, value: str) -> None:
    one.set(name, _legal(value))


def _write(one: Element, text: str) -> None:
    one.text = _legal(text)


def _legal(text: str) -> str:
    """Without what XML cannot hold; `BYTES` write that."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")


# ---- What can be done to bytes


def cut(xml: bytes, dice: Dice) -> bytes:
    return xml[: dice.randrange(len(xml))]


def splice(xml: bytes, dice: Dice) -> bytes:
    at = dice.randrange(len(xml))
    odd = (
        b"\x00",
        b"\xff\xfe",
        b"\xc3\x28",
        b"&x;",
        b"&#0;",
        b"&#x10FFFF;",
        b"<!-- ",
        b"<![CDATA[",
        b"]]>",
        b'"',
        b"<",
    )
    return xml[:at] + dice.choice(odd) + xml[at:]


def flip(xml: bytes, dice: Dice) -> bytes:
    spoilt = bytearray(xml)
    for _ in range(dice.randint(1, 9)):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt)


def encode(xml: bytes, dice: Dice) -> bytes:
    """In another encoding, or one that is not the one it names."""
    said, used = (
        dice.choice(("utf-8", "utf-16", "latin-1", "cp037", "x")),
        dice.choice(("utf-8", "utf-16", "cp037")),
    )
    return f'<?xml version="1.0" encoding="{said}"?>'.encode(used) + xml.decode().encode(used, "replace")


def bomb(xml: bytes, dice: Dice) -> bytes:
    """Entities that would grow to gigabytes, or fetch something."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = dice.choice(
        (
            f'<!DOCTYPE d [<!ENTITY l0 "lol">{lol}]>',
            '<!DOCTYPE d [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">',
            '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
        )
    )
    return doctype.encode() + xml.replace(b'name="', b'name="&l9;', 1)


def sink(xml: bytes, dice: Dice) -> bytes:
    """Deep inside, or much longer."""
    depth = dice.choice((50, 99, 101, 5_000, 100_000))
    return dice.choice((b"<a>" * depth + xml + b"</a>" * depth, xml.replace(b">", b">" + b" " * 999, depth)))


def double(xml: bytes, dice: Dice) -> bytes:
    """An attribute twice, a prefix that nobody declared, or the same file again behind it."""
    said = dice.choice((b'id="x" id="y" ', b'no:thing="x" ', b'xmlns:b="urn:other" ', b'xml:id="s" '))
    return dice.choice(
        (xml.replace(b'id="', said + b'id="', 1), xml + xml, b"\xef\xbb\xbf" + xml, b" \n" + xml)
    )


BYTES: tuple[Callable[[bytes, Dice], bytes], ...] = (cut, splice, flip, encode, bomb, sink, double)
