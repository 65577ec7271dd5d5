"""Holds every exchange that the tests recorded against Contracts/openapi.yaml, with the public validators
`openapi-schema-validator` and `jsonschema`. Prints what does not fit and exits with 1, also where an operation
was never seen to succeed, a write left no entry in the audit, or an example of an event does not fit its schema.

usage: validate_exchanges.py <folder of contracts> <exchanges.ndjson>
"""

import json
import re
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = {"get", "put", "post", "delete", "patch"}
COMMON_PROBLEMS = {
    "unauthenticated", "role_not_allowed", "not_found", "invalid_request", "malformed_json", "body_too_large",
    "body_too_slow", "unsupported_media_type", "method_not_allowed", "overloaded", "unavailable", "timeout", "outcome_unknown", "internal",
    "rate_limited", "uri_too_long",
}
SHOWN_MAX = 30


def pattern(path):
    return re.compile("^" + re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(path)) + "$")


def operations(contract):
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method.upper(), path, pattern(path), operation


def resolve(contract, node):
    while "$ref" in node:
        target = contract
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


class Validators:
    def __init__(self, contract):
        resource = Resource(contents=contract, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:contract", resource)
        self.known = {}

    def errors(self, pointer, value):
        if pointer not in self.known:
            schema = {"$ref": "urn:contract#" + pointer}
            self.known[pointer] = OAS31Validator(schema, registry=self.registry)
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in self.known[pointer].iter_errors(value)]


def escape(part):
    return part.replace("~", "~0").replace("/", "~1")


def check(exchange, contract, all_operations, validators):
    """The contract's operation of an exchange and what is wrong with it."""
    path = exchange["path"].split("?")[0]
    matches = [o for o in all_operations if o[2].match(path)]
    # The path that names more of it is the one that is served, also where it lacks the method.
    named = min((o[1] for o in matches), key=lambda template: template.count("{"), default=None)
    matches = [o for o in matches if o[1] == named and o[0] == exchange["method"]]
    if not matches:
        return None, [] if exchange["status"] == (405 if named else 404) else ["is not in the contract"]
    method, template, _, operation = matches[0]
    status = str(exchange["status"])
    base = f"/paths/{escape(template)}/{method.lower()}/responses/"
    key = status if status in operation["responses"] else "default"
    if key not in operation["responses"]:
        return operation["operationId"], [f"status {status} is not in the contract"]
    if int(status) < 400 and key == "default":
        return operation["operationId"], [f"status {status} is not in the contract"]
    response = operation["responses"][key]
    pointer = response["$ref"].removeprefix("#") if "$ref" in response else base + key
    content = resolve(contract, response).get("content", {})
    kind = (exchange["content_type"] or "").split(";")[0]
    if not content:
        return operation["operationId"], [] if exchange["response"] is None else ["has a body that is not in the contract"]
    if kind not in content:
        return operation["operationId"], [f"content type {kind!r} is not in the contract"]
    wrong = []
    if kind in ("application/json", "application/problem+json"):
        wrong = validators.errors(f"{pointer}/content/{escape(kind)}/schema", exchange["response"])
    if int(status) >= 400 and isinstance(exchange["response"], dict):
        code = exchange["response"].get("code")
        allowed = COMMON_PROBLEMS | set(operation.get("x-problems", []))
        if code not in allowed:
            wrong.append(f"problem code {code!r} is not in x-problems")
    if int(status) < 400 and exchange.get("request") is not None and "requestBody" in operation:
        body = operation["requestBody"].get("content", {})
        if "application/json" in body:
            wrong += [
                "request " + e
                for e in validators.errors(
                    f"/paths/{escape(template)}/{method.lower()}/requestBody/content/application~1json/schema",
                    exchange["request"],
                )
            ]
    return operation["operationId"], wrong


def check_audit(exchanges):
    """Writes that took effect and left no entry of their caller's in the audit. The same write again, which changes nothing
    more, leaves none: its path was seen to be audited. `x-may-change-nothing` says why another path may leave none too."""
    wrong = []
    audited = {(o["operationId"], e["path"]) for o, e in exchanges if e["audited"]}
    operations = {o["operationId"]: o for o, _ in exchanges}
    for operation, exchange in exchanges:
        name = operation["operationId"]
        if "x-may-change-nothing" in operation and any(name == seen for seen, _ in audited):
            continue
        if not exchange["audited"] and "x-unaudited" not in operation and (name, exchange["path"]) not in audited:
            wrong.append(f"{exchange['method']} {exchange['path']} {exchange['status']}: left no entry in the audit")
    seen = {name for name, _ in audited}
    for name, operation in operations.items():
        if "x-unaudited" in operation and name in seen:
            wrong.append(f"{name}: leaves an entry in the audit, but x-unaudited says why not")
    return wrong


def check_events(exchange, schemas):
    """Bodies of the feed against the schemas of their types. Tests of delivery append facts about nothing: `c1`."""
    wrong = []
    for event in exchange["response"]["data"]:
        if "_" in event["subject"]["id"]:
            schema = schemas[event["type"]]
            wrong += [f"{event['type']} {e.json_path}: {e.message[:200]}" for e in schema.iter_errors(event["data"])]
    return wrong


def check_examples(folder, schemas):
    """Every example of an event against its schema."""
    wrong = []
    for file in sorted((folder / "examples").glob("*.json")):
        errors = schemas[file.stem].iter_errors(json.loads(file.read_text()))
        wrong += [f"example {file.name} {e.json_path}: {e.message[:200]}" for e in errors]
    return wrong


def main():
    folder, exchanges = Path(sys.argv[1]), Path(sys.argv[2])
    contract = yaml.safe_load((folder / "openapi.yaml").read_text())
    validators = Validators(contract)
    all_operations = list(operations(contract))
    schemas = {f.stem: Draft202012Validator(json.loads(f.read_text())) for f in (folder / "events").glob("*.json")}
    by_id = {o[3]["operationId"]: o[3] for o in all_operations}
    count, failures, seen, writes = 0, check_examples(folder, schemas), set(), []
    with exchanges.open() as lines:
        for line in lines:
            exchange = json.loads(line)
            count += 1
            operation, wrong = check(exchange, contract, all_operations, validators)
            if operation and exchange["status"] < 400:
                seen.add(operation)
            if operation and exchange.get("audited") is not None:
                writes.append((by_id[operation], exchange))
            if operation == "listEvents" and exchange["status"] == 200:
                wrong += check_events(exchange, schemas)
            failures += [f"{exchange['method']} {exchange['path']} {exchange['status']}: {w}" for w in wrong]
    failures += check_audit(writes)
    for failure in sorted(set(failures))[:SHOWN_MAX]:
        print(failure)
    unseen = sorted({o[3]["operationId"] for o in all_operations} - seen)
    print(f"{len(writes)} writes took effect, {sum(1 for _, e in writes if e['audited'])} stand in the audit")
    print(f"{count} exchanges, {len(failures)} off the contract; {len(seen)} of {len(all_operations)} operations succeeded")
    if unseen:
        print("operations that no test saw succeed: " + ", ".join(unseen))
    sys.exit(1 if failures or unseen or count == 0 else 0)


if __name__ == "__main__":
    main()
