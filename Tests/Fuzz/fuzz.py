"""Runs schemathesis and a list of oddities against a live server, with a key of each of the 13 roles, and holds every
answer against Contracts/openapi.yaml. Prints cases, seconds and findings; exits with 1 where there is a finding.

usage: fuzz.py [--program P] [--folder F] [--examples N] [--oddities N] [--seed N] [--seconds N]
"""

import argparse
import json
import random
import sys
import time
from collections import Counter

import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks
from schemathesis.checks import not_a_server_error

from contract_checks import findings, header
from oddities import filled, requests_of, send
from town import Server, Town

CHECKS = [openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
          openapi_checks.response_headers_conformance, openapi_checks.response_schema_conformance]
SHOWN_MAX = 60


class Loader(yaml.SafeLoader):
    """YAML as JSON has it: a day stays text."""


Loader.yaml_implicit_resolvers = {
    first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
METHODS = {"get", "put", "post", "delete", "patch"}


class Run:
    """Counts of one run, and its findings, each once with the request that shows it."""

    def __init__(self, town, options):
        self.town, self.options, self.random = town, options, random.Random(options.seed)
        self.session, self.cases, self.statuses, self.found = requests.Session(), Counter(), Counter(), {}
        self.codes = Counter()
        self.exchanges = open(options.exchanges, "w") if options.exchanges else None
        self.ends_at = time.monotonic() + options.seconds

    @property
    def late(self):
        return time.monotonic() > self.ends_at

    def judge(self, phase, label, operation, role, answer, shown):
        kind = header(answer, "content-type")
        self.cases[phase] += 1
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 400 and "problem" in kind:
            self.codes[answer.json().get("code")] += 1
        self.record(answer)
        for fault in findings(operation, role, answer):
            self.find(label, role, fault, shown)

    def record(self, answer):
        """Writes an exchange as the tests do, where that was asked for."""
        if self.exchanges is None:
            return
        sent, kind = answer.request, header(answer, "content-type")
        is_json = kind in ("application/json", "application/problem+json")
        try:
            body = json.loads(sent.body) if sent.body else None
        except (ValueError, RecursionError):
            body = None
        text = answer.content.decode(errors="replace")
        exchange = {"method": sent.method, "path": sent.url.removeprefix(self.town.url), "request": body,
                    "status": answer.status_code, "content_type": kind or None,
                    "response": (json.loads(text) if is_json else text) if text else None}
        self.exchanges.write(json.dumps(exchange) + "\n")

    def find(self, label, role, fault, shown):
        self.found.setdefault((label, fault), f"{label} as {role}: {fault}\n        {shown[:600]}")

    def real(self, data, case):
        """Puts what is there in the place of most ids that were made up."""
        for values in (case.path_parameters, case.query):
            for name in list(values or {}):
                if self.town.values.get(name) and data.draw(st.integers(0, 9)) < 9:
                    values[name] = data.draw(st.sampled_from(self.town.values[name]))
        if case.query and "wait_seconds" in case.query:
            case.query["wait_seconds"] = 0
        if isinstance(case.body, dict) and data.draw(st.integers(0, 3)) < 3:
            case.body = self.real_body(data, case.body)

    def real_body(self, data, node):
        if isinstance(node, list):
            return [self.real_body(data, n) for n in node]
        if not isinstance(node, dict):
            return node
        return {
            name: data.draw(st.sampled_from(self.town.values[name])) if self.town.values.get(name) and isinstance(value, str)
            else self.real_body(data, value)
            for name, value in node.items()
        }

    def generated(self, operation, role, mode, count):
        """Cases that schemathesis makes of one operation, sent with the key of one role."""
        raw = operation.definition.raw

        @seed(self.options.seed)
        @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def one(case, data):
            if self.late:
                return
            self.real(data, case)
            try:
                case.headers["Authorization"] = f"Bearer {self.town.keys[role]}"
                answer = case.call(session=self.session, timeout=60)
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError):
                return
            except requests.exceptions.RequestException as error:
                self.find(operation.label, role, f"no answer: {type(error).__name__}", repr(error))
                return
            shown = f"{case.method} {case.formatted_path} {case.query} {case.body!r} -> {answer.status_code} {answer.text[:300]}"
            self.judge(f"schemathesis {mode.value}", operation.label, raw, role, answer, shown)
            for check in CHECKS:
                try:
                    case.validate_response(answer, checks=[check])
                except FailureGroup as group:
                    for failure in group.exceptions:
                        self.find(operation.label, role, f"{check.__name__}: {str(failure).splitlines()[0]}", f"{shown} {str(failure)[:400]}")
                except Failure as failure:
                    self.find(operation.label, role, f"{check.__name__}: {str(failure).splitlines()[0]}", f"{shown} {str(failure)[:400]}")

        one()

    def refused(self, method, path, operation, role):
        """The example of one operation with a key whose roles do not allow it."""
        body = json.dumps(example_of(operation)).encode()
        self.send(method, path, operation, role, [(filled(path, self.town.values), {"Content-Type": "application/json"}, body)],
                  "without the role")

    def odd(self, method, path, operation, role, count):
        """Oddities of one operation, drawn from all of them."""
        drawn = list(requests_of(path, operation, self.town.values, example_of(operation)))
        self.send(method, path, operation, role, self.random.sample(drawn, min(count, len(drawn))), "oddities")

    def send(self, method, path, operation, role, drawn, phase):
        for target, headers, body in drawn:
            if self.late:
                return
            label = f"{method} {path}"
            shown = f"{method} {target[:200]} {headers} {(body or b'')[:200]!r}"
            try:
                answer = send(self.session, self.town.url, method, target, headers, body, self.town.keys[role])
            except (requests.exceptions.InvalidHeader, UnicodeError):
                continue
            except requests.exceptions.RequestException as error:
                self.find(label, role, f"no answer: {type(error).__name__}", f"{shown} {error!r}")
                continue
            self.judge(phase, label, operation, role, answer, f"{shown} -> {answer.status_code} {answer.text[:300]}")


def example_of(operation):
    """The contract's example of a body; nothing where it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return content.get("example") or next((e["value"] for e in content.get("examples", {}).values()), {})


def run(town, contract, options):
    schema = schemathesis.openapi.from_dict(contract)
    schema.config.update(base_url=town.url)
    of_run = Run(town, options)
    operations = [result.ok() for result in schema.get_all_operations()]
    for role in list(town.keys)[1:] + ["platform.admin"]:
        for operation in operations:
            roles = operation.definition.raw.get("x-roles", [])
            allowed = role in roles
            if roles and not allowed:
                of_run.refused(operation.method.upper(), operation.path, operation.definition.raw, role)
                continue
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if of_run.late:
                    break
                try:
                    of_run.generated(operation, role, mode, options.examples)
                except Exception as error:  # what cannot be generated is a finding of the run, not its end
                    if type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
                        of_run.find(operation.label, role, f"{mode.value} cannot be generated: {type(error).__name__}", str(error))
            of_run.odd(operation.method.upper(), operation.path, operation.definition.raw, role, options.oddities)
    return of_run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/debug/tradewind")
    parser.add_argument("--folder", default="var/fuzz")
    parser.add_argument("--exchanges")
    parser.add_argument("--examples", type=int, default=1)
    parser.add_argument("--oddities", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()
    with open("Contracts/openapi.yaml") as file:
        contract = yaml.load(file, Loader)
    contract.pop("webhooks", None)
    with Server(options.program, options.folder) as server:
        town = Town(server, contract)
        options.started = time.monotonic()
        done = run(town, contract, options)
    for fault in sorted(done.found.values())[:SHOWN_MAX]:
        print("    " + fault)
    by_phase = ", ".join(f"{count} {phase}" for phase, count in done.cases.items())
    print(f"    statuses: {dict(sorted(done.statuses.items()))}; {len(done.codes)} problem codes")
    if done.late:
        print(f"    the time of {options.seconds} s ended the run")
    print(f"    seed {options.seed}: {sum(done.cases.values())} cases ({by_phase}) as {len(town.keys)} roles in "
          f"{time.monotonic() - options.started:.0f} s, {len(done.found)} findings")
    sys.exit(1 if done.found or not done.cases else 0)


if __name__ == "__main__":
    main()
