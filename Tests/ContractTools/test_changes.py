"""What breaks v1 and what does not, each as one edit of a small contract; and the present contract against the released one."""

import copy
import json
import tempfile
import unittest
from pathlib import Path

import yaml
from contract.changes import Changes
from contract.reading import REPOSITORY, Contract

BASE = yaml.safe_load("""
openapi: 3.1.0
tags: [{name: Things}]
paths:
  /v1/things:
    parameters:
      - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }
    post:
      operationId: createThing
      tags: [Things]
      x-roles: [retailer.admin, retailer.till]
      x-problems: [thing_exists]
      requestBody:
        content:
          application/json: { schema: { $ref: "#/components/schemas/NewThing" } }
      responses:
        "201":
          headers: { ETag: { schema: { type: string } } }
          content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } }
        "409": { $ref: "#/components/responses/Problem" }
        default: { $ref: "#/components/responses/Problem" }
  /v1/open:
    get: { operationId: getOpen, security: [], x-roles: [], responses: { "204": { description: Nothing. } } }
webhooks:
  thing.made:
    post: { operationId: onThingMade, responses: {} }
components:
  responses:
    Problem: { content: { application/problem+json: { schema: { type: object, properties: { code: { type: string } } } } } }
  schemas:
    NewThing:
      type: object
      required: [name]
      properties:
        name: { type: string, minLength: 1, maxLength: 20 }
        kind: { enum: [big, small] }
        size: { type: integer, minimum: 1, maximum: 9 }
        inner: { $ref: "#/components/schemas/Inner" }
        way: { oneOf: [{ type: string }, { type: "null" }] }
    Thing:
      allOf:
        - type: object
          required: [id, state]
          properties: { id: { type: string, pattern: "^t" }, parent: { $ref: "#/components/schemas/Thing" } }
        - properties:
            state: { enum: [draft, active] }
            mood: { enum: [calm], x-open: true }
            count: { type: integer, maximum: 9 }
            list: { type: array, items: { $ref: "#/components/schemas/Inner" } }
            note: { type: [string, "null"] }
    Inner: { type: object, required: [a], properties: { a: { type: integer }, b: { type: string } } }
""")
EVENT = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "state": {"enum": ["made"]}}}
CATALOGUE = {"problems": [{"code": "thing_exists", "status": 409}]}


def operation(c):
    return c["paths"]["/v1/things"]["post"]


def asked(c):
    return c["components"]["schemas"]["NewThing"]


def answered(c):
    return c["components"]["schemas"]["Thing"]["allOf"][1]["properties"]


def head(c):
    return c["components"]["schemas"]["Thing"]["allOf"][0]


def inner(c):
    return c["components"]["schemas"]["Inner"]


def event(c):
    return c["event"]


BREAKING = {
    "an operation is removed": lambda c: c["paths"].pop("/v1/open"),
    "an operation is renamed": lambda c: operation(c).update(operationId="makeThing"),
    "a path is moved": lambda c: c["paths"].update({"/v1/stuff": c["paths"].pop("/v1/things")}),
    "a method is changed": lambda c: c["paths"]["/v1/things"].update(put=c["paths"]["/v1/things"].pop("post")),
    "a role is shut out": lambda c: operation(c)["x-roles"].remove("retailer.till"),
    "an open operation needs a key": lambda c: c["paths"]["/v1/open"]["get"].pop("security"),
    "a parameter is removed": lambda c: c["paths"]["/v1/things"].pop("parameters"),
    "a parameter is required": lambda c: c["paths"]["/v1/things"]["parameters"][0].update(required=True),
    "a required parameter is added": lambda c: c["paths"]["/v1/things"]["parameters"].append(
        {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}),
    "a parameter's bound is narrowed": lambda c: c["paths"]["/v1/things"]["parameters"][0]["schema"].update(maximum=50),
    "a body is required": lambda c: operation(c)["requestBody"].update(required=True),
    "a body is not taken": lambda c: operation(c).pop("requestBody"),
    "a type of body is not taken": lambda c: operation(c)["requestBody"]["content"].clear(),
    "a field of a request is removed": lambda c: asked(c)["properties"].pop("kind"),
    "a field of a request is required": lambda c: asked(c)["required"].append("kind"),
    "a required field of a request is added": lambda c: (
        asked(c)["properties"].update(new={"type": "string"}), asked(c)["required"].append("new")),
    "unknown fields are refused": lambda c: asked(c).update(additionalProperties=False),
    "words of a request are narrowed": lambda c: asked(c)["properties"]["kind"]["enum"].remove("big"),
    "free text of a request becomes words": lambda c: asked(c)["properties"]["name"].update(enum=["x"]),
    "a bound of a request is narrowed": lambda c: asked(c)["properties"]["size"].update(minimum=2),
    "a bound of a request is added": lambda c: asked(c)["properties"]["size"].update(exclusiveMaximum=9),
    "a length of a request is narrowed": lambda c: asked(c)["properties"]["name"].update(maxLength=10),
    "a pattern of a request is added": lambda c: asked(c)["properties"]["name"].update(pattern="^x"),
    "a type of a request is changed": lambda c: asked(c)["properties"]["size"].update(type="string"),
    "a way of a request is removed": lambda c: asked(c)["properties"]["way"]["oneOf"].pop(),
    "a field deep in a request is required": lambda c: inner(c)["required"].append("b"),
    "a field of an answer is removed": lambda c: answered(c).pop("count"),
    "a field of an answer may be missing": lambda c: head(c)["required"].remove("state"),
    "words of an answer are widened": lambda c: answered(c)["state"]["enum"].append("ended"),
    "words of an answer become free": lambda c: answered(c)["state"].pop("enum"),
    "a closed list of words is opened": lambda c: answered(c)["state"].update({"x-open": True}),
    "an open list of words loses its end": lambda c: answered(c).update(mood={"type": "string"}),
    "a type of an answer is changed": lambda c: answered(c)["count"].update(type="string"),
    "a field of an answer may be null": lambda c: answered(c)["count"].update(type=["integer", "null"]),
    "a bound of an answer is widened": lambda c: answered(c)["count"].update(maximum=10),
    "a pattern of an answer is changed": lambda c: head(c)["properties"]["id"].update(pattern="^u"),
    "a field deep in an answer is removed": lambda c: inner(c)["properties"].pop("b"),
    "a status is removed": lambda c: operation(c)["responses"].pop("201"),
    "a header is removed": lambda c: operation(c)["responses"]["201"].pop("headers"),
    "a type of answer is removed": lambda c: operation(c)["responses"]["201"].pop("content"),
    "the problem loses its code": lambda c: c["components"]["responses"]["Problem"]["content"]["application/problem+json"][
        "schema"]["properties"].pop("code"),
    "a code has another status": lambda c: c["catalogue"]["problems"][0].update(status=403),
    "an event is removed": lambda c: c["webhooks"].pop("thing.made"),
    "a field of an event is removed": lambda c: event(c)["properties"].pop("id"),
    "a field of an event may be missing": lambda c: event(c).update(required=[]),
    "words of an event are widened": lambda c: event(c)["properties"]["state"]["enum"].append("unmade"),
    "an operation is deprecated without its days": lambda c: operation(c).update(deprecated=True),
}
HARMLESS = {
    "nothing": lambda c: None,
    "an operation is added": lambda c: c["paths"].update(
        {"/v1/new": {"get": {"operationId": "getNew", "x-roles": [], "responses": {}}}}),
    "a role is let in": lambda c: operation(c)["x-roles"].append("retailer.feed"),
    "a problem is added": lambda c: operation(c)["x-problems"].append("thing_tired"),
    "a problem is removed": lambda c: operation(c)["x-problems"].clear(),
    "a code leaves the catalogue": lambda c: c["catalogue"]["problems"].clear(),
    "a status of problems is named": lambda c: operation(c)["responses"].update({"404": {"$ref": "#/components/responses/Problem"}}),
    "a status of problems is not named any more": lambda c: operation(c)["responses"].pop("409"),
    "a key is not needed any more": lambda c: operation(c).update(security=[]),
    "a parameter is added": lambda c: c["paths"]["/v1/things"]["parameters"].append(
        {"name": "cursor", "in": "query", "schema": {"type": "string"}}),
    "a parameter's bound is widened": lambda c: c["paths"]["/v1/things"]["parameters"][0]["schema"].update(maximum=500),
    "a field of a request is added": lambda c: asked(c)["properties"].update(new={"type": "string"}),
    "a field of a request is not required": lambda c: asked(c)["required"].clear(),
    "words of a request are widened": lambda c: asked(c)["properties"]["kind"]["enum"].append("huge"),
    "words of a request become free": lambda c: asked(c)["properties"]["kind"].pop("enum"),
    "a bound of a request is widened": lambda c: asked(c)["properties"]["size"].update(maximum=99),
    "a bound of a request is removed": lambda c: asked(c)["properties"]["size"].pop("minimum"),
    "a request may be null": lambda c: asked(c)["properties"]["size"].update(type=["integer", "null"]),
    "a way of a request is added": lambda c: asked(c)["properties"]["way"]["oneOf"].append({"type": "integer"}),
    "a field of an answer is added": lambda c: answered(c).update(new={"type": "string"}),
    "a field of an answer is always there": lambda c: head(c)["required"].append("count"),
    "words of an answer are narrowed": lambda c: answered(c)["state"]["enum"].remove("draft"),
    "an open list of words grows": lambda c: answered(c)["mood"]["enum"].append("wild"),
    "a bound of an answer is narrowed": lambda c: answered(c)["count"].update(maximum=5),
    "a field of an answer is never null any more": lambda c: answered(c)["note"].update(type="string"),
    "a header is added": lambda c: operation(c)["responses"]["201"]["headers"].update(Link={"schema": {"type": "string"}}),
    "a type of answer is added": lambda c: operation(c)["responses"]["201"]["content"].update({"text/csv": {}}),
    "a description is written": lambda c: operation(c).update(description="Makes a thing."),
    "a reference takes the place of its schema": lambda c: asked(c)["properties"].update(inner=copy.deepcopy(inner(c))),
    "an event is added": lambda c: c["webhooks"].update({"thing.lost": {"post": {"operationId": "onThingLost", "responses": {}}}}),
    "a field of an event is added": lambda c: event(c)["properties"].update(new={"type": "string"}),
    "an operation is deprecated with its days": lambda c: operation(c).update(
        {"deprecated": True, "x-deprecated-at": "2027-01-01", "x-sunset": "2028-01-01"}),
}


class ChangeTests(unittest.TestCase):
    def compare(self, edit):
        with tempfile.TemporaryDirectory() as folder:
            contracts = []
            for name, change in (("before", lambda c: None), ("after", edit)):
                whole = copy.deepcopy(BASE | {"event": EVENT, "catalogue": CATALOGUE})
                change(whole)
                schema, problems, place = whole.pop("event"), whole.pop("catalogue"), Path(folder) / name
                (place / "events").mkdir(parents=True)
                (place / "openapi.yaml").write_text(json.dumps(whole))
                (place / "problems.yaml").write_text(json.dumps(problems))
                (place / "events/thing.made.json").write_text(json.dumps(schema))
                contracts.append(Contract(place))
            return Changes(*contracts).all()

    def test_what_breaks_a_client_is_found(self):
        for name, edit in BREAKING.items():
            with self.subTest(name):
                self.assertTrue(any(change.is_breaking for change in self.compare(edit)))

    def test_what_breaks_nobody_may_be_done(self):
        for name, edit in HARMLESS.items():
            with self.subTest(name):
                self.assertEqual([str(c) for c in self.compare(edit) if c.is_breaking], [])

    def test_nothing_is_no_change(self):
        self.assertEqual(self.compare(lambda c: None), [])

    def test_the_contract_breaks_nothing_that_was_released(self):
        folder = REPOSITORY / "Contracts"
        changes = Changes(Contract(folder / "released", "v1.yaml"), Contract(folder)).all()
        self.assertEqual([str(change) for change in changes if change.is_breaking], [])

    def test_the_released_contract_is_whole(self):
        released = Contract(REPOSITORY / "Contracts/released", "v1.yaml")
        self.assertGreater(len(released.operations()), 150)
        for event in released.webhooks():
            released.file(f"events/{event.path}.json")


if __name__ == "__main__":
    unittest.main()
