"""A small pathway with two agencies and four people: enough for every page, and nothing that pages do not need."""

import json
from pathlib import Path
from typing import Any

from flask_security.utils import hash_password

from engine import agencies, cases, config, library, participants, store
from engine.models import Case
from engine.vault import Vault

PASSWORD = "correct horse battery"

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:throughcare="urn:throughcare:bpmn:1" targetNamespace="urn:throughcare:tests">
  <bpmn:process id="small_release" name="Small release" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_prison" name="Prison" throughcare:role="prison">
        <bpmn:flowNodeRef>began</bpmn:flowNodeRef><bpmn:flowNodeRef>notice</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>papers</bpmn:flowNodeRef><bpmn:flowNodeRef>split</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="lane_probation" name="Probation" throughcare:role="probation">
        <bpmn:flowNodeRef>housing</bpmn:flowNodeRef><bpmn:flowNodeRef>joined</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>ended</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="began" name="Case opened"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="notice" name="Write the release notice" throughcare:form="notice"
        throughcare:dueAnchor="release" throughcare:dueOffset="-P26W">
      <bpmn:documentation>Say who was told, and when.

Speak with the participant first.</bpmn:documentation>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:parallelGateway id="split"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
      <bpmn:outgoing>f4</bpmn:outgoing></bpmn:parallelGateway>
    <bpmn:userTask id="papers" name="Apply for identity papers" throughcare:dueAnchor="step_opened"
        throughcare:dueOffset="P5D" throughcare:dueDays="working">
      <bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing></bpmn:userTask>
    <bpmn:userTask id="housing" name="Find a place to live" throughcare:form="housing"
        throughcare:dueAnchor="release" throughcare:dueOffset="-P8W">
      <bpmn:incoming>f4</bpmn:incoming><bpmn:outgoing>f6</bpmn:outgoing></bpmn:userTask>
    <bpmn:parallelGateway id="joined"><bpmn:incoming>f5</bpmn:incoming><bpmn:incoming>f6</bpmn:incoming>
      <bpmn:outgoing>f7</bpmn:outgoing></bpmn:parallelGateway>
    <bpmn:endEvent id="ended" name="Ready for release"><bpmn:incoming>f7</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="began" targetRef="notice"/>
    <bpmn:sequenceFlow id="f2" sourceRef="notice" targetRef="split"/>
    <bpmn:sequenceFlow id="f3" sourceRef="split" targetRef="papers"/>
    <bpmn:sequenceFlow id="f4" sourceRef="split" targetRef="housing"/>
    <bpmn:sequenceFlow id="f5" sourceRef="papers" targetRef="joined"/>
    <bpmn:sequenceFlow id="f6" sourceRef="housing" targetRef="joined"/>
    <bpmn:sequenceFlow id="f7" sourceRef="joined" targetRef="ended"/>
  </bpmn:process>
</bpmn:definitions>
"""
NOTICE = {
    "key": "notice",
    "title": "Release notice",
    "questions": [
        {
            "key": "release_on", "kind": "date", "label": "Release date", "required": True,
            "date": "release_on", "error": "Enter the release date",
        },
        {
            "key": "told", "kind": "one_of", "label": "Has the participant been told?", "required": True,
            "fact": True, "choices": [{"value": "told", "label": "Yes"}, {"value": "later", "label": "Not yet"}],
        },
        {"key": "words", "kind": "long_text", "label": "In the participant’s own words", "audience": "agency"},
    ],
}  # fmt: skip
HOUSING = {
    "key": "housing",
    "title": "Housing",
    "questions": [
        {
            "key": "address_found",
            "kind": "yes_no",
            "label": "Is there an address?",
            "required": True,
            "fact": True,
        },
    ],
}
ROLES = {
    "roles": [
        {
            "key": "prison", "name": "Prison case worker", "sees": "content",
            "may": ["open_case", "register_participant", "record_date"],
        },
        {"key": "probation", "name": "Probation officer", "sees": "content"},
    ]
}  # fmt: skip
# Sara and Ivan are colleagues in the prison, Nora works in probation; Dunya has nothing to do with the case.
PEOPLE = {"Sara Lind": "prison", "Ivan Brook": "prison", "Nora Falk": "probation", "Dunya Moss": "other"}


def publish(db: Any, folder: Path) -> None:
    """Write the pathway into `folder` and publish it from there."""
    workflows, forms = folder / "workflows", folder / "forms"
    workflows.mkdir()
    forms.mkdir()
    (workflows / "small_release.bpmn").write_text(DIAGRAM)
    (workflows / "roles.json").write_text(json.dumps(ROLES))
    for form in (NOTICE, HOUSING):
        (forms / f"{form['key']}.json").write_text(json.dumps(form))
    library.publish_folders(db, workflows=workflows, form_folder=forms)


def people(db: Any) -> dict[str, Any]:
    """The agencies and users, by the users' first names."""
    place = agencies.add_local_action(
        db, key="north", name="North", country="ES", region="CT", timezone="Europe/Madrid"
    )
    db.flush()
    desks = {
        "prison": (
            agencies.add_agency(db, place, key="prison", name="Norwall prison", phone="555 0101"),
            "prison",
        ),
        "probation": (agencies.add_agency(db, place, key="probation", name="Probation North"), "probation"),
        "other": (agencies.add_agency(db, place, key="other", name="Probation South"), "probation"),
    }
    hashed = hash_password(PASSWORD)
    return {
        name.split()[0]: agencies.add_user(
            db, email=f"{name.split()[0]}@example.org", name=name, password=hashed, desks=[desks[desk]]
        )
        for name, desk in PEOPLE.items()
    }


def open_case(db: Any, users: dict[str, Any], name: str = "Amira Haddad") -> Case:
    """A case at its first step, which the prison has to do."""
    amira = participants.register(db, users["Sara"], name=name, number="")
    probation = users["Nora"].memberships[0].agency_id
    return cases.open_case(
        db, users["Sara"], pathway="small_release", participant_id=amira.id, lanes={"probation": probation}
    )


def furnish(store: store.Store, settings: config.Config) -> None:
    """Everything above, in a migrated database. Needs an application context, for hashing passwords."""
    with store.writing() as db:
        db.info["vault"] = Vault(settings.keys)
        publish(db, settings.home)
        users = people(db)
        db.flush()
        for user in users.values():
            db.refresh(user)
        open_case(db, users)
