"""Counts what was sent and answered, and keeps what is wrong with an answer: each fault of an operation once, with the
request that shows it."""

import json
import random
import time
from collections import Counter

from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

from contract_checks import findings, header

CHECKS = [openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
          openapi_checks.response_headers_conformance, openapi_checks.response_schema_conformance,
          openapi_checks.negative_data_rejection]
SHOWN_MAX = 600


class Judge:
    def __init__(self, town, seed, seconds, exchanges=None):
        self.town, self.random = town, random.Random(seed)
        self.phases, self.statuses, self.codes, self.roles = Counter(), Counter(), Counter(), Counter()
        self.succeeded, self.found = set(), {}
        self.exchanges = open(exchanges, "w") if exchanges else None
        self.started = time.monotonic()
        self.ends_at = self.started + seconds

    @property
    def late(self):
        return time.monotonic() > self.ends_at

    @property
    def took(self):
        return time.monotonic() - self.started

    def judge(self, phase, label, operation, role, answer, shown):
        """One answer against what every answer must keep."""
        shown = f"{shown} -> {answer.status_code} {answer.text[:300]}"
        self.phases[phase] += 1
        self.statuses[answer.status_code] += 1
        self.roles[role] += 1
        if answer.status_code < 400:
            self.succeeded.add(label)
        kind, body = header(answer, "content-type"), None
        if kind in ("application/json", "application/problem+json"):
            body = answer.json()
        if kind == "application/problem+json":
            self.codes[body.get("code")] += 1
        elif isinstance(body, dict) and body.get("next_cursor"):
            self.town.note("cursor", body["next_cursor"])
        self.record(answer, kind, body)
        for fault in findings(operation, role, answer):
            self.find(label, role, fault, shown)

    def judge_case(self, phase, case, role, answer):
        """One answer to a case of schemathesis, also against the schemas and headers of its operation."""
        operation = case.operation
        shown = f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}"
        self.judge(phase, operation.label, operation.definition.raw, role, answer, shown)
        for check in CHECKS:
            try:
                case.validate_response(answer, checks=[check])
            except (Failure, FailureGroup) as raised:
                for failure in getattr(raised, "exceptions", [raised]):
                    fault = f"{check.__name__}: {str(failure).splitlines()[0]}"
                    self.find(operation.label, role, fault, f"{shown} -> {answer.status_code} {answer.text[:300]} {failure}")

    def find(self, label, role, fault, shown):
        shown = " ".join(shown.replace(self.town.keys.get(role, "-"), "the key").split())
        self.found.setdefault((label, fault), f"{label} as {role}: {fault}\n        {shown[:SHOWN_MAX]}")

    def record(self, answer, kind, body):
        """Writes the exchange as the tests do, where that was asked for."""
        if self.exchanges is None:
            return
        sent = answer.request
        try:
            asked = json.loads(sent.body) if sent.body else None
        except (ValueError, RecursionError):
            asked = None
        answered = body if body is not None else answer.content.decode(errors="replace") or None
        exchange = {"method": sent.method, "path": sent.url.removeprefix(self.town.url), "request": asked,
                    "status": answer.status_code, "content_type": kind or None, "response": answered}
        self.exchanges.write(json.dumps(exchange) + "\n")
